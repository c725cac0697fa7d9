"""Scores over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from evaluators.api.ports import ScoreDesk
from router.api import pages, wire
from router.api.doors import TaggedRoute
from router.api.permit import Reader
from router.api.problems import answers


class ScoreRow(BaseModel):
    """One measured, or honestly missing, number about one take."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "take": "0c1b2a39485766758493a2b1c0d9e8f7",
                    "shot": "SQ010_SH0020",
                    "recipe": "init_image",
                    "metric": "id_ref",
                    "character": "mara",
                    "value": 0.91,
                    "unit": "similarity",
                    "direction": "higher",
                    "status": "measured",
                    "reason": None,
                    "coverage": 1.0,
                    "n_used": 16,
                    "n_expected": 16,
                    "tier": "embedded",
                    "version": "1",
                }
            ]
        }
    )

    take: str
    shot: str
    recipe: str
    metric: str
    character: str | None = None
    value: float | None = Field(description="stands only where the status is measured")
    unit: str
    direction: Literal["higher", "lower", "none"]
    status: Literal["measured", "not_applicable", "not_measured", "failed"]
    reason: str | None = None
    coverage: float | None = None
    n_used: int = 0
    n_expected: int = 0
    tier: str = "embedded"
    version: str = "1"


class Scores(BaseModel):
    """One page of scores."""

    scores: list[ScoreRow]
    total: int
    first: int = Field(description="place of the first one of this page, from 1; 0 = none")
    next: str | None = None
    previous: str | None = None


def routes(desk: ScoreDesk) -> APIRouter:
    """Build the routes of this storey."""
    router = APIRouter(prefix="/v1", tags=["evaluators"], route_class=TaggedRoute)

    @router.get(
        "/scores",
        response_model=Scores,
        responses=answers(404, 422),
        summary="Scores of a campaign",
    )
    def scores(
        caller: Reader,
        paging: pages.Paging,
        campaign: wire.Id,
        metric: Annotated[wire.Word | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=pages.MAX_PAGE)] = 100,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> dict[str, Any]:
        """Give scores page by page; a missing number has a status and a reason, never a zero."""
        question = {"campaign": campaign, "metric": metric}
        at = paging.offset(cursor, question)
        page = desk.scores(caller.reads, campaign, metric=metric, offset=at, limit=limit)
        return {"scores": list(page.items), **paging.around(at, limit, page, question)}

    return router
