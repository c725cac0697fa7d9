"""Report: freeze what is known into files, and fetch them."""

from collections.abc import Sequence

import streamlit as st

from dashboard import wording
from dashboard.client import Campaign, Client, Report
from dashboard.frame import chosen, nothing_yet, plain, simulated_banner

REFRESH_S = 90  # links live two minutes
FILES = {
    "findings.html": "Read the report",
    "findings.json": "Every number (JSON)",
    "takes.parquet": "Takes (Parquet)",
    "scores.parquet": "Scores (Parquet)",
    "MANIFEST.json": "Manifest with hashes",
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
    st.caption(
        "A report is a frozen snapshot: what is measured afterwards does not change it. "
        "Build a new one instead."
    )
    if st.button("Build the report", type="primary", disabled=not picked, key="build"):
        with st.spinner("Compiling"):
            made = service.build_report(picked)
        st.success(f"Built: {plain(made['title'])}")


@st.fragment(run_every=REFRESH_S)
def _shelf(service: Client) -> None:
    """List reports; drawn again before the links end."""
    st.subheader("Reports", anchor=False)
    reports = service.reports()
    if not reports:
        st.text("No report was built yet.")
    for report in reports:
        with st.container(border=True, key=f"report-{report['report']}"):
            _entry(service, report)


def _entry(service: Client, report: Report) -> None:
    kind = "**SIMULATED** · " if report["simulated"] else ""
    st.markdown(f"{kind}**{plain(report['title'])}**")
    many = wording.count(len(report["campaigns"]), "campaign")
    st.caption(f"{wording.day(report['created_at'])} · {many} · snapshot {report['snapshot'][:12]}")
    with st.container(horizontal=True):
        links = {file["name"]: file["link"] for file in report["files"]}
        for name, label in FILES.items():
            if name in links:
                first = name == "findings.html"
                st.link_button(
                    label, service.url(links[name]), type="primary" if first else "secondary"
                )
