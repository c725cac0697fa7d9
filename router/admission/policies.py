"""Which of the models that can is asked, where the work is no fan-out. Pure; chance by argument.

Every policy answers with the model, the reason in words and numbers, and what it weighed. None of
them moves to another model on its own: a choice is made once, before anything is sent.
"""

import math
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from router.admission.matching import Fit, Matched
from router.domain.errors import BadInput, NotEntitled, UnknownName

LEAST_TAKES = 3  # below this a median says nothing
# Before anything is measured a model counts as one shot kept and one not: Beta(1, 1), all equal.
PRIOR = (1.0, 1.0)
DRAWS = 1000  # for how often each model would have been chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One model that could have been chosen, and the number that spoke for or against it."""

    model: str
    number: float
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who is asked, and why."""

    fit: Fit
    policy: str
    reason: str
    considered: tuple[Considered, ...]  # the best first


def cheapest(matched: Matched) -> Choice:
    """Choose the least worst-case price of a take; of equals, the first by key."""
    weighed = [
        Considered(
            model=fit.model.key,
            number=fit.worst_musd / 1e6,
            said=f"{fit.worst_musd / 1e6:.2f} USD a take at worst",
        )
        for fit in _able(matched)
    ]
    return _chosen(matched, "cheapest", sorted(weighed, key=_by_number))


def fastest(matched: Matched, latencies: Mapping[str, Sequence[float]]) -> Choice:
    """Choose the least median time from asking to answer.

    Where too few takes are stored, the catalogue's time limit stands for it: such a model is
    faster only if it surely is, and its line says so.

    Args:
        matched: who can.
        latencies: catalogue key → seconds of stored takes.
    """
    weighed = [_speed(fit, latencies.get(fit.model.key, ())) for fit in _able(matched)]
    return _chosen(matched, "fastest", sorted(weighed, key=_by_number))


def best(matched: Matched, kept: Mapping[str, Sequence[float]], *, chance: random.Random) -> Choice:
    """Choose by measured quality, leaving room for those that are little known.

    Thompson sampling on Beta posteriors (Thompson 1933; Agrawal and Goyal 2012, whose fractional
    rewards these are): a shot is one trial, and its share of kept must-lines is its success. The
    prior is Beta(1, 1) for everybody; with nothing measured the choice is chance, and says so.

    Args:
        matched: who can.
        kept: catalogue key → for each shot, the share of its must-lines that were kept, 0 to 1.
        chance: source of the draw.
    """
    known = {fit.model.key: _posterior(kept.get(fit.model.key, ())) for fit in _able(matched)}
    drawn = {key: chance.betavariate(*known[key]) for key in known}
    winner = max(known, key=lambda key: drawn[key])
    wins = dict.fromkeys(known, 0)
    for _ in range(DRAWS):
        draw = {key: chance.betavariate(*known[key]) for key in known}
        wins[max(draw, key=lambda key: draw[key])] += 1
    weighed = [
        Considered(
            model=key,
            number=drawn[key],
            said=f"drew {drawn[key]:.3f}; {_belief(kept.get(key, ()), known[key])}; "
            f"chosen in {100 * wins[key] / DRAWS:.0f} % of draws",
        )
        for key in sorted(known, key=lambda key: (key != winner, -drawn[key], key))
    ]
    measured = any(kept.get(key) for key in known)
    told = "" if measured else "nothing is measured yet, so this is chance under equal priors: "
    return _chosen(matched, "best", weighed, told=told)


def weighted(matched: Matched, weights: Mapping[str, float], *, chance: random.Random) -> Choice:
    """Choose by lot, each model as often as its weight says; who has none is never chosen.

    Raises:
        UnknownName: a weight for a model that nobody knows.
        BadInput: a weight is negative or not finite, or no model that can has any.
    """
    able = _able(matched)
    for key, weight in weights.items():
        if key not in _names(matched):
            raise UnknownName("weight", key, _names(matched))
        if not math.isfinite(weight) or weight < 0:
            raise BadInput(field=f"weight.{key}", found=weight, expected="a number, 0 or more")
    shares = {fit.model.key: float(weights.get(fit.model.key, 0.0)) for fit in able}
    total = math.fsum(shares.values())
    if not total:
        expected = f"a weight above 0 for one of: {', '.join(shares)}"
        raise BadInput(field="weight", found=dict(weights), expected=expected)
    some = [key for key in shares if shares[key]]
    drawn = chance.choices(some, [shares[key] for key in some])[0]
    weighed = [
        Considered(
            model=key, number=shares[key], said=f"has {100 * shares[key] / total:.0f} % of the lots"
        )
        for key in sorted(shares, key=lambda key: (key != drawn, -shares[key], key))
    ]
    return _chosen(matched, "weighted", weighed)


def pinned(matched: Matched, name: str) -> Choice:
    """Choose the model that a person named, or say why it cannot.

    Raises:
        UnknownName: nobody knows it.
        NotEntitled: it cannot do what is needed.
    """
    for unfit in matched.cannot:
        if unfit.model.key == name:
            expected = f"a model that can; {unfit.code}: {unfit.reason}"
            raise NotEntitled(field="model", found=name, expected=expected)
    if name not in _names(matched):
        raise UnknownName("model", name, _names(matched))
    return _chosen(
        matched, "pinned", [Considered(model=name, number=1.0, said="was named by a person")]
    )


def _able(matched: Matched) -> Sequence[Fit]:
    if not matched.can:
        near = "; ".join(f"{u.model.key}: {u.reason}" for u in matched.nearest)
        expected = f"a need that one of them meets; nearest: {near or 'none'}"
        raise NotEntitled(field="need", found="no model can do this", expected=expected)
    return matched.can


def _names(matched: Matched) -> Collection[str]:
    return {fit.model.key for fit in matched.can} | {u.model.key for u in matched.cannot}


def _chosen(
    matched: Matched, policy: str, weighed: Sequence[Considered], *, told: str = ""
) -> Choice:
    """Choose the first, and tell the next beside it."""
    first = weighed[0]
    reason = f"{told}{first.model} {first.said}"
    if len(weighed) > 1:
        reason += f"; next {weighed[1].model}: {weighed[1].said}"
    return Choice(
        fit=next(fit for fit in matched.can if fit.model.key == first.model),
        policy=policy,
        reason=reason,
        considered=tuple(weighed),
    )


def _by_number(one: Considered) -> tuple[float, str]:
    return one.number, one.model


def _speed(fit: Fit, seconds: Sequence[float]) -> Considered:
    if len(seconds) >= LEAST_TAKES:
        middle = median(seconds)
        said = f"took {middle:.1f} s, the median of {len(seconds)} takes"
    else:
        middle = fit.model.timeout_s
        said = f"is allowed {middle:.0f} s; {len(seconds)} takes are too few to measure"
    return Considered(model=fit.model.key, number=middle, said=said)


def _posterior(shots: Sequence[float]) -> tuple[float, float]:
    for share in shots:
        if not 0.0 <= share <= 1.0:  # NaN fails this too
            raise BadInput(field="kept", found=share, expected="shares from 0 to 1")
    good = math.fsum(shots)
    return PRIOR[0] + good, PRIOR[1] + len(shots) - good


def _belief(shots: Sequence[float], posterior: tuple[float, float]) -> str:
    a, b = posterior
    mean, spread = a / (a + b), math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    if not shots:
        return f"unmeasured, prior {mean:.2f} ± {spread:.2f}"
    return f"kept {fmean(shots):.2f} over {len(shots)} shots, believed {mean:.2f} ± {spread:.2f}"
