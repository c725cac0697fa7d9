"""Light and colour: plate, take, and the take under the CDL that comes nearest to the plate."""

import textwrap

import numpy as np

from evaluators.exhibits.paper import Panel
from evaluators.mending.cdl import Cdl, apply
from evaluators.mending.grade import Answer, Grade, grade
from evaluators.views import Views


def panels(
    take: Views, plate: Views, position: int, caption: str, *, remedy: bool
) -> tuple[list[Panel], list[str]]:
    """Show plate and take; with the remedy also what it would do, its numbers below."""
    mine, goal = take.frames[position], plate.frames[take.beside(position, plate)]
    shown = [
        Panel(caption="plate", pixels=goal, chip=True, quiet=True),
        Panel(caption=caption, pixels=mine, chip=True),
    ]
    if not remedy:
        return shown, []
    found = grade(take, plate)
    values = apply(mine.astype(np.float64) / 255.0, found.cdl)
    graded = np.asarray(np.rint(values * 255.0), np.uint8)
    name = "best CDL, not enough" if found.answer is Answer.CANNOT else "under the CDL"
    return [*shown, Panel(caption=name, pixels=graded, chip=True)], _notes(found)


def _notes(found: Grade) -> list[str]:
    parts = (("colours", "w1"), ("mean", "delta_e"), ("stops", "stops"))
    moved = "   ".join(
        f"{word} {found.before[part]:.2f} to {found.after[part]:.2f}".replace("-0.00", "0.00")
        for word, part in parts
    )
    lines = [moved, *_wrapped(found.reason)]
    return lines if found.answer is Answer.CANNOT else [*lines, _numbers(found.cdl)]


def _numbers(cdl: Cdl) -> str:
    rows = (("slope", cdl.slope), ("offset", cdl.offset), ("power", cdl.power))
    said = [f"{name} " + " ".join(f"{v:.3f}" for v in row) for name, row in rows]
    return "   ".join([*said, f"sat {cdl.saturation:.2f}"])


def _wrapped(text: str, width: int = 88) -> list[str]:
    return textwrap.wrap(text, width)
