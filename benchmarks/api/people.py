"""What takes are told to be, and what people say of them: verdicts, decisions, own words, repairs.

A person's own name stands beside what they say; a pipeline's key names the person it speaks for.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from benchmarks.api.front import FrontDesk, Said, WantedRepair
from benchmarks.api.wire import DecisionRow, VerdictRow
from router.api import pages
from router.api.doors import StrictRoute, TaggedRoute
from router.api.idempotency import IdempotencyKey, Remembers, once, wish_of
from router.api.permit import Reader, Submitter
from router.api.problems import answers
from router.api.speaker import speaker
from router.api.turns import DearReader
from router.api.wire import Entering, Id, Name, Word
from router.domain.money import musd_of
from router.store.answers import Answer

Json = dict[str, Any]
PathId = Annotated[Id, Path(alias="id")]
Campaign = Annotated[Id, Query(description="of which campaign")]
Limit = Annotated[int, Query(ge=1, le=pages.MAX_PAGE)]
Cursor = Annotated[str | None, Query(max_length=200)]
By = Annotated[
    Name | None,
    Field(default=None, min_length=1, max_length=80, description="who says it; yourself, if left"),
]


class Paged(BaseModel):
    """Where a page stands in its list."""

    total: int
    first: int = Field(description="place of the first one of this page, from 1; 0 = none")
    next: str | None = None
    previous: str | None = None


class SheetRow(BaseModel):
    """Every acceptance line of one take, answered."""

    shot: str
    take: str
    lines: list[VerdictRow]
    open_must: int
    decision: DecisionRow | None = None
    version: int | None = Field(default=None, description="3 = SQ010_SH0020_genai_v003")
    recipe: str = ""
    simulated: bool = False
    superseded_by: str | None = Field(
        default=None, description="of a circled take: the one of its shot that was circled since"
    )


class Sheets(Paged):
    """One page of takes with their lines, as `circletake verdicts` prints them."""

    takes: list[SheetRow]


class DecisionOf(DecisionRow):
    """A decision, and the take that it is about."""

    take: str


class Decisions(Paged):
    """One page of decisions, oldest first; of a take, the latest counts."""

    decisions: list[DecisionOf]


class ObservationBody(Entering):
    """A named person's own words on takes."""

    campaign: Id
    text: str = Field(min_length=1, max_length=4000)
    by: By
    role: Name = Field(max_length=48, description="as what: director, vfx_supervisor, …")
    takes: list[Id] = Field(default=[], max_length=100)
    severity: Literal["note", "minor", "major", "blocker"] = "note"
    wished_control: str = Field(default="", max_length=400)


class ObservationRow(BaseModel):
    """A named person's own words; they stand beside findings, and are never merged with them."""

    id: str
    partner: str
    campaign: str
    by: str
    role: str
    text: str
    takes: list[str]
    severity: str
    wished_control: str = ""
    created_at: str


class Observations(Paged):
    """One page of what people said, oldest first."""

    observations: list[ObservationRow]


class RepairBody(Entering):
    """Which failed lines of a take are asked for again."""

    lines: list[Annotated[int, Field(ge=1, le=10_000)]] = Field(min_length=1, max_length=50)
    rounds: int = Field(default=1, ge=1, le=10, description="tries at most")
    budget_usd: float | None = Field(
        default=None, gt=0, le=1_000_000, description="spend at most this; null = the rest"
    )
    by: By
    matte: Id | None = Field(
        default=None,
        description="white = may change: a note of this take, or a complete upload of a PNG of "
        "its size; null = the shot's own",
    )

    def budget_musd(self) -> int | None:
        """Give the budget in micro-dollars."""
        if self.budget_usd is None:
            return None
        return musd_of("budget_usd", Decimal(repr(self.budget_usd)))


class RepairRow(BaseModel):
    """How a repair stands; its outcome is what `circletake repair` prints."""

    repair: str
    partner: str
    campaign: str
    take: str
    lines: list[int]
    notes: list[str] = Field(default=[], description="whose wish it is; none = of failed lines")
    rounds: int
    budget_usd: float | None
    by: str
    simulated: bool
    state: Literal["waiting", "running", "done", "refused"]
    note: str = Field(default="", description="what it waits for, if for anything")
    outcome: dict[str, Any] | None = None


class StepRow(BaseModel):
    """One call of a recipe."""

    model: str
    operation: str
    conditioning: dict[str, str]
    template: str
    parameters: dict[str, Any]


class RecipeRow(BaseModel):
    """A recipe: the thing that is compared."""

    recipe: str
    title: str
    tasks: list[str]
    control: bool
    steps: list[StepRow]


class Recipes(BaseModel):
    """What can be compared."""

    recipes: list[RecipeRow]


def routes(desk: FrontDesk, remembers: Remembers) -> APIRouter:
    """Build the routes; `remembers` keeps the answers to paid wishes."""
    saying = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)
    _add_observe(saying, desk)
    _add_repair(saying, desk, remembers)
    looking = APIRouter(prefix="/v1", tags=["people"], route_class=TaggedRoute)
    _add_lists(looking, desk)
    _add_looks(looking, desk)
    whole = APIRouter()
    whole.include_router(saying)
    whole.include_router(looking)
    return whole


def _add_observe(router: APIRouter, desk: FrontDesk) -> None:
    @router.post(
        "/observations",
        status_code=201,
        response_model=ObservationRow,
        responses=answers(400, 403, 404, 413, 415, 422),
        summary="Say something about takes",
    )
    def observe(caller: Submitter, body: ObservationBody) -> Json:
        """Keep a named person's own words; the same words twice are one observation."""
        words = body.model_dump() | {"takes": tuple(body.takes), "by": speaker(caller, body.by)}
        return desk.observe(caller.reads, Said(**words))


def _add_repair(router: APIRouter, desk: FrontDesk, remembers: Remembers) -> None:
    @router.post(
        "/takes/{id}/repairs",
        status_code=202,
        response_model=RepairRow,
        responses=answers(400, 402, 403, 404, 409, 413, 415, 422),
        summary="Repair failed lines, and only those",
    )
    def repair(
        caller: Submitter,
        id_: PathId,
        body: RepairBody,
        response: Response,
        key: IdempotencyKey = None,
    ) -> Json:
        """Hand a repair to the workers; everything that is not aimed at stays to the bit."""
        partner = desk.owner_of_take(caller.reads, id_)
        said = body.model_dump(mode="json")
        wish = wish_of(caller, partner, key, f"takes/{id_}/repairs", said)
        wanted = WantedRepair(
            take=id_,
            lines=tuple(body.lines),
            rounds=body.rounds,
            budget_musd=body.budget_musd(),
            by=speaker(caller, body.by),
            key=f"{wish.tenant}:{wish.key}",
            matte=body.matte,
        )

        def carry_out() -> Answer:
            found = desk.repair(caller.reads, wanted)
            return Answer(status=202, location=f"/v1/repairs/{found['repair']}", body=found)

        return once(remembers, wish, response, carry_out)


def _add_lists(router: APIRouter, desk: FrontDesk) -> None:
    @router.get(
        "/verdicts",
        response_model=Sheets,
        responses=answers(404, 422),
        summary="What can be said about each acceptance line",
    )
    def verdicts(
        caller: DearReader,
        paging: pages.Paging,
        campaign: Campaign,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Json:
        """Answer every line of a campaign's takes."""
        found = desk.verdicts(caller.reads, campaign)
        return _page("takes", found, paging, campaign, limit, cursor)

    @router.get(
        "/decisions",
        response_model=Decisions,
        responses=answers(404, 422),
        summary="What people decided",
    )
    def decisions(
        caller: Reader,
        paging: pages.Paging,
        campaign: Campaign,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Json:
        """Give every decision of a campaign; nothing is overwritten."""
        found = desk.decisions(caller.reads, campaign)
        return _page("decisions", found, paging, campaign, limit, cursor)

    @router.get(
        "/observations",
        response_model=Observations,
        responses=answers(404, 422),
        summary="What people said",
    )
    def observations(
        caller: Reader,
        paging: pages.Paging,
        campaign: Campaign,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Json:
        """Give what people said about a campaign, in their own words."""
        found = desk.observations(caller.reads, campaign)
        return _page("observations", found, paging, campaign, limit, cursor)


def _add_looks(router: APIRouter, desk: FrontDesk) -> None:
    @router.get(
        "/repairs/{id}",
        response_model=RepairRow,
        responses=answers(404, 422),
        summary="How a repair stands",
    )
    def repair_status(caller: Reader, id_: PathId) -> Json:
        """Say how a repair stands, and what became of it."""
        return desk.repair_status(caller.reads, id_)

    @router.get("/recipes", response_model=Recipes, summary="What can be compared")
    def recipes(
        _caller: Reader,
        task: Annotated[Word | None, Query(description="only recipes for this task")] = None,
    ) -> Json:
        """List recipes with every call that they make; controls are free and local."""
        return {"recipes": [r for r in desk.recipes() if task is None or task in r["tasks"]]}


def _page(
    name: str,
    rows: list[Json],
    paging: pages.Cursors,
    campaign: str,
    limit: int,
    cursor: str | None,
) -> Json:
    question = {"list": name, "campaign": campaign}
    at = paging.offset(cursor, question)
    page = pages.Page(items=rows[at : at + limit], total=len(rows))
    return {name: list(page.items), **paging.around(at, limit, page, question)}
