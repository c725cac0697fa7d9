"""What every screen shares: the client, the frame around it, text that stays text."""

import re
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.client import Campaign, Client, ServiceAway, ServiceSaysNo
from dashboard.session import SIGNED_OUT, Sessions, SignInAgain

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:@&^=])")
MARKS = {"pass": "✓", "fail": "✕", "unsure": "?", "not_measured": "–"}


def plain(text: object) -> str:
    """Escape words that people wrote, so that no markdown, link or formula is made of them."""
    return MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


@st.cache_resource(show_spinner=False, on_release=Client.close)
def client(server: str) -> Client:
    """Give the one client of this process."""
    return Client(server)


@st.cache_resource(show_spinner=False, on_release=Sessions.close)
def sessions() -> Sessions:
    """Give the sessions of this process; each is found by its own person's token only."""
    return Sessions()


def id_token() -> str | None:
    """Give what the identity provider said about who looks; None = nobody signs in here.

    It stands in the page's own session, and must be exposed there (`expose_tokens = ["id"]`).
    """
    if not st.user.get("is_logged_in"):
        return None
    return st.user.tokens.get("id")


def framed(
    title: str,
    screen: Callable[[Client], None],
    server: str,
    token: Callable[[], str | None] = id_token,
) -> None:
    """Draw a screen; what the service refuses or cannot do is said in its words."""
    st.title(title)
    said = token()
    try:
        screen(client(server) if said is None else sessions().client(server, said))
    except SignInAgain:
        _sign_in()
    except ServiceAway:
        st.error(f"No service answers at {plain(server)}.", icon=":material/link_off:")
        st.text("Start it with: circletake up")
    except ServiceSaysNo as no:
        if no.problem["status"] == SIGNED_OUT:
            if said is not None:
                sessions().forget(server, said)
            _sign_in()
            return
        st.error(plain(no.problem["title"]), icon=":material/error:")
        st.text(no.problem["detail"])
        if "request_id" in no.problem:
            st.caption(f"Request {plain(no.problem['request_id'])}")


def _sign_in() -> None:
    """Ask whoever looks to sign in; where no identity provider is set, say so."""
    st.info("Sign in to see what is yours.", icon=":material/login:")
    if "is_logged_in" not in st.user:
        st.text("These screens know no identity provider: see the dashboard's README.")
    elif st.user.is_logged_in:
        st.button("Sign in again", on_click=st.logout)
    else:
        st.button("Sign in", on_click=st.login)


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
