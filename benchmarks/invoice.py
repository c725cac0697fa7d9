"""What a partner spent, by month, campaign, recipe and model: exact sums of the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from router.domain.model import Model
from router.domain.money import TAKE, Entry, usd_text
from router.files.csv_text import csv_text
from router.store.statement import Paid

INVOICE = ("month", "campaign", "money", "recipe", "model", "bills", "usd")
ENTRIES = ("at", "account", "money", "attempt", "move", "purpose", "usd")
REPAIR, BY_HAND = "repair", "by hand"  # what no trial asked for


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Line:
    """What one recipe cost with one model in one month of one campaign."""

    month: str  # of the settlement, UTC: 2027-04
    campaign: str
    money: str  # real | simulated
    recipe: str
    model: str  # a simulated one under its neutral name
    bills: int
    musd: int


def lines(
    bills: Iterable[Paid], recipes: Mapping[str, str], catalogue: Mapping[str, Model]
) -> tuple[Line, ...]:
    """Sum bills up; what was free is left out.

    Args:
        bills: what was settled.
        recipes: request → recipe, of what campaigns asked for.
        catalogue: models by key.
    """
    sums: dict[tuple[str, str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for bill in bills:
        if bill.musd:
            kept = sums[_place(bill, recipes, catalogue)]
            kept[0] += 1
            kept[1] += bill.musd
    return tuple(
        Line(
            month=month,
            campaign=campaign,
            money=money,
            recipe=recipe,
            model=model,
            bills=count,
            musd=musd,
        )
        for (month, campaign, money, recipe, model), (count, musd) in sorted(sums.items())
    )


def as_json(partner: str, found: Sequence[Line]) -> dict[str, Any]:
    """Write an invoice with its totals; real and simulated money are never added up."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for line in found:
        totals[line.month, line.money] += line.musd
    return {
        "partner": partner,
        "lines": [dict(zip(INVOICE, _row(line), strict=True)) for line in found],
        "totals": [
            {"month": month, "money": money, "usd": usd_text(musd)}
            for (month, money), musd in sorted(totals.items())
        ],
    }


def as_csv(found: Sequence[Line]) -> str:
    """Write the lines of an invoice as a table."""
    return csv_text(INVOICE, (_row(line) for line in found))


def entry_rows(entries: Iterable[Entry], simulated: frozenset[str]) -> tuple[dict[str, str], ...]:
    """Write ledger lines, for a table or a document."""
    return tuple(
        {
            "at": entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "account": entry.account,
            "money": _money(simulated=entry.account in simulated),
            "attempt": entry.attempt,
            "move": entry.kind.value,
            "purpose": entry.purpose,
            "usd": usd_text(entry.musd),
        }
        for entry in entries
    )


def _row(line: Line) -> tuple[str | int, ...]:
    head = (line.month, line.campaign, line.money, line.recipe, line.model)
    return (*head, line.bills, usd_text(line.musd))


def _place(
    bill: Paid, recipes: Mapping[str, str], catalogue: Mapping[str, Model]
) -> tuple[str, str, str, str, str]:
    words = "" if bill.purpose == TAKE else bill.purpose.replace("_", " ")
    recipe = words or recipes.get(bill.request) or (REPAIR if bill.refines else BY_HAND)
    model = catalogue[bill.model].alias if bill.simulated else bill.model
    month = bill.at.astimezone(UTC).strftime("%Y-%m")
    return month, bill.account, _money(simulated=bill.simulated), recipe, model


def _money(*, simulated: bool) -> str:
    return "simulated" if simulated else "real"
