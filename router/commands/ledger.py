"""`circletake ledger`: every money move of a campaign, and what became of lost answers."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import console

if TYPE_CHECKING:
    from router.domain.money import Entry

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
    from router.domain.errors import BadInput
    from router.store import database, ledger

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
    body = {
        "account": account,
        "cap_usd": balance.cap_musd / 1e6,
        "spend_usd": balance.spent_musd / 1e6,
        "reserved_usd": balance.reserved_musd / 1e6,
        "unknown_usd": balance.unknown_musd / 1e6,
        "entries": [_as_dict(e) for e in entries],
    }
    said.answer(body, "\n".join(_line(e) for e in entries))


def _as_dict(entry: "Entry") -> dict[str, Any]:
    return {
        "at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attempt": entry.attempt,
        "kind": entry.kind.value,
        "usd": entry.musd / 1e6,
    }


def _line(entry: "Entry") -> str:
    when, usd = f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.musd / 1e6
    return f"{when}  {entry.kind.value:8} {usd:10.6f} USD  {entry.attempt}"
