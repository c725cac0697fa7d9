"""Campaign, recipe and trial: what is run, and what is compared."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router.domain.request import JsonScalar, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of a recipe."""

    model: str  # catalogue key
    operation: str  # catalogue operation
    conditioning: tuple[tuple[str, str], ...] = ()  # role → source (plate, matte, step.1, …)
    template: str = "plain/1"  # prompt template and its version
    parameters: tuple[tuple[str, JsonScalar], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Model + conditioning strategy + prompt template version + parameters: the thing compared.

    Model, operation, conditioning, template and parameters are those of the first call; a chain
    goes on with `then`.
    """

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
    then: tuple[Step, ...] = ()  # further calls of a chain; the take of the last one counts

    @property
    def calls(self) -> tuple[Step, ...]:
        """Give every call, in order; one, unless it is a chain."""
        first = Step(
            model=self.model,
            operation=self.operation,
            conditioning=self.conditioning,
            template=self.template,
            parameters=self.parameters,
        )
        return (first, *self.then)


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
    request: str  # id of the router's request; of a chain, of its last step
    worst_case_musd: int  # of all steps together
    earlier: tuple[str, ...] = ()  # requests of a chain's earlier steps, in order

    @property
    def requests(self) -> tuple[str, ...]:
        """Give the requests of all steps, in order."""
        return (*self.earlier, self.request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A further step of a chain: asked for once the take of the step before it is there.

    Its request is written when the campaign is planned, but for what is not made yet: the media of
    the roles in `waits` are empty, and `parent` names the request whose take will be the parent.
    """

    request: Request
    waits: tuple[tuple[str, str], ...]  # role → step.1, face_region, costume_region or fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a chain ended before a step could be asked for."""

    code: str
    reason: str


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
