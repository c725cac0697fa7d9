"""Where a second round's money tells most: towards pairs that are undecided and can be decided.

From each undecided declared contrast its spread is read back, and how many shots it takes to detect
the difference that was seen with a chance of 80 %, at the level that is left to one of all declared
contrasts on its metric (Bonferroni: what Holm asks of the smallest p). Pairs that need the fewest
further shots come first; what one pair pays for serves the others. Seen differences of few shots
are too large on average, so the numbers are a plan, not a promise, and the second round must be
judged on its new shots alone: choosing by a look at the data and testing on the same data finds too
much.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from benchmarks.comparing.sentences import ALPHA
from benchmarks.comparing.wording import task_title
from router.domain.errors import BadInput

POWER = 0.8
HOPELESS = 10  # times the shots that there are: nobody hands in so many more

Json = Mapping[str, Any]
Spent = dict[tuple[str, str], int]  # (task, recipe) → further shots that are paid for


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """One declared contrast of two paid recipes that found no difference."""

    metric: str
    task: str
    a: str
    b: str
    n_shots: int
    declared: int  # contrasts that are judged together with this one, itself among them
    needed: int | None  # shots of a round of its own; None where nothing can be said


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a pair gets, and why."""

    pair: Undecided
    shots: int  # further shots; 0 = nothing
    usd: float  # for what was not paid for by pairs before it
    reason: str


def allocate(report: Json, budget_usd: float, takes: int = 2) -> tuple[Share, ...]:
    """Give a budget to undecided pairs, the ones that are decided soonest first.

    Args:
        report: a `report/1` document.
        budget_usd: for takes; never exceeded at the prices that the report saw.
        takes: of each recipe on each shot.

    Raises:
        BadInput: a budget or a number of takes that is not positive; a row that lacks a field.
    """
    for field, value in (("--budget", budget_usd), ("--takes", takes)):
        if not value > 0:
            raise BadInput(field=field, found=value, expected="more than 0")
    try:
        return _allocated(report, budget_usd, takes)
    except KeyError as error:
        expected = "rows as `circletake report build` writes them"
        raise BadInput(field=str(error.args[0]), found="no such field", expected=expected) from None


def _allocated(report: Json, budget_usd: float, takes: int) -> tuple[Share, ...]:
    prices = {r["recipe"]: r["usd_per_take"] for r in report["recipes"] if not r["control"]}
    titles = {r["recipe"]: r["title"] for r in report["recipes"]}
    pairs = sorted(undecided(report), key=lambda p: (p.needed is None, p.needed or 0, p.a, p.b))
    spent: Spent = {}
    left, shares = budget_usd, []
    for pair in pairs:
        share = _share(pair, prices, spent, left, takes)
        left -= share.usd
        for recipe in (pair.a, pair.b):
            key = pair.task, recipe
            spent[key] = max(spent.get(key, 0), share.shots)
        shares.append(_told(share, titles))
    return tuple(shares)


def undecided(report: Json) -> Iterator[Undecided]:
    """List declared contrasts of paid recipes that are neither decided nor set aside."""
    paid = {r["recipe"] for r in report["recipes"] if not r["control"]}
    for c in report["comparisons"]:
        aside = {arm["recipe"] for arm in c["arms"] if arm.get("aside")}
        if not c.get("declared", True) or c["direction"] == "none":
            continue
        declared = sum(k["b"] not in aside for k in c["contrasts"])
        for k in c["contrasts"]:
            if k["better"] is None and {k["a"], k["b"]} <= paid - aside and k["n_shots"]:
                yield Undecided(
                    metric=c["metric_title"],
                    task=c["task"],
                    a=k["a"],
                    b=k["b"],
                    n_shots=k["n_shots"],
                    declared=declared,
                    needed=_needed(k, ALPHA / declared),
                )


def undecided_studies(report: Json) -> list[str]:
    """Name the closed studies with equals left, whose announced second round was not asked yet."""
    studies = report.get("studies", ())
    asked = {s.get("second_round_of") for s in studies}
    return [
        s["study"]
        for s in studies
        if s.get("second_round") and s["study"] not in asked and _has_equals(s["ranking"])
    ]


def _has_equals(ranking: Json | None) -> bool:
    return ranking is None or not ranking["groups"] or any(len(g) > 1 for g in ranking["groups"])


def _needed(contrast: Json, level: float) -> int | None:
    """Shots that detect the seen difference with a chance of 80 %, two-sided, paired by shot."""
    from scipy.special import ndtri, stdtrit  # without the weight of scipy.stats

    shots: int = contrast["n_shots"]
    low, high = contrast["ci_low"], contrast["ci_high"]
    if low is None or high is None or not contrast["difference"]:
        return None
    spread: float = (high - low) / 2 / float(stdtrit(shots - 1, 1 - ALPHA / 2)) * shots**0.5
    tail = float(ndtri(1 - level / 2))
    effect = float(abs(contrast["difference"])) / spread
    student = tail**2 / 2  # more than a normal test asks for (W. C. Guenther, 1981)
    return ceil(((tail + float(ndtri(POWER))) / effect) ** 2 + student)


def _share(
    pair: Undecided, prices: Mapping[str, float | None], spent: Spent, left: float, takes: int
) -> Share:
    a, b = prices[pair.a], prices[pair.b]
    if pair.needed is None:
        return Share(pair=pair, shots=0, usd=0.0, reason="no spread is known yet")
    if pair.needed > HOPELESS * pair.n_shots:
        why = f"it would need {pair.needed} shots, over {HOPELESS} times as many as there were"
        return Share(pair=pair, shots=0, usd=0.0, reason=why)
    if a is None or b is None:
        return Share(pair=pair, shots=0, usd=0.0, reason="no price was seen")
    more = [max(0, pair.needed - spent.get((pair.task, r), 0)) for r in (pair.a, pair.b)]
    usd = takes * (more[0] * a + more[1] * b)
    if usd > left:
        why = f"{pair.needed} shots would cost {usd:.2f} USD more; {left:.2f} are left"
        return Share(pair=pair, shots=0, usd=0.0, reason=why)
    if usd == 0 and not any(more):
        return Share(pair=pair, shots=pair.needed, usd=0.0, reason="served by the pairs before it")
    seen = f"what was seen on {pair.n_shots} in 80 of 100 cases{_with(pair)}"
    why = f"{pair.needed} new shots detect {seen}"
    return Share(pair=pair, shots=pair.needed, usd=usd, reason=why)


def _with(pair: Undecided) -> str:
    many = f", counted with the {pair.declared} declared contrasts of its metric"
    return many if pair.declared > 1 else ""


def _told(share: Share, titles: Mapping[str, str]) -> Share:
    pair = share.pair
    names = f"{titles[pair.a]} and {titles[pair.b]}"
    said = f"{task_title(pair.task)}, {pair.metric}: {names}: {share.reason}."
    return Share(pair=pair, shots=share.shots, usd=share.usd, reason=said)


def total_usd(shares: Sequence[Share]) -> float:
    """Add up what is given out."""
    return sum(share.usd for share in shares)
