"""What is handed in and said over HTTP, and what the routes need from whoever takes it."""

from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.api.signing import SignDesk
from benchmarks.domain.note import Jotted
from router.api.pages import Page
from router.domain.caller import Reach

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A campaign of packs that the partner handed in before."""

    partner: str
    packs: tuple[str, ...]  # seals
    recipes: tuple[str, ...]  # none = the partner's
    takes: int | None  # a cell; None = what each shot wants
    budget_musd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRepair:
    """A repair of one take."""

    take: str
    lines: tuple[int, ...]
    rounds: int
    budget_musd: int | None  # None = the campaign's rest
    by: str
    key: str  # another key is another repair
    matte: str | None = None  # a note of the take, or an upload; None = the shot's


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRefinement:
    """What notes on one take wish."""

    take: str
    notes: tuple[str, ...]
    budget_musd: int | None  # None = the campaign's rest
    by: str
    key: str  # another key is another refinement


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A named person's own words."""

    campaign: str
    takes: tuple[str, ...]
    by: str
    role: str
    text: str
    severity: str
    wished_control: str


class FrontDesk(Protocol):
    """Hands work to the workers, and keeps what people said.

    Whatever is found by an id is looked for within reach; what is out of it is UnknownName, in the
    same words as what does not exist.
    """

    def named(self, partner: str, /) -> str:
        """Give the true name of a partner that an answer may call otherwise."""
        ...

    @property
    def signing(self) -> SignDesk:
        """Give what lays before partners what would be printed of them."""
        ...

    def plan(self, reach: Reach, wanted: Wanted) -> Json:
        """Lay out a campaign; spends nothing, keeps nothing."""
        ...

    def run(self, reach: Reach, wanted: Wanted) -> Json:
        """Hand in a campaign; gives how it stands."""
        ...

    def resume(self, reach: Reach, id_: str, budget_musd: int | None) -> Json:
        """Let what is missing be done; gives how it stands."""
        ...

    def cancel(self, reach: Reach, id_: str) -> Json:
        """Stop asking; gives how it stands."""
        ...

    def status(self, reach: Reach, id_: str) -> Json:
        """Say how a campaign stands."""
        ...

    def owner(self, reach: Reach, id_: str) -> str:
        """Name the partner of a campaign."""
        ...

    def verdicts(self, reach: Reach, id_: str) -> list[Json]:
        """Answer every acceptance line of a campaign's takes."""
        ...

    def decisions(self, reach: Reach, id_: str) -> list[Json]:
        """Give every decision of a campaign."""
        ...

    def observe(self, reach: Reach, said: Said) -> Json:
        """Keep an observation."""
        ...

    def observations(self, reach: Reach, id_: str) -> list[Json]:
        """Give what people said about a campaign."""
        ...

    def owner_of_take(self, reach: Reach, take: str) -> str:
        """Name the partner of a take."""
        ...

    def repair(self, reach: Reach, wanted: WantedRepair) -> Json:
        """Hand in a repair; gives how it stands."""
        ...

    def repair_status(self, reach: Reach, id_: str) -> Json:
        """Say how a repair stands."""
        ...

    def recipes(self) -> list[Json]:
        """Give what can be compared."""
        ...

    def ledger(
        self, reach: Reach, partner: str, campaign: str | None, *, offset: int, limit: int
    ) -> tuple[Page, Json]:
        """Give one page of money moves, and the sums of all."""
        ...


class NoteDesk(Protocol):
    """Keeps what people mark and say on takes, and hands in what they wish of it."""

    def named(self, partner: str, /) -> str:
        """Give the true name of a partner that an answer may call otherwise."""
        ...

    def owner_of_take(self, reach: Reach, take: str) -> str:
        """Name the partner of a take."""
        ...

    def jot(self, reach: Reach, take: str, said: Jotted) -> Json:
        """Keep a note (`NoteRow`); raises UnknownName and BadInput."""
        ...

    def notes(self, reach: Reach, take: str) -> list[Json]:
        """Give every note on a take, oldest first; raises UnknownName."""
        ...

    def priced(self, reach: Reach, wanted: WantedRefinement) -> Json:
        """Say what would be asked, and what it may cost; spends nothing."""
        ...

    def refine(self, reach: Reach, wanted: WantedRefinement) -> Json:
        """Hand in what notes wish; gives how it stands, as a repair's."""
        ...
