"""How each rater voted, and whose votes are left out by the rules that were fixed before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from benchmarks.domain.study import Cast, Kind, Rules, Slot
from benchmarks.domain.vote import Outcome

EVEN = {Outcome.TIE, Outcome.BOTH_FAIL}
Asked = tuple[Slot, Cast]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of how many."""

    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """Give the share; None of nothing."""
        return self.hits / self.n if self.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """One rater's votes, controls included."""

    rater: str
    asked: int
    votes: int
    gold: Tally  # the broken take was not preferred to the good one
    same: Tally  # both sides alike were said to be alike
    again: Tally  # the same was said when sides were changed
    chance: float | None  # what `again` would be for one who answers without looking
    left: Tally  # of votes with a winner
    seconds: float | None  # median of those that were measured
    left_out: tuple[str, ...]  # reasons; () = the votes count


def conduct(rater: str, asked: int, said: Sequence[Asked], rules: Rules) -> Conduct:
    """Look at the votes of one rater."""
    own = {slot.number: cast.outcome for slot, cast in said}
    told = [cast for _, cast in said]
    again = [(slot, cast) for slot, cast in said if slot.kind is Kind.AGAIN and slot.of in own]
    main = [(slot, cast) for slot, cast in said if slot.kind is Kind.PAIR]
    decided = [cast.outcome for _, cast in main if cast.outcome not in EVEN]
    timed = [c.seconds for c in told if c.seconds is not None]
    seen = Conduct(
        rater=rater,
        asked=asked,
        votes=len(said),
        gold=_tally(_is_right(*one) for one in said if one[0].kind is Kind.GOLD),
        same=_tally(c.outcome in EVEN for s, c in said if s.kind is Kind.SAME),
        again=_tally(c.outcome is turned(own[s.of]) for s, c in again),
        chance=_chance([cast.outcome for _, cast in main]),
        left=_tally(o is Outcome.LEFT for o in decided),
        seconds=median(timed) if timed else None,
        left_out=(),
    )
    return replace(seen, left_out=tuple(_reasons(seen, rules)))


def turned(outcome: Outcome) -> Outcome:
    """Give what the same opinion is called with sides changed."""
    return {Outcome.LEFT: Outcome.RIGHT, Outcome.RIGHT: Outcome.LEFT}.get(outcome, outcome)


def pooled(tallies: Sequence[Tally]) -> Tally:
    """Add up."""
    return Tally(hits=sum(t.hits for t in tallies), n=sum(t.n for t in tallies))


def _reasons(seen: Conduct, rules: Rules) -> list[str]:
    found = []
    gold, again, left = seen.gold, seen.again, seen.left
    if gold.n >= rules.fewest_gold and (gold.share or 0) < rules.gold_least:
        found.append(f"gold pairs right: {gold.hits} of {gold.n}, under {rules.gold_least:.0%}")
    hurried = seen.seconds is not None and seen.seconds < rules.seconds_least
    if hurried and seen.votes >= rules.fewest_votes:
        found.append(f"median time {seen.seconds:.1f} s, under {rules.seconds_least:g} s")
    side = max(left.hits, left.n - left.hits)
    if left.n >= rules.fewest_votes and side / left.n > rules.side_most:
        found.append(f"one side in {side} of {left.n} votes, over {rules.side_most:.0%}")
    if again.n >= rules.fewest_again and seen.chance is not None:
        share = again.hits / again.n
        if share <= seen.chance:
            found.append(
                f"repeats answered alike: {again.hits} of {again.n}, no more than chance "
                f"({seen.chance:.0%})"
            )
    return found


def _is_right(slot: Slot, cast: Cast) -> bool:
    """Say whether the good take won; that both fail is an opinion about the good one too."""
    good = Outcome.RIGHT if not slot.left.recipe else Outcome.LEFT
    return cast.outcome is good


def _tally(hits: Iterable[bool]) -> Tally:
    every = list(hits)
    return Tally(hits=sum(every), n=len(every))


def _chance(said: Sequence[Outcome]) -> float | None:
    """Agreement of two answers given without looking, each outcome as often as this rater does."""
    if not said:
        return None
    count: Mapping[Outcome, int] = Counter(said)
    return sum(count.get(o, 0) * count.get(turned(o), 0) for o in Outcome) / len(said) ** 2
