"""The audit log: append, read, verify; and what happens when it cannot be written.

A privileged action asks for its record first: where that cannot be kept, the action stops
(`note` raises AuditDown, 503). The paid path keeps no record of its own and is never stopped by
this one: what was paid is taken over from the ledger afterwards (`paid.py`).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Select, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from router.audit.anchor import Anchor, Heads, Kept
from router.audit.chain import (
    FIRST,
    HOUSE,
    Flaw,
    Key,
    Record,
    Value,
    against,
    flaws,
    hash_of,
    only_ids,
    text_of,
)
from router.audit.tables import audit
from router.domain.errors import Busy
from router.files import secret_file
from router.ports import Clock
from router.store.database import reading, writing

ANCHORED_EACH = timedelta(hours=1)
PAGE = 500
LOST = "whatever was to be recorded was not done"


class AuditDown(Busy):
    """The record of a privileged action cannot be kept: the action is not done."""

    code = "audit_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a walk along the chains found."""

    records: Mapping[str, int]  # chain → how many
    flaws: tuple[Flaw, ...]
    anchored: int  # heads that were held against it; 0 = a cut at the end would not be seen

    @property
    def ok(self) -> bool:
        """Say whether every record is as it was written."""
        return not self.flaws


@dataclass(slots=True, kw_only=True)
class AuditLog:
    """Every chain of one installation; several threads and processes may write."""

    engine: Engine
    key: Key
    clock: Clock
    partners: frozenset[str] = frozenset()  # whose chains are anchored and verified
    anchor: Anchor | None = None
    _anchored_at: float | None = None
    _gate: Lock = field(default_factory=Lock)

    @property
    def chains(self) -> tuple[str, ...]:
        """Name every chain: no transaction sees those of two partners."""
        return (HOUSE, *sorted(self.partners))

    def note(self, caller_id: str, partner: str | None, event: str, **ids: Value) -> Record:
        """Add a record to a partner's chain, or to the house's; durable when this returns.

        Args:
            caller_id: who did it: the id of a person or key, or of a process of ours.
            partner: whose things it was done to; None = no single partner's.
            event: what was done, as a code: `login`, `key_made`, `grant`, `look` …
            ids: of what; ids, codes and numbers, never content.

        Raises:
            AuditDown: it could not be kept.
            BadInput: an id is long enough to be prose.
        """
        told = only_ids(ids)
        chain = partner or HOUSE
        try:
            self._anchor_hourly()
            with writing(self.engine, chain) as connection:
                turn(connection, chain)
                return self._append(connection, chain, (caller_id, event), told)
        except (SQLAlchemyError, OSError) as error:
            what = f"no record of it ({type(error).__name__})"
            raise AuditDown(field="audit", found=what, expected=LOST) from error

    def saw(self, caller: str, partner: str, what: str) -> None:
        """Record that a key or person looked at something whole: a picture, an export."""
        self.note(caller, partner, "look", what=what)

    def records(
        self, chain: str, *, after: int = 0, limit: int = PAGE, event: str | None = None
    ) -> tuple[Record, ...]:
        """Give records of one chain, oldest first."""
        query = select(audit).where(audit.c.partner == chain, audit.c.number > after)
        if event is not None:
            query = query.where(audit.c.event == event)
        query = query.order_by(audit.c.number).limit(limit)
        with reading(self.engine, chain) as connection:
            return tuple(_record(row) for row in connection.execute(query).mappings())

    def last(self, chain: str, event: str) -> Record | None:
        """Give the newest record of an event; None where there is none."""
        mine = (audit.c.partner == chain, audit.c.event == event)
        query = select(audit).where(*mine).order_by(audit.c.number.desc()).limit(1)
        with reading(self.engine, chain) as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _record(row)

    def heads(self, chains: Sequence[str] | None = None) -> Heads:
        """Give the last number and hash of each chain, or of some; one that is empty has none."""
        return {c: head for c in (chains or self.chains) if (head := self.head(c)) is not None}

    def head(self, chain: str) -> tuple[int, str] | None:
        """Give the last number and hash of a chain."""
        with reading(self.engine, chain) as connection:
            row = connection.execute(_top(chain)).one_or_none()
        return (row.number, row.hash) if row else None

    def verify(self, chains: Sequence[str] | None = None, anchor: Anchor | None = None) -> Checked:
        """Walk chains from their first records, against every head that was kept elsewhere.

        Where all is well, the heads of now are anchored, too.
        """
        held = anchor or self.anchor
        kept: Kept = held.kept() if held else {}
        known = {*(chains or (*self.chains, *kept))}
        wrong: list[Flaw] = []
        counts: dict[str, int] = {}
        for chain in sorted(known):
            found, heads = flaws(chain, self._walk(chain), self.key)
            counts |= {chain: len(heads)} if heads else {}
            wrong += [*found, *against(chain, heads, kept.get(chain, {}))]
        if not wrong and self.anchor is not None:
            self.export()
        anchored = sum(len(kept.get(chain, {})) for chain in known)
        return Checked(records=counts, flaws=tuple(wrong), anchored=anchored)

    def export(self) -> None:
        """Anchor the heads of now; raises OSError where the place does not take them."""
        if self.anchor is not None:
            self.anchor.keep(self.heads(), self.clock.now())
            self._anchored_at = self.clock.monotonic()

    def _anchor_hourly(self) -> None:
        due = self._anchored_at
        if due is not None and self.clock.monotonic() - due < ANCHORED_EACH.total_seconds():
            return
        with self._gate:
            self.export()

    def _append(
        self,
        connection: Connection,
        chain: str,
        said: tuple[str, str],
        ids: Mapping[str, Value],
    ) -> Record:
        last = connection.execute(_top(chain)).one_or_none()
        number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
        at = self.clock.now()
        hash_ = hash_of(previous, text_of(chain, number, at, said, ids))
        row: dict[str, Any] = {
            "number": number,
            "at": at,
            "actor": said[0],
            "event": said[1],
            "ids": dict(ids),
            "previous": previous,
            "hash": hash_,
            "seal": self.key.seal(hash_),
        }
        connection.execute(insert(audit), {"partner": chain, **row})
        return Record(chain=chain, **row)

    def _walk(self, chain: str) -> Iterator[Record]:
        after = 0
        while page := self.records(chain, after=after):
            yield from page
            after = page[-1].number


def _top(chain: str) -> Select[tuple[int, str]]:
    query = select(audit.c.number, audit.c.hash).where(audit.c.partner == chain)
    return query.order_by(audit.c.number.desc()).limit(1)


def turn(connection: Connection, chain: str) -> None:
    """Wait for the turn to write a chain; SQLite's transactions have it from their beginning."""
    if connection.dialect.name == "postgresql":
        name = int.from_bytes(hashlib.sha256(chain.encode()).digest()[:7], "big")
        connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": name})


def key_in(folder: Path) -> Key:
    """Read the key of seals, or make it: 32 bytes, readable by their owner only.

    Raises:
        Broken: the file holds something else, or others may read it.
    """
    lost = "records sealed with another key cannot be verified; restore the file"
    return Key(secret=secret_file.kept(folder / "audit.key", lost=lost))


def _record(row: Any) -> Record:
    named = {name: row[name] for name in Record.__dataclass_fields__ if name != "chain"}
    return Record(chain=row["partner"], **named)
