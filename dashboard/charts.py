"""Charts as small inline SVG; classes, not colours, so that page and print style them alike."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from dashboard.wording import DIRECTIONS, UNITS, number
from dashboard.wording import interval as interval_words

ACCENT = "#d0492f"  # reads on light and dark
QUIET = "#8a8a8a"
WIDTH = 300
ROW = 30
MARGIN = 14
OUTCOMES = ("done", "refused", "failed", "parked", "unknown", "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear axis, shared by all rows of one comparison."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def x(self, value: float) -> float:
        """Place a value, in pixels from the left."""
        share = (value - self.low) / (self.high - self.low)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 2)


def scale(arms: Sequence[Mapping[str, Any]]) -> Scale | None:
    """Choose round bounds that hold every mean and interval; None where nothing was measured."""
    ends = [arm[k] for arm in arms for k in ("mean", "ci_low", "ci_high") if arm[k] is not None]
    if not ends:
        return None
    low, high = min(ends), max(ends)
    step = _step((high - low) or abs(high) or 1.0)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    ticks = tuple(round(i * step, 10) for i in range(first, last + 1))
    return Scale(low=ticks[0], high=ticks[-1], ticks=ticks)


def strengths(models: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give strengths from votes the shape that a forest plot draws; an open end has no bar."""
    return [
        {
            "mean": m["elo"],
            "ci_low": m["ci_low"] if m["ci_high"] is not None else None,
            "ci_high": m["ci_high"] if m["ci_low"] is not None else None,
            "control": False,
        }
        for m in models
    ]


def interval(axis: Scale, arm: Mapping[str, Any], said: str) -> Markup:
    """Draw one row of a forest plot: mean and 95 % interval; controls are hollow diamonds."""
    parts = [_grid(axis, ROW)]
    middle = ROW / 2
    if arm["ci_low"] is not None:
        a, b = axis.x(arm["ci_low"]), axis.x(arm["ci_high"])
        parts.append(
            f'<path class="ci" d="M{a} {middle}H{b}M{a} {middle - 4}v8M{b} {middle - 4}v8"/>'
        )
    if arm["mean"] is not None:
        x = axis.x(arm["mean"])
        diamond = f'<path class="mean control" d="M{x} {middle - 6}l6 6l-6 6l-6-6z"/>'
        dot = f'<circle class="mean" cx="{x}" cy="{middle}" r="5"/>'
        parts.append(diamond if arm["control"] else dot)
    return _svg(ROW, said, parts)


def axis_row(axis: Scale, unit: str) -> Markup:
    """Draw the numbers below a forest plot."""
    every = max(1, math.ceil(len(axis.ticks) / 6))
    texts = [
        f'<text class="tick" x="{axis.x(t)}" y="13" text-anchor="middle">'
        f"{escape(number(t, unit, bare=True))}</text>"
        for t in axis.ticks[::every]
    ]
    return _svg(18, "", texts)


def outcomes(counts: Mapping[str, int], most: int, said: str) -> Markup:
    """Draw how trials ended as one bar; its length is the share of the longest row."""
    x, parts = 0.0, []
    for name in OUTCOMES:
        wide = 240 * counts.get(name, 0) / max(most, 1)
        if wide:
            parts.append(
                f'<rect class="o-{name}" x="{x:.2f}" y="3" width="{wide:.2f}" height="12"/>'
            )
        x += wide
    return _svg(18, said, parts, width=242)


def spend(spent: float, held: float, budget: float, said: str) -> Markup:
    """Draw money spent and money held against a budget."""
    whole = max(budget, spent + held, 1e-9)
    a, b = 240 * spent / whole, 240 * held / whole
    parts = [
        '<rect class="s-budget" x="0.5" y="3.5" width="240" height="11"/>',
        f'<rect class="s-spent" x="0.5" y="3.5" width="{a:.2f}" height="11"/>',
        f'<rect class="s-held" x="{0.5 + a:.2f}" y="3.5" width="{b:.2f}" height="11"/>',
    ]
    return _svg(18, said, parts, width=242)


def _step(span: float) -> float:
    rough = span / 5
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough)


def _grid(axis: Scale, height: float) -> str:
    lines = "".join(f"M{axis.x(t)} 0V{height}" for t in axis.ticks)
    return f'<path class="grid" d="{lines}"/>'


def _svg(height: float, said: str, parts: Sequence[str], width: int = WIDTH) -> Markup:
    label = f'role="img" aria-label="{escape(said)}"' if said else 'aria-hidden="true"'
    body = "".join(parts)
    return Markup(  # noqa: S704 - every text in it is escaped above, the rest are numbers
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f"{label}>{body}</svg>"
    )


def forest(comparison: Mapping[str, Any], titles: Mapping[str, str]) -> Any:
    """Draw a forest plot for the screen: an Altair chart, best recipe on top."""
    import altair as alt

    unit = comparison["unit"]
    rows = [_row(a, titles, unit) for a in comparison["arms"] if a["mean"] is not None]
    title = f"{UNITS.get(unit, unit)} ({DIRECTIONS[comparison['direction']]})"
    names = alt.Axis(labelLimit=300, labelFontSize=13)
    base = alt.Chart({"values": rows}).encode(
        y=alt.Y("recipe:N", sort=[r["recipe"] for r in rows], title=None, axis=names),
        tooltip=[alt.Tooltip("recipe:N", title="Recipe"), alt.Tooltip("said:N", title="Measured")],
    )
    across = alt.X("low:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6))
    bars = base.mark_rule(strokeWidth=1.5, color=QUIET).encode(x=across, x2="high:Q")
    shape = alt.Scale(domain=["paid recipe", "free control"], range=["circle", "diamond"])
    paid = alt.condition("datum.kind == 'paid recipe'", alt.value(ACCENT), alt.value(QUIET))
    dots = base.mark_point(size=110, filled=True, opacity=1).encode(
        x="mean:Q",
        shape=alt.Shape("kind:N", scale=shape, legend=alt.Legend(title=None, orient="top")),
        color=paid,
    )
    return (bars + dots).properties(height=110 + 32 * len(rows))


def _row(arm: Mapping[str, Any], titles: Mapping[str, str], unit: str) -> dict[str, Any]:
    factor = 100 if unit == "share" else 1
    ends = {"low": arm["ci_low"], "high": arm["ci_high"]}
    measured = (number(arm["mean"], unit), interval_words(arm["ci_low"], arm["ci_high"], unit))
    return {
        "recipe": titles.get(arm["recipe"], arm["recipe"]) + " (control)" * arm["control"],
        "mean": arm["mean"] * factor,
        **{k: None if v is None else v * factor for k, v in ends.items()},
        "kind": "free control" if arm["control"] else "paid recipe",
        "said": f"{', '.join(measured)}, {arm['n_shots']} shots, {arm['n_takes']} takes",
    }
