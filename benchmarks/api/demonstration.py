"""The demonstration, offered over HTTP by a simulated home of one's own, and nowhere else."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.api.packs import PackChecked
from benchmarks.packs.receiving import Received
from router.api import wire
from router.api.doors import StrictRoute
from router.api.permit import Reader, Submitter
from router.api.problems import answers
from router.domain.caller import Reach

Json = dict[str, Any]


class Guests(Protocol):
    """Knows the fictional partners, and draws their packs."""

    def guests(self, reach: Reach) -> list[Json]:
        """List the fictional partners within reach."""
        ...

    def draw(self, reach: Reach, partner: str) -> Received:
        """Draw a fictional partner's pack and keep it."""
        ...


class Guest(BaseModel):
    """A fictional partner."""

    partner: str
    title: str
    budget_usd: float = Field(description="emulated money that its campaign needs at most")


class GuestList(BaseModel):
    """Who would show the way."""

    guests: list[Guest]


class Chosen(wire.Entering):
    """Whose pack is wanted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"partner": "paper_lantern"}]})

    partner: Annotated[wire.Partner, Field(description="one of the guests")]


def routes(desk: Guests) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/v1/demonstration", tags=["packs"], route_class=StrictRoute)

    @router.get("", response_model=GuestList, responses=answers(401), summary="Who shows the way")
    def guests(caller: Reader) -> Json:
        """List the fictional partners of this home."""
        return {"guests": desk.guests(caller.reads)}

    @router.post(
        "",
        status_code=201,
        response_model=PackChecked,
        responses={
            200: {"model": PackChecked, "description": "the pack is kept already"},
            **answers(400, 401, 403, 404, 413, 415, 422),
        },
        summary="Draw a demonstration pack",
    )
    def draw(caller: Submitter, body: Chosen, response: Response) -> Json:
        """Draw a fictional partner's pictures on the spot, and keep them as a pack.

        What follows is the way of every pack: `/v1/campaigns/plan`, then `/v1/campaigns`.
        """
        found = desk.draw(caller.reads, body.partner)
        response.status_code = 201 if found.is_new else 200
        return found.body

    return router
