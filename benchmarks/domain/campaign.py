"""Campaign, recipe and trial: what is run, and what is compared."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router.domain.request import JsonScalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Model + conditioning strategy + prompt template version + parameters: the thing compared."""

    name: str  # neutral, bears no vendor's name
    title: str  # for people
    model: str  # catalogue key
    operation: str  # catalogue operation
    tasks: tuple[str, ...]  # shot tasks that it can serve
    conditioning: tuple[tuple[str, str], ...] = ()  # role → source (plate, matte, …)
    template: str = "plain/1"  # prompt template and its version
    parameters: tuple[tuple[str, JsonScalar], ...] = ()
    control: bool = False  # a free, local arm beside the paid ones
    # of a control: (task, metrics) on which a paid recipe that does not beat it is told so
    must_beat_on: tuple[tuple[str, tuple[str, ...]], ...] = ()


class TrialState(StrEnum):
    """The six states that add up to the total."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    PARKED = "parked"
    UNKNOWN = "unknown"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One cell of a campaign: shot × recipe × take number."""

    partner: str
    id: str  # content-derived
    campaign: str
    pack: str  # seal of the pack
    shot: str
    recipe: str
    number: int  # take number, from 1
    request: str  # id of the router's request
    worst_case_musd: int


class CampaignState(StrEnum):
    """Where a campaign stands."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    BUDGET_REACHED = "budget_reached"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Packs × recipes × takes, under a budget and a window. Belongs to one partner."""

    partner: str
    id: str
    packs: tuple[str, ...]  # seals
    recipes: tuple[str, ...]
    takes: int
    budget_musd: int
    simulated: bool
    state: CampaignState
    created_at: datetime
    forecast_finish: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A recipe × shot that cannot be asked, found before a cent is spent."""

    recipe: str
    shot: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A named person's own words on takes; stands beside findings, never merged with them."""

    partner: str
    id: str
    campaign: str
    by: str
    role: str
    text: str
    takes: tuple[str, ...]
    severity: str  # note | minor | major | blocker
    created_at: datetime
    wished_control: str = ""
