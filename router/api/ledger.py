"""The books over HTTP: every money move of a partner, line by line, and what all come to."""

from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from router.api import pages
from router.api.doors import TaggedRoute
from router.api.permit import Reader
from router.api.problems import answers
from router.api.wire import Id, Partner
from router.domain.caller import Reach

Json = dict[str, Any]


class LedgerDesk(Protocol):
    """Whoever keeps the books."""

    def ledger(
        self, reach: Reach, partner: str, campaign: str | None, *, offset: int, limit: int
    ) -> tuple[pages.Page, Json]:
        """Give one page of money moves, and the sums of all; raises UnknownName."""
        ...


class Line(BaseModel):
    """One money move."""

    at: str
    account: str = Field(description="a campaign, or a budget of one's own")
    attempt: str
    kind: Literal["reserve", "release", "settle", "hold"]
    purpose: str
    usd: float


class Moved(BaseModel):
    """What moved, by kind, US dollars."""

    reserve: float
    release: float
    settle: float


class SumRow(BaseModel):
    """What lines come to; real and simulated money are never added up."""

    simulated: bool
    reserved_usd: float = Field(description="set aside still: reserve - release - settle")
    spend_usd: float
    moved_usd: Moved


class Ledger(BaseModel):
    """One page of the books, with the sums of all pages."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner": "northlight_pictures",
                    "lines": [
                        {
                            "at": "2026-11-20T16:04:12Z",
                            "account": "3d2c1b0a99887766554433221100ffee",
                            "attempt": "5f1d0c9a8b7e6d5c4b3a291807f6e5d4",
                            "kind": "settle",
                            "purpose": "take",
                            "usd": 0.08,
                        }
                    ],
                    "sums": [
                        {
                            "simulated": True,
                            "reserved_usd": 0.0,
                            "spend_usd": 0.08,
                            "moved_usd": {"reserve": 0.08, "release": 0.0, "settle": 0.08},
                        }
                    ],
                    "total": 2,
                    "first": 2,
                    "next": None,
                    "previous": "kY3b…",
                }
            ]
        }
    )

    partner: str
    lines: list[Line]
    sums: list[SumRow]
    total: int
    first: int = Field(description="place of the first one of this page, from 1; 0 = none")
    next: str | None = None
    previous: str | None = None


def routes(desk: LedgerDesk) -> APIRouter:
    """Build the routes of the books."""
    router = APIRouter(prefix="/v1", tags=["router"], route_class=TaggedRoute)

    @router.get(
        "/ledger",
        response_model=Ledger,
        responses=answers(404, 422),
        summary="The books, line by line",
    )
    def ledger(
        caller: Reader,
        paging: pages.Paging,
        partner: Annotated[Partner, Query()],
        campaign: Annotated[Id | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=pages.MAX_PAGE)] = 100,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Json:
        """Give money moves, oldest first; lines are only ever added."""
        question = {"partner": partner, "campaign": campaign}
        at = paging.offset(cursor, question)
        page, sums = desk.ledger(caller.reads, partner, campaign, offset=at, limit=limit)
        return {"lines": list(page.items), **sums, **paging.around(at, limit, page, question)}

    return router
