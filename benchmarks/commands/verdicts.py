"""`circletake verdicts`: what can be said about each acceptance line."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from evaluators.domain.score import Scored

Row = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("verdicts")(verdicts)


@afar("benchmarks.remote.people:verdicts")
def verdicts(
    context: typer.Context,
    takes: Annotated[list[Path] | None, typer.Argument(help="Pictures or clips.")] = None,
    shot: Annotated[str | None, typer.Option(help="Shot of the pack, e.g. SQ010_SH0020.")] = None,
    pack: Annotated[Path | None, typer.Option(help="The shot pack with the lines.")] = None,
    campaign: Annotated[str | None, typer.Option(help="All takes of a campaign instead.")] = None,
) -> None:
    """Answer a shot's acceptance lines, for files or for a whole campaign."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.lines import sheet, sheets
    from router.domain.errors import BadInput

    with studio(said.home) as here:
        unreadable = False
        if campaign is not None:
            rows = [_said(row) for row in sheets(here.case(campaign))]
        elif takes and shot and pack:
            found = list(here.judged(here.pack(pack), shot, takes))
            rows = [sheet(shot, scored.take, v) for scored, v in found]
            unreadable = any(_is_unreadable(scored) for scored, _ in found)
        else:
            given = "neither" if not takes else "takes without --shot and --pack"
            expected = "TAKE… --shot SHOT --pack PACK, or --campaign ID"
            raise BadInput(field="verdicts", found=given, expected=expected)
    answered(said, rows, campaign)
    if unreadable:
        raise bad_news()


def _is_unreadable(scored: "Scored") -> bool:
    return all(score.status.value == "failed" for score in scored.scores)


def _said(row: Row) -> Row:
    """Leave a decision out where nothing was decided."""
    return {k: v for k, v in row.items() if k != "decision" or v is not None}


def answered(said: Console, rows: list[Row], campaign: str | None) -> None:
    """Answer with takes and their lines, and what to do next."""
    names = {row["take"]: version(row) for row in rows}
    lines = [text(row, names) for row in rows]
    if rows:
        lines.append(_next(rows, campaign))
    said.answer({"takes": rows}, "\n".join(lines) or "no take yet")


def text(row: Row, names: Mapping[str, str]) -> str:
    """Say what became of each line of a take."""
    marks = {"pass": "✓ pass", "fail": "✗ fail", "unsure": "? unsure"}
    about = (row["shot"], version(row), row.get("recipe"), row["take"])
    said = (
        ", ".join(filter(None, (still_open(row["open_must"]), decided(row, names)))),
        "SIMULATED" if row.get("simulated") else "",
    )
    lines = ["  ".join(filter(None, (*about, *said)))]
    for line in row["lines"]:
        mark = marks.get(line["verdict"], "– not measured")
        must = "must" if line["must"] else "wish"
        why = f"  ({line['reason']})" if line["reason"] else ""
        parts = (f"  {line['line']:2} {must}  {mark:14} {line['criterion']}", found(line))
        lines.append("  ".join(filter(None, parts)) + why)
    return "\n".join(lines)


def still_open(count: int | None) -> str:
    """Say how many must-lines a take leaves open."""
    if count is None:
        return "not judged"
    return f"{count} must-line{'' if count == 1 else 's'} open"


def found(line: Row) -> str:
    """Write what was measured of a line: metric, number, limit, and on which side good lies."""
    value, limit, margin = line["value"], line.get("threshold"), line.get("margin")
    if value is None:
        return ""
    from benchmarks.comparing.sentences import shown

    unit = line.get("unit") or ""
    words = f"{line['metric']} {shown(value, unit)}"
    if limit is None:
        return words
    return f"{words}, limit {_side(value, limit, margin)}{shown(limit, unit)}"


def _side(value: float, limit: float, margin: float | None) -> str:
    """Say on which side of a limit good lies: the margin is positive there."""
    if not margin:
        return ""
    return "at least " if abs(value - limit - margin) < abs(margin) else "at most "


def decided(row: Row, names: Mapping[str, str]) -> str:
    """Say what a person decided about a take, and which take counts instead of it now."""
    decision, after = row.get("decision"), row.get("superseded_by")
    if not decision:
        return ""
    word = f"{decision['status']} by {decision['by']}"
    return f"{word}, superseded by {names.get(after) or after[:8]}" if after else word


def version(row: Row) -> str:
    """Write a take's version as file names and sheets bear it; empty where it has none."""
    return "" if row.get("version") is None else f"v{row['version']:03d}"


def _next(rows: list[Row], campaign: str | None) -> str:
    if campaign is None:
        return "What now?  A limit is the shot's own (`threshold` in the pack), else the metric's."
    worst = next((r for r in rows if any(_is_open(n) for n in r["lines"])), None)
    circle = "`circletake circle TAKE --by NAME` takes one as it is"
    if worst is None:
        return f"What now?  {circle}."
    numbers = " ".join(str(n["line"]) for n in worst["lines"] if _is_open(n))
    ask = f"`circletake repair {worst['take']} --lines {numbers}`"
    return f"What now?  {ask} asks again for what failed; {circle}."


def _is_open(line: Row) -> bool:
    return bool(line["must"]) and line["verdict"] == "fail"
