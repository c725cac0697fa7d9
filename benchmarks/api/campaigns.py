"""Campaigns over HTTP: planned, handed in, watched, stopped and gone on with.

Nothing is run here: a worker takes up what was handed in, within seconds.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.api.front import FrontDesk, Wanted
from benchmarks.api.wire import Trials
from router.api.doors import StrictRoute, TaggedRoute
from router.api.events import MEDIA_TYPE, Streams, Watched
from router.api.idempotency import IdempotencyKey, Remembers, once, wish_of
from router.api.permit import Doorkeeper, Reader, Submitter, hold
from router.api.problems import answers
from router.api.wire import Entering, Id, Partner, Word
from router.domain.caller import Scope
from router.domain.money import musd_of
from router.store.answers import Answer

Json = dict[str, Any]
CampaignId = Annotated[Id, Path(alias="id")]
Budget = Annotated[float, Field(gt=0, le=1_000_000, description="US dollars")]
LIVE = frozenset({"planned", "running"})


class CampaignBody(Entering):
    """A campaign of packs that were handed in before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner": "northlight_pictures",
                    "packs": ["9f0c2a1b4d5e6f708192a3b4c5d6e7f8"],
                    "recipes": ["init_image", "erase_matte"],
                    "takes": 2,
                    "budget_usd": 20.0,
                }
            ]
        }
    )

    partner: Partner
    packs: list[Id] = Field(min_length=1, max_length=50, description="seals, see /v1/packs")
    recipes: list[Word] = Field(default=[], max_length=50, description="none = the partner's own")
    takes: int | None = Field(
        default=None, ge=1, le=16, description="of each cell; null = what each shot wants"
    )
    budget_usd: Budget

    def wanted(self) -> Wanted:
        """Give it as the front desk takes it."""
        return Wanted(
            partner=self.partner,
            packs=tuple(self.packs),
            recipes=tuple(self.recipes),
            takes=self.takes,
            budget_musd=musd_of("budget_usd", Decimal(repr(self.budget_usd))),
        )


class ResumeBody(Entering):
    """Going on, with a larger budget or with the same."""

    budget_usd: Budget | None = None

    def budget_musd(self) -> int | None:
        """Give the budget in micro-dollars; None = as it is."""
        if self.budget_usd is None:
            return None
        return musd_of("budget_usd", Decimal(repr(self.budget_usd)))


class NothingBody(Entering):
    """An empty object: there is nothing more to say."""


class RecipeCost(BaseModel):
    """What one recipe adds to a plan."""

    recipe: str
    trials: int
    worst_case_usd: float
    needs: str = ""
    rights: str = ""


class RefusedCell(BaseModel):
    """A cell that cannot be asked for, and why."""

    recipe: str
    shot: str
    code: str
    reason: str


class PlanAnswer(BaseModel):
    """A campaign before its first cent, as `circletake campaign plan` prints it."""

    campaign: str
    partner: str
    simulated: bool
    trials: int
    worst_case_usd: float
    budget_usd: float
    forecast_finish: str | None
    pace: str = ""
    by_recipe: list[RecipeCost]
    refused: list[RefusedCell]
    warnings: list[str] = []


class CampaignStatus(BaseModel):
    """How a campaign stands, as `circletake campaign status` prints it."""

    campaign: str
    partner: str
    state: Literal["planned", "running", "done", "budget_reached", "cancelled", "interrupted"]
    simulated: bool
    trials: Trials
    scored: int
    spend_usd: float
    reserved_usd: float
    unknown_usd: float
    budget_usd: float
    forecast_finish: str | None
    note: str = Field(default="", description="what it waits for, if for anything")


def routes(desk: FrontDesk, remembers: Remembers) -> APIRouter:
    """Build the routes; `remembers` keeps the answers to paid wishes."""
    router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"], route_class=StrictRoute)
    _add_plan(router, desk)
    _add_run(router, desk, remembers)
    _add_turns(router, desk, remembers)
    looking = APIRouter(prefix="/v1/campaigns", tags=["campaigns"], route_class=TaggedRoute)
    _add_status(looking, desk)
    _add_events(looking, desk)
    whole = APIRouter()
    whole.include_router(router)
    whole.include_router(looking)
    return whole


def _add_plan(router: APIRouter, desk: FrontDesk) -> None:
    @router.post(
        "/plan",
        response_model=PlanAnswer,
        responses=answers(400, 403, 404, 413, 415, 422),
        summary="What a campaign would ask for, and what it may cost",
    )
    def plan(caller: Submitter, body: CampaignBody) -> Json:
        """Lay out every trial, its worst-case cost and the forecast finish; spends nothing."""
        return desk.plan(caller.reads, body.wanted())


def _add_run(router: APIRouter, desk: FrontDesk, remembers: Remembers) -> None:
    @router.post(
        "",
        status_code=202,
        response_model=CampaignStatus,
        responses=answers(400, 402, 403, 404, 409, 413, 415, 422),
        summary="Run a campaign",
    )
    def run(
        caller: Submitter, body: CampaignBody, response: Response, key: IdempotencyKey = None
    ) -> Json:
        """Hand a campaign to the workers; the same order twice is one campaign, paid once."""
        partner = caller.reads.require(desk.named(body.partner))
        wish = wish_of(caller, partner, key, "campaigns", body.model_dump(mode="json"))

        def carry_out() -> Answer:
            found = desk.run(caller.reads, body.wanted())
            return Answer(status=202, location=f"/v1/campaigns/{found['campaign']}", body=found)

        return once(remembers, wish, response, carry_out)


def _add_turns(router: APIRouter, desk: FrontDesk, remembers: Remembers) -> None:
    @router.post(
        "/{id}/resume",
        status_code=202,
        response_model=CampaignStatus,
        responses=answers(400, 402, 403, 404, 409, 413, 415, 422),
        summary="Go on with a campaign",
    )
    def resume(
        caller: Submitter,
        id_: CampaignId,
        body: ResumeBody,
        response: Response,
        key: IdempotencyKey = None,
    ) -> Json:
        """Do what is missing; a larger budget lets parked trials go on. Nothing is paid twice."""
        partner = desk.owner(caller.reads, id_)
        said = body.model_dump(mode="json")
        wish = wish_of(caller, partner, key, f"campaigns/{id_}/resume", said)

        def carry_out() -> Answer:
            found = desk.resume(caller.reads, id_, body.budget_musd())
            return Answer(status=202, location=f"/v1/campaigns/{id_}", body=found)

        return once(remembers, wish, response, carry_out)

    @router.post(
        "/{id}/cancel",
        response_model=CampaignStatus,
        responses=answers(400, 403, 404, 413, 415, 422),
        summary="Stop a campaign",
    )
    def cancel(caller: Submitter, id_: CampaignId, _body: NothingBody) -> Json:
        """Stop asking: what is in flight settles, what was not sent is never paid."""
        return desk.cancel(caller.reads, id_)


def _add_status(router: APIRouter, desk: FrontDesk) -> None:
    @router.get(
        "/{id}/status",
        response_model=CampaignStatus,
        responses=answers(404, 422),
        summary="How a campaign stands",
    )
    def status(caller: Reader, id_: CampaignId) -> Json:
        """Say how a campaign stands, in trials and dollars."""
        return desk.status(caller.reads, id_)


def _add_events(router: APIRouter, desk: FrontDesk) -> None:
    @router.get(
        "/{id}/events",
        response_class=Response,
        responses={
            200: {
                "content": {MEDIA_TYPE: {"example": _EVENT}},
                "description": "`progress` each time that it changes, `end` at the end",
            },
            204: {"description": "the end was heard: there is nothing more to come"},
            **answers(404, 422, 429),
        },
        summary="How a campaign goes on, as it happens",
    )
    def events(
        request: Request,
        caller: Reader,
        id_: CampaignId,
        last: Annotated[
            str | None,
            Header(alias="Last-Event-ID", max_length=64, description="heard already"),
        ] = None,
    ) -> Response:
        """Tell each change of a campaign until it ends; a comment now and then keeps it open.

        The caller's permission is checked again each minute.
        """

        def may_listen() -> None:
            doorkeeper: Doorkeeper = request.app.state.doorkeeper
            now = doorkeeper.identify(request)
            hold(now, Scope.READ)
            desk.owner(now.reads, id_)

        watched = Watched(
            listener=caller.id,
            look=lambda: desk.status(caller.reads, id_),
            is_over=lambda state: state["state"] not in LIVE,
            may_listen=may_listen,
        )
        streams: Streams = request.app.state.streams
        return streams.tell(watched, last)


_EVENT = 'id: 9f0c2a1b4d5e6f70\nevent: progress\ndata: {"state": "running", …}\n\n'
