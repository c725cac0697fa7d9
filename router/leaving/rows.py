"""Rows of a partner: counted, read for what to look for, deleted, and wiped from the files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, MetaData, Table, delete, func, select

from router.domain.errors import Busy
from router.leaving import inventory
from router.store.database import reading, writing
from router.vault.columns import SEALED, opened


def tables(engine: Engine) -> Mapping[str, Table]:
    """Read the tables as they are; raises NotRegistered where one is strange to the inventory."""
    found = MetaData()
    found.reflect(engine)
    inventory.require_tables({t.name: [c.name for c in t.columns] for t in found.sorted_tables})
    return {t.name: t for t in found.sorted_tables}


def counts(engine: Engine, partner: str, names: Iterable[str]) -> dict[str, int]:
    """Count the rows of a partner in each of these tables that is here."""
    here = tables(engine)
    found: dict[str, int] = {}
    with reading(engine, partner) as connection:
        for name in names:
            if name in here:
                mine = here[name].c[inventory.GOES.get(name, "partner")] == partner
                query = select(func.count()).select_from(here[name]).where(mine)
                found[name] = connection.scalar(query) or 0
    return found


def remove(engine: Engine, partner: str, names: Iterable[str]) -> None:
    """Delete a partner's rows, children first, in one transaction."""
    here = tables(engine)
    with writing(engine, partner) as connection:
        for name in names:
            if name in here:
                mine = here[name].c[inventory.GOES[name]] == partner
                connection.execute(delete(here[name]).where(mine))


def words(engine: Engine, partner: str) -> Iterator[str]:
    """Give every sealed text of a partner, opened, and the bodies that are not sealed."""
    here = tables(engine)
    plain = {"verdicts": ("body",), "scores": ("body",), "slots": ("body",), "studies": ("body",)}
    for name, columns in {**SEALED, **plain, "repairs": ("body",)}.items():
        if name not in here:
            continue
        table = here[name]
        query = select(table).where(table.c.partner == partner)
        with reading(engine, partner) as connection:
            for row in connection.execute(query).mappings():
                found = opened(connection, table, row)
                yield from (_text(found[c]) for c in columns if found.get(c))


def marks(engine: Engine, partner: str) -> frozenset[str]:
    """Give the ids by which a partner's things are known elsewhere: to providers and in reports."""
    here = tables(engine)
    asked = {
        "attempts": ("id", "request", "token", "provider_ref", "account"),
        "questions": ("id", "provider_ref", "account"),
        "campaigns": ("id",),
    }
    found: set[str] = set()
    with reading(engine, partner) as connection:
        for name, columns in asked.items():
            if name in here:
                table = here[name]
                query = select(*(table.c[c] for c in columns)).where(table.c.partner == partner)
                for row in connection.execute(query):
                    found.update(str(value) for value in row if value)
    return frozenset(part for mark in found for part in (mark, mark.rpartition("/")[2]) if part)


def in_flight(engine: Engine, partner: str) -> int:
    """Cancel what nothing was sent for; say how much is under way."""
    here = tables(engine)
    if "attempts" not in here:
        return 0
    state = here["attempts"].c.state
    mine = here["attempts"].c.partner == partner
    with writing(engine, partner) as connection:
        ready = mine & state.in_(("ready", "parked"))
        connection.execute(here["attempts"].update().where(ready).values(state="cancelled"))
        going = select(func.count()).where(mine & state.in_(("intent", "sent", "responded")))
        return connection.scalar(going) or 0


def wipe(engine: Engine) -> str:
    """Leave nothing of deleted rows in the files of a home's database; gives what was done.

    Raises:
        Busy: somebody reads the database all the time.
    """
    if engine.dialect.name != "sqlite":
        return (
            "deleted rows and the log ahead of writing stay in PostgreSQL's files until it reuses "
            "them; their words are sealed, and the key is destroyed"
        )
    raw: Any = engine.raw_connection()
    try:
        raw.driver_connection.execute("PRAGMA busy_timeout=30000")
        raw.driver_connection.execute("VACUUM")
        busy, *_ = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.close()
    if busy:
        expected = "no reader for a moment: stop service and workers, and purge again"
        raise Busy(field="database", found="readers", expected=expected)
    return "VACUUM and wal_checkpoint(TRUNCATE)"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
