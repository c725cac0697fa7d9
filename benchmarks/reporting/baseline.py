"""Time and cost against the studio's own way of making a shot. Pure.

A multiple is said only where the old way was measured or bid and not guessed, on shots that
somebody circled a take of, with its interval; else the answer is "not measured", and why.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.comparing.inference import Interval, interval
from benchmarks.domain.labour import Labour
from benchmarks.domain.pack import Baseline

TRUSTED = ("measured", "bid")
LEAST_SHOTS = 2  # one shot has no interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What one shot took here, and what it takes the studio's own way."""

    shot: str
    circled: bool
    hours: float | None  # of people; None = nobody logged any
    cost_usd: float | None  # people at their rates and what models were paid; None = not known
    baseline: Baseline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiple:
    """How many times less of something a shot takes here; below 1 = more."""

    of: str  # hours | cost_usd
    times: float | None  # geometric mean over shots; None = not measured
    ci_low: float | None
    ci_high: float | None
    n_shots: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """Hours of one person in one role on one kind of work."""

    role: str
    by: str
    what: str
    hours: float
    cost_usd: float | None  # None = the partner gave no rate for the role
    shots: int


def standing(entries: Sequence[Labour]) -> tuple[Labour, ...]:
    """Give the entries that count: of a chain of corrections the last one, in order of time."""
    ordered = sorted(entries, key=lambda e: (e.at, e.id))
    replaced = {e.corrects for e in ordered if e.corrects}
    return tuple(e for e in ordered if e.id not in replaced)


def worked(entries: Sequence[Labour], rates_usd: Mapping[str, float]) -> tuple[Worked, ...]:
    """Sum hours up by role, person and kind of work; running timers are left out."""
    hours: dict[tuple[str, str, str], float] = defaultdict(float)
    shots: dict[tuple[str, str, str], set[str]] = {}
    for entry in standing(entries):
        if entry.minutes:
            key = (entry.role, entry.by, entry.what)
            hours[key] += entry.minutes / 60
            shots.setdefault(key, set()).add(entry.shot)
    return tuple(
        Worked(
            role=role,
            by=by,
            what=what,
            hours=spent,
            cost_usd=spent * rates_usd[role] if role in rates_usd else None,
            shots=len(shots[role, by, what]),
        )
        for (role, by, what), spent in sorted(hours.items())
    )


def labour_of(
    shot: str, entries: Sequence[Labour], rates_usd: Mapping[str, float]
) -> tuple[float | None, float | None]:
    """Give a shot's hours of people and what they cost; None = not logged, or a rate is missing."""
    mine = [e for e in standing(entries) if e.shot == shot and e.minutes]
    if not mine:
        return None, None
    hours = sum((e.minutes or 0.0) / 60 for e in mine)
    if any(e.role not in rates_usd for e in mine):
        return hours, None
    return hours, sum((e.minutes or 0.0) / 60 * rates_usd[e.role] for e in mine)


def multiple(efforts: Sequence[Effort], of: str) -> Multiple:
    """Compare with the old way: the geometric mean of the shots' ratios, Student t on their logs.

    Args:
        efforts: every shot of the report.
        of: `hours` or `cost_usd`.
    """
    ratios = [r for e in efforts if (r := _ratio(e, of)) is not None]
    if len(ratios) < LEAST_SHOTS:
        why = "; ".join(_why(efforts, of))
        said = f"{_NAMES[of]}: not measured ({why})."
        return _multiple(of, Interval(mean=None, n=len(ratios)), said)
    found = interval([math.log(r) for r in ratios])
    return _multiple(of, found, _sentence(found, efforts, of))


def _multiple(of: str, found: Interval, sentence: str) -> Multiple:
    has = found.low is not None and found.high is not None
    return Multiple(
        of=of,
        times=math.exp(found.mean) if has and found.mean is not None else None,
        ci_low=math.exp(found.low) if found.low is not None else None,
        ci_high=math.exp(found.high) if found.high is not None else None,
        n_shots=found.n,
        sentence=sentence,
    )


_NAMES = {"hours": "Hours of people a shot", "cost_usd": "Cost a shot"}
_LESS = {"hours": ("less time", "more time"), "cost_usd": ("cheaper", "dearer")}


def _ratio(effort: Effort, of: str) -> float | None:
    old, new = _old(effort, of), getattr(effort, of)
    trusted = effort.baseline is not None and effort.baseline.source in TRUSTED
    usable = effort.circled and trusted and old and new
    return old / new if usable and old else None


def _old(effort: Effort, of: str) -> float | None:
    found: float | None = getattr(effort.baseline, of) if effort.baseline else None
    return found


def _sentence(found: Interval, efforts: Sequence[Effort], of: str) -> str:
    """Say the multiple with its interval, or that the shots do not tell."""
    what, n = _NAMES[of], f"{found.n} shots"
    if found.mean is None or found.low is None or found.high is None:
        return f"{what}: not measured (the same on each of {n}, so no interval can be given)."
    rest = _left(efforts, of)
    low, high = math.exp(found.low), math.exp(found.high)
    if found.low <= 0 <= found.high:
        span = f"old ÷ new {_times(math.exp(found.mean))}, 95 % CI {_times(low)} to {_times(high)}"
        return f"{what}: no difference from the studio's own way detected ({span}; {n}){rest}."
    less, more = _LESS[of]
    if found.mean > 0:
        said = f"{_times(math.exp(found.mean))} × {less} than the studio's own way"
        return f"{what}: {said} (95 % CI {_times(low)} to {_times(high)}; {n}){rest}."
    said = f"{_times(math.exp(-found.mean))} × {more} than the studio's own way"
    span = f"95 % CI {_times(1 / high)} to {_times(1 / low)}"
    return f"{what}: {said} ({span}; {n}){rest}."


def _times(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def _left(efforts: Sequence[Effort], of: str) -> str:
    """Say what the sentence leaves out: shots given up cost time too."""
    out = [e for e in efforts if _ratio(e, of) is None]
    if not out:
        return ""
    spent = sum(getattr(e, of) or 0.0 for e in out if not e.circled)
    unit = f"{spent:.1f} hours" if of == "hours" else f"{spent:.2f} USD"
    open_ = sum(not e.circled for e in out)
    shots = f"{len(out)} more shot{'' if len(out) == 1 else 's'} not in it"
    return f"; {shots}, {open_} of them without a circled take, on which {unit} went"


def _why(efforts: Sequence[Effort], of: str) -> Iterator[str]:
    """Say what is missing, most telling first."""
    total = len(efforts)
    circled = [e for e in efforts if e.circled]
    given = [e for e in circled if _old(e, of)]
    trusted = [e for e in given if e.baseline and e.baseline.source in TRUSTED]
    logged = [e for e in trusted if getattr(e, of)]
    yield f"{len(circled)} of {total} shots have a circled take"
    if circled:
        yield f"{len(given)} of those a baseline, {len(trusted)} a measured or bid one"
    if trusted:
        what = "logged hours" if of == "hours" else "logged hours and a rate for every role"
        yield f"{len(logged)} of those {what}"
    yield f"it takes {LEAST_SHOTS}"
