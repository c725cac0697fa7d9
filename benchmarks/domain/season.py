"""A simulated season: what is asked of which lanes, and how each lane came out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from router.domain.model import Model
from router.pacing.rate import BURST

MINUTE = 60.0
SLICES = 24  # of a lane's time, in its chart
BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Shots × lanes × takes; every lane is a model with the quota it has in this season."""

    models: tuple[Model, ...]
    shots: int
    takes: int
    busy: float = 0.01  # share of calls that the provider turns away for want of capacity
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One call that the provider took on: seconds since the season began."""

    began: float
    ended: float
    seen: float  # later than it ended where the provider has to be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRun:
    """How one lane was worked through."""

    name: str
    in_flight: int
    per_minute: float | None
    calls: Sequence[Answered]  # in the order in which they began
    busy: int  # turned away for want of capacity
    throttled: int  # turned away because a quota was passed

    @property
    def seconds(self) -> float:
        """Give the seconds until its last answer was seen."""
        return max(c.seen for c in self.calls)

    @property
    def bound_s(self) -> float:
        """Give the seconds that no schedule can undercut: the larger of the quotas' two floors."""
        answers = [c.ended - c.began for c in self.calls]
        paced = 0.0
        if self.per_minute is not None:
            paced = (len(answers) - BURST) * MINUTE / self.per_minute + min(answers)
        return max(paced, sum(answers) / self.in_flight, *answers)

    @property
    def ratio(self) -> float:
        """Give makespan ÷ bound."""
        return self.seconds / self.bound_s

    @property
    def most_at_once(self) -> int:
        """Count the most calls that the provider ever worked on at once."""
        moves = sorted([(c.ended, -1) for c in self.calls] + [(c.began, 1) for c in self.calls])
        most = now = 0
        for _, step in moves:
            now += step
            most = max(most, now)
        return most

    @property
    def most_a_minute(self) -> int:
        """Count the most calls that began within any 60 seconds."""
        begins = [c.began for c in self.calls]
        most = first = 0
        for last, at in enumerate(begins):
            while at - begins[first] >= MINUTE:
                first += 1
            most = max(most, last - first + 1)
        return most

    def use(self, slices: int = SLICES) -> tuple[float, ...]:
        """Give the share of the binding quota in use, slice by slice of the lane's time."""
        edges = [self.seconds * n / slices for n in range(slices + 1)]
        return tuple(max(self._paced(a, b), self._crowded(a, b)) for a, b in pairwise(edges))

    def chart(self) -> str:
        """Draw the use over time, one character a slice."""
        top = len(BARS) - 1
        return "".join(BARS[min(top, math.ceil(share * top - 0.5))] for share in self.use())

    def _paced(self, start: float, end: float) -> float:
        if self.per_minute is None:
            return 0.0
        begun = sum(start <= c.began < end for c in self.calls)
        return begun * MINUTE / (self.per_minute * (end - start))

    def _crowded(self, start: float, end: float) -> float:
        worked = sum(max(0.0, min(end, c.ended) - max(start, c.began)) for c in self.calls)
        return worked / (self.in_flight * (end - start))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonRun:
    """How the season came out."""

    lanes: tuple[LaneRun, ...]
    states: Mapping[str, int]  # how attempts ended, counted
    billed_musd: int  # by the provider's own book
    spent_musd: int  # by ours
    reserved_musd: int  # by ours, at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What goes wrong in a season."""

    workers: int = 3
    kill_every_s: float = 60.0  # one worker, at random
    restart_s: float = 20.0  # until its successor works
    # Shares of calls, 5 % in all:
    unavailable: float = 0.020  # turned away for want of capacity
    throttled: float = 0.010  # turned away, quota or not
    unreachable: float = 0.008  # never left this machine
    filtered: float = 0.007  # declined by the model's own filter: an answer, not billed
    unanswered: float = 0.005  # made and billed, and the connection broke before the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Endured:
    """How a season in bad weather came out."""

    lanes: tuple[LaneRun, ...]
    asked: int  # takes
    states: Mapping[str, int]  # how attempts stand, counted
    kills: int
    cut_off: int  # attempts that a kill found under way
    found: int  # answers that were lost, and found in the provider's log
    lost: int  # takes that neither came nor were declined, and for which nobody waits
    held: int  # never made, as far as the log tells: their money waits for a person
    double: int  # calls that were billed more than once for one attempt
    unowed: int  # attempts billed without a take, and takes without a bill
    billed_musd: int  # by the provider's own book
    spent_musd: int  # by ours
    reserved_musd: int  # by ours, at the end
    entries_musd: int  # what our ledger's lines add up to
    by_recipe: Mapping[str, tuple[int, int]]  # takes that came, and their bill
    seconds: float
