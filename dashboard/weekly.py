"""The weekly digest over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from benchmarks.api.routes import told
from dashboard.ports import Studio
from dashboard.printing.digest import digest
from router.api.doors import StrictRoute
from router.api.problems import answers
from router.api.turns import DearReader
from router.api.wire import Id
from router.ports import Clock

State = Literal["green", "amber", "red"]


class DigestRow(BaseModel):
    """How one campaign stands."""

    campaign: str
    partner_name: str
    state: State = Field(description="red = the plan cannot reach its sample by the findings date")
    why: list[str]
    progress: str
    money: str
    due: str


class Digest(BaseModel):
    """The week, for somebody who reads it once."""

    day: str
    simulated: bool
    state: State = Field(description="that of the campaign that stands worst")
    campaigns: list[DigestRow] = Field(description="none where several studios are told as a group")


def routes(studio: Studio, clock: Clock) -> APIRouter:
    """Build the route."""
    router = APIRouter(prefix="/v1", tags=["reports"], route_class=StrictRoute)

    @router.get(
        "/digest",
        response_model=Digest,
        responses=answers(404, 409, 422),
        summary="Progress to plan, and what is in the way",
    )
    def week(
        caller: DearReader, campaign: Annotated[list[Id], Query(min_length=1, max_length=50)]
    ) -> dict[str, Any]:
        """Say how campaigns stand against plan, budget and the day of their findings."""
        document = told(studio, caller, campaign)
        statuses = [studio.front.status(caller.reads, c["id"]) for c in document["campaigns"]]
        return dict(digest(document, statuses, clock.now().date()))

    return router
