"""Writing rows so that doing it twice changes nothing, in SQL that every database speaks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Select, Table, and_, insert, select, update
from sqlalchemy.dialects import postgresql

from router.vault.columns import shut, word

Row = dict[str, Any]


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose key is not there yet; give how many were new."""
    known = _known(connection, table, rows)
    fresh = {key: row for row in rows if (key := _key(table, row)) not in known}
    if fresh:
        inserting = _inserting(connection, table)
        connection.execute(inserting, [shut(connection, table, r) for r in fresh.values()])
    return len(fresh)


def put(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those whose key is there."""
    known = _known(connection, table, rows)
    for row in rows:
        if _key(table, row) in known:
            same = and_(*(c == row[c.name] for c in table.primary_key.columns))
            connection.execute(update(table).where(same).values(shut(connection, table, row)))
    add(connection, table, rows)


def asking(table: Table) -> Select[Any]:
    """Begin a question for bodies: they can be opened only beside the key of their row."""
    return select(*table.primary_key.columns, table.c.body)


def bodies(
    connection: Connection, table: Table, query: Select[Any]
) -> Iterator[tuple[Mapping[Any, Any], str]]:
    """Answer a question that `asking` began: each row's key and its body, opened."""
    for row in connection.execute(query).mappings():
        yield row, word(connection, table, row, "body")


def _inserting(connection: Connection, table: Table) -> Insert:
    """Insert; where several may write at once, leave alone what another has just inserted."""
    if connection.dialect.name == "sqlite":
        return insert(table)
    return postgresql.insert(table).on_conflict_do_nothing()


def _known(connection: Connection, table: Table, rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Find which keys exist; the first two key columns narrow the question."""
    keys = list(table.primary_key.columns)
    partners = sorted({row[keys[0].name] for row in rows})
    names = sorted({row[keys[1].name] for row in rows})
    found: set[tuple[Any, ...]] = set()
    for start in range(0, len(names), 500):
        some = names[start : start + 500]
        query = select(*keys).where(keys[0].in_(partners), keys[1].in_(some))
        found.update(tuple(row) for row in connection.execute(query))
    return found


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[c.name] for c in table.primary_key.columns)
