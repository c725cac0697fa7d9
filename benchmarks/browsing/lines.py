"""Every acceptance line of a campaign's takes, answered: one row a take."""

from typing import Any

from benchmarks.editorial.versions import of_case, superseded
from benchmarks.views.case import Case
from benchmarks.views.takes import decision_row, verdict_row
from evaluators.domain.verdict import Verdict
from evaluators.verdicts import open_must
from router.domain.take import Source

Json = dict[str, Any]


def sheets(case: Case) -> list[Json]:
    """Give a campaign's takes shot by shot, in the service's order."""
    versions = of_case(case)
    after = superseded(case.decisions, versions)
    rows = [
        sheet(case.trial_of[take].shot, take, found)
        | {
            "version": versions[take].number,
            "recipe": case.trial_of[take].recipe,
            "simulated": _is_simulated(case, take),
            "decision": decision_row(case.decisions[take]) if take in case.decisions else None,
            "superseded_by": after.get(take),
        }
        for take, found in case.verdicts.items()
    ]
    return sorted(rows, key=lambda row: (row["shot"], row["take"]))


def sheet(shot: str, take: str, found: tuple[Verdict, ...]) -> Json:
    """Give one take's lines."""
    lines = [
        {"criterion": v.line.criterion, "kind": v.line.kind, "must": v.line.must} | verdict_row(v)
        for v in found
    ]
    return {"shot": shot, "take": take, "lines": lines, "open_must": open_must(found)}


def _is_simulated(case: Case, take: str) -> bool:
    """Say whether it is; a control is made here, and belongs to its campaign all the same."""
    found = case.takes[take]
    return found.simulated or (found.source is Source.CONTROL and case.simulated)
