"""What the acceptance sheet asks: shots against lines, overruling, notes and repairs."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from dashboard.client import Client, Line


class Spent(TypedDict):
    """What the repairs aimed at a line have taken."""

    repairs: int
    cost_usd: float
    minutes: float


class SheetLine(Line):
    """A line of a shot on the take that is shown."""

    before: str | None
    spent: Spent | None


class Choice(TypedDict):
    """A take of a shot that can be shown instead."""

    take: str
    recipe_title: str
    number: int | None
    open_must: int
    status: str
    parent: str | None


class ShotRow(TypedDict):
    """A shot against its lines."""

    pack: str
    shot: str
    description: str
    take: str | None
    chosen: str
    recipe_title: str
    number: int | None
    control: bool
    mime: str | None
    open_must: int | None
    lines: list[SheetLine]
    choices: list[Choice]
    decision: dict[str, str] | None
    outside_mask: float | None
    parent: str | None
    cost_usd: float
    minutes: float
    thumb: str | None


class Sheet(TypedDict):
    """One page of shots."""

    campaign: str
    partner: str
    simulated: bool
    shots: list[ShotRow]
    open_must: int
    total: int
    first: int
    next: str | None
    previous: str | None


class Note(TypedDict):
    """What somebody marked and said on a take."""

    id: str
    by: str
    at: str
    frame: int | None
    frames: list[int] | None
    region: list[float] | None
    strokes: list[dict[str, Any]]
    text: str
    wish: str
    line: int | None
    children: list[str]


class Drawing(TypedDict):
    """What was drawn on a take: strokes in shares of the picture, on one frame."""

    frame: int
    strokes: list[dict[str, Any]]


class Said(TypedDict):
    """A note to be kept."""

    text: str
    wish: str
    line: int | None
    drawing: Drawing | None
    by: NotRequired[str]


def sheet(
    service: Client,
    campaign: str,
    *,
    only_open: bool,
    takes: Sequence[str] = (),
    cursor: str | None = None,
    limit: int = 100,
) -> Sheet:
    """Ask for one page of a campaign's shots; some with a take that is not the best."""
    query: dict[str, str | int | Sequence[str] | None] = {
        "campaign": campaign,
        "only_open": "true" if only_open else None,
        "take": list(takes)[:100] or None,
        "cursor": cursor,
        "limit": limit,
    }
    return cast("Sheet", service.get("/v1/sheet", query))


def overrule(
    service: Client, take: str, line: int, *, ruling: str, reason: str, by: str | None
) -> Line:
    """Let a person's word stand for a line."""
    body = {"ruling": ruling, "reason": reason, "by": by}
    return cast("Line", service.say(f"/v1/takes/{take}/verdicts/{line}", body))


def notes(service: Client, take: str) -> list[Note]:
    """Ask for what people marked and said on a take, oldest first."""
    return cast("list[Note]", service.get(f"/v1/takes/{take}/notes")["notes"])


def jot(service: Client, take: str, said: Said) -> Note:
    """Keep a note; the same note twice is one."""
    drawn = said["drawing"]
    body = {
        "frame": drawn["frame"] if drawn else None,
        "strokes": drawn["strokes"] if drawn else [],
        "text": said["text"],
        "wish": said["wish"],
        "line": said["line"],
        "by": said.get("by"),
    }
    return cast("Note", service.say(f"/v1/takes/{take}/notes", body))


def price(service: Client, take: str, note: str, by: str | None, key: str) -> dict[str, Any]:
    """Ask what it would cost to have a note done; nothing is handed in."""
    body = {"notes": [note], "dry_run": True, "by": by}
    return service.say(f"/v1/takes/{take}/refinements", body, key)


def refine(service: Client, take: str, note: str, by: str | None, key: str) -> dict[str, Any]:
    """Have a note done, once for each key."""
    return service.say(f"/v1/takes/{take}/refinements", {"notes": [note], "by": by}, key)


def repair(
    service: Client, take: str, lines: Sequence[int], by: str | None, key: str
) -> dict[str, Any]:
    """Have failed lines repaired with the shot's own matte, once for each key."""
    body: Mapping[str, Any] = {"lines": list(lines), "by": by}
    return service.say(f"/v1/takes/{take}/repairs", body, key)


def repaired(service: Client, repair_id: str) -> dict[str, Any]:
    """Ask how a repair stands."""
    return service.get(f"/v1/repairs/{repair_id}")
