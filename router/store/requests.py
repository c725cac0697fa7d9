"""Requests, kept as they were asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from router.domain.clearance import SAID_LATER, Clearance
from router.domain.errors import Conflict, UnknownName
from router.domain.media import MediaRef
from router.domain.request import Input, Request
from router.store.tables import requests
from router.vault.columns import opened, shut


def add(connection: Connection, wanted: Sequence[Request], at: datetime) -> tuple[Request, ...]:
    """Write those that are not here yet and give them back.

    Raises Conflict where an id is here with different content.
    """
    bodies = {(r.partner, r.id): to_json(r) for r in wanted}
    here = _bodies(connection, list(bodies))
    for key, body in here.items():
        if body != bodies[key]:
            raise Conflict(
                field="request", found=key[1], expected="the content it was first sent with"
            )
    new = tuple({(r.partner, r.id): r for r in wanted if (r.partner, r.id) not in here}.values())
    if new:
        connection.execute(
            insert(requests),
            [shut(connection, requests, _values(r, bodies[(r.partner, r.id)], at)) for r in new],
        )
    return new


def get(connection: Connection, partner: str, request: str) -> Request:
    """Read one request back; raises UnknownName."""
    body = _bodies(connection, [(partner, request)]).get((partner, request))
    if body is None:
        raise UnknownName("request", request, ())
    return from_json(body)


def find(connection: Connection, partner: str, ids: Sequence[str]) -> dict[str, Request]:
    """Read those of some requests that are here, by id."""
    found = _bodies(connection, [(partner, id_) for id_ in ids])
    return {id_: from_json(body) for (_, id_), body in found.items()}


def to_json(request: Request) -> dict[str, Any]:
    """Write a request as JSON values; equal requests give equal texts."""
    raw = asdict(request)
    expires = request.clearance.expires_on
    raw["clearance"]["expires_on"] = expires.isoformat() if expires else None
    for name in SAID_LATER:  # as requests were written that could not say it
        if not raw["clearance"][name]:
            del raw["clearance"][name]
    given: dict[str, Any] = json.loads(json.dumps(raw, allow_nan=False))
    return given


def from_json(body: Mapping[str, Any]) -> Request:
    """Read a request that `to_json` wrote."""
    clearance = dict(body["clearance"])
    expires = clearance.pop("expires_on")
    return Request(
        **{
            **body,
            "clearance": Clearance(
                expires_on=date.fromisoformat(expires) if expires else None,
                **{k: _tuple(v) for k, v in clearance.items()},
            ),
            "inputs": tuple(
                Input(role=i["role"], media=MediaRef(**i["media"])) for i in body["inputs"]
            ),
            "parameters": tuple((name, value) for name, value in body["parameters"]),
        }
    )


def _values(request: Request, body: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "partner": request.partner,
        "id": request.id,
        "account": request.account,
        "model": request.model,
        "operation": request.operation,
        "body": body,
        "created_at": at,
    }


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _bodies(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for partner in {p for p, _ in keys}:
        ids = [i for p, i in keys if p == partner]
        for start in range(0, len(ids), 500):  # databases bound the parameters of one statement
            rows = connection.execute(
                select(requests.c.partner, requests.c.id, requests.c.body).where(
                    requests.c.partner == partner, requests.c.id.in_(ids[start : start + 500])
                )
            ).mappings()
            for row in rows:
                found[(partner, row["id"])] = opened(connection, requests, row)["body"]
    return found
