"""`circletake ledger`: every money move of a campaign, and what became of lost answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from router.domain.money import Balance, Entry
    from router.store.caps import Shared

AWS, EMULATOR = "AWS", "the emulator"

Partner = Annotated[str, typer.Option(help="Whose account.")]


# Other files add their sub-commands to it, in this storey or above.
group = typer.Typer(no_args_is_help=True, help="The money, to the micro-dollar.")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.command("show")(show)
    app.add_typer(group, name="ledger")


@afar("router.remote.books:show")
def show(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="A campaign id.")],
    partner: Partner,
) -> None:
    """Show what was reserved, settled, released and held, move by move."""
    from router import settings
    from router.clock import SystemClock
    from router.domain.errors import BadInput
    from router.store import caps, database, ledger, statement

    said = console(context)
    where = settings.read(said.home).records
    if isinstance(where, Path) and not where.exists():
        raise BadInput(
            field="--home", found=str(where.parent), expected="a home with a ledger in it"
        )
    engine = database.connect(where)
    with database.reading(engine, partner) as connection:
        balance = ledger.balance(connection, partner, account)
        entries = ledger.entries(connection, partner, account)
        shared = caps.shared(connection, partner, f"{SystemClock().now():%Y-%m-%d}")
        simulated = account in statement.simulated_accounts(connection, partner)
    body = {
        "partner": partner,
        "account": account,
        "simulated": simulated,
        "billed_by": EMULATOR if simulated else AWS,
        "cap_usd": balance.cap_musd / 1e6,
        "spend_usd": balance.spent_musd / 1e6,
        "reserved_usd": balance.reserved_musd / 1e6,
        "unknown_usd": balance.unknown_musd / 1e6,
        "free_usd": balance.free_musd / 1e6,
        "shared": [_shared(one) for one in shared],
        "entries": [_as_dict(e) for e in entries],
    }
    kind = [one for one in shared if one.simulated is simulated]
    text = [_title(partner, account, simulated=simulated), *_stand(balance), ""]
    text += [f"{'time (UTC)':19}  {'move':8} {'US dollars':>12}  {'attempt':32}  for"]
    text += [*map(_line, entries), "", *map(_day_line, _by_day(entries).items())]
    said.answer(body, "\n".join([*text, *map(_shared_line, kind)]))


def _title(partner: str, account: str, *, simulated: bool) -> str:
    who = f"simulated, billed by {EMULATOR}: nobody owes it" if simulated else f"billed by {AWS}"
    return f"campaign {account} of {partner}: {who}"


def _stand(balance: "Balance") -> "Iterator[str]":
    """Say how a budget stands; what may have been spent, and nobody knows, stands apart."""
    waiting = balance.reserved_musd - balance.unknown_musd
    for name, musd in (
        ("budget", balance.cap_musd),
        ("spent", balance.spent_musd),
        ("set aside for answers still to come", waiting),
        ("set aside, outcome unknown", balance.unknown_musd),
        ("free", balance.free_musd),
    ):
        yield f"  {name:36} {_usd(musd):>14} USD"


def _by_day(entries: "Iterable[Entry]") -> "dict[str, tuple[int, int]]":
    """Sum up what was settled on each UTC day: bills and micro-dollars."""
    found: dict[str, tuple[int, int]] = {}
    for entry in entries:
        if entry.kind.value == "settle" and entry.musd:
            day = f"{entry.at:%Y-%m-%d}"
            bills, musd = found.get(day, (0, 0))
            found[day] = (bills + 1, musd + entry.musd)
    return found


def _day_line(one: "tuple[str, tuple[int, int]]") -> str:
    day, (bills, musd) = one
    return f"settled on {day}: {_usd(musd)} USD in {bills} {'bill' if bills == 1 else 'bills'}"


def _usd(musd: int) -> str:
    from router.domain.money import usd_text

    return usd_text(musd)


def _as_dict(entry: "Entry") -> dict[str, Any]:
    return {
        "at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attempt": entry.attempt,
        "kind": entry.kind.value,
        "purpose": entry.purpose,
        "usd": entry.musd / 1e6,
    }


def _shared(one: "Shared") -> dict[str, Any]:
    return {
        "level": one.level.value,
        "day": one.day or None,
        "simulated": one.simulated,
        "cap_usd": None if one.cap_musd is None else one.cap_musd / 1e6,
        "reserved_usd": one.reserved_musd / 1e6,
        "spend_usd": one.spent_musd / 1e6,
    }


def _shared_line(one: "Shared") -> str:
    """Say how a cap stands that the partner's campaigns share."""
    kind = "simulated" if one.simulated else "real"
    where = f"{one.day} (UTC)" if one.day else "all campaigns"
    cap = "without a cap" if one.cap_musd is None else f"of at most {_usd(one.cap_musd)} USD"
    held = f"{_usd(one.spent_musd)} USD spent, {_usd(one.reserved_musd)} USD set aside"
    return f"{where} of the partner, {kind} money: {held}, {cap}"


def _line(entry: "Entry") -> str:
    what = entry.purpose.replace("_", " ")
    when, usd = f"{entry.at:%Y-%m-%d %H:%M:%S}", _usd(entry.musd)
    return f"{when}  {entry.kind.value:8} {usd:>12}  {entry.attempt:32}  {what}"
