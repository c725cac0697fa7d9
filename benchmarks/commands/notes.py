"""`circletake notes`: mark and say something on a take, and have it done inside what is drawn."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.commands.repair import AskedBy, Budget, DryRun, child, planned_words, step
from benchmarks.commands.takes import Take
from router.afar import afar
from router.console import Console, bad_news, console
from router.domain.money import musd_of

if TYPE_CHECKING:
    from benchmarks.domain.note import Jotted
    from benchmarks.notes.refining import Refined, Refiner, Wished
    from benchmarks.studio import Studio
    from benchmarks.views.case import Case


REGION = ("left", "top", "width", "height")
EXPECTED = {  # by field: what a note takes
    "frame": "a frame of the take, from 0",
    "frames": "a first and a last frame, from 0",
    "region": f"{', '.join(REGION)}: four numbers from 0 to 1",
    "strokes": 'a JSON list of at most 200 lines, points as shares from 0 to 1: [{"points": '
    '[[0.4, 0.2], [0.5, 0.3]], "width": 0.01, "closed": true}]',
    "text": "at most 4000 characters",
    "line": "the number of an acceptance line of the shot",
    "by": "the name of a person",
}


class Action(StrEnum):
    """What shall be done where it is drawn."""

    INPAINT = "inpaint"
    ERASE = "erase"
    RECOLOUR = "recolour"
    OUTPAINT = "outpaint"
    NONE = "none"


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(
        no_args_is_help=True, help="Notes on a take: frame, region, drawing, words; and its wish."
    )
    group.command("add")(add)
    group.command("list")(list_)
    group.command("refine")(refine)
    app.add_typer(group, name="notes")


@afar("benchmarks.remote.notes:add")
def add(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    take: Take,
    text: Annotated[str, typer.Argument(help="What is said, in their own words.")] = "",
    *,
    by: Annotated[str, typer.Option(help="Who says it.")] = "",
    frame: Annotated[int | None, typer.Option(help="The frame, from 0.", min=0)] = None,
    frames: Annotated[
        tuple[int, int] | None, typer.Option(help="First and last frame, from 0.")
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            help="Left, top, width, height, as shares of the picture (0 to 1): 0.3,0.3,0.2,0.2",
            metavar="X,Y,W,H",
        ),
    ] = None,
    drawing: Annotated[
        Path | None,
        typer.Option(help='JSON: [{"points": [[x, y], …], "width": 0.01, "closed": true}, …]'),
    ] = None,
    wish: Annotated[Action, typer.Option(help="What shall be done there.")] = Action.NONE,
    line: Annotated[int | None, typer.Option(help="Acceptance line it answers.", min=1)] = None,
) -> None:
    """Keep a note on a take; nothing is overwritten, a change of mind is a further note."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.naming import called
    from benchmarks.notes.notebook import Notebook, as_json
    from benchmarks.pictures.pixels import Darkroom

    body = written(text, frame, frames, region, drawing) | {"wish": wish.value, "line": line}
    with studio(said.home) as here:
        darkroom = Darkroom()
        try:
            book = Notebook(studio=here, darkroom=darkroom)
            note = book.jot(here.take(called(here, take)), _jotted(body, by))
        finally:
            darkroom.close()
    kept(said, as_json(note, ()))


@afar("benchmarks.remote.notes:list_")
def list_(context: typer.Context, take: Take) -> None:
    """List the notes on a take, and the takes that came of them."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.naming import called
    from benchmarks.notes.notebook import Notebook
    from benchmarks.pictures.pixels import Darkroom

    with studio(said.home) as here:
        rows = Notebook(studio=here, darkroom=Darkroom()).rows(here.take(called(here, take)))
    listed(said, rows)


@afar("benchmarks.remote.notes:refine")
def refine(
    context: typer.Context,
    take: Take,
    note: Annotated[list[str], typer.Option(help="Note id; repeat it for several.")],
    budget: Budget = None,
    by: AskedBy = "",
    *,
    dry_run: DryRun = False,
) -> None:
    """Have notes done: a child take that differs inside what is drawn, and nowhere else."""
    said = console(context)
    from benchmarks.bootstrap import studio, wire_of
    from benchmarks.browsing.naming import called

    most = None if budget is None else musd_of("--budget", budget)
    with studio(said.home) as here:
        take = called(here, take)
        campaign = here.campaign_of(take)
        simulated = here.case(campaign).kept.campaign.simulated
        if dry_run:
            refiner, case, wished = _at(here, campaign, take, note)
            errand = refiner.errand(case, wished, most)
            planned(said, errand.as_json() | {"notes": list(wished.notes)})
            return
    with studio(said.home, wire_of(simulated=simulated)) as here:
        refiner, case, wished = _at(here, campaign, take, note)
        asking = refiner.repairer
        asking.by, asking.on_round = by.strip(), lambda n, e: said.tell(step(n, e.as_json()))
        found = refiner.refine(case, wished, budget_musd=most)
    _answered(said, found)


def written(
    text: str,
    frame: int | None,
    frames: tuple[int, int] | None,
    region: str | None,
    drawing: Path | None,
) -> dict[str, Any]:
    """Give a note as the service takes it; raises BadInput for a drawing that is none."""
    import json

    from router.domain.errors import BadInput

    strokes: Any = []
    if drawing is not None:
        try:
            strokes = json.loads(drawing.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            expected = "a JSON list of strokes, see --help"
            raise BadInput(field="--drawing", found=str(error), expected=expected) from error
    return {
        "frame": frame,
        "frames": list(frames) if frames else None,
        "region": box(region) if region else None,
        "strokes": strokes,
        "text": text,
    }


def box(text: str) -> list[float]:
    """Read four numbers, apart by commas or spaces; raises BadInput."""
    from router.domain.errors import BadInput

    try:
        found = [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        found = []
    if len(found) != len(REGION) or not all(0 <= number <= 1 for number in found):
        expected = f"{', '.join(REGION)}: four numbers from 0 to 1, such as 0.3,0.3,0.2,0.2"
        raise BadInput(field="--region", found=text, expected=expected)
    return found


def kept(said: Console, row: dict[str, Any]) -> None:
    """Answer with a note that was kept."""
    said.answer(row, f"kept {row['id']}" + (f"\n{_next(row)}" if _asks(row) else ""))


def listed(said: Console, rows: list[dict[str, Any]]) -> None:
    """Answer with the notes on a take."""
    lines = [f"{r['id']} {r['at']} {r['by']}: {_wish(r)}{r['text']}{_children(r)}" for r in rows]
    asking = next((r for r in rows if _asks(r) and not r["children"]), None)
    if asking is not None:
        lines.append(_next(asking))
    said.answer({"notes": rows}, "\n".join(lines) or "nobody marked anything on this take yet")


def planned(said: Console, told: dict[str, Any]) -> None:
    """Answer with what would be asked."""
    said.answer(told, f"{planned_words(told)}\n{step(1, told)}")


def outcome_text(told: dict[str, Any]) -> str:
    """Say what came of a refinement."""
    if not told["children"]:
        return f"no child: {told['reason']}"
    lines = [f"{child(c, 'the drawing')}{_broken(c)}" for c in told["children"]]
    return "\n".join([*lines, told["next"]])


def _broken(child: dict[str, Any]) -> str:
    """Name the lines that the parent passed: a drawing may reach beyond the shot's own matte."""
    passed = {v["line"] for v in child["before"] if v["verdict"] == "pass"}
    lost = [v for v in child["after"] if v["line"] in passed and v["verdict"] != "pass"]
    return "".join(f"; line {v['line']} passed before, now: {v['verdict']}" for v in lost)


def _at(
    here: "Studio", campaign: str, take: str, notes: list[str]
) -> "tuple[Refiner, Case, Wished]":
    from benchmarks.notes.notebook import Notebook
    from benchmarks.notes.refining import Refiner

    repairer = here.repairer()
    book = Notebook(studio=here, darkroom=repairer.darkroom)
    wished = book.wished(here.take(take), notes)
    return Refiner(repairer=repairer), here.case(campaign), wished


def _answered(said: Console, found: "Refined") -> None:
    told = found.as_json()
    said.answer(told, outcome_text(told))
    if told["reason"]:
        raise bad_news()


def _jotted(body: dict[str, Any], by: str) -> "Jotted":
    """Check a note by the same rules as one that comes over HTTP."""
    from pydantic import ValidationError

    from benchmarks.api.notes import NoteBody
    from router.domain.errors import BadInput

    try:
        return NoteBody(**body).jotted(by)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        field = ".".join(str(part) for part in first["loc"])
        expected = EXPECTED.get(name, "what `circletake notes add --help` names")
        raise BadInput(field=field, found=first["input"], expected=expected) from error


def _asks(row: dict[str, Any]) -> bool:
    return row["wish"] != "none" or row["line"] is not None


def _next(row: dict[str, Any]) -> str:
    return f"`circletake notes refine {row['take']} --note {row['id']}` has it done"


def _wish(row: dict[str, Any]) -> str:
    line = f"line {row['line']} " if row["line"] is not None else ""
    return f"[{line}{row['wish']}] " if line or row["wish"] != "none" else ""


def _children(row: dict[str, Any]) -> str:
    return f"\n  → {', '.join(row['children'])}" if row["children"] else ""
