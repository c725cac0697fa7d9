"""`circletake ledger`: every money move of a campaign, and what became of lost answers."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import console

if TYPE_CHECKING:
    from router.domain.money import Entry
    from router.store.caps import Shared

Partner = Annotated[str, typer.Option(help="Whose account.")]


# Other files add their sub-commands to it, in this storey or above.
group = typer.Typer(no_args_is_help=True, help="The money, to the micro-dollar.")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.command("show")(show)
    app.add_typer(group, name="ledger")


def show(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="A campaign id.")],
    partner: Partner,
) -> None:
    """Show what was reserved, settled, released and held, move by move."""
    from router import settings
    from router.clock import SystemClock
    from router.domain.errors import BadInput
    from router.store import caps, database, ledger

    said = console(context)
    where = settings.read(said.home).database
    if not where.exists():
        raise BadInput(
            field="--home", found=str(where.parent), expected="a home with a ledger in it"
        )
    engine = database.connect(where)
    with database.reading(engine) as connection:
        balance = ledger.balance(connection, partner, account)
        entries = ledger.entries(connection, partner, account)
        shared = caps.shared(connection, partner, f"{SystemClock().now():%Y-%m-%d}")
    body = {
        "account": account,
        "cap_usd": balance.cap_musd / 1e6,
        "spend_usd": balance.spent_musd / 1e6,
        "reserved_usd": balance.reserved_musd / 1e6,
        "unknown_usd": balance.unknown_musd / 1e6,
        "shared": [_shared(one) for one in shared],
        "entries": [_as_dict(e) for e in entries],
    }
    text = [*(_line(e) for e in entries), *(_shared_line(one) for one in shared)]
    said.answer(body, "\n".join(text))


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
    kind = "simulated" if one.simulated else "real"
    cap = "no cap" if one.cap_musd is None else f"cap {one.cap_musd / 1e6:.2f}"
    return (
        f"{kind} money of the {one.level.value}{one.day and ' '}{one.day}: "
        f"{one.spent_musd / 1e6:.6f} spent, {one.reserved_musd / 1e6:.6f} reserved, {cap} USD"
    )


def _line(entry: "Entry") -> str:
    when, usd = f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.musd / 1e6
    what = entry.purpose.replace("_", " ")
    return f"{when}  {entry.kind.value:8} {usd:10.6f} USD  {entry.attempt}  {what}"
