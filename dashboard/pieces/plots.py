"""Charts of the screens: each mark is told by its shape, each point can be clicked, all is said.

Every row brings its own words: what a reader hears instead of a picture stands in `spoken`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import streamlit as st

from dashboard import wording
from dashboard.wording import DIRECTIONS, UNITS

FEW = 5  # shots; below it a number stands in grey, as in the report
MANY = 14  # rows of a plot; further ones say only in the table what they rest on
LONGEST = 44  # characters of a name beside a chart
ACCENT, QUIET = "#d0492f", "#8a8a8a"  # each reads on light and dark
AHEAD, BEHIND = "#3d85c6", "#d0702f"  # blue and orange: told apart by everybody
PAID, CONTROL = "paid recipe", "free control"
ENOUGH, SPARSE = "enough shots", "too few shots"
SHAPES = {PAID: "circle", ENOUGH: "circle", CONTROL: "diamond", SPARSE: "cross"}
BETTER, WORSE, TIE, NONE = "row is better", "row is worse", "tie", "not compared"
STATES = {BETTER: "triangle-up", WORSE: "triangle-down", TIE: "square", NONE: "stroke"}


class Dot(TypedDict):
    """One row of a plot; whatever is None is not drawn."""

    title: str
    note: str  # below the title: shots, takes, coverage
    kind: str
    value: float | None
    low: float | None
    high: float | None
    said: str


class Cell(TypedDict):
    """One cell of a matrix: what the row is against the column."""

    row: str
    column: str
    state: str
    text: str
    said: str


def printable(text: str, longest: int = LONGEST) -> str:
    """Make a name safe for a chart: one line, no marks that turn it round, not too long."""
    shown = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def arm(row: Mapping[str, Any], title: str, unit: str) -> Dot:
    """Turn an arm of a comparison into a row: mean, interval, and what it rests on."""
    few = row["n_shots"] < FEW
    measured = wording.number(row["mean"], unit)
    span = wording.interval(row["ci_low"], row["ci_high"], unit)
    rests = f"{wording.count(row['n_shots'], 'shot')}, {wording.count(row['n_takes'], 'take')}"
    return {
        "title": title,
        "note": f"{rests}, {wording.percent(row['coverage'])} measured",
        "kind": CONTROL if row["control"] else SPARSE if few else PAID,
        "value": _scaled(row["mean"], unit),
        "low": _scaled(row["ci_low"], unit),
        "high": _scaled(row["ci_high"], unit),
        "said": f"{measured} ({span})",
    }


def axis_title(unit: str, direction: str) -> str:
    """Name the axis of a metric."""
    return f"{UNITS.get(unit, unit)} ({DIRECTIONS[direction]})"


def dots(rows: Sequence[Dot], title: str, key: str, *, zero: bool = False) -> str | None:
    """Draw rows as marks with bars; gives the title of a row that was clicked.

    Args:
        rows: best on top; those without a value are named below instead.
        title: of the axis.
        key: of the chart.
        zero: whether the axis begins at zero.
    """
    drawn = [r for r in rows if r["value"] is not None]
    missing = [r["title"] for r in rows if r["value"] is None]
    picked: str | None = None
    if drawn:
        event = st.altair_chart(
            _dots(drawn, title, zero=zero),
            width="stretch",
            alt=spoken(drawn, title),
            key=key,
            on_select="rerun",
            selection_mode="point",
        )
        picked = _clicked(event)
    if missing:
        st.text(f"Not measured: {', '.join(printable(m) for m in missing)}.")
    return picked


def spoken(rows: Sequence[Dot], title: str) -> str:
    """Say a plot in words."""
    told = "; ".join(f"{printable(r['title'])}: {r['said']}, {r['note']}" for r in rows)
    return f"{title}. {told}"


def matrix(cells: Sequence[Cell], names: Sequence[str], key: str, alt: str) -> None:
    """Draw who is better than whom; shapes say it, colours repeat it."""
    import altair as alt_

    ink = _ink()
    letters = {name: chr(65 + i % 26) + "2" * (i // 26) for i, name in enumerate(names)}
    rows = [f"{letters[n]}  {printable(n)}" for n in names]
    row_of = dict(zip(names, rows, strict=True))
    values = [
        {**c, "row": row_of[c["row"]], "column": letters[c["column"]], "about": c["said"]}
        for c in cells
    ]
    shown = [s for s in STATES if any(c["state"] == s for c in cells)]
    hues = {BETTER: AHEAD, WORSE: BEHIND, TIE: QUIET, NONE: QUIET}
    shapes = alt_.Scale(domain=shown, range=[STATES[s] for s in shown])
    colours = alt_.Scale(domain=shown, range=[hues[s] for s in shown])
    legend = alt_.Legend(title=None, orient="bottom", symbolSize=120, labelColor=ink)
    named = alt_.Axis(labelLimit=330, labelFontSize=13, labelColor=ink, title=None, grid=False)
    above = alt_.Axis(
        orient="top", labelAngle=0, labelFontSize=13, labelColor=ink, title=None, grid=False
    )
    base = alt_.Chart({"values": values}).encode(
        y=alt_.Y("row:N", sort=rows, axis=named),
        x=alt_.X("column:N", sort=list(letters.values()), axis=above),
        tooltip=[alt_.Tooltip("about:N", title="Found")],
    )
    marks = base.mark_point(filled=True, size=130, opacity=1).encode(
        shape=alt_.Shape("state:N", scale=shapes, legend=legend),
        color=alt_.Color("state:N", scale=colours, legend=legend),
    )
    words = base.mark_text(dy=17, fontSize=11, color=ink).encode(text="text:N")
    spaced = 46 if any(c["text"] for c in cells) else 32
    st.altair_chart(
        (marks + words).properties(height=90 + spaced * len(names)),
        width="stretch",
        key=key,
        alt=alt,
    )


def _dots(rows: Sequence[Dot], title: str, *, zero: bool) -> Any:
    import altair as alt

    thin = len(rows) > MANY
    notes = ["" if thin else f"\n{r['note']}" for r in rows]
    values = [
        {**r, "label": printable(r["title"]) + note} for r, note in zip(rows, notes, strict=True)
    ]
    order = [str(v["label"]) for v in values]
    kinds = [k for k in SHAPES if any(r["kind"] == k for r in rows)]
    hues = {PAID: ACCENT, ENOUGH: ACCENT, CONTROL: QUIET, SPARSE: QUIET}
    ink = _ink()
    named = alt.Axis(
        labelLimit=330,
        labelFontSize=13,
        labelColor=ink,
        labelExpr="split(datum.label, '\\n')",
        labelLineHeight=15,
    )
    across = alt.X(
        "low:Q",
        title=title,
        scale=alt.Scale(zero=zero),
        axis=alt.Axis(tickCount=6, labelColor=ink, titleColor=ink),
    )
    base = alt.Chart({"values": values}).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=named),
        tooltip=[
            alt.Tooltip("title:N", title="What"),
            alt.Tooltip("said:N", title="Measured"),
            alt.Tooltip("note:N", title="From"),
        ],
    )
    shape = alt.Scale(domain=kinds, range=[SHAPES[k] for k in kinds])
    colour = alt.Scale(domain=kinds, range=[hues[k] for k in kinds])
    legend = alt.Legend(title=None, orient="top", symbolSize=110, labelColor=ink)
    bars = base.mark_rule(strokeWidth=1.5, color=QUIET).encode(x=across, x2="high:Q")
    points = base.mark_point(size=130, filled=True, opacity=1, cursor="pointer").encode(
        x=alt.X("value:Q"),
        shape=alt.Shape("kind:N", scale=shape, legend=legend),
        color=alt.Color("kind:N", scale=colour, legend=legend),
    )
    picked = alt.selection_point(name="point", fields=["title"])
    return (bars + points.add_params(picked)).properties(
        height=110 + (25 if thin else 44) * len(rows)
    )


def _ink() -> str:
    """Give the colour of words beside a chart: 7 to 1 on the ground that is shown."""
    return "#dcdcdc" if st.context.theme.type == "dark" else "#3d3d3d"


def _clicked(event: Any) -> str | None:
    found = event.get("selection", {}).get("point", []) if event else []
    return str(found[0]["title"]) if found else None


def _scaled(value: float | None, unit: str) -> float | None:
    return value * 100 if value is not None and unit == "share" else value
