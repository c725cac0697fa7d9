"""What things cost: bands instead of false certainty, in micro-dollars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A number that is not known exactly."""

    low: float
    typical: float
    worst: float  # of money and of work the most; of shares that lower the cost, the least

    def times(self, factor: float) -> "Band":
        """Give as many."""
        return Band(low=self.low * factor, typical=self.typical * factor, worst=self.worst * factor)

    def plus(self, other: "Band") -> "Band":
        """Add end to end: everything goes well together, or badly together."""
        return Band(
            low=self.low + other.low,
            typical=self.typical + other.typical,
            worst=self.worst + other.worst,
        )


NOTHING = Band(low=0.0, typical=0.0, worst=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One part of what a campaign costs."""

    part: str  # provider | judge | evaluation_cpu | evaluation_gpu | storage
    musd: Band | None  # None = not counted, which is not nothing
    said: str  # how it was reckoned, or why it was not


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a campaign costs, part by part."""

    lines: tuple[CostLine, ...]
    not_counted: tuple[str, ...]
    as_of: str

    @property
    def total(self) -> Band:
        """Add up what is counted."""
        found = NOTHING
        for line in self.lines:
            found = found.plus(line.musd or NOTHING)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one take of a kind needs."""

    measuring_cpu_s: Band
    bytes: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much of something the house holds, and what to do when that is too little."""

    value: float
    unit: str
    source: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCosts:
    """The table of `unit_costs.yaml`."""

    as_of: str
    unbilled: Band  # share of calls
    circled: Band  # share of takes
    kinds: Mapping[str, Kind]  # still, clip
    beside_bytes: Band  # a take: previews and scores
    row_bytes: Band  # a take, in the database
    routing_cpu_s: Band  # a take
    judges: tuple[str, str]  # catalogue keys: typical, worst
    questions: Band  # a take
    tokens_in: Band  # a question
    tokens_out: Band
    vcpu_hour_musd: float
    gb_month_musd: float
    put_musd: float
    not_counted: tuple[str, ...]
    season_days: float
    capacities: Mapping[str, Capacity]
    sources: Sequence[tuple[str, str]]  # what → who says so
