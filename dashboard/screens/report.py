"""Report builder: see what will be in it and what nobody signed, freeze it, fetch the files."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import wording
from dashboard.asking import findings, reports, signoff
from dashboard.client import Campaign, Client, Report, ServiceSaysNo
from dashboard.frame import chosen, link, nothing_yet, part, plain, simulated_banner

Json = Mapping[str, Any]
REFRESH_S = 90  # links live two minutes
OWN = ""  # whoever reads it by default
FILES = {
    "findings.html": "Read it",
    "findings.pdf": "PDF",
    "findings.pptx": "Slides",
    "findings.json": "Every number (JSON)",
    "takes.parquet": "Takes (Parquet)",
    "scores.parquet": "Scores (Parquet)",
    "votes.parquet": "Votes (Parquet)",
    "votes.csv": "Votes (CSV)",
    "MANIFEST.json": "Manifest with hashes",
}
WEEK = {
    "green": ("on plan", ":material/check_circle:", "green"),
    "amber": ("watch", ":material/warning:", "orange"),
    "red": ("the plan cannot make it", ":material/error:", "red"),
}


def render(service: Client) -> None:
    """Draw the screen."""
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return
    campaigns = chosen(everything)
    if campaigns:
        simulated_banner(simulated=campaigns[0]["simulated"])
        _build(service, campaigns)
    _shelf(service)


def _build(service: Client, campaigns: Sequence[Campaign]) -> None:
    names = {c["id"]: f"{c['partner_name']} · {c['packs'][0]['title']}" for c in campaigns}
    picked = st.multiselect(
        "Campaigns in the report",
        list(names),
        default=list(names),
        format_func=lambda id_: names[id_],
        key="campaigns",
    )
    if not picked:
        st.text("Choose a campaign: a report needs one at least.")
        return
    mine = [c for c in campaigns if c["id"] in picked]
    edition = _edition(mine)
    _week(service, picked)
    _contents(service, picked)
    _signed(service, mine)
    st.caption(
        "A report is a frozen snapshot: what is measured or signed afterwards does not change it. "
        "Build a new one instead."
    )
    if st.button("Freeze the report", type="primary", icon=":material/ac_unit:", key="build"):
        with st.spinner("Compiling, setting the pages and drawing the slides"):
            made = reports.build(service, picked, edition)
        st.success(f"Built: {plain(made['title'])}. Its files stand below.")


def _edition(campaigns: Sequence[Campaign]) -> str | None:
    studios = {c["partner"]: c["partner_name"] for c in campaigns}
    return (
        st.selectbox(
            "For whom",
            [OWN, *studios],
            key="edition",
            format_func=lambda p: f"For {studios[p]}" if p else "For whoever builds it",
            width=420,
            help="An edition for a studio shows its own campaigns; of others it tells a group of "
            "three studios or more, or nothing.",
        )
        or None
    )


def _week(service: Client, picked: Sequence[str]) -> None:
    """Say whether the sample can be reached by the day of the findings."""
    try:
        told = reports.digest(service, picked)
    except ServiceSaysNo as refused:
        st.text(f"How they stand is not told: {refused.problem['detail']}")
        return
    for row in told["campaigns"]:
        label, icon, colour = WEEK[row["state"]]
        with st.container(border=True, gap="xsmall", key=f"week-{row['campaign']}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(row['partner_name'])}**", width="content")
                st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]
            st.caption(plain(f"{row['progress']} · {row['money']} · {row['due']}"))
            for why in row["why"]:
                st.text(f"– {why}")


def _contents(service: Client, picked: Sequence[str]) -> None:
    """Say part by part what the report will hold, and what is missing."""
    try:
        told = findings.of_campaigns(service, picked)
    except ServiceSaysNo as refused:
        st.text(f"What will be in it is not told here: {refused.problem['detail']}")
        return
    rows = [{"Part": name, "What stands there": words} for name, words in _parts(told)]
    with st.expander("What will be in it", expanded=True, icon=":material/toc:"):
        st.dataframe(rows, hide_index=True, width="stretch", height="content")


def _parts(told: Json) -> list[tuple[str, str]]:
    declared = [c for c in told["comparisons"] if c.get("declared", True)]
    closed = [s for s in told.get("studies") or () if s["state"] == "closed"]
    tested = told.get("trust") or {}
    circled = [c for c in (told.get("loop") or {}).get("circling", ()) if c["circled"]]
    own = [m for m in (told.get("old_way") or {}).get("multiples", ()) if m["times"] is not None]
    people = _many(closed, "closed study", "closed studies")
    return [
        ("Executive summary", told["answer"][0] if told["answer"] else "no answer yet"),
        ("Findings", _many(told["findings"], "finding")),
        ("Ranking", f"{_many(declared, 'declared question')}, drawn and in numbers"),
        ("What people preferred", people if closed else "not measured: no study is closed"),
        ("Partner by partner", _many(told["campaigns"], "campaign")),
        ("Slices", f"{_many(told.get('slices') or (), 'slice')}, marked exploratory"),
        ("Cost and waiting", _many(told["recipes"], "recipe")),
        ("Until a take is circled", _many(circled, "recipe") if circled else "nobody circled yet"),
        ("Time saved", _many(own, "comparison") if own else "not measured: no hours were logged"),
        ("Metrics against people", "measured" if tested else "not measured: no study is closed"),
        ("In their own words", _many(told.get("observations") or (), "observation")),
        ("Limitations", _many(told.get("limits") or (), "limit")),
    ]


def _many(things: Sequence[Any], one: str, many: str | None = None) -> str:
    return wording.count(len(things), one, many) if things else f"no {one}"


def _signed(service: Client, campaigns: Sequence[Campaign]) -> None:
    st.subheader("Signed by the studios", anchor=False)
    rows = []
    for campaign in campaigns:
        counts = signoff.counts(service, campaign["id"])
        rows.append(
            {
                "Studio": campaign["partner_name"],
                "Campaign": campaign["packs"][0]["title"],
                "Not signed": counts["not_signed"],
                "Approved": counts["approved"],
                "Corrected": counts["corrected"],
                "Withdrawn": counts["withdrawn"],
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch")
    if any(row["Not signed"] for row in rows):
        st.warning(
            "Quotes and pictures that nobody signed are printed with the words “not signed”. "
            "Each studio signs its own on the Partner page.",
            icon=":material/signature:",
        )
        link("Go to what is not signed", "partner", part="Sign-off")


@part(run_every=REFRESH_S)
def _shelf(service: Client) -> None:
    """List reports; drawn again before the links end."""
    st.subheader("Reports", anchor=False)
    finished = service.reports()
    if not finished:
        st.text("No report was built yet.")
    for report in finished:
        with st.container(border=True, key=f"report-{report['report']}"):
            _entry(service, report)


def _entry(service: Client, report: Report) -> None:
    kind = "**SIMULATED** · " if report["simulated"] else ""
    st.markdown(f"{kind}**{plain(report['title'])}**")
    many = wording.count(len(report["campaigns"]), "campaign")
    when = wording.moment(report["created_at"])
    st.caption(plain(f"{when} · {many} · {_for(report)} · snapshot {report['snapshot'][:12]}"))
    links = {file["name"]: file["link"] for file in report["files"] if file["link"]}
    if not links:
        st.text(wording.NOT_SHOWN)
    with st.container(horizontal=True):
        for name, label in FILES.items():
            if name in links:
                first = name == "findings.html"
                st.link_button(
                    label, service.url(links[name]), type="primary" if first else "secondary"
                )


def _for(report: Report) -> str:
    edition = str(report.get("edition", "internal"))
    return "for the beta's team" if edition == "internal" else f"for {edition}"
