"""Comparison: which recipe is better on what, how sure that is, and the takes behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import wording
from dashboard.client import Client
from dashboard.frame import go, plain
from dashboard.pieces import answers, plots, words
from dashboard.pieces.answers import Found
from dashboard.pieces.plots import Cell

PEOPLE = "people"
SLICES = 200
Json = Mapping[str, Any]


def render(service: Client) -> None:
    """Draw the screen."""
    found = answers.found(service)
    if found is None:
        return
    comparisons = {c["id"]: c for c in found.told["comparisons"]}
    if not comparisons:
        st.info("Nothing was compared yet.", icon=":material/leaderboard:")
        st.text(
            "A comparison needs takes of two recipes or more on the same shots, and their "
            "measurements. Progress says what still runs."
        )
        _people(found)
        return
    _compared(found, comparisons)
    _people(found)
    _slices(found)


def _compared(found: Found, comparisons: Mapping[str, Json]) -> None:
    id_ = st.selectbox(
        "Question",
        list(comparisons),
        key="question",
        bind="query-params",
        format_func=lambda i: _named(comparisons[i]),
        width=620,
        help="A metric, on the shots of one kind of task",
    )
    comparison = comparisons[id_]
    if not comparison.get("declared", True):
        st.badge("exploratory: nobody declared this question beforehand", color="gray")
    st.caption(plain(comparison["explanation"]))
    arms = comparison["arms"]
    rows = [plots.arm(a, found.title(a["recipe"]), comparison["unit"]) for a in arms]
    title = plots.axis_title(comparison["unit"], comparison["direction"])
    picked = plots.dots(rows, title, f"forest-{id_}")
    if picked and not found.pooled:
        go("takes", **answers.where(found.campaigns), recipe=picked)
    st.caption(
        "Mark: mean over shots. Bar: 95 % interval. Diamond: free control. Grey cross: fewer than "
        f"{plots.FEW} shots, too few to go by. Click a mark, or a name below, to see its takes."
    )
    _links(found, arms)
    _table(found, comparison)
    _against(found, comparison)


def _links(found: Found, arms: Sequence[Json]) -> None:
    if found.pooled:
        st.caption("A group of studios: no take stands behind a number here.")
        return
    with st.container(horizontal=True, gap="small", key="to-takes"):
        for row in arms:
            title = found.title(row["recipe"])
            answers.takes_of(found, title, plain(title), icon=":material/photo_library:")


def _table(found: Found, comparison: Json) -> None:
    unit = comparison["unit"]
    ties = _ties(comparison)
    rows = [
        {
            "Rank range": wording.ranks(a, comparison["direction"]),
            "Recipe": found.title(a["recipe"]) + (" (control)" * a["control"]),
            "Mean": wording.number(a["mean"], unit),
            "95 % interval": wording.interval(a["ci_low"], a["ci_high"], unit),
            "Shots": a["n_shots"],
            "Takes": a["n_takes"],
            "Measured": wording.percent(a["coverage"]),
            "Not told apart from": _listed(found, ties.get(a["recipe"], ())),
            "Note": _note(a),
        }
        for a in comparison["arms"]
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    hint = "Ranges are simultaneous: all of them hold together, in 95 of 100 cases."
    st.caption(f"{words.of('rank range')} {hint}")


def _note(row: Json) -> str:
    told = [_aside(row["aside"])] if row.get("aside") else []
    told += ["too few shots"] if row["n_shots"] < plots.FEW else []
    return ", ".join(told)


def _aside(why: str) -> str:
    """Say why an arm is not ranked; a flag by its name for people."""
    word, _, flag = why.partition(" ")
    return f"set aside: {wording.flag(flag)}" if word == "flagged" else why


def _ties(comparison: Json) -> dict[str, list[str]]:
    """Give recipe → those it was compared with, and not told apart from."""
    ties: dict[str, list[str]] = {}
    for c in comparison["contrasts"]:
        if c["better"] is None:
            ties.setdefault(c["a"], []).append(c["b"])
            ties.setdefault(c["b"], []).append(c["a"])
    return ties


def _listed(found: Found, recipes: Sequence[str]) -> str:
    return ", ".join(found.title(r) for r in recipes)


def _against(found: Found, comparison: Json) -> None:
    st.subheader("Who is better than whom", anchor=False)
    contrasts = comparison["contrasts"]
    if not contrasts:
        st.text("No two recipes have shots in common on which both were measured.")
        return
    cells = [cell for c in contrasts for cell in _cells(found, c)]
    compared = {c["row"] for c in cells}
    titles = dict.fromkeys(found.title(a["recipe"]) for a in comparison["arms"])
    told = "; ".join(c["sentence"] for c in contrasts)
    names = [t for t in titles if t in compared]
    plots.matrix(cells, names, f"against-{comparison['id']}", told)
    with st.expander(f"Differences in words ({len(contrasts)})"):
        st.caption(plain(comparison["method"]))
        for contrast in contrasts:
            st.text(contrast["sentence"])


def _cells(found: Found, contrast: Json) -> list[Cell]:
    a, b = found.title(contrast["a"]), found.title(contrast["b"])
    ahead = plots.BETTER if contrast["better"] == contrast["a"] else plots.WORSE
    behind = plots.WORSE if contrast["better"] == contrast["a"] else plots.BETTER
    states = (plots.TIE, plots.TIE) if contrast["better"] is None else (ahead, behind)
    said = contrast["sentence"]
    return [
        {"row": a, "column": b, "state": states[0], "text": "", "said": said},
        {"row": b, "column": a, "state": states[1], "text": "", "said": said},
    ]


def _people(found: Found) -> None:
    st.subheader("What people preferred", anchor=False)
    studies = found.told.get("studies") or []
    if not studies:
        st.text("Nobody voted yet: what people prefer is not measured. Blind review asks them.")
    for study in studies:
        if study["state"] == "open":
            st.text(
                f"A study is open: {study['votes']:,} of {study['asked']:,} questions answered. "
                "What they say is told when it is closed."
            )
        else:
            _study(found, study)


def _study(found: Found, study: Json) -> None:
    st.markdown(f"**{plain(study['question'])}**")
    ranking = study.get("ranking")
    if not ranking:
        st.text("No vote on a pair counts: nothing is ranked.")
        return
    many = (("n_votes", "vote"), ("n_raters", "rater"), ("n_shots", "shot"))
    counted = ", ".join(wording.count(ranking[k], one) for k, one in many)
    st.caption(plain(f"Counted: {counted} (raters: {study['headline']})"))
    rows = [
        {
            "Rank range": wording.places(m),
            "Recipe": found.title(m["name"]),
            "Elo": wording.elo(m["elo"]),
            "95 % interval": _elo(m),
            "Won": wording.percent(m["win_rate"]),
            "Both fail": wording.percent(m["both_fail_rate"]),
            "Votes": m["votes"],
        }
        for m in ranking["models"]
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    for group in ranking["groups"]:
        if len(group) > 1:
            st.text(f"Tied: {_listed(found, group)}.")
    _wins(found, study, ranking)
    for warning in study["warnings"]:
        st.caption(plain(warning))


def _elo(model: Json) -> str:
    if model["ci_low"] is None or model["ci_high"] is None:
        return "no interval"
    return f"{wording.elo(model['ci_low'])} to {wording.elo(model['ci_high'])}"


def _wins(found: Found, study: Json, ranking: Json) -> None:
    names = [found.title(m["name"]) for m in ranking["models"]]
    wins = ranking["wins"]
    if len(set(names)) < len(names) or len(names) < 2:
        return
    cells = [
        _won(names[i], names[j], wins[i][j], wins[j][i])
        for i in range(len(names))
        for j in range(len(names))
        if i != j
    ]
    st.caption("Who won against whom; a tie is half a win for each.")
    told = "; ".join(c["said"] for c in cells)
    plots.matrix(cells, names, f"wins-{study['study']}", told)


def _won(row: str, column: str, won: float, lost: float) -> Cell:
    even = plots.NONE if won == lost == 0 else plots.TIE
    state = plots.BETTER if won > lost else plots.WORSE if won < lost else even
    said = f"{row} won {won:g}, {column} won {lost:g}"
    text = "" if state == plots.NONE else f"{won:g} : {lost:g}"
    return {"row": row, "column": column, "state": state, "text": text, "said": said}


def _slices(found: Found) -> None:
    slices = list(found.told.get("slices") or [])
    st.subheader("Slices", anchor=False)
    if not slices:
        st.text("No part of the shots has anything measured.")
        return
    st.badge("exploratory", color="gray")
    st.caption(
        "Parts of the shots, by framing, kind of character and the like. Nobody declared these "
        f"beforehand; parts of fewer than {slices[0]['least']} shots stand in grey, and are not "
        "tested."
    )
    metrics = {s["metric"]: s["metric_title"] for s in slices}
    metric = st.selectbox(
        "Metric of the slices",
        list(metrics),
        key="slice",
        bind="query-params",
        format_func=lambda m: metrics[m],
        width=420,
    )
    rows = [row for s in slices if s["metric"] == metric for row in _slice(found, s)][:SLICES]
    st.dataframe(_greyed(rows), hide_index=True, width="stretch")


def _slice(found: Found, part: Json) -> list[dict[str, Any]]:
    differs = [c["sentence"] for c in part["contrasts"] if c.get("better")]
    told = "too few shots" if part["few"] else " ".join(differs) or "none"
    return [
        {
            "Slice": f"{part['by']}: {part['value']}",
            "Recipe": found.title(a["recipe"]),
            "Mean": wording.number(a["mean"], part["unit"]),
            "95 % interval": wording.interval(a["ci_low"], a["ci_high"], part["unit"]),
            "Shots": a["n_shots"],
            "Differences found": told,
        }
        for a in part["arms"]
    ]


def _greyed(rows: Sequence[dict[str, Any]]) -> Any:
    """Set rows of too few shots in grey; the words beside them say it too."""
    import pandas as pd

    tone = "#a8a8a8" if st.context.theme.type == "dark" else "#6b6b6b"  # 4.5 to 1 on each

    def grey(row: Any) -> list[str]:
        few = row["Differences found"] == "too few shots"
        return [f"color: {tone}; font-style: italic" if few else ""] * len(row)

    return pd.DataFrame(rows).style.apply(grey, axis=1)


def _named(comparison: Json) -> str:
    mark = "" if comparison.get("declared", True) else " (exploratory)"
    return f"{comparison['metric_title']} · {wording.task(comparison['task'])}{mark}"
