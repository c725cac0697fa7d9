"""`circletake signoff`: a partner reads what would be printed of it, and answers."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import Console, console

if TYPE_CHECKING:
    from benchmarks.counter.signing import Signing
    from benchmarks.studio import Studio

WORDS = 90  # of a line, in the list


class Again(StrEnum):
    """Would you use it again?"""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not sure"


class Standing(StrEnum):
    """How an item stands."""

    NOT_SIGNED = "not signed"
    APPROVED = "approved"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


Campaign = Annotated[str, typer.Option(help="Campaign id.")]
By = Annotated[str, typer.Option(help="Who of the partner says it.")]
Role = Annotated[str, typer.Option(help="As what: producer, vfx_supervisor, …")]
Items = Annotated[list[str], typer.Argument(metavar="ITEM…", help="Ids, as `list` shows them.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(
        no_args_is_help=True,
        help="A partner reads its quotes and pictures before they are printed.",
    )
    group.command("list")(list_)
    for command in (approve, correct, withdraw):
        group.command(command.__name__)(command)
    group.command("exit-form")(exit_form)
    app.add_typer(group, name="signoff")


@afar("benchmarks.remote.signoff:list_")
def list_(
    context: typer.Context,
    campaign: Campaign,
    state: Annotated[Standing | None, typer.Option(help="Only those that stand so.")] = None,
) -> None:
    """List words and pictures that a report would print, and how each stands."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        rows = signing(here).items(_reach(here), campaign)
    listed(said, rows, state, campaign)


@afar("benchmarks.remote.signoff:approve")
def approve(
    context: typer.Context, items: Items, campaign: Campaign, by: By, role: Role = ""
) -> None:
    """Approve items as they are."""
    _sign(context, items, {"campaign": campaign, "answer": "approve", "by": by, "role": role})


@afar("benchmarks.remote.signoff:correct")
def correct(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="Id, as `list` shows it.")],
    text: Annotated[str, typer.Argument(help="What is to be printed instead.")],
    campaign: Campaign,
    by: By,
    role: Role = "",
) -> None:
    """Correct words: the new ones are printed, the old ones are kept."""
    words = {"campaign": campaign, "answer": "correct", "text": text, "by": by, "role": role}
    _sign(context, [item], words)


@afar("benchmarks.remote.signoff:withdraw")
def withdraw(
    context: typer.Context, items: Items, campaign: Campaign, by: By, role: Role = ""
) -> None:
    """Withdraw items: they are in no edition of any report that is built from now on."""
    _sign(context, items, {"campaign": campaign, "answer": "withdraw", "by": by, "role": role})


@afar("benchmarks.remote.signoff:exit_form")
def exit_form(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    partner: Annotated[str, typer.Option(help="Of which partner.")],
    again: Annotated[Again, typer.Option(help="Would you use it again?")],
    by: By,
    *,
    shots: Annotated[str, typer.Option(help="For which shots?")] = "",
    blocked: Annotated[str, typer.Option(help="What blocked you?")] = "",
    worried: Annotated[str, typer.Option(help="What worried your artists?")] = "",
    role: Role = "",
) -> None:
    """Answer four questions at the end."""
    said = console(context)
    from benchmarks.api.signing import Leaving
    from benchmarks.bootstrap import studio

    form = Leaving(
        partner=partner,
        again=again.value,
        shots=shots,
        blocked=blocked,
        worried=worried,
        by=by,
        role=role,
    )
    with studio(said.home) as here:
        kept = signing(here).leave(_reach(here), form)
    thanked(said, kept)


def listed(
    said: Console, rows: Sequence[dict[str, Any]], state: Standing | None, campaign: str
) -> None:
    """Answer with items, and what to do next."""
    shown = [row for row in rows if state is None or row["state"] == state.value]
    counts = {s.value: sum(row["state"] == s.value for row in rows) for s in Standing}
    lines = [_line(row) for row in shown]
    told = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
    lines.append(told or "nothing of this campaign would be printed yet")
    if counts[Standing.NOT_SIGNED.value]:
        lines.append(
            f"What now?  `circletake signoff approve ITEM… --campaign {campaign} --by NAME`; "
            "or `withdraw ITEM…`, or `correct ITEM WORDS`, with the same options."
        )
    said.answer({"items": shown, "counts": counts}, "\n".join(lines))


def signed(said: Console, rows: Sequence[dict[str, Any]]) -> None:
    """Answer with items as they stand now."""
    said.answer({"items": list(rows)}, "\n".join(map(_line, rows)))


def thanked(said: Console, form: dict[str, Any]) -> None:
    """Answer with an exit form."""
    said.answer(form, f"kept {form['form']}; the latest form of {form['by']} counts")


def signing(here: "Studio") -> "Signing":
    """Open the sign-off desk of a home."""
    from benchmarks.counter.signing import Signing

    return Signing(house=here, named=lambda name: name)


def _sign(context: typer.Context, items: Sequence[str], words: dict[str, str]) -> None:
    said = console(context)
    from benchmarks.api.signing import Word
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        desk, reach = signing(here), _reach(here)
        rows = [desk.sign(reach, Word(**{"text": "", **words}, item=item)) for item in items]
    signed(said, rows)


def _reach(here: "Studio") -> Any:
    from router.domain.caller import Reach

    return Reach(frozenset(here.partners))


def _line(row: dict[str, Any]) -> str:
    answer = row["answer"] or {}
    words = (answer.get("text") or row["text"] or _shown(row)).strip()
    words = words if len(words) <= WORDS else words[: WORDS - 1] + "…"
    by = f" by {answer['by']}" if answer else ""
    return f"{row['item']}  {row['state']}{by}  {row['kind']}  {row['shot'] or '–'}  {words}"


def _shown(row: dict[str, Any]) -> str:
    """Say what a picture is of: a take by its version and recipe, else what was handed in."""
    if not row["take"]:
        return "what was handed in for the shot"
    number = row.get("version")
    version = f"v{number:03d}" if number else row["take"][:8]
    return f"take {version}, {row['recipe']}" if row.get("recipe") else f"take {version}"
