"""What every screen shares: the client, the frame around it, text that stays text."""

import re
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.client import Campaign, Client, ServiceAway, ServiceSaysNo

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:@&^=])")
MARKS = {"pass": "✓", "fail": "✕", "unsure": "?", "not_measured": "–"}


def plain(text: object) -> str:
    """Escape words that people wrote, so that no markdown, link or formula is made of them."""
    return MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


@st.cache_resource(show_spinner=False, on_release=Client.close)
def client(server: str) -> Client:
    """Give the one client of this process."""
    return Client(server)


def framed(title: str, screen: Callable[[Client], None], server: str) -> None:
    """Draw a screen; what the service refuses or cannot do is said in its words."""
    st.title(title)
    try:
        screen(client(server))
    except ServiceAway:
        st.error(f"No service answers at {plain(server)}.", icon=":material/link_off:")
        st.text("Start it with: circletake up")
    except ServiceSaysNo as no:
        st.error(plain(no.problem["title"]), icon=":material/error:")
        st.text(no.problem["detail"])
        if "request_id" in no.problem:
            st.caption(f"Request {plain(no.problem['request_id'])}")


def simulated_banner(simulated: bool) -> None:  # noqa: FBT001 - one fact, one banner
    """Say that nothing on the screen is real, where that is so."""
    if simulated:
        st.error(
            "**SIMULATED**: every take here was drawn by the built-in emulator. Nothing on this "
            "screen says anything about a real model.",
            icon=":material/science:",
        )


def chosen(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Let people choose a partner; simulated and real campaigns are never shown together."""
    kinds = {c["simulated"] for c in campaigns}
    shown = list(campaigns)
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Campaigns", ["real", "simulated"], default="real", key="kind", bind="query-params"
        )
        shown = [c for c in campaigns if c["simulated"] == (kind == "simulated")]
    names = {c["partner"]: c["partner_name"] for c in shown}
    if len(names) < 2:
        return shown
    options = ["", *names]
    partner = st.selectbox(
        "Partner",
        options,
        key="partner",
        bind="query-params",
        format_func=lambda p: names.get(p, "All partners"),
        width=360,
    )
    return [c for c in shown if partner in {"", c["partner"]}]


def nothing_yet() -> None:
    """Say what to do in an empty home."""
    st.info("Nothing has been run in this home yet.")
    st.text("Start with: circletake demo")
