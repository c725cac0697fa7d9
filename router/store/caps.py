"""Caps above a campaign's own: what a partner may spend in all, and on one UTC day.

Each is a row of `budgets` beside the campaigns' rows, so that one statement moves them all. Real
and simulated work have rows of their own: a rehearsal never uses up a partner's money. A day is the
UTC day of the reservation; its money is settled or released under that day, however late.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Connection, String, and_, bindparam, case, insert, select

from router.domain.errors import StoreCorrupt, UnknownName
from router.domain.money import MOST_MUSD, Caps, Level, Shortfall
from router.store.tables import budgets, ledger_entries

RESERVED = "="  # accounts that begin so are not a person's to open
NO_CAP = MOST_MUSD * 1000  # stands in a row of a level that has none; fits 64 bits

_PARTNER = bindparam("the_partner", type_=String())
_ACCOUNT = bindparam("the_account", type_=String())
_KINDS = (f"{RESERVED}real", f"{RESERVED}simulated")  # rows of a partner's whole cap
_DAYS = (bindparam("the_real_day", type_=String()), bindparam("the_simulated_day", type_=String()))
_OWN = budgets.alias("own")
_SIMULATED = select(_OWN.c.simulated).where(_OWN.c.partner == _PARTNER, _OWN.c.account == _ACCOUNT)
# The three rows that one money move touches: the campaign's own, and of its kind, real or
# simulated, its partner's and the day's. Found inside the statement that moves them.
THESE = (
    budgets.c.partner == _PARTNER,
    budgets.c.account.in_([_ACCOUNT, *_KINDS, *_DAYS]),
    budgets.c.simulated == _SIMULATED.scalar_subquery(),
)
_RESERVED_AT = select(ledger_entries.c.at).where(
    ledger_entries.c.partner == _PARTNER, ledger_entries.c.id == bindparam("the_reserve")
)
_READ = select(budgets.c.account).where(*THESE)
# The cap in force: a shared one is what the partner's file says now, a campaign's what is stored.
# A rehearsal spends nobody's money: its campaign's own budget is its only cap.
IN_FORCE = case(
    (and_(budgets.c.simulated, budgets.c.level != Level.CAMPAIGN.value), NO_CAP),
    (budgets.c.level == Level.PARTNER.value, bindparam("cap_whole", type_=BigInteger())),
    (budgets.c.level == Level.DAY.value, bindparam("cap_day", type_=BigInteger())),
    else_=budgets.c.cap_musd,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The three rows that one money move touches."""

    partner: str
    account: str
    day: str  # UTC, as 2027-04-01

    @property
    def key(self) -> dict[str, str]:
        """Name them, for a statement with THESE in it."""
        return {
            "the_partner": self.partner,
            "the_account": self.account,
            "the_real_day": day_of(self.day, simulated=False),
            "the_simulated_day": day_of(self.day, simulated=True),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """How a cap stands that the campaigns of a partner share."""

    level: Level
    simulated: bool
    day: str  # UTC, of Level.DAY; else ""
    cap_musd: int | None  # in force at the last reservation; None = no cap
    reserved_musd: int
    spent_musd: int


def shared(connection: Connection, partner: str, day: str) -> tuple[Shared, ...]:
    """Say how a partner's own caps stand and those of a day (as 2027-04-01)."""
    query = select(budgets).where(
        budgets.c.partner == partner, budgets.c.level != Level.CAMPAIGN.value
    )
    found = connection.execute(query.order_by(budgets.c.account)).all()
    return tuple(
        Shared(
            level=Level(row.level),
            simulated=row.simulated,
            day=row.account.partition(":")[2],
            cap_musd=None if row.cap_musd >= NO_CAP else row.cap_musd,
            reserved_musd=row.reserved_musd,
            spent_musd=row.spent_musd,
        )
        for row in found
        if row.account.partition(":")[2] in {"", day}
    )


def whole_of(*, simulated: bool) -> str:
    """Name the row of a partner's whole cap."""
    return _KINDS[simulated]


def day_of(day: str, *, simulated: bool) -> str:
    """Name the row of a day's cap."""
    return f"{whole_of(simulated=simulated)}:{day}"


def rows_for(partner: str, account: str, at: datetime) -> Rows:
    """Say which rows a reservation at a moment touches."""
    return Rows(partner=partner, account=account, day=at.astimezone(UTC).date().isoformat())


def rows_of(connection: Connection, partner: str, account: str, reserve: str) -> Rows:
    """Say which rows a reservation touched that was booked under the id `reserve`."""
    at = connection.scalar(_RESERVED_AT, {"the_partner": partner, "the_reserve": reserve})
    if at is None:
        expected = "a reservation that was booked"
        raise StoreCorrupt(field=f"ledger entry {reserve}", found="nothing", expected=expected)
    return rows_for(partner, account, at)


def in_force(caps: Caps) -> dict[str, int]:
    """Give the shared caps, for a statement with IN_FORCE in it."""
    return {
        "cap_whole": NO_CAP if caps.partner_musd is None else caps.partner_musd,
        "cap_day": NO_CAP if caps.day_musd is None else caps.day_musd,
    }


def open_shared(connection: Connection, rows: Rows, caps: Caps) -> bool:
    """Make the rows of shared caps that are not here yet; False where all are.

    Raises:
        UnknownName: there is no such account.
    """
    own = {"the_partner": rows.partner, "the_account": rows.account}
    simulated = connection.scalar(_SIMULATED, own)
    if simulated is None:
        raise UnknownName("account", rows.account, ())
    here = {row.account for row in connection.execute(_READ, rows.key)}
    now = in_force(caps)
    wanted = (
        (whole_of(simulated=simulated), Level.PARTNER, now["cap_whole"]),
        (day_of(rows.day, simulated=simulated), Level.DAY, now["cap_day"]),
    )
    new = [
        {
            "partner": rows.partner,
            "account": account,
            "level": level.value,
            "simulated": simulated,
            "cap_musd": cap,
            "reserved_musd": 0,
            "spent_musd": 0,
        }
        for account, level, cap in wanted
        if account not in here
    ]
    if new:
        connection.execute(insert(budgets), new)
    return bool(new)


def shortfall(connection: Connection, rows: Rows, needs_musd: int, caps: Caps) -> Shortfall | None:
    """Name the first cap that does not cover an amount; the campaign's own comes first."""
    query = select(budgets, IN_FORCE.label("cap_in_force")).where(*THESE)
    found = connection.execute(query, {**rows.key, **in_force(caps)}).all()
    by_level = {Level(row.level): row for row in found}
    for level in Level:
        row = by_level[level]
        left = row.cap_in_force - row.reserved_musd - row.spent_musd
        if left < needs_musd:
            return Shortfall(level=level, needs_musd=needs_musd, left_musd=max(0, left))
    return None
