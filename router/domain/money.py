"""Money that a campaign may spend, holds back and has spent; all in micro-dollars."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntryKind(StrEnum):
    """What one ledger line did to a budget."""

    RESERVE = "reserve"  # the worst case is set aside before anything is sent
    RELEASE = "release"  # set aside and not needed
    SETTLE = "settle"  # spent for good
    HOLD = "hold"  # stays set aside: it may have been spent, nobody knows yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger; lines are only ever added.

    At every commit: reserved = Σ reserve − Σ release − Σ settle, and spent = Σ settle.
    """

    partner: str
    id: str  # attempt, cycle and kind: no move can be booked twice
    account: str
    attempt: str
    kind: EntryKind
    musd: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How an account stands."""

    cap_musd: int
    reserved_musd: int  # set aside, the unknown included
    spent_musd: int
    unknown_musd: int  # the part of what is reserved that may already have been spent

    @property
    def free_musd(self) -> int:
        """What may still be reserved."""
        return self.cap_musd - self.reserved_musd - self.spent_musd


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What became of the attempts whose answer was lost."""

    asked: int  # attempts looked up
    settled: int  # found, paid, and the take is here
    released: int  # found, and never billed
    lost: int  # paid, and the result cannot be had
    unknown: int  # no trace yet; the money stays reserved
    overdue: int  # of the unknown: older than the grace period, a person should look
