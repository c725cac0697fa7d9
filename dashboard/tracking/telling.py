"""What is written about a take, shot or decision in a tracker. Pure; plain words, no colour.

A number that is missing is written in words. Nothing of a request's prompt is told: what people
asked for stands in their own shot pack.
"""

from collections.abc import Sequence

from benchmarks.comparing.sentences import shown
from benchmarks.comparing.wording import title
from benchmarks.decisions.circled import CIRCLED
from benchmarks.domain.repair import Decision
from benchmarks.planning.plan import usd
from benchmarks.review.label import Label
from dashboard.tracking.nouns import Standing
from evaluators.domain.score import Scored, Status
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.verdicts import open_must

MOST_SCORES = 8
MOST_CLAIMS = 5
STANDS: dict[str, Standing] = {
    CIRCLED: Standing.APPROVED,
    "approved": Standing.APPROVED,
    "withdrawn": Standing.REVIEW,
    "changes": Standing.CHANGES,
    "rejected": Standing.REJECTED,
}
_WORDS = {
    Ruling.PASS: "pass",
    Ruling.FAIL: "FAIL",
    Ruling.UNSURE: "unsure",
    Ruling.NOT_MEASURED: "not measured",
}


def revision(label: Label, scores: str) -> str:
    """Tell of a take: who made it, what it cost, how it answers the director's lines."""
    take = label.take
    paid = f"{usd(take.cost_musd):g} USD" if take.cost_musd else "nothing was paid"
    child = f" · refines {take.parent}" if take.parent else ""
    head = [
        f"{label.name} · {label.marks}",
        f"{label.recipe} · {label.model} · {paid}{child}",
        f"take {take.id} · sha256 {take.media.sha256}",
    ]
    if label.simulated:
        head.insert(1, "SIMULATED: a stand-in of the rehearsal, made by no model")
    return "\n".join([*head, "", scores])


def scores(verdicts: Sequence[Verdict], scored: Scored | None) -> str:
    """Tell how a take answers the acceptance lines, and what was measured."""
    if not verdicts:
        lines = ["Not measured yet."]
    else:
        lines = [f"{open_must(verdicts)} must-lines open of {sum(v.line.must for v in verdicts)}"]
        lines += [_verdict(v) for v in sorted(verdicts, key=lambda v: v.line.number)]
    return "\n".join([*lines, *_measured(scored)])


def decision(label: Label, said: Decision) -> str:
    """Tell what a named person decided."""
    role = f" ({said.role})" if said.role else ""
    note = f": {said.notes}" if said.notes else ""
    return f"{label.name} · {label.marks}\n{said.status.upper()} by {said.by}{role}{note}"


def findings(claims: Sequence[tuple[str, str]], *, simulated: bool) -> str:
    """Tell the findings that rest on takes of a shot: (confidence, claim)."""
    head = "Findings of this campaign that rest on takes of this shot"
    head += " · SIMULATED: about stand-ins, not about any model" if simulated else ""
    lines = [f"{word}: {claim}" for word, claim in claims[:MOST_CLAIMS]]
    left = len(claims) - MOST_CLAIMS
    lines += [f"{left} more stand in the report"] if left > 0 else []
    return "\n".join([head, *lines])


def _verdict(verdict: Verdict) -> str:
    line = verdict.line
    must = "must" if line.must else "wish"
    why = f" ({verdict.reason})" if verdict.reason else ""
    number = ""
    if verdict.value is not None and verdict.metric:
        number = f" · {title(verdict.metric)} {shown(verdict.value, verdict.unit or '')}"
    person = f" · by {verdict.by}" if verdict.evidence.get("overruled") else ""
    said = _WORDS[verdict.ruling]
    return f"{line.number}. {must}: {line.criterion}: {said}{why}{number}{person}"


def _measured(scored: Scored | None) -> list[str]:
    if scored is None:
        return []
    known = [s for s in scored.scores if s.status is Status.MEASURED and s.value is not None]
    lines = [
        f"{title(s.metric)}{f' ({s.character})' if s.character else ''}: "
        f"{shown(s.value or 0.0, s.unit)}"
        for s in known[:MOST_SCORES]
    ]
    missing = sum(s.status in {Status.NOT_MEASURED, Status.FAILED} for s in scored.scores)
    flags = [f"read first: {', '.join(scored.flags)}"] if scored.flags else []
    gaps = [f"{missing} numbers are missing; the report says why"] if missing else []
    return [*flags, *lines, *gaps]
