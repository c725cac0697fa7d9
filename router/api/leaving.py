"""Leaving over HTTP: what would go, and that it goes; the beta lead's, and nobody else's."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from router.api import wire
from router.api.doors import StrictRoute
from router.api.permit import permit
from router.api.problems import answers
from router.domain.caller import Caller, Scope
from router.domain.errors import BadInput
from router.leaving.certificate import is_clean
from router.leaving.purge import Site, inventory_of, purge

Lead = Annotated[Caller, permit(Scope.LEAD)]
Name = Annotated[wire.Partner, Path(description="the partner that leaves")]


class Farewell(BaseModel):
    """The wish to delete everything of a partner, said twice."""

    model_config = ConfigDict(extra="forbid")

    confirm: Annotated[str, Field(max_length=48, description="the partner's name once more")]
    canaries: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)] = []


class Certificate(BaseModel):
    """What there was, what there is, and how that was looked for."""

    model_config = ConfigDict(extra="allow")

    partner: str
    clean: bool
    before: dict[str, int]
    after: dict[str, int]


class Holdings(BaseModel):
    """What would be deleted, by store."""

    partner: str
    would_delete: dict[str, int]


def routes(site: Site) -> APIRouter:
    """Build the routes of leaving."""
    router = APIRouter(prefix="/v1", tags=["partners"], route_class=StrictRoute)

    @router.get(
        "/partners/{name}/holdings",
        response_model=Holdings,
        responses=answers(403, 404, 422),
        summary="What a purge would delete",
    )
    def holdings(caller: Lead, name: Name) -> dict[str, Any]:
        """Count what there is of a partner, store by store."""
        partner = caller.reads.require(name)
        return {"partner": partner, "would_delete": inventory_of(site, partner)}

    @router.post(
        "/partners/{name}/purge",
        response_model=Certificate,
        responses=answers(403, 404, 409, 410, 422, 503),
        summary="Delete everything of a partner, and certify it",
    )
    def leave(caller: Lead, name: Name, body: Farewell) -> dict[str, Any]:
        """Delete everything of a partner; safe to repeat, and there is no way back.

        503 while calls are under way: nothing was deleted, ask again.
        """
        partner = caller.reads.require(name)
        if body.confirm != partner:
            raise BadInput(field="confirm", found=body.confirm, expected="the partner's name")
        found = purge(site, partner, caller.id, canaries=tuple(body.canaries))
        return {**found, "clean": is_clean(found)}

    return router
