"""Blind studies: which there are, what comes next for a rater, and what a rater says."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

from dashboard.client import Client, ServiceAway


class Seat(TypedDict):
    """A rater of a study, and how far that one is."""

    rater: str
    studio: str | None
    slots: int
    votes: int


class Study(TypedDict):
    """A study as whoever asks may know it."""

    study: str
    state: str
    simulated: bool
    partners: list[str]
    created_at: str
    closed_at: str | None
    slots: int
    votes: int
    raters: list[Seat]


class Shown(TypedDict):
    """One side of a question."""

    code: str
    mime: str
    link: str | None
    fps: list[int]
    frames: int


class Both(TypedDict):
    """Two sides."""

    left: Shown
    right: Shown


class Picture(TypedDict):
    """A reference."""

    mime: str
    link: str | None


class Question(TypedDict):
    """What a rater sees next; without `slot` everything is answered."""

    study: str
    rater: str
    answered: int
    waiting: int
    simulated: bool
    slot: int | None
    question: str
    brief: str
    references: list[Picture]
    left: Shown
    right: Shown
    after: Both | None
    lesson: int | None
    lessons: int
    least_s: float
    sat_s: int
    rest_s: int
    rubric: list[dict[str, Any]]
    parts: list[str]
    states: list[str]


class Vote(TypedDict):
    """An answer, with how it was looked at."""

    slot: int
    outcome: str
    seconds: NotRequired[float]
    plays: NotRequired[int]
    modes: NotRequired[list[str]]
    viewport: NotRequired[list[int]]


class Lesson(TypedDict):
    """What was right in practice."""

    lesson: int
    right: bool
    answer: str
    because: str


class Revealed(TypedDict):
    """What stood behind one question."""

    slot: int
    shot: str
    kind: str
    left: str
    right: str
    said: str


def studies(service: Client) -> list[Study]:
    """Give the studies within reach, those that are open first, the newest before older ones."""
    found = cast("list[Study]", service.get("/v1/studies")["studies"])
    found.sort(key=lambda s: s["created_at"], reverse=True)
    return sorted(found, key=lambda s: s["state"] != "open")


def question(service: Client, study: str, rater: str) -> Question:
    """Ask what comes next."""
    return cast("Question", service.get(f"/v1/studies/{study}/next", {"rater": rater}))


def answer(pressed: Mapping[str, Any]) -> Vote:
    """Give what the service wants to hear of what the component tells."""
    return cast("Vote", {k: v for k, v in pressed.items() if k in Vote.__annotations__})


def vote(service: Client, study: str, rater: str, said: Vote) -> bool:
    """Hand a vote in; says whether it is new. A lost answer is asked for once more.

    The same vote twice is one vote, so that sending it again cannot do harm.
    """
    body = {"rater": rater, **said}
    path = f"/v1/studies/{study}/votes"
    try:
        return bool(service.say(path, body)["new"])
    except ServiceAway:
        return bool(service.say(path, body)["new"])


def practise(service: Client, study: str, rater: str, lesson: int, outcome: str) -> Lesson:
    """Answer a practice question."""
    body = {"rater": rater, "lesson": lesson, "outcome": outcome}
    return cast("Lesson", service.say(f"/v1/studies/{study}/lessons", body))


def remark(
    service: Client,
    study: str,
    rater: str,
    slot: int,
    parts: Mapping[str, Mapping[str, str]],
    levels: Mapping[str, int],
) -> None:
    """Say what failed on each side of a question that was answered."""
    body = {"rater": rater, "slot": slot, "parts": parts, "levels": levels}
    service.say(f"/v1/studies/{study}/remarks", body)


def reveal(service: Client, study: str, rater: str) -> list[Revealed]:
    """Ask what stood behind a rater's questions; the service keeps who asked."""
    found = service.get(f"/v1/studies/{study}/reveal", {"rater": rater})
    return cast("list[Revealed]", found["rows"])
