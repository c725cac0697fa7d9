"""`circletake models`: the catalogue with life cycle, price and licence."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import Console, console

if TYPE_CHECKING:
    from router.domain.model import Model


# Other files add their sub-commands to it, in this storey or above.
group = typer.Typer(invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.callback()(models)
    app.add_typer(group, name="models")


@afar("router.remote.catalogue:models")
def models(
    context: typer.Context,
    task: Annotated[
        str | None, typer.Option(help="Only models that can serve this task of a shot pack.")
    ] = None,
) -> None:
    """List the models: what each can do, what it costs, how long it will live."""
    if context.invoked_subcommand is not None:
        return
    from router import catalog, tasks

    rows = tuple(catalog.load().values())
    if task is not None:
        wanted = tasks.load().operations(task)
        rows = tuple(m for m in rows if set(m.operations) & set(wanted))
    said = console(context)
    listed(said, [as_dict(m) for m in rows])


def listed(said: Console, rows: "list[dict[str, Any]]") -> None:
    """Answer with catalogue rows."""
    said.answer({"models": rows}, "\n".join(map(_line, rows)))


def as_dict(model: "Model") -> dict[str, Any]:
    """Give a catalogue row as the public contract prints it."""
    return {
        "key": model.key,
        "model_id": model.model_id,
        "profile_id": model.profile_id,
        "provider": model.provider,
        "modality": model.modality,
        "tasks": list(_tasks_of(model)),
        "operations": list(model.operations),
        "regions": list(model.regions),
        "lifecycle": {
            "status": model.lifecycle.status.value,
            "eol": model.lifecycle.eol.isoformat() if model.lifecycle.eol else None,
        },
        "price": {
            "unit": model.price.unit,
            "usd": float(model.price.usd) if model.price.usd else None,
            "source": model.price.source,
            "as_of": model.price.as_of.isoformat(),
        },
        "licence": model.licence,
        "indemnified": model.indemnified,
        **rights(model),
    }


def trained(disclosed: str, licensed: str) -> str:
    """Say what is said of a model's training data, as a studio reads it where it chooses."""
    if disclosed == "not_applicable":
        return "nothing was trained"
    return f"training data disclosed: {disclosed}, licensed: {licensed}"


def rights(model: "Model") -> dict[str, Any]:
    """Give what is said of a model's training data, and of who owns what it makes."""
    data, owned = model.training_data, model.output_ownership
    return {
        "training_data": {
            "disclosed": data.disclosed.value,
            "licensed": data.licensed.value,
            "source": data.source,
            "as_of": data.as_of.isoformat() if data.as_of else None,
        },
        "output_ownership": {
            "says": owned.says,
            "source": owned.source,
            "as_of": owned.as_of.isoformat() if owned.as_of else None,
        },
    }


def _tasks_of(model: "Model") -> tuple[str, ...]:
    from router import tasks

    return tasks.load().served_by(model.operations)


def _line(row: dict[str, Any]) -> str:
    ends = f" until {row['lifecycle']['eol']}" if row["lifecycle"]["eol"] else ""
    unit = row["price"]["unit"]
    unit = "million tokens written" if unit == "token" else unit
    usd = row["price"]["usd"]
    price = f"{usd} USD per {unit}" if usd else "not sold"
    cover = "indemnified" if row["indemnified"] else "not indemnified"
    return (
        f"{row['key']:28} {row['lifecycle']['status'] + ends:26} {price:35} "
        f"{cover:16} {', '.join(row['operations'])}\n"
        f"{'':28} {_rights_line(row)}"
    )


def _rights_line(row: dict[str, Any]) -> str:
    data, owned = row["training_data"], row["output_ownership"]
    return f"{trained(data['disclosed'], data['licensed'])}; output owned by: {owned['says']}"
