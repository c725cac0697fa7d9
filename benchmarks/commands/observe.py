"""`circletake observe`: a named person's own words on takes."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import Console, console

if TYPE_CHECKING:
    from benchmarks.domain.campaign import Observation


class Severity(StrEnum):
    """How much it matters to the one who says it."""

    NOTE = "note"
    MINOR = "minor"
    MAJOR = "major"
    BLOCKER = "blocker"


Campaign = Annotated[str, typer.Option(help="Campaign id.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(
        no_args_is_help=True, help="People's own words; beside the findings, never merged."
    )
    group.command("add")(add)
    group.command("list")(list_)
    app.add_typer(group, name="observe")


@afar("benchmarks.remote.people:observe")
def add(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What they say, in their own words.")],
    campaign: Campaign,
    by: Annotated[str, typer.Option(help="Who says it.")],
    role: Annotated[str, typer.Option(help="As what: director, vfx_supervisor, …")],
    *,
    take: Annotated[list[str] | None, typer.Option(help="Take it is about; repeat it.")] = None,
    severity: Annotated[Severity, typer.Option()] = Severity.NOTE,
    wished_control: Annotated[str, typer.Option(help="The control they wished for.")] = "",
) -> None:
    """Keep an observation."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.naming import called

    with studio(said.home) as here:
        kept = here.observe(
            campaign=campaign,
            by=by,
            role=role,
            text=text,
            takes=tuple(called(here, one, campaign) for one in take or ()),
            severity=severity.value,
            wished_control=wished_control,
        )
    said.answer(_as_dict(kept), f"kept {kept.id}; it stands in the next report in their own words")


@afar("benchmarks.remote.people:observations")
def list_(context: typer.Context, campaign: Campaign) -> None:
    """List what people said."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        found = here.store.observations(here.store.owner(campaign), campaign)
    answered(said, [_as_dict(o) for o in found])


def answered(said: Console, rows: list[dict[str, Any]]) -> None:
    """Answer with what people said."""
    text = "\n".join(f"{r['by']} ({r['role']}, {r['severity']}): {r['text']}" for r in rows)
    said.answer({"observations": rows}, text or "nobody said anything yet")


def _as_dict(one: "Observation") -> dict[str, Any]:
    at = one.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return asdict(one) | {"takes": list(one.takes), "created_at": at}
