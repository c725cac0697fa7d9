"""`circletake demo`: the whole way once, on fictional partners, always simulated."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import Console, bad_news, console
from router.domain.money import musd_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from benchmarks.running.progress import Progress
    from benchmarks.studio import Studio

BUDGET_USD = "60"  # per partner; emulated money
# Said by people of the fictional partners on a take of a recipe, so that a reader sees where such
# words stand.
SAID = {
    "northlight_pictures": (
        "video_from_key",
        "Ines Falk",
        "vfx_supervisor",
        "Holds up in motion, but I could not ask for the same lens twice. I want to lock it.",
        "lock the lens between takes of a shot",
        "major",
    ),
    "paper_lantern": (
        "style_guide",
        "Tomas Okonjo",
        "director",
        "The coat is the character. When the green goes, he is somebody else, however well he "
        "is drawn.",
        "name a colour by swatch, not by word",
        "minor",
    ),
}


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("demo-report"),
    takes: Annotated[int, typer.Option(help="Takes of each cell.", min=1, max=4)] = 1,
    profiles: Annotated[
        Path | None, typer.Option(help="Planted faults of the emulated models, JSON.")
    ] = None,
) -> None:
    """Two partners' packs → takes → scores → verdicts → a repair → the findings report.

    Always simulated: the pictures come from the emulator, and every page says so.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.running.wire import Wire
    from dashboard.printing.report import write
    from dashboard.wording import announced

    home = _prepared(said)
    extra = ("--profiles", str(profiles)) if profiles else ()
    with (
        _drawn(home / "packs") as packs,
        _shown(said) as tell,
        studio(home, Wire.SIMULATED, on_progress=tell, emulator=extra) as here,
    ):
        ended = []
        for partner, root in packs.items():
            said.tell(f"{here.partner(partner).display_name}: shot pack, takes, scores, verdicts")
            ended.append(_campaign(here, partner, root.result(), takes))
        ids = [p.campaign.id for p in ended]
        for campaign in ids:
            _repaired(here, campaign)
        said.tell("compiling the report")
        document, assets = here.document(
            ids, title="Findings of the demonstration", command="circletake demo"
        )
    files = write(document, assets, out)
    body = {"campaigns": ids, "simulated": True, "files": [str(f) for f in files]}
    page = next(f for f in files if f.suffix == ".html")
    said.answer(body, announced([*document["answer"], "", str(page)], simulated=True))
    if any(p.is_bad_news for p in ended):
        raise bad_news()


def _prepared(said: Console) -> Path:
    """Make the home, with the configs of the fictional partners in it."""
    from benchmarks.demo.guests import welcome
    from router import settings

    home = settings.read(said.home).home
    welcome(home)
    return home


@contextmanager
def _drawn(folder: Path) -> "Iterator[dict[str, Future[Path]]]":
    """Draw the packs in processes of their own, while the first ones are worked on already."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from benchmarks.demo import build as demonstration

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield {p: pool.submit(demonstration.build, folder, p) for p in demonstration.PARTNERS}


def _campaign(here: "Studio", partner: str, root: Path, takes: int) -> "Progress":
    laid, files = here.plan(
        partner=partner,
        roots=[root],
        recipes=(),
        takes=takes,
        budget_musd=musd_of("budget", BUDGET_USD),
        simulated=True,
    )
    ended = here.runner.run(laid, files)
    recipe, by, role, text, wish, severity = SAID[partner]
    case = here.case(laid.campaign.id)
    shown = next((t for t in case.takes if case.trial_of[t].recipe == recipe), None)
    here.observe(
        campaign=laid.campaign.id,
        takes=(shown,) if shown else (),
        by=by,
        role=role,
        text=text,
        wished_control=wish,
        severity=severity,
    )
    return ended


def _repaired(here: "Studio", campaign: str) -> None:
    """Repair the worst failed must-line that a matte of its shot can reach, once a campaign."""
    from benchmarks.repairing.repair import candidates

    case = here.case(campaign)
    if case.repairs:
        return
    found = next(candidates(case), None)
    if found:
        take, line = found
        here.repairer().repair(case, take, [line], rounds=2)


@contextmanager
def _shown(said: Console) -> Iterator[Any]:
    """Show progress bars on a terminal; give what is told how campaigns stand."""
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:34}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=Terminal(stderr=True), disable=said.json) as bars:
        known: dict[tuple[str, str], Any] = {}

        def tell(progress: "Progress") -> None:
            from benchmarks.domain.campaign import TrialState

            name = progress.campaign.partner
            asked = progress.total - progress.trials[TrialState.OPEN]
            for what, done in (("takes", asked), ("scored", progress.scored)):
                key = (name, what)
                if key not in known:
                    known[key] = bars.add_task(f"{name}: {what}", total=progress.total)
                bars.update(known[key], completed=done)

        yield tell
