"""What a study of some size will be able to say, and what it will not; nobody has voted yet.

The default is a closed beta: three partners, one of them a single person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.domain.study import Kind, Rater
from benchmarks.votes import blocks
from benchmarks.votes.power import Assumed, Detectable, Size, detectable
from router.domain.errors import BadInput

LARGE = 0.85  # win rate from which on somebody often stays without a win, and all without numbers
TARGETS = (0.55, 0.60, 0.65, 0.70, 0.75)
MOST_VOTES = 100_000
SITTING_MIN = 25  # minutes; then a break (ITU-R BT.500 asks for at most half an hour)
SLICE = 4  # a slice is a quarter of the shots


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The size that is thought of."""

    partners: int = 3
    raters: int = 5  # of the studios; the last partner is one person
    internal: int = 0  # raters of the platform itself
    shots: int = 24
    recipes: int = 4
    votes: int | None = None  # slots for each rater; None = as many as the shots allow, up to 60
    across: bool = False  # raters of a studio see other studios' shots too
    clips: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What it takes to detect a win rate with these raters and shots; None = cannot be done."""

    win_rate: float
    votes: int | None  # on pairs, of all raters together


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What a study of this size gives."""

    raters: tuple[Rater, ...]
    shots: int
    recipes: int
    slots: tuple[tuple[str, int], ...]  # of each rater, controls included
    votes: int  # on pairs, of all raters together
    room: int  # for such votes: as many as nobody sees a shot more than twice
    controls: int
    declared: Detectable | None  # by one contrast that was declared before
    ranking: Detectable | None  # by ranking all recipes at once
    minutes: tuple[tuple[str, float], ...]  # of each rater
    sittings: int  # of the busiest rater
    needs: tuple[Need, ...]
    cannot_say: tuple[str, ...]
    assumed: Assumed


def design(order: Order, assumed: Assumed) -> Design:
    """Lay out a study of this size and say what it can tell.

    Raises:
        BadInput: a size that is no study.
    """
    _checked(order)
    raters = _raters(order)
    grounds = [(r.name, _ground(order, r)) for r in raters]
    asks = blocks.layout("plan", grounds, _slots(order))
    most = blocks.layout("plan", grounds, blocks.MOST_VIEWS * order.shots)
    votes = sum(a.kind is Kind.PAIR for a in asks)
    size = Size(raters=len(raters), shots=order.shots, recipes=order.recipes, votes=votes)
    pairs = order.recipes * (order.recipes - 1) // 2
    slots = tuple((r.name, sum(a.rater == r.name for a in asks)) for r in raters)
    seconds = assumed.seconds_clip if order.clips else assumed.seconds_still
    minutes = tuple((name, round(n * seconds / 60, 1)) for name, n in slots)
    longest = max(m for _, m in minutes)
    return Design(
        raters=raters,
        shots=order.shots,
        recipes=order.recipes,
        slots=slots,
        votes=votes,
        room=sum(a.kind is Kind.PAIR for a in most),
        controls=len(asks) - votes,
        declared=detectable(size, assumed),
        ranking=detectable(size, assumed, pairs),
        minutes=minutes,
        sittings=max(1, -int(-longest // SITTING_MIN)),
        needs=tuple(_need(t, size, assumed) for t in TARGETS),
        cannot_say=tuple(cannot_say(order, raters, size, assumed)),
        assumed=assumed,
    )


def cannot_say(
    order: Order, raters: Sequence[Rater], size: Size, assumed: Assumed
) -> Iterator[str]:
    """Give the sentences that such a study will not be able to say."""
    best = detectable(size, assumed)
    if best is None:
        yield "That any recipe is better than another: one rater or one shot gives no interval."
        return
    yield (
        f"That a recipe is better than another which it beats in less than {best.win_rate:.0%} of "
        f"the votes ({best.elo:.0f} Elo): such a difference may well stay a tie."
    )
    if order.recipes > 2:
        pairs = order.recipes * (order.recipes - 1) // 2
        every = detectable(size, assumed, pairs)
        if every is not None:
            yield (
                f"The complete order of {order.recipes} recipes, unless neighbours are "
                f"{every.elo:.0f} Elo apart: otherwise ranks are ranges."
            )
    if best.win_rate > LARGE:
        yield (
            "Any number at all, if one recipe wins or loses every vote: with so few votes that is "
            "likely for a difference this large, and strengths then do not exist."
        )
    yield "That two recipes are equally good: a difference that is not detected may still be there."
    yield from _of_studios(order, raters)
    yield from _of_slices(order, size, assumed)


def _of_studios(order: Order, raters: Sequence[Rater]) -> Iterator[str]:
    alone = [s for s in {r.studio: None for r in raters} if s and _count(raters, s) == 1]
    for studio in alone:
        yield f"What people at {studio} prefer: one person votes there."
    if order.partners > 1:
        yield (
            f"That studios differ in what they prefer, or what studios at large prefer: "
            f"{order.partners} of them are too few; a range without each one is shown instead."
        )
    if not order.across:
        yield "Whether a studio favours its own shots: nobody sees another studio's."
    if order.internal:
        yield "What the partners think, from the platform's own raters: they are reported apart."


def _of_slices(order: Order, size: Size, assumed: Assumed) -> Iterator[str]:
    shots = order.shots // SLICE
    part = Size(raters=size.raters, shots=shots, recipes=size.recipes, votes=size.votes // SLICE)
    found = detectable(part, assumed)
    least = f"only if it wins {found.win_rate:.0%} of the votes there" if found else "not at all"
    yield (
        f"Which recipe is better for one kind of shot: on a quarter of the shots ({shots}) a "
        f"difference shows {least}."
    )


def _need(target: float, size: Size, assumed: Assumed) -> Need:
    """Find how many votes detect a win rate, by halving."""

    def enough(votes: int) -> bool:
        larger = Size(raters=size.raters, shots=size.shots, recipes=size.recipes, votes=votes)
        found = detectable(larger, assumed)
        return found is not None and found.win_rate <= target

    if not enough(MOST_VOTES):
        return Need(win_rate=target, votes=None)
    low, high = 1, MOST_VOTES
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return Need(win_rate=target, votes=low)


def _checked(order: Order) -> None:
    least = (
        ("partners", order.partners, 1),
        ("raters", order.raters + order.internal, 1),
        ("internal", order.internal, 0),
        ("shots", order.shots, 1),
        ("models", order.recipes, 2),
        ("votes", 1 if order.votes is None else order.votes, 1),
    )
    for field, found, at_least in least:
        if found < at_least:
            raise BadInput(field=field, found=found, expected=f"at least {at_least}")
    if order.shots < order.partners:
        raise BadInput(field="shots", found=order.shots, expected="at least one for each partner")
    for field, found, most in (("shots", order.shots, 5000), ("models", order.recipes, 60)):
        if found > most:
            raise BadInput(field=field, found=found, expected=f"at most {most}")


def _raters(order: Order) -> tuple[Rater, ...]:
    """Seat the raters: one at the last partner, the others at the partners before it by turns."""
    names = [f"partner_{n}" for n in range(1, order.partners + 1)]
    seats = names[:-1] or names
    alone = [names[-1]] if order.partners > 1 and order.raters >= order.partners else []
    turns = [seats[i % len(seats)] for i in range(order.raters - len(alone))]
    studios = [*turns, *alone, *[""] * order.internal]
    return tuple(Rater(name=f"rater_{n}", studio=s) for n, s in enumerate(studios, start=1))


def _ground(order: Order, rater: Rater) -> blocks.Ground:
    recipes = [f"m{n}" for n in range(order.recipes)]
    owner = {f"s{n}": f"partner_{1 + n % order.partners}" for n in range(order.shots)}
    free = order.across or not rater.studio
    seen = [s for s, partner in owner.items() if free or partner == rater.studio]
    return blocks.Ground(
        shots=dict.fromkeys(seen, frozenset(recipes)),
        pairs=blocks.pairs_of(recipes),
        golden=frozenset(seen),
    )


def _slots(order: Order) -> int:
    return min(60, blocks.MOST_VIEWS * order.shots) if order.votes is None else order.votes


def _count(raters: Sequence[Rater], studio: str) -> int:
    return sum(r.studio == studio for r in raters)
