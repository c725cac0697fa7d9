"""Two takes side by side, as a wipe, an onion skin or their difference; clips frame by frame."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

import streamlit as st

HERE = Path(__file__).parent


class Side(TypedDict):
    """One of the two; `name` is shown as text and never as markup."""

    key: str
    name: str
    kind: Literal["image", "video"]
    url: str | None  # None = nothing one may look at
    fps: list[int]  # numerator, denominator
    frames: int


class Voting(TypedDict):
    """What a blind question adds."""

    slot: int
    least_s: float  # looked at before one may vote
    shut: bool
    trouble: str


class About(TypedDict):
    """What is asked, and by which pictures one is to judge; all of it is shown as text."""

    question: str
    brief: str
    references: list[str]  # addresses


class Shown(TypedDict):
    """What the component draws."""

    id: str
    a: Side
    b: Side
    next: NotRequired[dict[str, Side] | None]  # loaded while these are looked at
    address: bool  # mode, frame, zoom, trims stand in the URL
    about: NotRequired[About | None]
    vote: NotRequired[Voting | None]


def _read(*names: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


_component = st.components.v2.component(
    "circletake_compare",
    css=_read("compare.css"),
    js=_read("compare_player.js", "compare_room.js"),
)


def _nothing() -> None:
    """Hear it only."""


def compare(
    shown: Shown, *, key: str, on_vote: Callable[[], None] = _nothing
) -> tuple[dict[str, Any] | None, bool]:
    """Draw two takes; gives the vote that was cast just now, and whether links are to be renewed.

    `on_vote` runs before the page does, with the vote in `st.session_state[key]["vote"]`.
    """
    said = _component(
        data=shown, key=key, height="content", on_vote_change=on_vote, on_renew_change=_nothing
    )
    return said.vote, said.renew is not None
