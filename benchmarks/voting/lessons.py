"""Practice before the first vote: drawn pairs whose answer is known, told after each.

A figure of nobody, so that no shot of the study is seen before it is asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.domain.vote import Outcome
from benchmarks.pictures.pixels import Pixels, png
from router.api.ports import Media as Shown

SIZE = (960, 540)  # width, height
COAT, HAT, HAIR, SKIN = (176, 58, 46), (44, 62, 110), (70, 48, 36), (222, 178, 148)
WALL, FLOOR = (150, 156, 160), (104, 108, 112)
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How a side draws the figure; as it stands here it is on model."""

    coat: Colour = COAT
    hat: Colour | None = HAT
    hair: Colour = HAIR
    tall: float = 1.0
    at: float = 0.5  # across the picture: where a figure stands is no fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A practice question."""

    left: Figure
    right: Figure
    answer: Outcome
    because: str


MODEL = Figure()
LESSONS = (
    Lesson(
        left=Figure(at=0.45),
        right=Figure(at=0.55, coat=(60, 120, 74)),
        answer=Outcome.LEFT,
        because="B wears a green coat; the reference wears a red one.",
    ),
    Lesson(
        left=Figure(at=0.6, hat=None),
        right=Figure(at=0.4),
        answer=Outcome.RIGHT,
        because="A has lost its hat. That both stand elsewhere in the picture is no fault.",
    ),
    Lesson(
        left=Figure(at=0.4),
        right=Figure(at=0.6),
        answer=Outcome.TIE,
        because="Both keep the figure as it is: equal.",
    ),
    Lesson(
        left=Figure(hair=(226, 200, 120), hat=None, tall=0.7),
        right=Figure(coat=(230, 220, 90), hair=(200, 90, 40), tall=1.2),
        answer=Outcome.BOTH_FAIL,
        because="Neither is the figure any more. Both fail is not the same as equal.",
    ),
)
BRIEF = "Practice: a figure in a red coat and a blue hat stands in a grey room."


def picture(code: str) -> Shown | None:
    """Give a drawing by its code; None where it is no lesson's."""
    figure = _figures().get(code)
    return Shown(data=png(drawn(figure)), mime="image/png") if figure else None


def codes(number: int) -> tuple[str, str]:
    """Name the two drawings of a lesson, from 1."""
    return f"lesson-{number}-left", f"lesson-{number}-right"


def _figures() -> Mapping[str, Figure]:
    found = {"lesson-0-reference": MODEL}
    for number, lesson in enumerate(LESSONS, start=1):
        found |= dict(zip(codes(number), (lesson.left, lesson.right), strict=True))
    return found


def drawn(figure: Figure) -> Pixels:
    """Draw the figure in its room, uint8 RGB (H, W, 3)."""
    width, height = SIZE
    room = np.full((height, width, 3), WALL, np.uint8)
    room[height * 3 // 4 :] = FLOOR
    x, foot = round(figure.at * width), height - 60
    unit = round(38 * figure.tall)
    hips, neck = foot - 4 * unit, foot - 8 * unit
    legs = ((x - unit // 2, 1), (x + unit // 2, 1))
    for leg, _ in legs:
        cv2.line(room, (leg, hips), (leg, foot), (50, 50, 56), unit // 2, cv2.LINE_AA)
    coat = np.array(
        [(x - unit, neck), (x + unit, neck), (x + 2 * unit, hips), (x - 2 * unit, hips)], np.int32
    )
    cv2.fillPoly(room, [coat], figure.coat, cv2.LINE_AA)
    head = (x, neck - unit)
    cv2.circle(room, head, round(unit * 1.15), figure.hair, -1, cv2.LINE_AA)
    cv2.circle(room, (x, head[1] + unit // 5), unit * 9 // 10, SKIN, -1, cv2.LINE_AA)
    for eye in (-1, 1):
        spot = (x + eye * unit // 3, head[1] + unit // 6)
        cv2.circle(room, spot, max(2, unit // 10), (30, 30, 34), -1, cv2.LINE_AA)
    if figure.hat is not None:
        brim = (head[0] - round(unit * 1.5), head[1] - unit // 2)
        cv2.rectangle(room, brim, (x + round(unit * 1.5), head[1] - unit // 4), figure.hat, -1)
        crown = (x - unit, head[1] - round(unit * 1.5))
        cv2.rectangle(room, crown, (x + unit, head[1] - unit // 2), figure.hat, -1)
    return room
