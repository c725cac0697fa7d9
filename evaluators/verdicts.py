"""Scores and acceptance lines become verdicts; pure.

`fail` is said only by arithmetic (a file's size, a pixel outside the matte); a metric that guesses
about content says `unsure` where it doubts. A named person overrules anything, and what they
overruled is kept.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from evaluators.domain.score import Direction, Score, Status
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from evaluators.thresholds import (
    ARITHMETIC,
    EVERYTHING,
    FAULT_FINDERS,
    GIVEN_REGIONS,
    KINDS,
    LEAST_COVERAGE,
    LIMITS,
    PROVEN_BY_ONE,
    VALIDATED,
    WITNESSES,
    Answer,
    Limit,
)

JUDGED = "judge_line"  # shares of judges' votes on lines that no metric answers, by line
JUDGES_SAY_YES = 0.5
RECOLOURED = "says it was recoloured"


def decide(
    line: AcceptanceLine,
    take: str,
    scores: Sequence[Score],
    *,
    genre: str | None = None,
    validated: Collection[tuple[str, str]] = VALIDATED,
) -> Verdict:
    """Answer one acceptance line for one take.

    Args:
        line: the demand; its own metric and threshold win over the defaults of its kind.
        take: id of the take.
        scores: everything that was measured on it.
        genre: where the takes belong; a metric may be validated for one genre and not for another.
        validated: judges (`judge_line@version`, genre) whose agreement with people is shown.
    """
    names = (line.metric,) if line.metric else _answer(line).metrics
    if not names:
        return _free_text(line, take, _find(f"{JUDGED}.{line.number}", scores), genre, validated)
    score = _applying(names, scores)
    if score is None:
        return _silent(line, take, f"{names[0]} was not measured on this take", metric=names[0])
    said = _alone(line, take, score, genre)
    if said.ruling is not Ruling.FAIL and not line.metric and (doubt := _witness(score, scores)):
        return replace(said, ruling=Ruling.UNSURE, reason=doubt)
    return said


def _alone(line: AcceptanceLine, take: str, score: Score, genre: str | None) -> Verdict:
    """Hear the line's own metric, without its witnesses."""
    limit = _limit(line, score)
    if score.value is None:
        return _without_number(line, take, score, limit)
    if limit is None:
        return _silent(line, take, f"{score.metric} has no default; name a threshold", score=score)
    return _with_number(line, take, score, score.value, limit, genre)


def sheet(
    lines: Sequence[AcceptanceLine],
    take: str,
    scores: Sequence[Score],
    *,
    genre: str | None = None,
) -> tuple[Verdict, ...]:
    """Answer all acceptance lines of a shot for one take."""
    return tuple(decide(line, take, scores, genre=genre) for line in lines)


def open_must(verdicts: Sequence[Verdict]) -> int:
    """Count the demands that are not known to be met."""
    return sum(v.line.must and v.ruling is not Ruling.PASS for v in verdicts)


def overrule(verdict: Verdict, by: str, ruling: Ruling, reason: str) -> Verdict:
    """Let a named person's word stand instead; what was said before stays in the evidence."""
    before = {"ruling": verdict.ruling.value, "by": verdict.by, "reason": verdict.reason}
    evidence = {**verdict.evidence, "overruled": before}
    return replace(verdict, ruling=ruling, by=by, reason=reason, evidence=evidence)


def is_of_colour(verdict: Verdict) -> bool:
    """Say whether a line is open only because the subject has another colour."""
    return verdict.ruling is Ruling.UNSURE and (verdict.reason or "").endswith(RECOLOURED)


def is_free_text(line: AcceptanceLine) -> bool:
    """Say whether no metric answers a line, so that only people and judges can."""
    return line.metric is None and not _answer(line).metrics


def _free_text(
    line: AcceptanceLine,
    take: str,
    score: Score | None,
    genre: str | None,
    validated: Collection[tuple[str, str]],
) -> Verdict:
    """Hear judges on a line: unsure until this version of them agrees with people in this genre."""
    if score is None:
        why = _answer(line).silent or f"no metric answers a {line.kind} line"
        return _silent(line, take, f"{why}; a person must look")
    if score.value is None:
        return _without_number(line, take, score, None)
    limit = Limit(threshold=JUDGES_SAY_YES if line.threshold is None else line.threshold)
    margin = score.value - limit.threshold
    told = f"judges see it in {score.value:.0%} of their votes"
    ruling, reason = Ruling.UNSURE, f"{told}; their agreement with people is not shown"
    if score.evidence.get("text_in_picture"):
        reason = f"{told}, and writing is in the picture; a person must look"
    elif score.evidence.get("simulated"):
        reason = f"simulated {told}"
    elif (f"{JUDGED}@{score.version}", genre) in validated:
        ruling, reason = (Ruling.PASS if margin >= 0 else Ruling.FAIL), told
    return _verdict(line, take, score, limit, ruling, reason, margin=margin)


def _answer(line: AcceptanceLine) -> Answer:
    return KINDS.get(line.kind) or Answer(())


def _applying(names: Sequence[str], scores: Sequence[Score]) -> Score | None:
    """Find the first metric that applies to the take; where none does, the first says why."""
    found = [score for name in names if (score := _find(name, scores))]
    apply = [score for score in found if score.status is not Status.NOT_APPLICABLE]
    return next(iter(apply or found), None)


def _witness(score: Score, scores: Sequence[Score]) -> str | None:
    """Say which other number speaks against the take, beyond its own error."""
    for name in WITNESSES.get(score.metric, ()):
        other = _find(name, scores)
        if other is None or other.value is None:
            continue
        if other.evidence.get("recoloured"):
            return f"{score.metric} is blind to colour, and {name} {RECOLOURED}"
        if other.evidence.get("bent"):
            return f"{name} speaks against it: bent by {other.value:.2%} of the short side"
        limit = LIMITS[name]
        if not {"recoloured", "bent"} & set(other.evidence) and (
            _margin(other, other.value, limit.threshold) < -limit.band
        ):
            return f"{name} speaks against it ({other.value:.3f})"
    return None


def _find(name: str, scores: Sequence[Score]) -> Score | None:
    """Find a score by its name, or by its metric where that gives one number only."""
    exact = [s for s in scores if s.metric == name]
    parts = [s for s in scores if s.metric.startswith(f"{name}.")]
    found = exact or (parts if len(parts) == 1 else [])
    return found[0] if found else None


def _limit(line: AcceptanceLine, score: Score) -> Limit | None:
    default = LIMITS.get(score.metric)
    if line.threshold is None:
        return default
    return Limit(threshold=line.threshold, band=default.band if default else 0.0)


def _without_number(line: AcceptanceLine, take: str, score: Score, limit: Limit | None) -> Verdict:
    """A missing number is not measured, unless what was seen instead speaks against the take."""
    strangers = score.status is Status.NOT_MEASURED and score.evidence.get("strangers")
    return _verdict(
        line, take, score, limit, Ruling.UNSURE if strangers else Ruling.NOT_MEASURED, score.reason
    )


def _with_number(
    line: AcceptanceLine, take: str, score: Score, value: float, limit: Limit, genre: str | None
) -> Verdict:
    margin = _margin(score, value, limit.threshold)
    ruling, reason = Ruling.PASS, None
    if doubt := _doubt(line, score, margin, limit):
        ruling, reason = Ruling.UNSURE, doubt
    elif margin < 0 and _may_fail(score, genre):
        ruling = Ruling.FAIL
    elif margin < 0:
        ruling, reason = Ruling.UNSURE, f"{score.metric} doubts it; it may not fail a line"
    return _verdict(line, take, score, limit, ruling, reason, margin=margin)


def _margin(score: Score, value: float, threshold: float) -> float:
    """Distance to the threshold; positive on the good side. Signed metrics are best at zero."""
    if score.direction is Direction.HIGHER:
        return value - threshold
    return threshold - (abs(value) if score.direction is Direction.NONE else value)


def _doubt(line: AcceptanceLine, score: Score, margin: float, limit: Limit) -> str | None:
    if score.evidence.get("rendered") and not score.metric.startswith("spec_checks"):
        return "scene-linear, seen through a display transform that was chosen here"
    if abs(margin) < limit.band:
        return f"within the metric's own error (+-{limit.band:g})"
    if unseen := _unseen(score, margin):
        return unseen
    if margin >= 0 and score.metric.startswith("temporal.") and score.evidence.get("frozen"):
        return "the clip stands still"
    if margin >= 0 and line.metric is None:
        return FAULT_FINDERS.get(line.kind)
    return None


def _unseen(score: Score, margin: float) -> str | None:
    """Say what was not seen, where that is too much for the answer."""
    covered = 1.0 if score.coverage is None else score.coverage
    if covered < 1 and margin >= 0 and score.metric in EVERYTHING:
        return f"found {score.n_used} of {score.n_expected} {EVERYTHING[score.metric]} only"
    if score.metric == "id_coverage" or (margin < 0 and score.metric in PROVEN_BY_ONE):
        return None
    if covered < LEAST_COVERAGE:
        return f"seen in {score.n_used} of {score.n_expected} frames only"
    return None


def _may_fail(score: Score, genre: str | None) -> bool:
    family = score.metric.partition(".")[0]
    if genre is not None and (score.metric, genre) in VALIDATED:
        return True
    if family == "removal":
        return bool(score.evidence.get("stands"))
    if family == "costume_colour":
        return score.evidence.get("region") in GIVEN_REGIONS
    return family in ARITHMETIC


def _silent(
    line: AcceptanceLine,
    take: str,
    reason: str,
    *,
    metric: str | None = None,
    score: Score | None = None,
) -> Verdict:
    return Verdict(
        line=line,
        take=take,
        ruling=Ruling.NOT_MEASURED,
        metric=score.metric if score else metric,
        value=score.value if score else None,
        unit=score.unit if score else None,
        reason=reason,
    )


def _verdict(
    line: AcceptanceLine,
    take: str,
    score: Score,
    limit: Limit | None,
    ruling: Ruling,
    reason: str | None,
    *,
    margin: float | None = None,
) -> Verdict:
    return Verdict(
        line=line,
        take=take,
        ruling=ruling,
        metric=score.metric,
        value=score.value,
        unit=score.unit,
        threshold=limit.threshold if limit else None,
        margin=margin,
        reason=reason,
        evidence=score.evidence,
        by=f"{score.metric} v{score.version}",
    )
