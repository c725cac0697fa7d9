"""What the judges of a run said, counted: agreement with themselves, places, controls, money."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.domain.judging import Comparison, Opinion
from evaluators.judges.controls import Outcome, outcomes, void_reason

NORMAL = 1.959964  # 97.5 % of a standard normal distribution lie below
FAMILIES = 2  # fewer judges of different families that stand, and the run is void


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share with its 95 % Wilson interval; None where nothing was counted."""

    share: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One judge."""

    judge: str  # catalogue key
    family: str
    name: str
    pairs: int  # without controls
    concordant: Rate  # of the pairs answered in both orders
    discordant: int  # no opinion
    missing: tuple[tuple[str, int], ...]  # why an answer did not count
    first: Rate  # winners that were shown first; .5 without a bias
    controls: tuple[Outcome, ...]
    flagged: int  # pairs with writing in a picture: kept, and left out of the ranking
    cost_musd: int
    void: str  # why nothing it said counts; "" = it counts


def account(comparisons: Sequence[Comparison]) -> Account:
    """Count what one judge said; `comparisons` holds at least one, all of one judge."""
    real = [c for c in comparisons if c.pair.control is None]
    answered = [c for c in real if c.is_answered]
    same = sum(c.opinion is not None for c in answered)
    says = [s for c in real for s in c.says]
    won = [s for s in says if s.opinion in {Opinion.LEFT, Opinion.RIGHT}]
    missing = Counter(s.code or s.state for s in says if s.opinion is None)
    planted = outcomes(comparisons)
    one = comparisons[0]
    return Account(
        judge=one.judge,
        family=one.family,
        name=one.name,
        pairs=len(real),
        concordant=rate(same, len(answered)),
        discordant=len(answered) - same,
        missing=tuple(sorted(missing.items())),
        first=rate(sum(s.opinion == s.first for s in won), len(won)),
        controls=planted,
        flagged=sum(bool(c.flagged) for c in real),
        cost_musd=sum(c.cost_musd for c in comparisons),
        void=void_reason(planted),
    )


def accounts(comparisons: Sequence[Comparison]) -> tuple[Account, ...]:
    """Count what each judge said."""
    judges = sorted({c.judge for c in comparisons})
    return tuple(account([c for c in comparisons if c.judge == j]) for j in judges)


def void_run(found: Sequence[Account]) -> str:
    """Say why a whole run is void; empty where two families stand."""
    standing = {a.family for a in found if not a.void}
    if len(standing) >= FAMILIES:
        return ""
    why = "; ".join(f"{a.name}: {a.void}" for a in found if a.void) or "one family was asked"
    return f"{len(standing)} of {FAMILIES} judge families stand ({why})"


def counted(comparisons: Sequence[Comparison], found: Sequence[Account]) -> tuple[Comparison, ...]:
    """Give what may be ranked: concordant, no control, no writing, of judges that stand."""
    standing = {a.judge for a in found if not a.void}
    return tuple(
        c
        for c in comparisons
        if c.judge in standing
        and c.pair.control is None
        and not c.flagged
        and c.opinion is not None
    )


def rate(hits: int, n: int) -> Rate:
    """Give a share with its Wilson interval (E. B. Wilson 1927)."""
    if not n:
        return Rate(share=None, low=None, high=None, n=0)
    share, z2 = hits / n, NORMAL**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = NORMAL / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Rate(share=share, low=low, high=high, n=n)
