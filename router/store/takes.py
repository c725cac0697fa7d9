"""Takes and where they came from."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

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
    query = select(takes).where(takes.c.partner == partner)
    if account is not None:
        query = query.where(takes.c.account == account)
    if ids is None:
        rows = connection.execute(query.order_by(takes.c.created_at, takes.c.id)).mappings()
        return tuple(_take(opened(connection, takes, row)) for row in rows)
    found: list[Take] = []
    for start in range(0, len(ids), 500):  # databases bound the parameters of one statement
        chunk = query.where(takes.c.id.in_(ids[start : start + 500]))
        rows = connection.execute(chunk).mappings()
        found += (_take(opened(connection, takes, row)) for row in rows)
    return tuple(sorted(found, key=lambda t: (t.created_at, t.id)))


def _row(take: Take) -> dict[str, Any]:
    row = {name: getattr(take, name) for name in _NOUN}
    media = {name: getattr(take.media, name) for name in _MEDIA}
    return {**row, **media, "source": take.source.value}


def _take(values: dict[str, Any]) -> Take:
    media = MediaRef(**{name: values.pop(name) for name in _MEDIA})
    return Take(**{**values, "media": media, "source": Source(values["source"])})
