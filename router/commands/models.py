"""`circletake models`: the catalogue with life cycle, price and licence."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import console

if TYPE_CHECKING:
    from router.domain.model import Model


# Other files add their sub-commands to it, in this storey or above.
group = typer.Typer(invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.callback()(models)
    app.add_typer(group, name="models")


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
    said.answer({"models": [as_dict(m) for m in rows]}, "\n".join(_line(m) for m in rows))


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
    }


def _tasks_of(model: "Model") -> tuple[str, ...]:
    from router import tasks

    return tasks.load().served_by(model.operations)


def _line(model: "Model") -> str:
    ends = f" until {model.lifecycle.eol}" if model.lifecycle.eol else ""
    unit = "million tokens written" if model.price.unit == "token" else model.price.unit
    price = f"{model.price.usd} USD per {unit}" if model.price.usd else "not sold"
    cover = "indemnified" if model.indemnified else "not indemnified"
    return (
        f"{model.key:28} {model.lifecycle.status.value + ends:26} {price:35} "
        f"{cover:16} {', '.join(model.operations)}"
    )
