"""`circletake ledger reconcile`, `resolve` and `export`: lost answers, books and invoices."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.resolve import resolve
from router.afar import afar
from router.commands.ledger import Partner, group
from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from benchmarks.studio import Studio
    from router.domain.money import Reconciled


def register(app: typer.Typer) -> None:
    """Add the sub-commands of this file to `circletake ledger`, which the ground floor mounts."""
    del app
    group.command("reconcile")(reconcile)
    group.command("export")(export)
    group.command("resolve")(resolve)


def reconcile(
    context: typer.Context, campaign: Annotated[str, typer.Argument(help="Campaign id.")]
) -> None:
    """Look for the lost answers of a campaign. Asks free questions only; sends nothing anew."""
    said = console(context)
    from benchmarks.bootstrap import studio, wire_of

    with studio(said.home) as here:
        partner = here.store.owner(campaign)
        simulated = here.store.campaign(partner, campaign).campaign.simulated
    with studio(said.home, wire_of(simulated=simulated), works=False) as here:
        found = here.reconcile(partner, campaign)
    said.answer({"campaign": campaign, **asdict(found)}, _told(found))
    if found.lost or found.overdue or found.broken or found.contradicted:
        raise bad_news()


@afar("benchmarks.remote.money:export")
def export(
    context: typer.Context,
    partner: Partner,
    account: Annotated[
        str | None, typer.Option(help="One campaign only.  [default: all of the partner's]")
    ] = None,
    month: Annotated[
        str | None, typer.Option(help="One month (UTC) only, as 2027-04.  [default: all]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write to this .csv or .json.  [default: print]")
    ] = None,
    *,
    invoice: Annotated[
        bool,
        typer.Option("--invoice", help="What was spent, by month, campaign, recipe and model."),
    ] = False,
) -> None:
    """Write every money move of a partner, or what it was spent on, as CSV or JSON."""
    said = console(context)
    from benchmarks import invoice as invoices
    from benchmarks.bootstrap import studio
    from router.domain.errors import UnknownName
    from router.files.csv_text import csv_text

    checked(out, month)
    with studio(said.home) as here:
        here.partner(partner)
        known = here.router.accounts(partner)
        if account is not None and account not in known:
            raise UnknownName("account", account, known)
        if invoice:
            bills = here.router.paid(partner, account)
            found = invoices.lines(bills, _recipes(here, partner), here.catalogue)
            kept = [line for line in found if month in {None, line.month}]
            body, table = invoices.as_json(partner, kept), invoices.as_csv(kept)
        else:
            accounts = known if account is None else (account,)
            moves = [e for one in accounts for e in here.router.ledger(partner, one)]
            rows = invoices.entry_rows(moves, here.router.simulated_accounts(partner))
            chosen = [row for row in rows if month is None or row["at"].startswith(month)]
            body = {"partner": partner, "entries": chosen}
            table = csv_text(invoices.ENTRIES, (tuple(row.values()) for row in chosen))
    give(said, out, body, table)


def checked(out: Path | None, month: str | None) -> None:
    """Raise BadInput for a month that is none, and a file of another kind."""
    import re

    from router.domain.errors import BadInput

    if month is not None and not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise BadInput(field="--month", found=month, expected="a year and a month: 2027-04")
    if out is not None and out.suffix not in {".csv", ".json"}:
        raise BadInput(field="--out", found=out.name, expected="a name that ends in .csv or .json")


def _recipes(here: "Studio", partner: str) -> dict[str, str]:
    """Say which recipe asked for each request of the partner's campaigns."""
    campaigns: Iterable[str] = [kept.campaign.id for kept in here.store.campaigns(partner)]
    trials = [trial for one in campaigns for trial in here.store.trials(partner, one)]
    return {request: trial.recipe for trial in trials for request in trial.requests}


def give(said: Console, out: Path | None, body: dict[str, object], table: str) -> None:
    """Answer with the books, or write them to a file."""
    import json

    if out is None:
        said.answer(body, table)
        return
    as_json = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    out.write_bytes((as_json if out.suffix == ".json" else table).encode())
    said.answer({"written": str(out)}, f"written: {out}")


def _told(found: "Reconciled") -> str:
    wrong = _wrong(found.contradicted)
    if not found.asked:
        return f"no answer is missing{wrong}"
    return (
        f"{found.asked} lost answers looked for: {found.settled} found and kept, "
        f"{found.released} never billed, {found.lost} paid and gone, {found.unknown} without a "
        f"trace yet (their money stays reserved), {found.overdue} of them overdue"
        f"{_broken(found.broken)}{wrong}"
    )


def _broken(count: int) -> str:
    return f"; {count} could not be looked for, and the log says why" if count else ""


def _wrong(count: int) -> str:
    said = "were ruled never to have been billed, and the provider knows of them: the log names"
    return f"; {count} {said} each" if count else ""
