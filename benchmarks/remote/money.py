"""The books of a partner, from a service."""

from pathlib import Path
from typing import Any

from benchmarks.client import Client
from benchmarks.commands import money as words
from router.afar import There, only_here
from router.client import Books
from router.client import Client as Ground
from router.files.csv_text import csv_text

ENTRIES = ("at", "account", "money", "attempt", "move", "purpose", "usd")
KINDS = {True: "simulated", False: "real"}


def export(
    there: There,
    *,
    partner: str,
    account: str | None,
    month: str | None,
    out: Path | None,
    invoice: bool,
) -> None:
    """Write every money move; times are whole seconds over HTTP."""
    if invoice:
        raise only_here("--invoice")
    words.checked(out, month)
    books = Ground(there.service).ledger(partner, account)
    rows = _rows(books, _kinds(there, partner, books))
    chosen = [row for row in rows if month is None or row["at"].startswith(month)]
    table = csv_text(ENTRIES, [tuple(row.values()) for row in chosen])
    words.give(there.said, out, {"partner": partner, "entries": chosen}, table)


def _kinds(there: There, partner: str, books: Books) -> dict[str, str]:
    """Say of each account whether its money is real."""
    told = {row["simulated"] for row in books["sums"]}
    if len(told) == 1:
        return dict.fromkeys({line["account"] for line in books["lines"]}, KINDS[told.pop()])
    return {row["id"]: KINDS[row["simulated"]] for row in Client(there.service).campaigns(partner)}


def _rows(books: Books, kinds: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "at": line["at"],
            "account": line["account"],
            "money": kinds.get(line["account"], "not told"),
            "attempt": line["attempt"],
            "move": line["kind"],
            "purpose": line["purpose"],
            "usd": f"{line['usd']:.6f}",
        }
        for line in books["lines"]
    ]
