"""Takes and where they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select

from router.domain.media import MediaRef
from router.domain.take import Source, Take
from router.store.tables import takes
from router.vault.columns import opened, shut

_MEDIA = tuple(f.name for f in fields(MediaRef))
_NOUN = tuple(f.name for f in fields(Take) if f.name != "media")
# Built once: building a statement costs more than running it.
_HERE = select(takes.c.id).where(
    takes.c.partner == bindparam("partner"), takes.c.id == bindparam("id")
)
_OF_PARTNER = select(takes).where(takes.c.partner == bindparam("partner"))
_OF_ACCOUNT = _OF_PARTNER.where(takes.c.account == bindparam("account"))
_OLDEST_FIRST = (takes.c.created_at, takes.c.id)
_NAMED = takes.c.id.in_(bindparam("ids", expanding=True))
_ADD = insert(takes).from_select(
    [column.name for column in takes.c],
    select(*(bindparam(c.name, type_=c.type) for c in takes.c)).where(~_HERE.exists()),
)


def add(connection: Connection, take: Take) -> bool:
    """Write a take; False where it is here already."""
    return connection.execute(_ADD, shut(connection, takes, _row(take))).rowcount == 1


def find(
    connection: Connection,
    partner: str,
    *,
    account: str | None = None,
    ids: Sequence[str] | None = None,
) -> tuple[Take, ...]:
    """Give the takes of one partner, oldest first, of one account or by id."""
    query, asked = _OF_PARTNER, {"partner": partner}
    if account is not None:
        query, asked = _OF_ACCOUNT, {**asked, "account": account}
    if ids is None:
        return _read(connection, query.order_by(*_OLDEST_FIRST), asked)
    found: list[Take] = []
    for start in range(0, len(ids), 500):  # databases bound the parameters of one statement
        some = {**asked, "ids": list(ids[start : start + 500])}
        found += _read(connection, query.where(_NAMED), some)
    return tuple(sorted(found, key=lambda t: (t.created_at, t.id)))


def _read(connection: Connection, query: Select[Any], asked: Mapping[str, Any]) -> tuple[Take, ...]:
    rows = connection.execute(query, asked).mappings().all()
    return tuple(_take(opened(connection, takes, row)) for row in rows)


def _row(take: Take) -> dict[str, Any]:
    row = {name: getattr(take, name) for name in _NOUN}
    media = {name: getattr(take.media, name) for name in _MEDIA}
    return {**row, **media, "source": take.source.value}


def _take(values: dict[str, Any]) -> Take:
    media = MediaRef(**{name: values.pop(name) for name in _MEDIA})
    return Take(**{**values, "media": media, "source": Source(values["source"])})
