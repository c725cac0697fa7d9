"""What people hear and say about takes, at a service."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.answers import Repair, Sheet
from benchmarks.client import Client, Words
from benchmarks.commands import observe as observing
from benchmarks.commands import repair as repairing
from benchmarks.commands import verdicts as ruling
from benchmarks.remote.naming import called
from router.afar import There, only_here
from router.console import bad_news
from router.domain.errors import BadInput, Conflict
from router.domain.money import musd_of
from router.handing import hand_in


def verdicts(
    there: There,
    *,
    takes: list[Path] | None,
    shot: str | None,
    pack: Path | None,
    campaign: str | None,
) -> None:
    """Answer the lines of a campaign's takes."""
    if takes or shot or pack or campaign is None:
        expected = "--campaign ID with --server; files are judged where they are"
        raise BadInput(field="verdicts", found="files, or nothing", expected=expected)
    rows = [_sheet(sheet) for sheet in Client(there.service).verdicts(campaign)]
    ruling.answered(there.said, rows, campaign)


def observe(there: There, *, take: list[str] | None, severity: StrEnum, **said: str) -> None:
    """Keep a person's own words."""
    client = Client(there.service)
    words = Words(
        campaign=said["campaign"],
        text=said["text"],
        role=said["role"],
        by=said["by"],
        takes=[called(client, one, said["campaign"]) for one in take or ()],
        severity=severity.value,
        wished_control=said["wished_control"],
    )
    kept = client.observe(**words)
    text = f"kept {kept['id']}; it stands in the next report in their own words"
    there.said.answer(kept, text)


def observations(there: There, *, campaign: str) -> None:
    """List what people said."""
    found = Client(there.service).observations(campaign)
    observing.answered(there.said, [dict(one) for one in found])


def repair(  # noqa: PLR0913 - one parameter is one option
    there: There,
    *,
    take: str,
    lines: list[int],
    matte: Path | None,
    rounds: int,
    budget: str | None,
    by: str,
    dry_run: bool,
) -> None:
    """Hand a repair in, and wait for its end."""
    if dry_run:
        raise only_here("--dry-run")
    usd = None if budget is None else musd_of("--budget", budget) / 1e6
    client, told = Client(there.service), set[str]()

    def hear(found: Repair) -> None:
        word = found["note"] or found["state"]
        if word not in told:
            told.add(word)
            there.said.tell(f"repair {found['repair']}: {word}")

    take = called(client, take)
    drawn = None if matte is None else _sent(client, take, matte)
    begun = client.repair(take, lines, rounds=rounds, budget_usd=usd, by=by or None, matte=drawn)
    found = client.repaired(begun["repair"], hear)
    outcome = found["outcome"]
    if outcome is None or "children" not in outcome:
        raise Conflict(field="repair", found=found["state"], expected=str(outcome or "an outcome"))
    there.said.answer(outcome, repairing.told(outcome))
    if outcome["reason"]:
        raise bad_news()


def _sent(client: Client, take: str, matte: Path) -> str:
    """Hand a matte in; gives its upload."""
    if not matte.is_file():
        raise BadInput(field="--matte", found=str(matte), expected="a picture that exists")
    partner = client.take(take)["partner"]
    return str(hand_in(client.service, partner, matte)["upload"])


def _sheet(sheet: Sheet) -> dict[str, Any]:
    """Give a take's lines as they are printed in a home."""
    row: dict[str, Any] = {k: v for k, v in sheet.items() if k != "decision"}
    row["lines"] = [{k: v for k, v in one.items() if k != "evidence_link"} for one in row["lines"]]
    return row | ({"decision": sheet["decision"]} if sheet["decision"] else {})
