"""`circletake verdicts`: what can be said about each acceptance line."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import bad_news, console

if TYPE_CHECKING:
    from benchmarks.views.case import Case
    from evaluators.domain.score import Scored
    from evaluators.domain.verdict import Verdict

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
    from router.domain.errors import BadInput

    with studio(said.home) as here:
        unreadable = False
        if campaign is not None:
            case = here.case(campaign)
            rows = [
                _row(case.trial_of[t].shot, t, v) | _decided(case, t)
                for t, v in case.verdicts.items()
            ]
            rows.sort(key=lambda row: (row["shot"], row["take"]))
        elif takes and shot and pack:
            found = list(here.judged(here.pack(pack), shot, takes))
            rows = [_row(shot, scored.take, v) for scored, v in found]
            unreadable = any(_is_unreadable(scored) for scored, _ in found)
        else:
            given = "neither" if not takes else "takes without --shot and --pack"
            expected = "TAKE… --shot SHOT --pack PACK, or --campaign ID"
            raise BadInput(field="verdicts", found=given, expected=expected)
    said.answer({"takes": rows}, "\n".join(text(row) for row in rows) or "no take yet")
    if unreadable:
        raise bad_news()


def _is_unreadable(scored: "Scored") -> bool:
    return all(score.status.value == "failed" for score in scored.scores)


def _row(shot: str, take: str, found: "tuple[Verdict, ...]") -> Row:
    from benchmarks.views.takes import verdict_row
    from evaluators.verdicts import open_must

    lines = [
        {"criterion": v.line.criterion, "kind": v.line.kind, "must": v.line.must} | verdict_row(v)
        for v in found
    ]
    return {"shot": shot, "take": take, "lines": lines, "open_must": open_must(found)}


def _decided(case: "Case", take: str) -> Row:
    from benchmarks.views.takes import decision_row

    return {"decision": decision_row(case.decisions[take])} if take in case.decisions else {}


def text(row: Row) -> str:
    """Say what became of each line of a take."""
    marks = {"pass": "✓ pass", "fail": "✗ fail", "unsure": "? unsure"}
    decision = row.get("decision")
    mark = f", {decision['status']} by {decision['by']}" if decision else ""
    lines = [f"{row['shot']}  {row['take']}  {row['open_must']} must-lines open{mark}"]
    for line in row["lines"]:
        mark = marks.get(line["verdict"], "– not measured")
        number = "" if line["value"] is None else f"{line['metric']} {line['value']:.3f}"
        must = "must" if line["must"] else "wish"
        why = f"  ({line['reason']})" if line["reason"] else ""
        lines.append(f"  {line['line']:2} {must}  {mark:14} {line['criterion']}  {number}{why}")
    return "\n".join(lines)
