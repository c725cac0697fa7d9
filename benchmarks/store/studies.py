"""Studies, their slots and votes. Each row belongs to the partner whose shot it shows."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from sqlalchemy import Connection, Engine, RowMapping, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from benchmarks.domain.study import Cast, Slot, Study, StudyState
from benchmarks.store.asides import Asides
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import Row, add
from benchmarks.store.tables import slots, studies, votes
from router.domain.errors import Conflict, UnknownName
from router.store.database import reading, turn_to, writing

T = TypeVar("T")
BATCH = 200  # votes of one commit


class Studies:
    """What is known about studies; all but `of` and `every` name a partner."""

    def __init__(self, engine: Engine, partners: Collection[str]) -> None:
        """Ask this database; `partners` are gone through where nobody says whose it is."""
        self._engine = engine
        self._partners = partners
        self.asides = Asides(engine)

    def open(self, parts: Sequence[Study], asked: Sequence[Slot]) -> None:
        """Store a study with every slot, whole, before the first vote; again changes nothing."""
        rows: dict[str, list[Row]] = {part.partner: [] for part in parts}
        for slot in asked:
            rows[slot.partner].append(_slot_row(slot))
        with writing(self._engine, next(iter(rows))) as connection:
            for part in parts:
                turn_to(connection, part.partner)
                if add(connection, studies, [_head(part)]) and rows[part.partner]:
                    connection.execute(insert(slots), rows[part.partner])

    def every(self) -> tuple[Study, ...]:
        """Give each partner's part of every study, oldest first: the local operator's view."""
        found: list[Study] = []
        for partner in self._partners:
            query = select(studies).where(studies.c.partner == partner)
            with reading(self._engine, partner) as connection:
                found += (_study(row) for row in connection.execute(query).mappings())
        return tuple(sorted(found, key=lambda part: (part.created_at, part.id, part.partner)))

    def of(self, id_: str) -> tuple[Study, ...]:
        """Give the parts of a study, one for each partner: the local operator's view.

        Raises:
            UnknownName: there is no such study.
        """
        every = self.every()
        found = tuple(part for part in every if part.id == id_)
        if not found:
            raise UnknownName("study", id_, {part.id for part in every})
        return found

    def slots(self, partner: str, study: str, rater: str | None = None) -> tuple[Slot, ...]:
        """Give what is asked about this partner's shots, by rater and number."""
        return self._bodies(slots, Slot, partner, study, rater)

    def showing(self, partner: str, study: str, code: str) -> tuple[Slot, ...]:
        """Give the slots in which a side's code stands, without reading the others."""
        query = select(slots.c.body).where(
            slots.c.partner == partner,
            slots.c.study == study,
            slots.c.body.contains(f'"{code}"', autoescape=True),
        )
        with reading(self._engine, partner) as connection:
            return tuple(loads(Slot, body) for body in connection.execute(query).scalars())

    def casts(self, partner: str, study: str, rater: str | None = None) -> tuple[Cast, ...]:
        """Give the votes on this partner's shots, by rater and slot."""
        return self._bodies(votes, Cast, partner, study, rater)

    def cast(self, said: Iterable[Cast], told: Callable[[int], None] | None = None) -> int:
        """Keep votes, some hundred in a commit; gives how many were new.

        The same answer to the same slot is the same vote.

        Args:
            said: votes on slots of open studies.
            told: told after each commit how many are durable.

        Raises:
            Conflict: a slot was answered otherwise before, or the study is closed.
            UnknownName: nobody was asked this.
        """
        new = done = 0
        batches = groupby(enumerate(said), key=lambda pair: pair[0] // BATCH)
        for _, batch in batches:
            some = [one for _, one in batch]
            new += self._keep(some)
            done += len(some)
            if told:
                told(done)
        return new

    def close(self, parts: Sequence[Study], at: datetime) -> None:
        """Take no more votes; closing again changes nothing."""
        for part in parts:
            with writing(self._engine, part.partner) as connection:
                mine = (studies.c.partner == part.partner, studies.c.id == part.id)
                still = studies.c.closed_at.is_(None)
                connection.execute(update(studies).where(*mine, still).values(closed_at=at))

    def _keep(self, some: Sequence[Cast]) -> int:
        try:
            return self._insert(some)
        except IntegrityError:  # somebody else was quicker; what they said is there now
            return self._insert(some)

    def _insert(self, some: Sequence[Cast]) -> int:
        by_partner: dict[str, list[Cast]] = {}
        for one in some:
            by_partner.setdefault(one.partner, []).append(one)
        new = 0
        with writing(self._engine, next(iter(by_partner))) as connection:
            for partner, mine in by_partner.items():
                turn_to(connection, partner)
                fresh = _fresh(connection, mine)
                if fresh:
                    connection.execute(insert(votes), fresh)
                new += len(fresh)
        return new

    def _bodies(
        self, table: Table, kind: type[T], partner: str, study: str, rater: str | None
    ) -> tuple[T, ...]:
        query = select(table.c.body).where(table.c.partner == partner, table.c.study == study)
        if rater is not None:
            query = query.where(table.c.rater == rater)
        with reading(self._engine, partner) as connection:
            found = connection.execute(query.order_by(*table.primary_key.columns)).scalars()
            return tuple(loads(kind, body) for body in found)


def _fresh(connection: Connection, some: Sequence[Cast]) -> list[Row]:
    """Give the rows that are not there yet; refuses what was never asked, and second thoughts."""
    rows: dict[tuple[object, ...], Row] = {}
    for one in some:
        where = (one.partner, one.study, one.rater, one.slot)
        known = rows.get(where)
        said = known["outcome"] if known else _said(connection, one)
        if said is None:
            rows[where] = _vote_row(one)
        elif said != one.outcome.value:
            raise Conflict(
                field=f"slot {one.slot} of {one.rater}",
                found=one.outcome.value,
                expected=f"{said}, as it was cast before: a vote is never changed",
            )
    return list(rows.values())


def _said(connection: Connection, one: Cast) -> str | None:
    """Give what was said to a slot before; None = nothing yet."""
    mine = (one.partner, one.study, one.rater, one.slot)
    keys = list(votes.primary_key.columns)
    query = select(votes.c.outcome).where(*(k == v for k, v in zip(keys, mine, strict=True)))
    said: str | None = connection.scalar(query)
    if said is not None:
        return said
    keys = list(slots.primary_key.columns)
    asked = select(slots.c.number).where(*(k == v for k, v in zip(keys, mine, strict=True)))
    if connection.scalar(asked) is None:
        raise UnknownName("slot", f"{one.slot} of {one.rater}", ["one that this rater was shown"])
    closed = select(studies.c.closed_at).where(
        studies.c.partner == one.partner, studies.c.id == one.study
    )
    # Held where the database locks rows: nobody closes the study before this vote is in.
    if connection.scalar(closed.with_for_update(read=True)) is not None:
        raise Conflict(field="study", found="closed", expected="a study that is open")
    return None


def _head(part: Study) -> Row:
    return {
        "partner": part.partner,
        "id": part.id,
        "created_at": part.created_at,
        "closed_at": None,
        "body": dumps(part),
    }


def _slot_row(slot: Slot) -> Row:
    return {
        "partner": slot.partner,
        "study": slot.study,
        "rater": slot.rater,
        "number": slot.number,
        "body": dumps(slot),
    }


def _vote_row(one: Cast) -> Row:
    return {
        "partner": one.partner,
        "study": one.study,
        "rater": one.rater,
        "slot": one.slot,
        "outcome": one.outcome.value,
        "at": one.at,
        "body": dumps(one),
    }


def _study(row: RowMapping) -> Study:
    kept = loads(Study, row["body"])
    if row["closed_at"] is None:
        return kept
    return replace(kept, state=StudyState.CLOSED, closed_at=row["closed_at"])
