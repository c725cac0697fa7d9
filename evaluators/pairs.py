"""Pairs of shots: a gate that keeps wrong takes out, and how likeness falls with the gap.

Shots that are all wrong in the same way agree with each other: a character is compared from shot
to shot only where it is like its references first, and how many were left out is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evaluators.domain.score import Status
from evaluators.group import Appearance
from evaluators.metric import Reading, missing
from evaluators.thresholds import LIMITS

LEAST = 2  # shots


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a take must reach to be compared."""

    metric: str  # as told in evidence
    least: float
    of: Callable[[Appearance], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two shots and what lies between them."""

    first: Appearance
    second: Appearance
    value: float

    @property
    def gap(self) -> int | None:
        """Give how far apart they are in the cut; None where the order is not known."""
        a, b = self.first.brief.order, self.second.brief.order
        return None if a is None or b is None else abs(b - a)


FACE = Gate(
    metric="id_ref",
    least=LIMITS["id_ref"].threshold,
    of=lambda shot: shot.memory.get("id_ref"),
)


def gated(
    shots: Sequence[Appearance], gate: Gate | None
) -> tuple[list[Appearance], list[Appearance]]:
    """Split shots that could be looked at into those that pass and those that do not.

    A shot in which the gate could not be asked is neither: nothing says that it is wrong.
    """
    seen = [shot for shot in shots if shot.memory and "missing" not in shot.memory]
    if gate is None:
        return seen, []
    asked = [(shot, likeness) for shot in seen if (likeness := gate.of(shot)) is not None]
    passed = [shot for shot, likeness in asked if likeness >= gate.least]
    return passed, [shot for shot, likeness in asked if likeness < gate.least]


def readings(
    name: str,
    shots: Sequence[Appearance],
    gate: Gate | None,
    value: Callable[[Appearance, Appearance], float | None],
    *,
    worse: Callable[[Sequence[Pair]], Pair],
    apart: str = "no two of them can be compared",
) -> dict[str, Reading]:
    """Give mean over pairs, slope against the gap, and the share that the gate left out.

    Args:
        name: of the metric; its outputs are name, name.slope and name.gated_out.
        shots: of one character, in their order.
        gate: what a shot must reach first; None = none could be asked.
        value: of two shots; None where these two cannot be compared.
        worse: picks the pair that evidence names.
        apart: why `value` compares no two shots although there are enough, in words.
    """
    passed, out = gated(shots, gate)
    evidence: dict[str, object] = {
        "rows": [s.brief.row for s in passed],
        "gated_out_rows": [s.brief.row for s in out],
        "gate": {"metric": gate.metric, "least": gate.least} if gate else None,
        "selection": "of each shot the circled take, else the first",
        "not_seen": {
            str(s.brief.row): _unseen(s, gate) for s in shots if s not in passed and s not in out
        },
    }
    pairs = [
        Pair(first=a, second=b, value=v)
        for a, b in combinations(passed, 2)
        if (v := value(a, b)) is not None
    ]
    share = _share(out, passed, len(shots), evidence)
    compared = {s.brief.row for p in pairs for s in (p.first, p.second)}
    evidence["alone"] = [s.brief.row for s in passed if s.brief.row not in compared]
    if not pairs:
        reason = _why_none(len(passed), len(shots), apart)
        silent = Reading(
            value=None,
            status=Status.NOT_MEASURED,
            reason=reason,
            n_used=0,
            n_expected=len(shots),
            evidence=evidence,
        )
        return {name: silent, f"{name}.slope": silent, f"{name}.gated_out": share}
    worst = worse(pairs)
    evidence["worst"] = {
        "rows": [worst.first.brief.row, worst.second.brief.row],
        "shots": [worst.first.shot, worst.second.shot],
        "value": round(worst.value, 4),
    }
    mean = Reading(
        value=float(np.mean([p.value for p in pairs])),
        n_used=len(compared),
        n_expected=len(shots),
        evidence=evidence,
    )
    return {name: mean, f"{name}.slope": _slope(pairs), f"{name}.gated_out": share}


def _unseen(shot: Appearance, gate: Gate | None) -> str:
    if not shot.memory:
        return "nothing was kept of this take"
    unasked = f"{gate.metric} was not measured, so that the gate cannot be asked" if gate else ""
    return str(shot.memory.get("missing", unasked))


def _why_none(passed: int, expected: int, apart: str) -> str:
    if passed >= LEAST:
        return apart
    seen = "only 1" if passed else "none"
    return f"{seen} of {expected} shots shows the character well enough; a comparison needs {LEAST}"


def _share(
    out: Sequence[Appearance],
    passed: Sequence[Appearance],
    expected: int,
    evidence: dict[str, object],
) -> Reading:
    seen = len(out) + len(passed)
    if not seen:
        return missing(Status.NOT_MEASURED, "the character was seen in none of the shots")
    return Reading(value=len(out) / seen, n_used=seen, n_expected=expected, evidence=evidence)


def _slope(pairs: Sequence[Pair]) -> Reading:
    """Fit value against gap by least squares."""
    known = [(p.gap, p.value) for p in pairs if p.gap is not None]
    if len({gap for gap, _ in known}) < LEAST:
        reason = "a slope needs pairs of different gaps" if known else "no order is given"
        return missing(Status.NOT_MEASURED, reason)
    gaps, values = zip(*known, strict=True)
    fitted = float(np.polyfit(np.array(gaps, float), np.array(values), 1)[0])
    evidence = {"pairs": [[gap, round(value, 4)] for gap, value in known]}
    return Reading(value=fitted, n_used=len(known), n_expected=len(pairs), evidence=evidence)
