"""`circletake time`: minutes that people work on shots, by timers that a person can correct."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import console

if TYPE_CHECKING:
    from benchmarks.domain.labour import Labour
    from benchmarks.studio import Studio
    from benchmarks.timesheet import Timesheet


class What(StrEnum):
    """The kinds of work beside a model."""

    PROMPTING = "prompting"
    MASKING = "masking"
    REVIEW = "review"
    REPAIR = "repair"


Campaign = Annotated[str, typer.Option(help="Campaign id.")]
Shot = Annotated[str, typer.Option(help="Shot of the campaign.")]
Role = Annotated[str, typer.Option(help="As what: compositor, director, …")]
By = Annotated[str, typer.Option(help="Whose minutes they are.")]
Kind = Annotated[What, typer.Option(help="What was done.")]
Note = Annotated[str, typer.Option(help="Anything to add.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(
        no_args_is_help=True, help="Minutes of people, for the comparison with the old way."
    )
    for command in (log, start, stop, correct):
        group.command(command.__name__)(command)
    group.command("list")(list_)
    app.add_typer(group, name="time")


def log(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    campaign: Campaign,
    shot: Shot,
    role: Role,
    minutes: Annotated[float, typer.Option(help="How many minutes it were.")],
    what: Kind,
    *,
    by: By,
    note: Note = "",
) -> None:
    """Write minutes down."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        sheet = _sheet(here, campaign)
        kept = sheet.log(shot=shot, role=role, what=what.value, by=by, minutes=minutes, note=note)
    said.answer(_as_dict(kept), f"kept {kept.id}: {_text(kept)}")


def start(
    context: typer.Context,
    campaign: Campaign,
    shot: Shot,
    role: Role,
    what: Kind,
    by: By,
) -> None:
    """Start a timer."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        sheet = _sheet(here, campaign)
        kept = sheet.log(shot=shot, role=role, what=what.value, by=by, minutes=None)
    said.answer(_as_dict(kept), f"running; `circletake time stop {kept.id} --campaign {campaign}`")


def stop(
    context: typer.Context,
    timer: Annotated[str, typer.Argument(help="Id of the timer.")],
    campaign: Campaign,
    minutes: Annotated[
        float | None, typer.Option(help="How many it really were.  [default: since its start]")
    ] = None,
) -> None:
    """Stop a timer; who forgot it says how many minutes it were."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        kept = _sheet(here, campaign).stop(timer, minutes)
    said.answer(_as_dict(kept), f"kept {kept.id}: {_text(kept)}")


def correct(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(help="Id of the entry.")],
    campaign: Campaign,
    minutes: Annotated[float, typer.Option(help="How many it really were; 0 strikes it out.")],
    by: By,
    note: Note = "",
) -> None:
    """Correct minutes; both entries are kept, the later one counts."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        kept = _sheet(here, campaign).correct(entry, minutes, by, note)
    said.answer(_as_dict(kept), f"kept {kept.id}: {_text(kept)}, in place of {entry}")


def list_(
    context: typer.Context,
    campaign: Campaign,
    *,
    every: Annotated[bool, typer.Option("--all", help="Corrected ones too.")] = False,
) -> None:
    """List the entries that count, with running timers."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        sheet = _sheet(here, campaign)
        whole = here.store.timesheet.entries(sheet.partner, campaign)
        found = whole if every else sheet.entries()
    text = "\n".join(f"{e.id}  {_text(e)}" for e in found)
    said.answer({"entries": [_as_dict(e) for e in found]}, text or "nobody logged any minutes")


def _sheet(here: "Studio", campaign: str) -> "Timesheet":
    from benchmarks.timesheet import Timesheet

    partner = here.store.owner(campaign)
    trials = here.store.trials(partner, campaign)
    return Timesheet(
        store=here.store,
        clock=here.clock,
        partner=partner,
        campaign=campaign,
        shots={t.shot for t in trials},
    )


def _text(one: "Labour") -> str:
    spent = "a timer runs" if one.minutes is None else f"{one.minutes:g} minutes"
    return f"{one.shot}  {one.what}  {spent}  {one.by} ({one.role})"


def _as_dict(one: "Labour") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one) | {"at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ")}
