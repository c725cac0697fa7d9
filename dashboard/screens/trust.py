"""Trust: how far each metric says what people say, how far people do, and what it cannot see."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import wording
from dashboard.asking import findings
from dashboard.client import Client
from dashboard.frame import link, plain
from dashboard.pieces import answers, plots
from dashboard.pieces.answers import Found
from dashboard.pieces.plots import Dot

Json = Mapping[str, Any]
UNSHOWN = "not measured"
MAY = {
    "yes": "may fail a take",
    "no, it doubts": "may only doubt a take",
    "where the region is given": "may fail a take where the region is given",
}
TIERS = {
    "embedded": "Arithmetic and one small network",
    "learned": "Learned networks",
    "judge": "Language models as judges",
}


def render(service: Client) -> None:
    """Draw the screen; what metrics cannot see is told in an empty home too."""
    found = answers.found(service)
    told = found.told.get("trust") or {} if found else {}
    if found:
        _people(told)
        _judges(found)
        _control(found)
        _tried(found)
    _blind(service, told)


def _people(told: Json) -> None:
    st.subheader("Metrics against people", anchor=False)
    if not told.get("metrics"):
        st.info(
            "Not measured: how far metrics agree with people takes a closed blind study on these "
            "shots.",
            icon=":material/how_to_vote:",
        )
        st.text(
            "Until then every metric is a diagnosis, not a judgement: it may point at a take, and "
            "a person has to look."
        )
        link("Go to Blind review", "blind", icon=":material/compare:")
        return
    st.markdown(f"“{plain(told['question'])}”")
    _ceiling(told)
    metrics = sorted(told["metrics"], key=lambda m: -m["accuracy"])
    rows = [_dot(m, told["least_shots"]) for m in metrics]
    plots.dots(rows, "Picks the take that people prefer, % (50 is chance)", "agreement")
    st.dataframe([_row(m) for m in metrics], hide_index=True, width="stretch")
    st.caption(
        f"A metric may speak for people from {wording.percent(told['least_accuracy'])} on "
        f"{told['least_shots']} shots or more, its interval above chance. All others are diagnoses."
    )


def _ceiling(told: Json) -> None:
    alpha = told["alpha"]
    span = wording.interval(alpha["ci_low"], alpha["ci_high"], "similarity")
    with st.grid(3, min_column_width=210, key="ceiling"):
        st.metric(
            "Human ceiling",
            wording.percent(told["ceiling"]),
            border=True,
            help="How often one person prefers what the others prefer. No metric can be known to "
            "do better.",
        )
        st.metric(
            "Agreement of people (alpha)",
            wording.number(alpha["value"], "similarity"),
            border=True,
            help=f"Krippendorff's alpha; 1 = all alike, 0 = as by chance. 95 % interval: {span}",
        )
        raters = wording.count(told["raters"], "rater")
        shots = wording.count(told["shots"], "shot")
        st.metric("From", f"{raters}, {shots}", border=True)


def _dot(metric: Json, least: int) -> Dot:
    n = f"{wording.count(metric['pairs'], 'pair')}, {wording.count(metric['shots'], 'shot')}"
    span = wording.interval(metric["ci_low"], metric["ci_high"], "share")
    return {
        "title": metric["metric_title"],
        "note": n,
        "kind": plots.SPARSE if metric["shots"] < least else plots.ENOUGH,
        "value": _in_percent(metric["accuracy"]),
        "low": _in_percent(metric["ci_low"]),
        "high": _in_percent(metric["ci_high"]),
        "said": f"{wording.percent(metric['accuracy'])} ({span})",
    }


def _in_percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _row(metric: Json) -> dict[str, Any]:
    return {
        "Metric": metric["metric_title"],
        "Same as people": wording.percent(metric["accuracy"]),
        "95 % interval": wording.interval(metric["ci_low"], metric["ci_high"], "share"),
        "Pairs": metric["pairs"],
        "Shots": metric["shots"],
        "May speak for people": "yes" if metric["status"] == "validated" else "no, a diagnosis",
    }


def _judges(found: Found) -> None:
    st.subheader("Language models as judges", anchor=False)
    judged = [j for j in found.told.get("judgings") or () if j.get("with_people")]
    if not judged:
        st.text("Not measured against people: nobody judged shots on which a study was closed.")
        return
    rows = [
        {
            "On": j["criterion"],
            "Same as people": wording.percent(j["with_people"]["within_shot_accuracy"]),
            "95 % interval": wording.interval(
                j["with_people"]["ci_low"], j["with_people"]["ci_high"], "share"
            ),
            "Pairs": j["with_people"]["pairs"],
            "Shots": j["with_people"]["shots"],
        }
        for j in judged
    ]
    st.dataframe(rows, hide_index=True, width="stretch")


def _control(found: Found) -> None:
    """Show what the planted questions of closed studies found about the raters."""
    studies = [s for s in found.told.get("studies") or () if s.get("controls")]
    if not studies:
        return
    st.subheader("People against themselves", anchor=False)
    rows = [
        {
            "Study": s["study"][:12],
            "Repeats answered alike": _tally(s["controls"]["again"]),
            "The same take called a tie": _tally(s["controls"]["same"]),
            "Broken takes seen": _tally(s["controls"]["gold"]),
            "Raters left out": len(s["removed"]),
        }
        for s in studies
    ]
    st.dataframe(rows, hide_index=True, width="stretch")


def _tally(tally: Json) -> str:
    return f"{tally['hits']} of {tally['n']}" if tally["n"] else "not asked"


def _tried(found: Found) -> None:
    tried = found.told.get("validation")
    if not tried:
        return
    st.subheader("Tried on material that no model made", anchor=False)
    rows = [
        {
            "On": r["about"],
            "Measure": r["measure"],
            "Found": wording.validated(r),
            "Wished": r["wanted"] or "",
            "n": r["n"],
        }
        for r in tried["rows"]
    ]
    st.dataframe(rows, hide_index=True, width="stretch")


def _blind(service: Client, told: Json) -> None:
    st.subheader("What each metric cannot see", anchor=False)
    known = findings.metrics(service)
    for tier, words in known["tiers"].items():
        with st.expander(f"{TIERS.get(tier, tier)}: what none of them can see"):
            st.text(words)
    agreed = {m["metric"]: m for m in told.get("metrics", ())}
    rows = [
        {
            "Metric": m["metric"],
            "Cannot see": m["blind"].removeprefix("Blind to ").removeprefix("Blind to: "),
            "Against people": _against(m["metric"], agreed),
            "May": MAY.get(m["may_fail"], m["may_fail"]),
            "Answers lines of": ", ".join(k.replace("_", " ") for k in m["kinds"]) or "none",
            "Limits": _bounds(m["bounds"]),
        }
        for m in known["metrics"]
    ]
    wide, narrow = (st.column_config.TextColumn(width=w) for w in (430, 130))
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height=520,
        row_height=92,
        column_config={"Cannot see": wide, "Metric": narrow, "Against people": narrow},
    )


def _against(metric: str, agreed: Mapping[str, Json]) -> str:
    one = agreed.get(metric)
    if one is None:
        return UNSHOWN
    span = wording.interval(one["ci_low"], one["ci_high"], "share")
    return f"{wording.percent(one['accuracy'])} ({span}), {one['shots']} shots"


def _bounds(bounds: Sequence[Mapping[str, Any]]) -> str:
    return (
        "; ".join(f"{b['number']} {wording.number(b['limit'], b['unit'])}" for b in bounds)
        or "none by itself"
    )
