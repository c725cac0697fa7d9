"""Rows of keys, people and grants, and where to look for them.

Who comes in is not known yet, so neither is the partner whose rows may be seen. `holders` leads
from an id to the partner and says nothing else; the row itself is then read in that partner's name.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from router.domain.access import Grant, Key, Person
from router.domain.caller import Role, Scope
from router.store.tables import access_keys, grants, holders, people, spent_tokens


def hold(connection: Connection, id_: str, holder: str) -> None:
    """Say under which partner something is found."""
    row = {"id": id_, "holder": holder}
    connection.execute(_insert(connection, holders).values(row).on_conflict_do_nothing())


def holders_of(connection: Connection, id_: str) -> tuple[str, ...]:
    """Give the partners under which an id is found; none where it is not known."""
    query = select(holders.c.holder).where(holders.c.id == id_)
    return tuple(connection.scalars(query.order_by(holders.c.holder)))


def add_key(connection: Connection, key: Key, digest: str, environment: str) -> None:
    """Keep a new key."""
    row = {name: getattr(key, name) for name in Key.__dataclass_fields__}
    row |= {"role": key.role.value, "scopes": " ".join(sorted(key.scopes))}
    row |= {"digest": digest, "environment": environment}
    connection.execute(insert(access_keys).values(**row))
    hold(connection, key.id, key.partner)


def key(connection: Connection, partner: str, id_: str) -> tuple[Key, str, str] | None:
    """Give a key, the digest of its secret, and its environment."""
    mine = (access_keys.c.partner == partner) & (access_keys.c.id == id_)
    row = connection.execute(select(access_keys).where(mine)).mappings().one_or_none()
    return (_key(row), row["digest"], row["environment"]) if row else None


def keys(connection: Connection, partner: str) -> tuple[Key, ...]:
    """Give every key of a partner, revoked ones too, the newest first."""
    query = select(access_keys).where(access_keys.c.partner == partner)
    rows = connection.execute(query.order_by(access_keys.c.created_at.desc(), access_keys.c.id))
    return tuple(_key(row) for row in rows.mappings())


def revoke(connection: Connection, partner: str, at: datetime, id_: str | None = None) -> int:
    """Revoke a key of a partner, or all; says how many were still in force."""
    mine = (access_keys.c.partner == partner) & access_keys.c.revoked_at.is_(None)
    if id_ is not None:
        mine &= access_keys.c.id == id_
    return connection.execute(update(access_keys).where(mine).values(revoked_at=at)).rowcount


def used(connection: Connection, partner: str, id_: str, at: datetime) -> None:
    """Note when a key was last used."""
    mine = (access_keys.c.partner == partner) & (access_keys.c.id == id_)
    connection.execute(update(access_keys).where(mine).values(last_used=at))


def put_person(connection: Connection, person: Person) -> None:
    """Keep a person as given, whether new or known."""
    row = {name: getattr(person, name) for name in Person.__dataclass_fields__}
    row["role"] = person.role.value
    mine = (people.c.partner == person.partner) & (people.c.id == person.id)
    if not connection.execute(update(people).where(mine).values(**row)).rowcount:
        connection.execute(insert(people).values(**row))


def person(connection: Connection, partner: str, id_: str, *, lock: bool = False) -> Person | None:
    """Give a person; `lock` keeps others from changing anybody's role here meanwhile."""
    if lock:
        everybody = select(people.c.id).where(people.c.partner == partner)
        connection.execute(everybody.order_by(people.c.id).with_for_update()).all()
    mine = (people.c.partner == partner) & (people.c.id == id_)
    row = connection.execute(select(people).where(mine)).mappings().one_or_none()
    return _person(row) if row else None


def seen(connection: Connection, person: Person, at: datetime) -> None:
    """Note when a person came in last."""
    mine = (people.c.partner == person.partner) & (people.c.id == person.id)
    connection.execute(update(people).where(mine).values(last_seen=at))


def people_of(connection: Connection, partner: str) -> tuple[Person, ...]:
    """Give everybody that a partner ever invited."""
    query = select(people).where(people.c.partner == partner)
    rows = connection.execute(query.order_by(people.c.name, people.c.id)).mappings()
    return tuple(map(_person, rows))


def add_grant(connection: Connection, grant: Grant) -> None:
    """Keep a new grant, and where to find it: by its own id, and by who may look."""
    row = {name: getattr(grant, name) for name in Grant.__dataclass_fields__}
    connection.execute(insert(grants).values(**row))
    hold(connection, grant.id, grant.partner)
    hold(connection, looks_of(grant.who), grant.partner)


def grant(connection: Connection, partner: str, id_: str) -> Grant | None:
    """Give a grant."""
    mine = (grants.c.partner == partner) & (grants.c.id == id_)
    row = connection.execute(select(grants).where(mine)).mappings().one_or_none()
    return Grant(**row) if row else None


def grants_of(connection: Connection, partner: str, who: str | None = None) -> tuple[Grant, ...]:
    """Give the grants on a partner, those that ended too, the newest first."""
    query = select(grants).where(grants.c.partner == partner)
    if who is not None:
        query = query.where(grants.c.who == who)
    rows = connection.execute(query.order_by(grants.c.created_at.desc(), grants.c.id)).mappings()
    return tuple(Grant(**row) for row in rows)


def confirm(connection: Connection, grant: Grant, by: str, at: datetime) -> Grant:
    """Note the second person; the first confirmation stays."""
    open_ = _this(grant) & grants.c.confirmed_by.is_(None)
    connection.execute(update(grants).where(open_).values(confirmed_by=by, confirmed_at=at))
    return replace(grant, confirmed_by=by, confirmed_at=at)


def end(connection: Connection, grant: Grant, by: str, at: datetime) -> None:
    """End a grant; the first end stays."""
    open_ = _this(grant) & grants.c.ended_at.is_(None)
    connection.execute(update(grants).where(open_).values(ended_by=by, ended_at=at))


def looks_of(who: str) -> str:
    """Name the place in `holders` that leads to the partners somebody may look at."""
    return f"looks:{who}"


def spend(connection: Connection, id_: str, now: datetime, until: datetime) -> bool:
    """Note that a token was used; False where it had been. Tokens that ended are forgotten."""
    connection.execute(delete(spent_tokens).where(spent_tokens.c.until < now))
    row = {"id": id_, "until": until}
    added = _insert(connection, spent_tokens).values(row).on_conflict_do_nothing()
    return connection.scalar(added.returning(spent_tokens.c.id)) is not None


def is_spent(connection: Connection, id_: str) -> bool:
    """Say whether a token was used, or a session left."""
    query = select(spent_tokens.c.id).where(spent_tokens.c.id == id_)
    return connection.scalar(query) is not None


def _this(grant: Grant) -> Any:
    return (grants.c.partner == grant.partner) & (grants.c.id == grant.id)


def _insert(connection: Connection, table: Table) -> Any:
    """Give an INSERT that may say what to do where the row is there; each dialect has its own."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def _key(row: RowMapping) -> Key:
    named = {name: row[name] for name in Key.__dataclass_fields__}
    scopes = frozenset(map(Scope, row["scopes"].split()))
    return Key(**{**named, "role": Role(row["role"]), "scopes": scopes})


def _person(row: RowMapping) -> Person:
    return Person(**{**row, "role": Role(row["role"])})
