"""The JSON of this storey's routes."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from router.api import pages
from router.api.wire import Id, Name, Partner, Word

Verdict = Literal["pass", "fail", "unsure", "not_measured"]
TrialState = Literal["done", "refused", "failed", "parked", "unknown", "open"]


class PackRow(BaseModel):
    """A shot pack of a campaign."""

    code: str
    title: str
    seal: str


class Trials(BaseModel):
    """How trials stand; the six states add up to the total."""

    total: int
    done: int
    refused: int
    failed: int
    parked: int
    unknown: int
    open: int


class WindowRow(BaseModel):
    """The days between which a partner may spend, and owes its findings."""

    opens: str
    findings_due: str


class RecipeName(BaseModel):
    """A recipe by its name and its title for people."""

    recipe: str
    title: str


class CampaignRow(BaseModel):
    """Packs × recipes × takes, under a budget and a window."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "3d2c1b0a99887766554433221100ffee",
                    "partner": "northlight_pictures",
                    "partner_name": "Northlight Pictures",
                    "packs": [{"code": "HARBOUR", "title": "The Harbour Job", "seal": "9f…"}],
                    "state": "running",
                    "simulated": True,
                    "budget_usd": 250.0,
                    "spend_usd": 5.39,
                    "reserved_usd": 0.16,
                    "unknown_usd": 0.0,
                    "trials": {
                        "total": 39,
                        "done": 35,
                        "refused": 2,
                        "failed": 1,
                        "parked": 0,
                        "unknown": 0,
                        "open": 1,
                    },
                    "window": {"opens": "2026-11-01", "findings_due": "2027-05-31"},
                    "created_at": "2026-11-20T16:04:12Z",
                    "forecast_finish": "2026-11-20T16:30:00Z",
                    "shots": ["SQ010_SH0010"],
                    "recipes": [{"recipe": "init_image", "title": "Plate as start picture"}],
                }
            ]
        }
    )

    id: str
    partner: str
    partner_name: str
    packs: list[PackRow]
    state: Literal["planned", "running", "done", "budget_reached", "cancelled", "interrupted"]
    simulated: bool
    budget_usd: float
    spend_usd: float
    reserved_usd: float
    unknown_usd: float
    trials: Trials
    window: WindowRow
    created_at: str
    forecast_finish: str | None = None
    shots: list[str] = Field(default=[], description="ids of the shots, in the order of the cut")
    recipes: list[RecipeName] = Field(default=[], description="what is compared, controls too")


class Campaigns(BaseModel):
    """One page of campaigns."""

    campaigns: list[CampaignRow]
    total: int
    first: int = Field(description="place of the first one of this page, from 1; 0 = none")
    next: str | None = None
    previous: str | None = None


class Links(BaseModel):
    """Signed links, two minutes long; null where nothing was stored."""

    media: str | None = None
    preview: str | None = None
    thumb: str | None = None
    signed: str | None = Field(
        default=None,
        description="a copy that says where it comes from (C2PA); of one take, where its partner "
        "has a signing key and its kind of file can carry it",
    )


class VerdictCounts(BaseModel):
    """How many acceptance lines got which verdict."""

    model_config = ConfigDict(populate_by_name=True)

    pass_: int = Field(default=0, alias="pass")
    fail: int = 0
    unsure: int = 0
    not_measured: int = 0


class TakeFilter(BaseModel):
    """Which takes, and which page of them; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    partner: Partner | None = None
    campaign: Id | None = None
    shot: Id | None = None
    recipe: Word | None = None
    state: TrialState | None = Field(
        default=None, description="other than done: trials that gave no take, with reasons"
    )
    verdict: Verdict | None = Field(
        default=None, description="takes on which at least one line got this verdict"
    )
    flag: Word | None = None
    decision: Literal["circled", "approved", "changes", "rejected", "none"] | None = Field(
        default=None, description="takes of which this was decided last; none = nothing was"
    )
    sort: Literal["newest", "open", "dearest", "cheapest"] | None = Field(
        default=None, description="by shot, recipe and number, if left out"
    )
    limit: int = Field(default=48, ge=1, le=pages.MAX_PAGE)
    cursor: str | None = Field(default=None, max_length=200)


class DecisionRow(BaseModel):
    """What a named person decided about a take; the latest decision counts."""

    status: str = Field(description="circled | withdrawn | approved | changes | rejected")
    by: str
    role: str = ""
    note: str = ""
    at: str


class DecisionBody(BaseModel):
    """A named person circles a take, or takes the circle back."""

    model_config = ConfigDict(extra="forbid")

    by: Name | None = Field(
        default=None, min_length=1, max_length=80, description="who decides; yourself, if left out"
    )
    role: Name = Field(default="", max_length=48)
    note: str = Field(default="", max_length=2000)
    withdraw: bool = False


class TakeRow(BaseModel):
    """One take, or a trial that gave none (then `take` is null and there is a reason)."""

    take: str | None
    partner: str
    campaign: str
    shot: str
    recipe: str
    recipe_title: str
    number: int | None = Field(default=None, description="which take of its cell, from 1")
    model_name: str
    operation: str
    state: TrialState
    code: str = ""
    reason: str = ""
    simulated: bool
    source: str = "generated"
    control: bool = False
    sha256: str | None = None
    mime: str | None = None
    width: int = 0
    height: int = 0
    frames: int = 1
    fps: float = 0.0
    seed: int | None = None
    cost_usd: float = 0.0
    latency_s: float | None = None
    flags: list[str] = []
    open_must: int | None = None
    verdicts: VerdictCounts = VerdictCounts()
    parent: str | None = None
    made_at: str | None = None
    decision: DecisionRow | None = None
    version: int | None = Field(default=None, description="3 = SQ010_SH0020_genai_v003")
    superseded_by: str | None = Field(
        default=None, description="of a circled take: the one of its shot that was circled since"
    )
    links: Links = Links()


class Takes(BaseModel):
    """One page of takes."""

    takes: list[TakeRow]
    total: int
    first: int = Field(description="place of the first one of this page, from 1; 0 = none")
    next: str | None = None
    previous: str | None = None


class Reference(BaseModel):
    """A picture that steered a take."""

    role: str
    mime: str
    sha256: str
    link: str | None = None


class VerdictRow(BaseModel):
    """What can be said about one acceptance line on this take."""

    line: int
    criterion: str
    kind: str
    must: bool
    verdict: Verdict
    metric: str | None = None
    value: float | None = None
    unit: str | None = None
    threshold: float | None = None
    margin: float | None = None
    reason: str | None = None
    by: str = "metric"
    evidence: dict[str, Any] = {}
    evidence_link: str | None = None


class TakeDetail(TakeRow):
    """Everything known about one take."""

    description: str = ""
    scores: list[dict[str, Any]] = []
    lines: list[VerdictRow] = []
    references: list[Reference] = []
    provenance: dict[str, Any] = {}
    siblings: list[TakeRow] = []


class Comparisons(BaseModel):
    """Recipes compared, one entry for each metric and task."""

    simulated: bool
    comparisons: list[dict[str, Any]]
