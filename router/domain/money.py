"""Money that a campaign may spend, holds back and has spent; all in micro-dollars."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from router.domain.errors import BadInput

MICRO = 1_000_000  # micro-dollars in a dollar
MOST_MUSD = 10**15  # a thousand million dollars: nothing here is dearer, and 64 bits hold its sums
TAKE = "take"  # purpose of money that was moved for a take
_LONGEST = 24  # characters of an amount: within the precision of decimal arithmetic (28)


class EntryKind(StrEnum):
    """What one ledger line did to a budget."""

    RESERVE = "reserve"  # the worst case is set aside before anything is sent
    RELEASE = "release"  # set aside and not needed
    SETTLE = "settle"  # spent for good
    HOLD = "hold"  # stays set aside: it may have been spent, nobody knows yet


class Level(StrEnum):
    """Whose cap it is."""

    CAMPAIGN = "campaign"
    PARTNER = "partner"  # everything that the partner spends, on real or on simulated work
    DAY = "day"  # what the partner reserves on one UTC day


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What campaigns of one partner share, in force at the moment of a reservation."""

    partner_musd: int | None = None  # None = no cap at this level
    day_musd: int | None = None


NO_CAPS = Caps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Which cap does not cover a worst case."""

    level: Level
    needs_musd: int
    left_musd: int  # of the cap; 0 where more is committed than it allows now

    @property
    def code(self) -> str:
        """One word for it."""
        is_own = self.level is Level.CAMPAIGN
        return "over_budget" if is_own else f"over_{self.level.value}_budget"

    @property
    def reason(self) -> str:
        """The same for a person, with what would help."""
        needs, left = usd_text(self.needs_musd), usd_text(self.left_musd)
        help_ = {
            Level.CAMPAIGN: "raise the campaign's budget",
            Level.PARTNER: "raise budget_usd in the partner's file",
            Level.DAY: "resume on the next UTC day, or raise day_budget_usd in the partner's file",
        }[self.level]
        return f"needs {needs} USD, the {self.level.value}'s budget has {left} USD left: {help_}"


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
    purpose: str = TAKE  # else what a language model was asked for


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
    broken: int = 0  # could not be looked for, for a reason of ours: the log has it
    contradicted: int = 0  # ruled never to have been billed, and the provider knows of them

    def __add__(self, other: "Reconciled") -> "Reconciled":
        """Count two looks as one."""
        both = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        return Reconciled(**both)


def checked_musd(field: str, amount: object) -> int:
    """Give an amount as it is; raises BadInput for anything but 0 to MOST_MUSD, whole."""
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= MOST_MUSD:
        expected = f"whole micro-dollars, 0 to {MOST_MUSD}"
        raise BadInput(field=field, found=_short(amount), expected=expected)
    return amount


def musd_of(field: str, usd: str | int | Decimal) -> int:
    """Turn dollars into micro-dollars, exactly or not at all.

    Raises:
        BadInput: a float or switch, no plain number, a sign, a currency, more digits than a
            micro-dollar has, or more than MOST_MUSD.
    """
    amount = _decimal(usd)
    if amount is not None and amount.is_finite() and 0 <= amount <= Decimal(MOST_MUSD) / MICRO:
        micro = amount.scaleb(6)
        if micro == micro.to_integral_value():
            return int(micro)
    expected = "US dollars as a plain decimal, at most six places, 0 or more"
    raise BadInput(field=field, found=_short(usd), expected=expected)


def usd_text(musd: int) -> str:
    """Write micro-dollars as dollars, exactly: six places."""
    whole, rest = divmod(abs(musd), MICRO)
    return f"{'-' if musd < 0 else ''}{whole}.{rest:06d}"


def _decimal(usd: object) -> Decimal | None:
    if isinstance(usd, Decimal):
        return usd if len(usd.as_tuple().digits) <= _LONGEST else None
    if isinstance(usd, int) and not isinstance(usd, bool):
        return Decimal(usd) if abs(usd) <= MOST_MUSD else None
    if not isinstance(usd, str) or not usd.isascii() or len(usd) > _LONGEST:
        return None
    try:
        return Decimal(usd) if usd[:1].isdigit() and "_" not in usd else None
    except InvalidOperation:
        return None


def _short(value: object) -> object:
    """Keep a number of thousands of digits out of messages (and from being written at all)."""
    return "a huge number" if isinstance(value, int) and abs(value) > MOST_MUSD * 10 else value
