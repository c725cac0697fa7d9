"""Notes on takes at a service."""

from enum import StrEnum
from pathlib import Path

from benchmarks.answers import Repair
from benchmarks.client import Client
from benchmarks.commands import notes as noting
from benchmarks.remote.naming import called
from router.afar import There
from router.console import bad_news
from router.domain.errors import Conflict
from router.domain.money import musd_of


def add(  # noqa: PLR0913 - one parameter is one option
    there: There,
    *,
    take: str,
    text: str,
    by: str,
    frame: int | None,
    frames: tuple[int, int] | None,
    region: str | None,
    drawing: Path | None,
    wish: StrEnum,
    line: int | None,
) -> None:
    """Keep a note on a take."""
    body = noting.written(text, frame, frames, region, drawing)
    asked = {**body, "wish": wish.value, "line": line, "by": by or None}
    client = Client(there.service)
    noting.kept(there.said, client.jot(called(client, take), asked))


def list_(there: There, *, take: str) -> None:
    """List the notes on a take."""
    client = Client(there.service)
    noting.listed(there.said, list(client.notes(called(client, take))))


def refine(
    there: There,
    *,
    take: str,
    note: list[str],
    budget: str | None,
    by: str,
    dry_run: bool,
) -> None:
    """Hand in what notes wish, and wait for its end."""
    usd = None if budget is None else musd_of("--budget", budget) / 1e6
    client, told = Client(there.service), set[str]()
    body = {"notes": note, "budget_usd": usd, "dry_run": dry_run, "by": by or None}
    begun = client.refine(called(client, take), body)
    if dry_run:
        noting.planned(there.said, begun)
        return

    def hear(found: Repair) -> None:
        word = found["note"] or found["state"]
        if word not in told:
            told.add(word)
            there.said.tell(f"refinement {found['repair']}: {word}")

    found = client.repaired(begun["repair"], hear)
    outcome = found["outcome"]
    if outcome is None or "children" not in outcome:
        raise Conflict(
            field="refinement", found=found["state"], expected=str(outcome or "an outcome")
        )
    there.said.answer(outcome, noting.outcome_text(outcome))
    if outcome["reason"]:
        raise bad_news()
