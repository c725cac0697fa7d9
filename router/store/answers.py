"""What was answered to paid wishes, by the key that makes them safe to repeat.

A wish is begun, then its answer is kept. Where the process dies in between, the row says "begun"
until its lease ends; then whoever repeats the wish carries it out. Nothing is paid twice so: what a
wish asks for has an id made of its content or of its key, and asking for it again is a no-op. This
table remembers the answer, and tells one wish from another under the same key.

Source: IETF httpapi draft "The Idempotency-Key HTTP Header Field" (07): another body is a 422, a
wish that is being carried out a 409.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from router.domain.errors import Conflict
from router.ports import Clock
from router.store.database import reading, writing
from router.store.tables import answers

LEASE = timedelta(seconds=30)  # longer than any answer takes: what is paid for is done later
KEPT = timedelta(hours=24)


class KeyReused(Conflict):
    """The same key came with another body."""

    code = "idempotency_key_reused"
    http_status = 422


class InFlight(Conflict):
    """The same wish is being carried out, or broke off and may be repeated in a moment."""

    code = "idempotency_in_flight"

    def __init__(self, retry_after_s: int) -> None:
        """Say when to ask again."""
        super().__init__(
            field="Idempotency-Key",
            found="a wish that is being carried out",
            expected=f"the same wish again in {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A paid wish, as the one who sent it names it."""

    partner: str  # who pays
    tenant: str  # of the caller: keys of two tenants never meet
    key: str
    fingerprint: str  # of what is wished


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered."""

    status: int
    location: str
    body: Mapping[str, Any]


class Answers:
    """Answers to paid wishes, on the same database as the ledger."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """Keep them on a database whose schema is up to date."""
        self._engine = engine
        self._clock = clock

    def begin(self, wish: Wish) -> Answer | None:
        """Begin to carry out a wish; gives the answer where it was carried out already.

        Raises:
            KeyReused: the key stands for something else.
            InFlight: somebody is at it, or was a moment ago.
        """
        now = self._clock.now()
        if (known := self._known(wish, now)) is not None:
            return known
        ended = and_(answers.c.partner == wish.partner, answers.c.begun_at < now - KEPT)
        try:
            with writing(self._engine, wish.partner) as connection:
                connection.execute(delete(answers).where(ended))
                if not _taken_over(connection, wish, now):
                    connection.execute(insert(answers).values(**_row(wish, now)))
        except IntegrityError:  # somebody else began it first
            known = self._known(wish, now)
            if known is None:
                raise InFlight(1) from None
            return known
        return None

    def keep(self, wish: Wish, answer: Answer) -> None:
        """Keep the answer to a wish that was begun."""
        values = {"status": answer.status, "location": answer.location, "body": dict(answer.body)}
        with writing(self._engine, wish.partner) as connection:
            connection.execute(update(answers).where(_this(wish)).values(**values))

    def drop(self, wish: Wish) -> None:
        """Forget a wish that was refused: nothing was done, so its key is free again."""
        unanswered = and_(_this(wish), answers.c.status.is_(None))
        with writing(self._engine, wish.partner) as connection:
            connection.execute(delete(answers).where(unanswered))

    def _known(self, wish: Wish, now: datetime) -> Answer | None:
        """Give the answer; None where there is nothing yet, or nothing but an ended lease."""
        with reading(self._engine, wish.partner) as connection:
            row = connection.execute(select(answers).where(_this(wish))).one_or_none()
        if row is None or row.begun_at < now - KEPT:
            return None
        if row.fingerprint != wish.fingerprint:
            raise KeyReused(
                field="Idempotency-Key",
                found="a key that came with another body before",
                expected="a fresh key for a fresh wish",
            )
        if row.status is not None:
            return Answer(status=row.status, location=row.location, body=row.body)
        left = row.begun_at + LEASE - now
        if left > timedelta():
            raise InFlight(max(1, round(left.total_seconds())))
        return None


def _taken_over(connection: Connection, wish: Wish, now: datetime) -> bool:
    """Take over a wish that broke off, in one statement: of several that try, one does."""
    broken_off = and_(
        _this(wish),
        answers.c.status.is_(None),
        answers.c.fingerprint == wish.fingerprint,
        answers.c.begun_at <= now - LEASE,
    )
    return connection.execute(update(answers).where(broken_off).values(begun_at=now)).rowcount == 1


def _this(wish: Wish) -> ColumnElement[bool]:
    return and_(
        answers.c.partner == wish.partner,
        answers.c.tenant == wish.tenant,
        answers.c.key == wish.key,
    )


def _row(wish: Wish, now: datetime) -> dict[str, Any]:
    return {
        "partner": wish.partner,
        "tenant": wish.tenant,
        "key": wish.key,
        "fingerprint": wish.fingerprint,
        "begun_at": now,
        "status": None,
        "location": "",
        "body": None,
    }
