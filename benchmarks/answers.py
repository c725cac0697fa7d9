"""What a service answers about campaigns and takes, typed for clients."""

from typing import Any, NotRequired, TypedDict

Json = dict[str, Any]


class PackMistake(TypedDict):
    """One thing wrong with a pack."""

    file: str
    field: str
    line: int | None
    found: str
    expected: str
    code: str


class PackChecked(TypedDict):
    """What `circletake pack check` says, and the seal under which the pack is kept."""

    pack: str | None
    ok: bool
    errors: list[PackMistake]
    warnings: list[PackMistake]


class RecipeCost(TypedDict):
    """What one recipe adds to a plan."""

    recipe: str
    trials: int
    worst_case_usd: float
    needs: NotRequired[str]
    rights: NotRequired[str]


class Plan(TypedDict):
    """A campaign before its first cent."""

    campaign: str
    partner: str
    simulated: bool
    trials: int
    worst_case_usd: float
    budget_usd: float
    forecast_finish: str | None
    pace: str
    by_recipe: list[RecipeCost]
    refused: list[Json]
    warnings: list[str]
    costs: NotRequired[Json]  # part by part, what is not counted as null
    writer: NotRequired[Json]


class Trials(TypedDict):
    """How trials stand; the six states add up to the total."""

    total: int
    done: int
    refused: int
    failed: int
    parked: int
    unknown: int
    open: int


class Status(TypedDict):
    """How a campaign stands."""

    campaign: str
    partner: str
    state: str
    simulated: bool
    trials: Trials
    scored: int
    spend_usd: float
    reserved_usd: float
    unknown_usd: float
    budget_usd: float
    forecast_finish: str | None
    note: NotRequired[str]


class Links(TypedDict):
    """Signed links, relative to the service; None where the caller may see no pictures."""

    media: str | None
    preview: str | None
    thumb: str | None


class Decision(TypedDict):
    """What a named person decided."""

    status: str
    by: str
    role: str
    note: str
    at: str
    take: NotRequired[str]


class TakeRow(TypedDict):
    """One take, or a trial that gave none (then `take` is None and there is a reason)."""

    take: str | None
    partner: str
    campaign: str
    shot: str
    recipe: str
    recipe_title: str
    number: int | None
    model_name: str
    operation: str
    state: str
    code: str
    reason: str
    simulated: bool
    source: str
    control: bool
    sha256: str | None
    mime: str | None
    width: int
    height: int
    frames: int
    fps: float
    seed: int | None
    cost_usd: float
    latency_s: float | None
    flags: list[str]
    open_must: int | None
    verdicts: dict[str, int]
    parent: str | None
    decision: Decision | None
    version: NotRequired[int | None]
    superseded_by: NotRequired[str | None]
    links: Links


class Sheet(TypedDict):
    """Every acceptance line of one take, answered."""

    shot: str
    take: str
    lines: list[Json]
    open_must: int
    decision: Decision | None
    version: NotRequired[int | None]
    recipe: NotRequired[str]
    simulated: NotRequired[bool]
    superseded_by: NotRequired[str | None]


class Observation(TypedDict):
    """A named person's own words."""

    id: str
    partner: str
    campaign: str
    by: str
    role: str
    text: str
    takes: list[str]
    severity: str
    wished_control: str
    created_at: str


class Repair(TypedDict):
    """How a repair stands."""

    repair: str
    partner: str
    campaign: str
    take: str
    lines: list[int]
    rounds: int
    budget_usd: float | None
    by: str
    simulated: bool
    state: str
    note: str
    outcome: Json | None
