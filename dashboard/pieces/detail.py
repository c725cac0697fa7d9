"""Everything about one take: picture, lines with evidence, scores, lineage, history, provenance."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import wording
from dashboard.asking.takes import History, RepairSaid, history
from dashboard.client import Client, Line, Reference, Take, TakeRow
from dashboard.frame import MARKS, plain, simulated_banner
from dashboard.pieces.sketch import seen, sketch

DECISIONS = {
    "circled": "◯ circled",
    "approved": "✓ approved",
    "changes": "△ changes wanted",
    "rejected": "✕ rejected",
    "withdrawn": "– taken back",
}


def detail(service: Client, id_: str, grid: Callable[[Client, Sequence[TakeRow]], None]) -> None:
    """Draw one take; `grid` draws those beside it."""
    take = service.take(id_)
    simulated_banner(simulated=take["simulated"])
    st.header(f"{plain(take['shot'])}: {plain(take['recipe_title'])}", anchor=False)
    st.text(take["description"])
    stage(service, take)
    _facts(take)
    told = history(service, id_)
    _decided(told)
    _lines(service, take["lines"])
    _family(take, told)
    _scores(take)
    st.subheader("Provenance", anchor=False)
    facts = [{"Fact": spoken(k), "Value": str(v)} for k, v in take["provenance"].items()]
    st.dataframe(facts, hide_index=True, width="stretch")
    if take["siblings"]:
        st.subheader("Other takes of this shot", anchor=False)
        grid(service, take["siblings"])


def stage(service: Client, take: Take) -> None:
    """Draw a take large, its references beside it."""
    references = take["references"]
    left, right = st.columns([3, 1]) if references else (st.container(), None)
    with left:
        if take["links"]["preview"]:
            sketch(seen(service, take, draw=False), key=f"look-{take['take']}")
        else:
            st.text(wording.NOT_SHOWN)
    if right is not None:
        with right:
            for reference in references:
                _reference(service, reference)


def measured(line: Line) -> str:
    """Write what was measured of a line, its limit and the margin."""
    unit = line["unit"] or ""
    if line["value"] is None:
        return "no number"
    words = wording.number(line["value"], unit)
    if line["threshold"] is not None:
        words += f", limit {limit(line)}"
    if line["margin"] is not None:
        words += f", margin {wording.number(line['margin'], unit, signed=True)}"
    return words


def limit(line: Line) -> str:
    """Write a line's limit, and on which side of it the good lies, where the margin tells."""
    value, threshold, margin = line["value"], line["threshold"], line["margin"]
    if threshold is None:
        return ""
    words = wording.number(threshold, line["unit"] or "")
    if value is None or not margin:
        return words
    return f"{'≥' if (value > threshold) == (margin > 0) else '≤'} {words}"


def verdicts(counts: dict[str, int]) -> str:
    """Write how many lines got which verdict."""
    said = [f"{MARKS[k]} {n} {wording.VERDICTS[k]}" for k, n in counts.items() if n]
    return " · ".join(said) or "no acceptance lines"


def name(take: TakeRow) -> str:
    """Name a take for a person."""
    return f"{take['shot']}, {take['recipe_title']}"


def spoken(word: str) -> str:
    """Write a word of the service as people say it."""
    return word.replace("_", " ")


def _reference(service: Client, reference: Reference) -> None:
    if reference["link"]:
        st.image(service.url(reference["link"]), width="stretch", alt="Reference")
    else:
        st.text(wording.NOT_SHOWN)
    st.caption(plain(spoken(reference["role"])))


def _facts(take: Take) -> None:
    with st.grid(5, min_column_width=130, key="facts"):
        open_must = take["open_must"]
        st.metric("Open must-lines", "no lines" if open_must is None else str(open_must))
        st.metric("Cost", wording.usd(take["cost_usd"]))
        st.metric("Answered in", wording.seconds(take["latency_s"]))
        st.metric("Raster", f"{take['width']} × {take['height']}")
        st.metric("Length", wording.length(take) or "still")


def _decided(told: History) -> None:
    st.subheader("Decisions", anchor=False)
    if not told["decisions"]:
        st.text("Nobody has decided about this take yet. The screen Approval does that.")
    for one in reversed(told["decisions"]):
        decided(one["status"], one["by"], one["role"], one["at"], one["note"])


def decided(status: str, by: str, role: str, at: str, note: str) -> None:
    """Write one decision."""
    who = f"{by}, {role}" if role else by
    st.markdown(f"**{DECISIONS.get(status, status)}** by {plain(who)} · {moment(at)}")
    if note:
        st.text(note)


def moment(at: str) -> str:
    """Write a time: 21 November 2026, 16:04 UTC."""
    return f"{wording.day(at)}, {at[11:16]} UTC"


def _lines(service: Client, lines: Sequence[Line]) -> None:
    st.subheader("Acceptance lines", anchor=False)
    if not lines:
        st.text("This shot has no acceptance lines.")
    for line in lines:
        with st.container(border=True, key=f"line-{line['line']}"):
            said, shown = st.columns([2, 3])
            with said:
                _line(line)
            with shown:
                evidence(service, line)


def evidence(service: Client, line: Line) -> None:
    """Draw the picture behind a verdict, or say why there is none."""
    if line["evidence_link"]:
        words = f"Evidence for line {line['line']}"
        st.image(service.url(line["evidence_link"]), width="stretch", alt=words)
    elif line["evidence"].get("picture"):
        st.text(wording.NOT_SHOWN)


def _line(line: Line) -> None:
    must = " · **must**" if line["must"] else ""
    mark = MARKS[line["verdict"]]
    st.markdown(f"Line {line['line']}{must}: {plain(line['criterion'])}")
    st.markdown(f"**{mark} {wording.VERDICTS[line['verdict']]}** · {plain(measured(line))}")
    if line["reason"]:
        st.text(f"Why: {line['reason']}")
    st.caption(f"Said by {plain(line['by'])}")


def _family(take: Take, told: History) -> None:
    """Say what a take was made from, and what was made from it, with proof of what stayed."""
    st.subheader("Lineage", anchor=False)
    if not told["repairs"]:
        made_from = "another take" if take["parent"] else "the shot's plate and references alone"
        st.text(f"Made from {made_from}; no repair led to it or away from it.")
    for repair in told["repairs"]:
        with st.container(border=True):
            _repair(repair, take["take"])


def _repair(repair: RepairSaid, me: str | None) -> None:
    came = "This take came from a repair" if repair["child"] == me else "A repair led on"
    aimed = ", ".join(f"line {n}" for n in repair["lines"])
    st.markdown(f"**{came}** of {aimed} · {wording.usd(repair['cost_usd'])}".replace("$", r"\$"))
    after = {v["line"]: v["verdict"] for v in repair["after"]}
    changes = [
        f"line {v['line']}: {MARKS[v['verdict']]} {wording.VERDICTS[v['verdict']]} → "
        f"{MARKS[after[v['line']]]} {wording.VERDICTS[after[v['line']]]}"
        for v in repair["before"]
        if v["line"] in after
    ]
    st.text(" · ".join(changes) or "No line was judged before.")
    st.text(outside(repair["outside_mask"]))
    other = repair["parent"] if repair["child"] == me else repair["child"]
    words = "Open the take that it repairs" if repair["child"] == me else "Open the repaired take"
    st.button(words, key=f"kin-{repair['child']}", on_click=_open, args=(other,))


def outside(share: float | None) -> str:
    """Say how much changed where nothing should: the proof of a repair."""
    if share is None:
        return ""
    if share == 0:
        return "Outside the matte nothing changed: every pixel is the one that was there."
    return f"Outside the matte {share * 100:.3f} % of the pixels changed."


def _open(take: str) -> None:
    st.query_params["take"] = take


def _scores(take: Take) -> None:
    st.subheader("Scores", anchor=False)
    rows = [
        {
            "Metric": s["metric"],
            "Value": wording.number(s["value"], s["unit"]),
            "Status": spoken(s["status"]),
            "Reason": s.get("reason") or "",
            "Coverage": wording.percent(s.get("coverage")),
            "Version": s.get("version", ""),
        }
        for s in take["scores"]
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.text("This take was not measured.")
