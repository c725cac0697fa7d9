"""Actions over HTTP that belong in the audit log, recorded before they are done.

Keys, people and grants are recorded where they are made, looks where pictures are given, leaving
where it is done, money in the ledger. Single wishes are paid work: a log that cannot be written
never stops those, nor what is listed here with them.
"""

import logging
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from fastapi import Request

from router.domain.caller import Caller
from router.domain.errors import Busy

EVENTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("POST", "/v1/campaigns"): "campaign_start",
        ("POST", "/v1/campaigns/{id}/resume"): "campaign_resume",
        ("POST", "/v1/campaigns/{id}/cancel"): "campaign_cancel",
        ("POST", "/v1/takes/{id}/decisions"): "decision",
        ("POST", "/v1/takes/{id}/repairs"): "repair_start",
        ("POST", "/v1/takes/{id}/notes"): "note",
        ("POST", "/v1/takes/{id}/refinements"): "refinement_start",
        ("POST", "/v1/reports"): "export",
    }
)
PRIVILEGED = frozenset({"export"})  # not done where it cannot be recorded
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")

log = logging.getLogger("circletake.audit")


class Records(Protocol):
    """Keeps records; raises Busy where it cannot."""

    def note(self, caller_id: str, partner: str | None, event: str, **ids: str) -> object:
        """Add a record."""
        ...


def noted(request: Request, caller: Caller) -> None:
    """Record what is asked for, if it belongs in the log; raises AuditDown where it must not go on.

    The partner is the one named in the address, or the caller's only one; else it is the house's.
    """
    records: Records | None = getattr(request.app.state, "records", None)
    event = EVENTS.get((request.method, _template(request)))
    if records is None or event is None:
        return
    given = {name: value if _ID.fullmatch(value) else "malformed" for name, value in _ids(request)}
    named = request.query_params.get("partner", "")
    alone = next(iter(caller.reads)) if len(caller.reads.partners) == 1 else None
    partner = named if named in caller.reads else alone
    try:
        records.note(caller.id, partner, event, **given)
    except Busy:
        if event in PRIVILEGED:
            raise
        log.warning("not recorded: the audit log cannot be written", extra={"code": event})


def _ids(request: Request) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in request.path_params.items()]


def _template(request: Request) -> str:
    """Give the address as the matched route declares it; never what the caller wrote."""
    return str(getattr(request.scope.get("route"), "path", ""))
