"""What would be printed of a studio, what its people say to that, and what they say at the end."""

from collections.abc import Sequence
from typing import TypedDict, cast

from dashboard.client import Client


class Signed(TypedDict):
    """The answer that counts; of a correction, the new words and the old."""

    state: str
    text: str
    old: str
    by: str
    role: str
    at: str


class Item(TypedDict):
    """Words or a picture that a report would print, and how its studio stands to that."""

    item: str
    partner: str
    campaign: str
    kind: str
    text: str
    by: str
    role: str
    take: str
    shot: str
    recipe: str
    state: str
    answer: Signed | None
    link: str | None


class Counts(TypedDict):
    """Items of a campaign by how they stand."""

    not_signed: int
    approved: int
    corrected: int
    withdrawn: int


class Items(TypedDict):
    """One page of what would be printed."""

    items: list[Item]
    counts: Counts
    total: int
    first: int
    next: str | None
    previous: str | None


class Form(TypedDict):
    """What somebody said at the end."""

    form: str
    partner: str
    again: str
    shots: str
    blocked: str
    worried: str
    by: str
    role: str
    at: str


def items(
    service: Client, campaign: str, state: str | None, cursor: str | None, limit: int
) -> Items:
    """Give a page of what would be printed of a campaign; `state` None = all."""
    asked = {"campaign": campaign, "state": state, "cursor": cursor, "limit": limit}
    return cast("Items", service.get("/v1/signoff", asked))


def counts(service: Client, campaign: str) -> Counts:
    """Count what would be printed of a campaign by how it stands."""
    return items(service, campaign, None, None, 1)["counts"]


def sign(service: Client, item: Item, answer: str, by: str | None, text: str = "") -> None:
    """Approve, correct or withdraw; every answer is kept, the latest counts.

    Args:
        service: where it is kept.
        item: what is answered.
        answer: approve | correct | withdraw
        by: who says it; None = the service knows.
        text: of a correction, what is to be printed instead.
    """
    said = {"campaign": item["campaign"], "answer": answer, "text": text, "by": by}
    service.say(f"/v1/signoff/{item['item']}", {k: v for k, v in said.items() if v is not None})


def forms(service: Client, partner: str) -> Sequence[Form]:
    """Give what a studio's people said at the end."""
    return cast("list[Form]", service.get("/v1/exit-forms", {"partner": partner})["forms"])


def leave(service: Client, form: dict[str, str | None]) -> None:
    """Keep an exit form; the latest of each person counts."""
    service.say("/v1/exit-forms", {k: v for k, v in form.items() if v is not None})
