"""Forest plots for paper, as SVG: shapes tell controls from paid recipes, colour repeats it."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, cast

from dashboard import wording as say

Json = Mapping[str, Any]
INK, ACCENT, QUIET, GRID = "#1d1d1b", "#0b5fa5", "#6b6b68", "#d8d6d0"  # told apart by everybody
MEASURE_IN = 6.6
FONTS = Path(__file__).parents[1] / "paper" / "fonts"
_ONE_AT_A_TIME = Lock()  # matplotlib keeps its settings for the whole process


def forest(comparison: Json, titles: Mapping[str, str]) -> bytes:
    """Draw means and 95 % intervals of one comparison, best on top; text becomes outlines.

    The same comparison gives the same bytes.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    arms = [a for a in comparison["arms"] if a["mean"] is not None]
    with _ONE_AT_A_TIME, rc_context(cast("Any", _settings())):
        height = 0.62 + 0.27 * len(arms)
        figure = Figure(figsize=(MEASURE_IN, height))
        canvas: Any = FigureCanvasSVG(figure)
        left = 0.36
        axes = figure.add_axes((left, 0.46 / height, 0.985 - left, 1 - 0.5 / height))
        _draw(axes, arms, 100.0 if comparison["unit"] == "share" else 1.0)
        axes.set_yticks(range(len(arms)), [_name(a, titles) for a in arms])
        direction = say.DIRECTIONS.get(comparison["direction"], "")
        unit = str(say.UNITS.get(comparison["unit"], comparison["unit"]))
        axes.set_xlabel(f"{unit} ({direction})" if direction else unit)
        out = io.BytesIO()
        canvas.print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _settings() -> dict[str, Any]:
    from matplotlib import font_manager

    known = {f.name for f in font_manager.fontManager.ttflist}
    if "Slate Sans" not in known:
        for file in sorted(FONTS.glob("slate-sans-*.ttf")):
            font_manager.fontManager.addfont(str(file))
    return {
        "font.family": ["Slate Sans", "DejaVu Sans"],
        "font.size": 8.5,
        "svg.fonttype": "path",
        "svg.hashsalt": "circletake",
        "text.usetex": False,
        "text.parse_math": False,
        "axes.unicode_minus": True,
    }


def _draw(axes: Any, arms: Sequence[Json], factor: float) -> None:
    for row, arm in enumerate(arms):
        colour = QUIET if arm["control"] else ACCENT
        if arm["ci_low"] is not None and arm["ci_high"] is not None:
            ends = (arm["ci_low"] * factor, arm["ci_high"] * factor)
            axes.plot(ends, (row, row), color=colour, linewidth=1.4, solid_capstyle="butt")
            axes.plot(ends, (row, row), "|", color=colour, markersize=6, markeredgewidth=1.2)
        shape = "D" if arm["control"] else "o"
        face = "white" if arm["control"] else colour
        axes.plot(
            [arm["mean"] * factor], [row], shape, color=colour, markerfacecolor=face,
            markersize=5.5, markeredgewidth=1.3,
        )  # fmt: skip
    axes.set_ylim(len(arms) - 0.4, -0.6)
    axes.grid(visible=True, axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK)
    axes.xaxis.label.set_color(QUIET)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(QUIET)


def _name(arm: Json, titles: Mapping[str, str]) -> str:
    name = titles.get(arm["recipe"], arm["recipe"]) + (" (control)" if arm["control"] else "")
    shown = "".join(c for c in name if c.isprintable())
    return shown if len(shown) <= 46 else shown[:45] + "…"
