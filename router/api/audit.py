"""The records of what was done: a partner sees its own chain, internal people's looks included."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel

from router.api import wire
from router.api.permit import permit
from router.api.problems import answers
from router.audit.chain import HOUSE, Record
from router.audit.log import AuditLog
from router.domain.caller import Caller, Scope

MOST = 200
Manager = Annotated[Caller, permit(Scope.MANAGE)]
After = Annotated[int, Query(ge=0, description="the number after which to go on")]


class HasAudit(Protocol):
    """Whoever runs the routes keeps an audit log."""

    @property
    def audit(self) -> AuditLog:
        """Give the log."""
        ...


class Event(BaseModel):
    """One record."""

    chain: str
    number: int
    at: str
    actor: str
    event: str
    ids: dict[str, Any]
    previous: str
    hash: str


class Events(BaseModel):
    """A page of records."""

    events: list[Event]
    next: int | None


class Flawed(BaseModel):
    """Where a chain is not as it was written."""

    chain: str
    number: int
    code: str
    found: str
    expected: str


class Verified(BaseModel):
    """What a walk along the chains found."""

    ok: bool
    records: dict[str, int]
    anchored: int
    flaws: list[Flawed]


def routes(house: HasAudit) -> APIRouter:
    """Build the routes of the audit log."""
    router = APIRouter(prefix="/v1", tags=["audit"])

    @router.get(
        "/audit", response_model=Events, responses=answers(403, 404, 422), summary="What was done"
    )
    def events(
        caller: Manager,
        partner: Annotated[wire.Partner | None, Query(description="None = the house's own")] = None,
        after: After = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    ) -> dict[str, Any]:
        """Give records, oldest first: who did what to which ids, never any content.

        The house's own chain is the beta lead's.
        """
        chain = _chain(caller, partner)
        found = house.audit.records(chain, after=after, limit=limit)
        more = found[-1].number if len(found) == limit else None
        return {"events": [as_dict(r) for r in found], "next": more}

    @router.get(
        "/audit/verify",
        response_model=Verified,
        responses=answers(403, 404, 422),
        summary="Whether the records are as they were written",
    )
    def verify(
        caller: Manager, partner: Annotated[wire.Partner | None, Query()] = None
    ) -> dict[str, Any]:
        """Walk the chains from their first records, against the heads that were kept elsewhere."""
        if partner is not None or Scope.LEAD not in caller.scopes:
            chains = [_chain(caller, partner)] if partner else list(caller.reads)
        else:
            chains = [HOUSE, *caller.reads]
        found = house.audit.verify(chains)
        return {
            "ok": found.ok,
            "records": dict(found.records),
            "anchored": found.anchored,
            "flaws": [{n: getattr(f, n) for n in Flawed.model_fields} for f in found.flaws],
        }

    return router


def as_dict(record: Record) -> dict[str, Any]:
    """Write a record as the service and `audit show` print it."""
    at = record.at.isoformat().replace("+00:00", "Z")
    named = ("chain", "number", "actor", "event", "previous", "hash")
    return {name: getattr(record, name) for name in named} | {"at": at, "ids": dict(record.ids)}


def _chain(caller: Caller, partner: str | None) -> str:
    """Give the chain that is meant; raises UnknownName for what is not within reach."""
    if partner is not None:
        return caller.reads.require(partner)
    return HOUSE if Scope.LEAD in caller.scopes else caller.reads.require(HOUSE)
