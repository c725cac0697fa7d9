"""Sign-off at a service."""

from enum import StrEnum
from typing import Any

from benchmarks.commands import signoff
from router.afar import There

PAGE = 100


def list_(there: There, *, campaign: str, state: signoff.Standing | None) -> None:
    """List what would be printed, and how it stands."""
    found = there.service.pages("/v1/signoff", "items", {"campaign": campaign, "limit": PAGE})
    signoff.listed(there.said, [dict(row) for row in found], state, campaign)


def approve(there: There, *, items: list[str], **words: str) -> None:
    """Approve items."""
    _sign(there, items, {**words, "answer": "approve"})


def correct(there: There, *, item: str, **words: str) -> None:
    """Correct an item's words."""
    _sign(there, [item], {**words, "answer": "correct"})


def withdraw(there: There, *, items: list[str], **words: str) -> None:
    """Withdraw items."""
    _sign(there, items, {**words, "answer": "withdraw"})


def exit_form(there: There, *, again: StrEnum, **words: str) -> None:
    """Answer four questions at the end."""
    body = {**words, "again": again.value}
    signoff.thanked(there.said, there.service.post("/v1/exit-forms", body))


def _sign(there: There, items: list[str], body: dict[str, Any]) -> None:
    rows = [there.service.post(f"/v1/signoff/{item}", body) for item in items]
    signoff.signed(there.said, rows)
