"""`circletake review`: proxies with slate and burn-ins, contact sheets, the delivery gap."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import bad_news, console

if TYPE_CHECKING:
    from benchmarks.review.label import Label
    from benchmarks.studio import Studio

Json = dict[str, Any]
Campaign = Annotated[str, typer.Option(help="Campaign id.")]
ShotName = Annotated[str | None, typer.Option(help="Only of this shot.")]
Circled = Annotated[bool, typer.Option("--circled", help="Only circled ones.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="What people review takes by.")
    group.command("build")(build)
    group.command("sheet")(sheet)
    group.command("gap")(gap)
    app.add_typer(group, name="review")


def build(
    context: typer.Context,
    campaign: Campaign,
    out: Annotated[Path, typer.Option(help="Folder for the proxies and review.json.")],
    shot: ShotName = None,
    slate_frames: Annotated[
        int, typer.Option(help="Frames of slate before a clip; 0 = none.", min=0, max=240)
    ] = 1,
    *,
    circled: Circled = False,
) -> None:
    """Write a proxy of each take: H.264 with slate and burn-ins, stills on a bar.

    What is there already is not made again, and a file that somebody changed is never replaced.
    Exit code 1 where a take could not be shown; it is named, with the reason.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.review import proxies

    with studio(said.home) as here:
        partner, found = _labels(here, campaign, shot, circled=circled)
        order = proxies.Order(out=out, slate_frames=slate_frames)
        body = proxies.build(partner, campaign, found, here.media, order)
    lines = [f"{name}  take {row['take']}" for name, row in body["files"].items()]
    lines += [f"{row['name']} left out: {row['reason']}" for row in body["left_out"]]
    if body["files"]:
        lines.append(f"What now?  Look at them in {out}, then `circletake circle TAKE --by NAME`.")
    said.answer(body, "\n".join(lines) or "no such take")
    if body["left_out"]:
        raise bad_news()


def sheet(
    context: typer.Context,
    campaign: Campaign,
    out: Annotated[Path, typer.Option(help="A .png (a page each, _p01 …) or one .pdf.")],
    by: Annotated[str, typer.Option(help="What stands across: takes or recipes.")] = "takes",
    size: Annotated[str, typer.Option(help="4k or a3 (300 dpi).")] = "4k",
    shot: ShotName = None,
    *,
    circled: Circled = False,
) -> None:
    """Draw a contact sheet: shots down, takes or recipes across, references beside.

    Verdicts stand as shapes under each take, must-lines underlined; circled takes have a ring.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.review.printing import Print, printed

    with studio(said.home) as here:
        _, found = _labels(here, campaign, shot, circled=circled)
        body = printed(here.case(campaign), found, here.media, Print(out=out, by=by, size=size))
    lines = [*body["files"]]
    if lines:
        now = "`circletake circle SQ010_SH0020_genai_v003 --by NAME` takes a name as it stands here"
        lines.append(f"What now?  {now}.")
    said.answer(body, "\n".join(lines) or "no such take")


def gap(
    context: typer.Context, campaign: Campaign, shot: ShotName = None, *, circled: Circled = False
) -> None:
    """Compare takes with what their pack delivers: asked, got, gap and what would close it.

    Each kind of gap is told once, with the takes that it is of.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.review.gap import gaps, words

    with studio(said.home) as here:
        partner, found = _labels(here, campaign, shot, circled=circled)
        body = gaps(partner, campaign, found, here.media)
    said.answer(body, f"{words(body)}\n\nWhat now?  {_closing(body, campaign)}")


def _closing(body: Json, campaign: str) -> str:
    if body["takes"] and body["deliverable"] == body["takes"]:
        return f"`circletake timeline export --campaign {campaign} --out edit` hands them over."
    return (
        "Each gap says what closes it; a pack that asks for less is a new seal and a new campaign "
        "(`circletake pack check`)."
    )


def _labels(
    here: "Studio", campaign: str, shot: str | None, *, circled: bool
) -> "tuple[str, tuple[Label, ...]]":
    """Give whose the campaign is, and its takes as they are written on."""
    from benchmarks.commands.takes import known
    from benchmarks.review.label import labels, shots_of
    from benchmarks.views.veil import Veil

    case = here.case(campaign)
    known(shot, set(shots_of(case)))
    veil = Veil(here.catalogue, case.simulated, here.fictional)
    return case.partner.name, labels(case, veil, shot=shot, circled=circled)
