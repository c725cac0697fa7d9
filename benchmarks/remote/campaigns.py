"""Campaigns, run by the workers of a service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.answers import Plan, Status
from benchmarks.client import LIVE, Client, Order
from benchmarks.commands import campaign as words
from benchmarks.remote.packs import seals
from router.afar import There, only_here
from router.domain.errors import BadInput
from router.domain.money import musd_of

BAD = ("failed", "parked", "unknown")


def plan(there: There, *, simulate: bool, verbose: bool, writer: str | None, **order: Any) -> None:
    """Lay a campaign out; packs that the service does not know are handed in first."""
    laid = _laid(there, _order(there, writer=writer, **order), simulate=simulate)
    there.said.answer(laid, words.told(dict(laid), verbose=verbose))


def run(there: There, *, simulate: bool, verbose: bool, writer: str | None, **order: Any) -> None:
    """Hand a campaign in, and watch it to its end."""
    wanted = _order(there, writer=writer, **order)
    laid = _laid(there, wanted, simulate=simulate)
    there.said.tell(words.told(dict(laid), verbose=verbose))
    _watched(there, Client(there.service).run(**wanted))


def resume(there: There, *, campaign: str, budget: str | None) -> None:
    """Let the workers go on, and watch."""
    usd = None if budget is None else _usd(budget)
    _watched(there, Client(there.service).resume(campaign, usd))


def status(there: There, *, campaign: str | None) -> None:
    """Say how campaigns stand."""
    client = Client(there.service)
    if campaign is not None:
        body = _plain(client.status(campaign))
        there.said.answer(body, words.line(body))
        return
    every = [_plain(client.status(row["id"])) for row in client.campaigns()]
    there.said.answer({"campaigns": every}, "\n".join(map(words.line, every)) or words.NONE_YET)


def cancel(there: There, *, campaign: str) -> None:
    """Stop asking."""
    body = _plain(Client(there.service).cancel(campaign))
    there.said.answer(body, words.line(body))


def _order(
    there: There,
    *,
    packs: list[Path],
    partner: str,
    budget: str,
    recipes: list[str] | None,
    takes: int | None,
    writer: str | None,
) -> Order:
    if writer is not None:
        raise only_here("--writer", todo="a service asks with the templates' own words")
    usd = _usd(budget)
    return Order(
        partner=partner,
        packs=seals(there, packs, partner),
        recipes=recipes or [],
        takes=takes,
        budget_usd=usd,
    )


def _laid(there: There, order: Order, *, simulate: bool) -> Plan:
    """Plan; raises BadInput where the service is of the other kind than was said."""
    laid = Client(there.service).plan(**order)
    if laid["simulated"] and not simulate:
        expected = "--simulate: this service asks the emulator, no model is reached"
        raise BadInput(field="--simulate", found="left out", expected=expected)
    if simulate and not laid["simulated"]:
        expected = "it left out: this service talks to AWS, and pays"
        raise BadInput(field="--simulate", found="said", expected=expected)
    return laid


def _watched(there: There, begun: Status) -> None:
    tell, noted = words.watched(there.said), set[str]()

    def hear(found: Status) -> None:
        if (note := found.get("note", "")) and note not in noted:
            noted.add(note)
            there.said.tell(note)
        tell(_plain(found))

    hear(begun)
    found = Client(there.service).watch(begun["campaign"], hear)
    body = _plain(found)
    words.ended(there.said, body, is_bad_news=_is_bad_news(body))


def _is_bad_news(body: Mapping[str, Any]) -> bool:
    if body["state"] == "interrupted":
        return True
    return body["state"] not in LIVE and any(body["trials"][state] for state in BAD)


def _plain(found: Status) -> dict[str, Any]:
    """Give a status as it is printed in a home: what it waits for is no part of it."""
    return {k: v for k, v in found.items() if k != "note"}


def _usd(budget: str) -> float:
    return musd_of("--budget", budget) / 1e6
