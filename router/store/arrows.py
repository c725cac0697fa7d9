"""Every arrow of an attempt: state, money and ledger line in one transaction, durable on return.

Each raises Overtaken when the attempt has moved on since the row was read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from router.admission.pricing import version_of
from router.domain.attempt import AttemptState
from router.domain.model import Price
from router.domain.money import Caps
from router.domain.take import Take
from router.ports import Clock
from router.store import attempts, ledger, prices, takes
from router.store.attempts import CANCELLED, Row
from router.store.database import Commits
from router.store.ledger import Posting

_CLEAR = {"code": "", "reason": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """How an attempt came to stand where it stands."""

    code: str  # one word
    reason: str  # the same for a person
    provider_ref: str = ""  # "" = keep what is known
    simulated: bool | None = None  # None = keep what is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under what money is reserved."""

    price: Price  # that the worst case was reckoned with, and the bill will be
    caps: Caps  # shared by the partner's campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrows:
    """The only writer of attempt states."""

    commits: Commits
    clock: Clock
    owner: str  # the worker in whose name attempts are moved
    _priced: set[tuple[str, str]] = field(default_factory=set)  # partner, price: surely kept

    def claim(self, row: Row) -> Row:
        """Take over an attempt that a dead worker left half done."""
        return self._move(row, row.attempt.state)

    def intend(self, row: Row, *, worst_case_musd: int, region: str, terms: Terms) -> Row:
        """Ready → intent, with the worst case reserved; → parked where a budget is too small."""
        now = self.clock.now()
        cycle, price = row.cycle + 1, (row.attempt.partner, version_of(terms.price))

        def work(connection: Connection) -> Row:
            post = _posting(row, now, cycle=cycle)
            short = ledger.reserve(connection, post, worst_case_musd, terms.caps)
            if short is not None:
                parked = {"code": short.code, "reason": short.reason, "ended_at": now}
                to = AttemptState.PARKED
                return attempts.move(connection, row, to, owner=self.owner, **parked)
            if price not in self._priced:
                prices.keep(connection, post.partner, terms.price, now)
            changes = {
                "cycle": cycle,
                "reserved_musd": worst_case_musd,
                "region": region,
                "price_version": price[1],
            }
            to = AttemptState.INTENT
            return attempts.move(connection, row, to, owner=self.owner, **_CLEAR, **changes)

        moved = self.commits.write(price[0], work)
        if moved.attempt.price_version == price[1]:
            self._priced.add(price)  # only now: what was rolled back was not kept
        return moved

    def park(self, row: Row, why: Why) -> Row:
        """Ready → parked: not now, for a reason that has nothing to do with the request."""
        return self._move(row, AttemptState.PARKED, ended_at=self.clock.now(), **_told(row, why))

    def refuse(self, row: Row, why: Why) -> Row:
        """Ready → failed: nothing was reserved and nothing sent."""
        return self._move(row, AttemptState.FAILED, ended_at=self.clock.now(), **_told(row, why))

    def sent(self, row: Row) -> Row:
        """Intent → sent: from here on it may cost money."""
        return self._move(row, AttemptState.SENT, sent_at=row.attempt.sent_at or self.clock.now())

    def running(self, row: Row, provider_ref: str, *, simulated: bool) -> Row:
        """Sent → sent, with the name of the provider's job."""
        return self._move(row, AttemptState.SENT, provider_ref=provider_ref, simulated=simulated)

    def resend(self, row: Row, why: Why) -> Row:
        """Sent → sent: to be asked after, and sent again under the same token."""
        said = {"code": why.code, "reason": why.reason}
        return self._move(row, AttemptState.SENT, tries=row.tries + 1, **said)

    def again(self, row: Row, why: Why) -> Row:
        """Sent → ready: certainly not executed, money released; → cancelled where a person said so.

        Whoever cancels meanwhile finds it sent, or ready: never between the two.
        """
        fresh = {"sent_at": None, "reserved_musd": 0, "provider_ref": ""}
        changes = {**_told(row, why), **fresh, "tries": row.tries + 1}

        def work(connection: Connection, now: datetime) -> Row:
            ledger.release(connection, _posting(row, now), row.attempt.reserved_musd)
            to, told = AttemptState.READY, changes
            if attempts.is_cancelled(connection, row):
                to, told = AttemptState.CANCELLED, {**changes, **CANCELLED, "ended_at": now}
            return attempts.move(connection, row, to, owner=self.owner, **told)

        return self._write(row, work)

    def cancel(self, row: Row) -> Row:
        """Ready → cancelled: a person said so before."""
        return self._move(row, AttemptState.CANCELLED, ended_at=self.clock.now(), **CANCELLED)

    def responded(self, row: Row, why: Why) -> Row:
        """Sent or unknown → responded: the raw answer is safe on disk."""
        return self._move(row, AttemptState.RESPONDED, **_told(row, why))

    def unknown(self, row: Row, why: Why) -> Row:
        """Sent → unknown: it may have been paid, so the money stays reserved."""

        def work(connection: Connection, now: datetime) -> Row:
            ledger.hold(connection, _posting(row, now), row.attempt.reserved_musd)
            return attempts.move(
                connection, row, AttemptState.UNKNOWN, owner=self.owner, **_told(row, why)
            )

        return self._write(row, work)

    def end_unpaid(self, row: Row, to: AttemptState, why: Why) -> Row:
        """→ refused or failed, not billed: money released."""

        def work(connection: Connection, now: datetime) -> Row:
            ledger.release(connection, _posting(row, now), row.attempt.reserved_musd)
            changes = {**_told(row, why), "reserved_musd": 0, "ended_at": now}
            return attempts.move(connection, row, to, owner=self.owner, **changes)

        return self._write(row, work)

    def end_paid(self, row: Row, to: AttemptState, spent_musd: int, why: Why) -> Row:
        """→ failed, refused or lost, and billed all the same."""
        return self._settle(row, to, spent_musd, _told(row, why), take=None)

    def settled(self, row: Row, take: Take) -> Row:
        """Responded → settled: the take and its bill, together."""
        changes = {**_CLEAR, "take": take.id}
        return self._settle(row, AttemptState.SETTLED, take.cost_musd, changes, take=take)

    def _settle(
        self,
        row: Row,
        to: AttemptState,
        spent_musd: int,
        changes: dict[str, Any],
        *,
        take: Take | None,
    ) -> Row:
        def work(connection: Connection, now: datetime) -> Row:
            reserved = row.attempt.reserved_musd
            ledger.settle(connection, _posting(row, now), reserved, spent_musd)
            if take is not None:
                takes.add(connection, take)
            money = {"reserved_musd": 0, "spent_musd": spent_musd, "ended_at": now}
            return attempts.move(connection, row, to, owner=self.owner, **changes, **money)

        return self._write(row, work)

    def _move(self, row: Row, to: AttemptState, **changes: Any) -> Row:
        def work(connection: Connection) -> Row:
            return attempts.move(connection, row, to, owner=self.owner, **changes)

        return self.commits.write(row.attempt.partner, work)

    def _write(self, row: Row, work: Callable[[Connection, datetime], Row]) -> Row:
        now = self.clock.now()
        return self.commits.write(row.attempt.partner, lambda connection: work(connection, now))


def _posting(row: Row, now: datetime, *, cycle: int | None = None) -> Posting:
    a = row.attempt
    return Posting(
        partner=a.partner,
        account=a.account,
        attempt=a.id,
        cycle=row.cycle if cycle is None else cycle,
        at=now,
    )


def _told(row: Row, why: Why) -> dict[str, Any]:
    known = row.attempt
    return {
        "code": why.code,
        "reason": why.reason[:2000],
        "provider_ref": why.provider_ref or known.provider_ref,
        "simulated": known.simulated if why.simulated is None else why.simulated,
    }
