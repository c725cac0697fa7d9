"""A study: who votes on what, laid down before the first vote."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from benchmarks.domain.vote import Outcome


class Kind(StrEnum):
    """What a slot is for; a rater cannot tell."""

    PAIR = "pair"  # two recipes on one shot: what the ranking is made of
    AGAIN = "again"  # an earlier pair of the same rater, sides changed
    SAME = "same"  # A/A control: one take on both sides
    GOLD = "gold"  # a clearly broken take against a good one


class StudyState(StrEnum):
    """Votes are taken while it is open; recipes are revealed once it is closed."""

    OPEN = "open"
    CLOSED = "closed"


class Stratum(StrEnum):
    """Where a rater stands towards a shot."""

    OWN = "own"  # the rater's own studio handed it in
    OTHER = "other"  # another studio did
    INTERNAL = "internal"  # the rater belongs to no studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """A person who votes; a studio of "" is the platform's own people."""

    name: str
    studio: str = ""

    def stratum(self, partner: str) -> Stratum:
        """Say where this person stands towards a partner's shots."""
        if not self.studio:
            return Stratum.INTERNAL
        return Stratum.OWN if self.studio == partner else Stratum.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a rater's votes are left out; fixed before the first vote, kept with the study."""

    gold_least: float = 0.75  # share of gold pairs answered right
    seconds_least: float = 3.0  # median time for a vote
    side_most: float = 0.80  # share of votes with a winner that went to one side
    fewest_gold: int = 4  # below that many, gold pairs are told and not judged; so are the others
    fewest_again: int = 4
    fewest_votes: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What one partner's home keeps of a study; its id is the same at every partner of it."""

    partner: str
    id: str
    campaigns: tuple[str, ...]  # of this partner
    partners: tuple[str, ...]  # of all
    recipes: tuple[str, ...]  # frozen: nothing joins later
    contrasts: tuple[tuple[str, str], ...]  # declared before voting, at most three
    raters: tuple[Rater, ...]
    votes: int  # slots wanted for each rater
    second_round: int  # slots for each rater in a second round on undecided pairs; 0 = none
    across: bool  # raters of a studio also see other studios' shots, with their consent
    simulated: bool
    created_at: datetime
    rules: Rules = field(default_factory=Rules)
    pairs: tuple[tuple[str, str], ...] = ()  # what a second round asks; () = every pair
    first: str = ""  # study that this one is the second round of
    notes: tuple[str, ...] = ()  # what the layout could not give
    state: StudyState = StudyState.OPEN
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two pictures of a slot."""

    code: str  # all that a rater sees of it
    recipe: str  # "" = broken: the side that no gold pair may prefer
    take: str  # "" = made here, to be broken
    sha256: str
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One question to one rater; `partner` is whose shot it is."""

    partner: str
    study: str
    rater: str
    number: int  # from 1, in the order of showing
    kind: Kind
    pack: str  # seal
    shot: str
    left: Side
    right: Side
    of: int = 0  # of a repeat: the number of the slot that it repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A vote as it was cast; never changed."""

    partner: str
    study: str
    rater: str
    slot: int
    outcome: Outcome
    at: datetime
    seconds: float | None = None  # looked at; None = not measured
    plays: int | None = None  # of clips
    modes: tuple[str, ...] = ()  # how the two were looked at: side, wipe, onion, difference, a, b
    viewport: tuple[int, int] | None = None  # of the browser, CSS pixels
