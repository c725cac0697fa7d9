"""The grid of the acceptance sheet: shots down, their lines across, evidence a hover away."""

from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

HERE = Path(__file__).parent


class Cell(TypedDict):
    """One line of a shot; every text is shown as text."""

    n: int
    verdict: str
    said: str  # the verdict in a word
    must: bool
    title: str
    value: str
    limit: str
    why: str
    by: str
    over: bool
    before: str | None
    spent: str
    picture: str | None  # link, relative to the base
    hidden: bool  # there is a picture that one may not look at


class Row(TypedDict):
    """One shot."""

    id: str
    shot: str
    take: str | None
    about: str
    chosen: str
    money: str
    proof: str
    thumb: str | None
    place: int  # of the take among the shot's, from 1
    places: int
    cells: list[Cell]


class Grid(TypedDict):
    """What the component draws."""

    base: str
    stamp: str
    rows: list[Row]


_component = st.components.v2.component(
    "circletake_lines",
    css=(HERE / "lines.css").read_text(encoding="utf-8") + "\n",
    js=(HERE / "lines.js").read_text(encoding="utf-8") + "\n",
)


def _nothing() -> None:
    """Hear it only."""


def lines(grid: Grid, *, key: str) -> dict[str, Any]:
    """Draw it; gives what was asked for just now.

    `open`: {row, line} was opened · `turn`: {row, by} another take of a shot · `renew`: the
    links have ended (drawing anew renews them).
    """
    said = _component(
        data=grid,
        key=key,
        height="content",
        on_open_change=_nothing,
        on_turn_change=_nothing,
        on_renew_change=_nothing,
    )
    return {"open": said.open, "turn": said.turn}
