"""Who is asked what: balanced incomplete blocks, laid out before the first vote.

Every pair of recipes is asked equally often, nobody sees a shot more than twice, and each recipe of
a pair stands on either side equally often, for each rater and over all. The layout follows from the
study's seed and the raters' names alone. A share of the slots are controls: pairs again with sides
changed, one take on both sides, and a broken take against a good one.
"""

import math
import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from benchmarks.domain.study import Kind
from router.domain.ids import content_id

Pair = tuple[str, str]
MOST_VIEWS = 2  # of a shot by a rater, controls included
AGAIN, GOLD, SAME = 0.10, 0.08, 0.05  # shares of a rater's slots
FEWEST = 4  # repeats, and gold pairs, of a rater who has room for them
ROOM = 30  # slots from which on those few are worth their place


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What may be asked: shots with the recipes that have a take there."""

    shots: Mapping[str, frozenset[str]]
    pairs: tuple[Pair, ...]
    golden: frozenset[str] = frozenset()  # shots that have a broken take too


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One slot; `left` and `right` are recipes, of a gold pair one of them is ""."""

    rater: str
    number: int
    kind: Kind
    shot: str
    left: str
    right: str
    of: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many slots of each kind."""

    pairs: int
    again: int
    same: int
    gold: int

    @property
    def total(self) -> int:
        """Count all of them."""
        return self.pairs + self.again + self.same + self.gold


def share(slots: int, *, gold: bool = True) -> Share:
    """Divide a rater's slots among the kinds."""
    least = FEWEST if slots >= ROOM else 0
    again = max(least, round(AGAIN * slots))
    broken = max(least, round(GOLD * slots)) if gold else 0
    same = math.floor(SAME * slots + 0.5)
    return Share(slots - again - broken - same, again, same, broken)


def layout(
    seed: str,
    raters: Sequence[tuple[str, Ground]],
    slots: int,
    seen: Collection[tuple[str, str, Pair]] = (),
) -> tuple[Ask, ...]:
    """Lay out a study.

    Args:
        seed: two studies with the same seed, raters and ground are the same.
        raters: names, each with what this person may be asked.
        slots: wanted for each rater; less where there are not enough shots.
        seen: rater, shot and pair (sorted) of an earlier round; never asked again.
    """
    counts = _Counts()
    asks: list[Ask] = []
    for name, ground in raters:
        block = _Block(
            seed, name, ground, counts, frozenset((s, p) for r, s, p in seen if r == name)
        )
        asks += block.filled(min(slots, MOST_VIEWS * len(ground.shots)))
    return tuple(asks)


def pairs_of(recipes: Sequence[str]) -> tuple[Pair, ...]:
    """Give every pair of recipes, each sorted."""
    return tuple(combinations(sorted(recipes), 2))


@dataclass(slots=True)
class _Counts:
    """What all raters together were asked so far."""

    pair: Counter[Pair] = field(default_factory=Counter)
    place: Counter[tuple[str, Pair]] = field(default_factory=Counter)  # shot and pair
    tilt: Counter[Pair] = field(default_factory=Counter)  # first on the left less on the right
    gold: int = 0  # broken on the left less on the right
    broken: Counter[str] = field(default_factory=Counter)  # shots used for gold and A/A


class _Block:
    """The slots of one rater."""

    def __init__(
        self,
        seed: str,
        rater: str,
        ground: Ground,
        counts: _Counts,
        seen: frozenset[tuple[str, Pair]],
    ) -> None:
        self.rater, self.ground, self.counts, self.seen = rater, ground, counts, seen
        self.chance = random.Random(content_id("block", [seed, rater]))  # noqa: S311 - not a secret
        self.shots = self.chance.sample(sorted(ground.shots), len(ground.shots))
        self.views: Counter[str] = Counter()
        self.tilt: Counter[Pair] = Counter()
        self.left: Counter[str] = Counter()  # of a recipe: on the left less on the right

    def filled(self, slots: int) -> list[Ask]:
        """Fill this many slots, in the order of showing."""
        wanted = share(slots, gold=bool(self.ground.golden))
        controls = [*self._gold(wanted.gold), *self._same(wanted.same)]
        held = [s for s in self.shots if self.views[s] == 0][: wanted.again]
        self.views.update(held)  # room for the repeat
        main = self._main(wanted.pairs, held)
        again = [self._turned(a) for a in main if a.shot in held][: wanted.again]
        return self._in_order(main, controls, again)

    def _main(self, count: int, held: Sequence[str]) -> list[Ask]:
        chosen: list[tuple[str, Pair]] = []
        for _ in range(count):
            found = self._next(chosen, held)
            if found is None:
                break
            chosen.append(found)
            self.views[found[0]] += 1
            self.counts.pair[found[1]] += 1
            self.counts.place[found[0], found[1]] += 1
        return [self._sided(shot, pair) for shot, pair in chosen]

    def _next(self, chosen: list[tuple[str, Pair]], held: Sequence[str]) -> tuple[str, Pair] | None:
        """Choose the pair that was asked least, and the shot where it was asked least."""
        pairs = self.chance.sample(self.ground.pairs, len(self.ground.pairs))
        pairs.sort(key=lambda p: self.counts.pair[p])
        for pair in pairs:
            free = [s for s in self.shots if self._fits(s, pair, chosen)]
            if free:
                return min(free, key=lambda s: self._rank(s, pair, held)), pair
            freed = self._freed(pair, chosen)
            if freed:
                return freed, pair
        return None

    def _rank(self, shot: str, pair: Pair, held: Sequence[str]) -> tuple[bool, int, int]:
        return shot not in held, self.views[shot], self.counts.place[shot, pair]

    def _fits(self, shot: str, pair: Pair, chosen: Collection[tuple[str, Pair]]) -> bool:
        return self.views[shot] < MOST_VIEWS and self._askable(shot, pair, chosen)

    def _askable(self, shot: str, pair: Pair, chosen: Collection[tuple[str, Pair]]) -> bool:
        fresh = (shot, pair) not in self.seen and (shot, pair) not in chosen
        return fresh and set(pair) <= self.ground.shots[shot]

    def _freed(self, pair: Pair, chosen: list[tuple[str, Pair]]) -> str | None:
        """Give an earlier pair another shot, so that its own is free for this one."""
        free = [s for s in self.shots if self.views[s] < MOST_VIEWS]
        for place, (shot, other) in enumerate(chosen):
            for to in free:
                moves = to != shot and self._askable(to, other, chosen)
                if moves and self._askable(shot, pair, chosen):
                    chosen[place] = (to, other)
                    self.views[to] += 1
                    self.views[shot] -= 1
                    self.counts.place[shot, other] -= 1
                    self.counts.place[to, other] += 1
                    return shot
        return None

    def _sided(self, shot: str, pair: Pair) -> Ask:
        """Put the recipe on the left that stood there less: in this pair, over all, by itself."""
        first, second = pair
        lean = (self.tilt[pair], self.counts.tilt[pair], self.left[first] - self.left[second])
        weight = next((w for w in lean if w), 0)
        to_left = weight < 0 or (weight == 0 and self.chance.random() < 0.5)
        left, right = (first, second) if to_left else (second, first)
        step = 1 if to_left else -1
        self.tilt[pair] += step
        self.counts.tilt[pair] += step
        self.left[left] += 1
        self.left[right] -= 1
        return Ask(rater=self.rater, number=0, kind=Kind.PAIR, shot=shot, left=left, right=right)

    def _turned(self, ask: Ask) -> Ask:
        return replace(ask, kind=Kind.AGAIN, left=ask.right, right=ask.left)

    def _gold(self, count: int) -> list[Ask]:
        asks = []
        for shot in self._spare(self.ground.golden, count):
            good = self.chance.choice(sorted(self.ground.shots[shot]))
            lean = self.counts.gold or (1 if self.chance.random() < 0.5 else -1)
            left, right = ("", good) if lean < 0 else (good, "")
            self.counts.gold += 1 if lean < 0 else -1
            asks.append(
                Ask(rater=self.rater, number=0, kind=Kind.GOLD, shot=shot, left=left, right=right)
            )
        return asks

    def _same(self, count: int) -> list[Ask]:
        asks = []
        for shot in self._spare(self.ground.shots, count):
            one = self.chance.choice(sorted(self.ground.shots[shot]))
            asks.append(
                Ask(rater=self.rater, number=0, kind=Kind.SAME, shot=shot, left=one, right=one)
            )
        return asks

    def _spare(self, among: Collection[str], count: int) -> list[str]:
        """Choose shots for controls: those that served least."""
        free = [s for s in self.shots if s in among and self.views[s] < MOST_VIEWS]
        free.sort(key=lambda s: (self.views[s], self.counts.broken[s]))
        self.views.update(free[:count])
        self.counts.broken.update(free[:count])
        return free[:count]

    def _in_order(self, main: list[Ask], controls: list[Ask], again: list[Ask]) -> list[Ask]:
        """Shuffle; repeats come in the second half, after what they repeat."""
        early = {(a.shot, frozenset((a.left, a.right))) for a in again}
        repeated = [a for a in main if (a.shot, frozenset((a.left, a.right))) in early]
        rest = [a for a in (*main, *controls) if a not in repeated]
        self.chance.shuffle(rest)
        half = len(rest) // 2
        front, back = [*rest[:half], *repeated], [*rest[half:], *again]
        self.chance.shuffle(front)
        self.chance.shuffle(back)
        placed = [replace(a, number=n) for n, a in enumerate((*front, *back), start=1)]
        origin = {(a.shot, a.left, a.right): a.number for a in placed if a.kind is Kind.PAIR}
        return [
            replace(a, of=origin[a.shot, a.right, a.left]) if a.kind is Kind.AGAIN else a
            for a in placed
        ]
