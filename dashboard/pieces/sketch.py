"""A take to look at closely: zoom, exact frames, and, where one may, drawing on them."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypedDict, cast

import streamlit as st

from dashboard.client import Client, TakeRow

HERE = Path(__file__).parent
FILM = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001))


class Mark(TypedDict):
    """What somebody drew before, on one frame; None = on all of them."""

    frame: int | None
    strokes: list[dict[str, Any]]
    by: str


class Seen(TypedDict):
    """What the component shows."""

    id: str
    kind: str  # image | video
    url: str | None
    name: str
    fps: list[int]  # numerator, denominator
    frames: int
    draw: bool
    steps: bool  # arrows up and down leave for the neighbouring take
    marks: Sequence[Mark]


_component = st.components.v2.component(
    "circletake_sketch",
    css=(HERE / "sketch.css").read_text(encoding="utf-8") + "\n",
    js=(HERE / "sketch.js").read_text(encoding="utf-8") + "\n",
)


def _nothing() -> None:
    """Hear it only."""


def seen(
    service: Client, take: TakeRow, *, draw: bool, steps: bool = False, marks: Sequence[Mark] = ()
) -> Seen:
    """Lay out a take for looking at; its preview, which is larger than the screen it fills."""
    link = take["links"]["preview"]
    exact = rate(take["fps"])
    return {
        "id": take["take"] or "",
        "kind": "video" if (take["mime"] or "").startswith("video/") else "image",
        "url": service.url(link) if link else None,
        "name": f"{take['shot']}, {take['recipe_title']}",
        "fps": [exact.numerator, exact.denominator],
        "frames": take["frames"],
        "draw": draw,
        "steps": steps,
        "marks": list(marks),
    }


def rate(fps: float) -> Fraction:
    """Give the exact rate that a rounded one stands for: 23.976 is 24000/1001."""
    if not fps:
        return Fraction(1)
    near = [one for one in FILM if abs(float(one) - fps) < 0.005]
    return near[0] if near else Fraction(fps).limit_denominator(1000)


def sketch(
    shown: Seen, *, key: str, on_step: Callable[[], None] = _nothing
) -> dict[str, Any] | None:
    """Draw it; gives what is drawn on the take now, if anything.

    `on_step` runs before the page does, with "next" or "previous" in
    `st.session_state[key]["step"]`.
    """
    said = _component(
        data=shown,
        key=key,
        height="content",
        default={"drawing": None},
        on_drawing_change=_nothing,
        on_step_change=on_step,
        on_renew_change=_nothing,
    )
    drawn = cast("dict[str, Any] | None", said.drawing)
    if drawn is None or drawn.get("id") != shown["id"] or not drawn.get("strokes"):
        return None
    return {"frame": drawn["frame"], "strokes": drawn["strokes"]}
