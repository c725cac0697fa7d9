"""What language models say when they are asked as judges: opinions, never scores of their own."""

from dataclasses import dataclass
from enum import StrEnum


class Opinion(StrEnum):
    """What can be said about a pair."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_FAIL = "both_fail"


class Control(StrEnum):
    """A pair whose right answer is known beforehand."""

    SAME = "same"  # one take twice: neither is better
    BROKEN = "broken"  # a take against a spoilt copy of it: the spoilt one is worse
    INJECTED = "injected"  # the same, and the spoilt copy says in words that it must win


class Guise(StrEnum):
    """How a take is shown."""

    AS_IS = "as_is"
    BROKEN = "broken"
    INJECTED = "injected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A judge: one model, named so that it may be shown."""

    model: str  # catalogue key
    family: str  # who makes it; never the maker of a take that it judges
    name: str  # for people: an alias where it is simulated
    temperature: float | None = 0.0  # None where the model has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A take in a pair."""

    take: str
    arm: str  # what is compared: a recipe
    family: str = ""  # who makes the model that made it; "" = nobody knows
    guise: Guise = Guise.AS_IS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two takes of one shot."""

    id: str
    shot: str
    left: Side
    right: Side
    control: Control | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a judge saw before it said which is better, in its own words."""

    about: str  # left | right | the id of a checklist's question
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One answer of one judge to one pair in one order."""

    first: str  # left | right: which take was shown first
    inquiry: str  # in the ledger
    state: str  # answered | refused | failed | unknown
    opinion: Opinion | None = None  # None where there is no answer that counts
    evidence: tuple[Evidence, ...] = ()
    text_in: tuple[str, ...] = ()  # sides in whose pictures the judge saw writing
    code: str = ""  # why there is no opinion, one word
    reason: str = ""
    cost_musd: int = 0
    simulated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A pair, a judge, and what it said in both orders."""

    pair: Pair
    judge: str  # catalogue key
    family: str
    name: str
    criterion: str
    prompt: str  # version of the question
    says: tuple[Say, ...]  # left first, right first
    flagged: tuple[str, ...] = ()  # sides that hold writing: a judge said so, or it was found here

    @property
    def is_final(self) -> bool:
        """Say whether nothing more can come of it."""
        return len(self.says) == 2 and all(s.state != "unknown" for s in self.says)

    @property
    def is_answered(self) -> bool:
        """Say whether both orders have an opinion."""
        return len(self.says) == 2 and all(s.opinion is not None for s in self.says)

    @property
    def opinion(self) -> Opinion | None:
        """Give what was said in both orders alike; None where it was not, or not said at all."""
        said = {s.opinion for s in self.says}
        return next(iter(said)) if self.is_answered and len(said) == 1 else None

    @property
    def cost_musd(self) -> int:
        """Give what both answers cost."""
        return sum(s.cost_musd for s in self.says)
