"""The loop in figures: lines that pass at once or after repairs, and what circled takes took. Pure.

The shot is the unit. A line that nothing measured, or that is unsure, is not known to pass: it
counts among the lines asked for, and how many there were of them is said beside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.comparing.survival import Survival, estimate
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from evaluators.verdicts import open_must

MOST_REPAIRS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What became of one shot with one recipe: its first take, and the repairs of that take."""

    recipe: str
    shot: str  # unique over all packs
    lines: tuple[AcceptanceLine, ...]
    rounds: tuple[tuple[Verdict, ...], ...]  # k → verdicts of the best take within k repairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of lines with its interval."""

    repairs: int
    passed: int
    share: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """How one recipe does on one kind of line."""

    recipe: str
    kind: str
    lines: int
    shots: int
    not_known: int  # at the first take: unsure, not measured, or no take came
    repaired: int  # shots of which the first take was repaired at least once
    after: tuple[Share, ...]  # after 0, 1, … repairs, as far as anybody went


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one shot took with one recipe, until it was circled or as far as it was observed."""

    recipe: str
    shot: str
    circled: bool
    usd: float
    minutes: float  # from the first question to the decision, by the clock
    attempts: int  # questions and repairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Circling:
    """What it takes until a take of a recipe is circled."""

    recipe: str
    shots: int
    circled: int
    attempts: int
    attempts_per_circled: float | None  # None = nobody has circled one
    usd: Survival
    minutes: Survival


def best_within(
    first: str,
    children: Mapping[str, Sequence[str]],
    verdicts: Mapping[str, tuple[Verdict, ...]],
) -> Iterator[tuple[Verdict, ...]]:
    """Give, for 0, 1, … repairs of a take, the verdicts of the best take within so many.

    The best one has the fewest open must-lines, then the most passed lines; of equals the one that
    took fewer repairs. A repair that breaks another line is so never counted as a success.
    """
    best, level = first, [first]
    yield verdicts.get(first, ())
    for _ in range(MOST_REPAIRS):
        level = [child for take in level for child in children.get(take, ()) if child in verdicts]
        if not level:
            return
        best = min([best, *level], key=lambda t: _openness(verdicts.get(t, ())))
        yield verdicts.get(best, ())


def passing(journeys: Sequence[Journey]) -> tuple[Passing, ...]:
    """Say what share of lines pass, for every recipe and kind of line."""
    places = dict.fromkeys((j.recipe, line.kind) for j in journeys for line in j.lines)
    return tuple(_passing(recipe, kind, journeys) for recipe, kind in places)


def circling(ways: Sequence[Way]) -> tuple[Circling, ...]:
    """Say what a circled take took, for every recipe; shots without one are censored."""
    recipes = dict.fromkeys(w.recipe for w in ways)
    return tuple(_circling(r, [w for w in ways if w.recipe == r]) for r in recipes)


def share_of(by_shot: Sequence[tuple[int, int]]) -> tuple[float, float, float]:
    """Give the share of lines that pass with a 95 % interval.

    The interval is that of Clopper and Pearson (1934), with as many observations as there are
    shots: lines of a shot are counted as if they stood and fell together, the least they can tell.

    Args:
        by_shot: (passed, asked) of each shot, asked > 0.
    """
    from scipy.special import betaincinv

    shots = len(by_shot)
    share = sum(p for p, _ in by_shot) / sum(n for _, n in by_shot)
    hits = share * shots
    low = 0.0 if share == 0 else float(betaincinv(hits, shots - hits + 1, 0.025))
    high = 1.0 if share == 1 else float(betaincinv(hits + 1, shots - hits, 0.975))
    return share, low, high


def _openness(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    return open_must(verdicts), -sum(v.ruling is Ruling.PASS for v in verdicts)


def _passing(recipe: str, kind: str, journeys: Sequence[Journey]) -> Passing:
    mine = [j for j in journeys if j.recipe == recipe and _asked(j, kind)]
    furthest = max((len(j.rounds) for j in mine), default=1) or 1
    first = [(j, v) for j in mine for v in _of_kind(j, 0, kind)]
    known = sum(v.ruling in (Ruling.PASS, Ruling.FAIL) for _, v in first)
    asked = sum(_asked(j, kind) for j in mine)
    return Passing(
        recipe=recipe,
        kind=kind,
        lines=asked,
        shots=len({j.shot for j in mine}),
        not_known=asked - known,
        repaired=sum(len(j.rounds) > 1 for j in mine),
        after=tuple(_after(k, kind, mine) for k in range(furthest)),
    )


def _after(repairs: int, kind: str, journeys: Sequence[Journey]) -> Share:
    by_shot: dict[str, tuple[int, int]] = {}
    for journey in journeys:
        passed, asked = by_shot.get(journey.shot, (0, 0))
        found = _of_kind(journey, repairs, kind)
        here = sum(v.ruling is Ruling.PASS for v in found)
        by_shot[journey.shot] = (passed + here, asked + _asked(journey, kind))
    share, low, high = share_of(list(by_shot.values()))
    passed = sum(p for p, _ in by_shot.values())
    return Share(repairs=repairs, passed=passed, share=share, ci_low=low, ci_high=high)


def _asked(journey: Journey, kind: str) -> int:
    return sum(line.kind == kind for line in journey.lines)


def _of_kind(journey: Journey, repairs: int, kind: str) -> list[Verdict]:
    """Give the verdicts after so many repairs; fewer were made where nothing was left to repair."""
    if not journey.rounds:
        return []
    at = journey.rounds[min(repairs, len(journey.rounds) - 1)]
    return [v for v in at if v.line.kind == kind]


def _circling(recipe: str, ways: Sequence[Way]) -> Circling:
    circled, attempts = sum(w.circled for w in ways), sum(w.attempts for w in ways)
    return Circling(
        recipe=recipe,
        shots=len(ways),
        circled=circled,
        attempts=attempts,
        attempts_per_circled=attempts / circled if circled else None,
        usd=estimate([(w.usd, w.circled) for w in ways]),
        minutes=estimate([(w.minutes, w.circled) for w in ways]),
    )
