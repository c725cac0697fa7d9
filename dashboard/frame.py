"""What every screen shares: the client, the frame around it, text that stays text."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, cast

import streamlit as st

from dashboard.asking import demonstration
from dashboard.asking.me import Me, me
from dashboard.client import Campaign, Client, Problem, ServiceAway, ServiceSaysNo
from dashboard.menu import WHO
from dashboard.session import SIGNED_OUT, Sessions, SignInAgain
from dashboard.wording import ROLES

P = ParamSpec("P")
ME, VISIT, REFUSED, PAGES = "who-looks", "visit", "refused-before", "pages"  # of a session
AWAY = "away-looks"
AGAIN_S = 3.0  # between looks for a service that went away
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One run of the screens: who looks, over which client, or what went wrong with that."""

    server: str
    token: str | None = None
    client: Client | None = None
    me: Me | None = None
    trouble: Exception | None = None

    @property
    def scopes(self) -> Sequence[str] | None:
        """Give what whoever looks may do; None = not known."""
        return self.me["scopes"] if self.me else None


def visit(server: str, token: Callable[[], str | None] = id_token) -> Visit:
    """Find out who looks, once in each run; what goes wrong is kept for the screen to say."""
    said = token()
    try:
        service = client(server) if said is None else sessions().client(server, said)
        known = me(service)
    except (SignInAgain, ServiceAway, ServiceSaysNo) as trouble:
        st.session_state.pop(ME, None)
        return Visit(server=server, token=said, trouble=trouble)
    st.session_state[ME] = known
    return Visit(server=server, token=said, client=service, me=known)


def looking() -> Me | None:
    """Give whoever looks, for screens that say it or ask for less; None = not known."""
    return cast("Me | None", st.session_state.get(ME))


def framed(
    title: str,
    screen: Callable[[Client], None],
    server: str,
    token: Callable[[], str | None] = id_token,
) -> None:
    """Draw one screen by itself; see `shown`."""
    shown(title, screen, visit(server, token))


def shown(title: str, screen: Callable[[Client], None], seen: Visit, needs: str = "read") -> None:
    """Draw a screen; what the service refuses or cannot do is said in its words."""
    st.title(title, anchor=False)
    st.session_state[VISIT] = seen
    if seen.trouble:
        _say(seen.trouble, seen)
    elif seen.client and seen.me and needs not in seen.me["scopes"]:
        st.info(f"This screen is for {WHO[needs]}.", icon=":material/lock:")
        st.text(
            f"You are here as {ROLES.get(seen.me['role'], seen.me['role'])}. "
            "The menu shows what is yours."
        )
    elif seen.client:
        with troubles(seen):
            _said_before()
            screen(seen.client)


@contextmanager
def troubles(seen: Visit) -> Iterator[None]:
    """Say what the service refuses or cannot do, where it happens."""
    try:
        yield
    except (SignInAgain, ServiceAway, ServiceSaysNo) as trouble:
        _say(trouble, seen)


@contextmanager
def spoken() -> Iterator[None]:
    """Say a refusal of what is asked inside, right here; what stands above stays."""
    with troubles(st.session_state[VISIT]):
        yield


def part(
    run_every: float | None = None,
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a part of a screen that is drawn again by itself, and says its own troubles.

    Like `st.fragment`, whose errors reach no frame: a service that went away meanwhile, or a
    person who was removed, is told here as on a whole screen.
    """

    def made(draw: Callable[P, None]) -> Callable[P, None]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
            with troubles(st.session_state[VISIT]):
                draw(*args, **kwargs)

        return cast("Callable[P, None]", st.fragment(drawn, run_every=run_every))

    return made


def doing(action: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Do what a click asks (`on_click=doing, args=(…)`); a refusal is said above the next run."""
    try:
        action(*args, **kwargs)
    except (SignInAgain, ServiceAway, ServiceSaysNo) as trouble:
        st.session_state[REFUSED] = trouble


def signature(seen: Visit) -> None:
    """Say below the menu who looks."""
    if seen.me:
        role = ROLES.get(seen.me["role"], seen.me["role"])
        known = [] if seen.me["role"] == "owner" else [seen.me["name"]]
        with st.sidebar:
            st.caption(plain(" · ".join(["You", *known, role])))


def _said_before() -> None:
    trouble = st.session_state.pop(REFUSED, None)
    if trouble:
        _say(trouble, st.session_state[VISIT])


def _say(trouble: Exception, seen: Visit) -> None:
    if isinstance(trouble, SignInAgain):
        _sign_in()
    elif isinstance(trouble, ServiceAway):
        st.error(f"No service answers at {plain(seen.server)}.", icon=":material/link_off:")
        st.text("Start it with: circletake up")
        st.caption("This screen looks again every few seconds and goes on by itself.")
        st.session_state[AWAY] = 0
        _until_it_answers(seen.server)
    elif isinstance(trouble, ServiceSaysNo):
        _refused(trouble.problem, seen)


def _refused(problem: Problem, seen: Visit) -> None:
    if problem["status"] == SIGNED_OUT:
        if seen.token is not None:
            sessions().forget(seen.server, seen.token)
        _sign_in()
        return
    st.error(plain(problem["title"]), icon=":material/error:")
    st.text(problem["detail"])
    if "request_id" in problem:
        st.caption(f"Request {plain(problem['request_id'])}")


@st.fragment(run_every=AGAIN_S)
def _until_it_answers(server: str) -> None:
    """Look whether the service is back, not at once but after a while; then draw all anew."""
    looks = st.session_state.get(AWAY, 0)
    st.session_state[AWAY] = looks + 1
    if not looks:
        return
    try:
        client(server).now()
    except (ServiceAway, ServiceSaysNo):
        return
    st.rerun(scope="app")


def _sign_in() -> None:
    """Ask whoever looks to sign in; where no identity provider is set, say so."""
    st.info("Sign in to see what is yours.", icon=":material/login:")
    if "is_logged_in" not in st.user:
        st.text("These screens know no identity provider: see the dashboard's README.")
    elif st.user.is_logged_in:
        st.button("Sign in again", on_click=st.logout)
    else:
        st.button("Sign in", on_click=st.login)


def hint(text: str) -> None:
    """Write words of ours small, with commands in them; a caption would pale them too much."""
    st.markdown(f":small[{text}]")


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


def distinct(names: Mapping[str, str]) -> dict[str, str]:
    """Make names of things differ where two read alike: a list knows its entries by their names.

    Args:
        names: by id; the first letters of the id are added where they are needed.
    """
    many = Counter(names.values())
    return {i: f"{name} ({i[:4]})" if many[name] > 1 else name for i, name in names.items()}


def nothing_yet() -> None:
    """Say what to do in an empty home, and offer the demonstration where the service does."""
    seen = cast("Visit | None", st.session_state.get(VISIT))
    if seen and seen.me and not seen.me.get("reads") and "submit" not in seen.me["scopes"]:
        st.info("No studio's records are open to you yet.", icon=":material/lock_open:")
        st.text(
            "The lead of the beta gives leave to look at a studio, for a reason and a while "
            "(Admin, Leave to look). What a studio has run stands here from then on."
        )
        return
    st.info("Nothing has been run in this home yet.", icon=":material/movie:")
    offered = demonstration.guests(seen.client) if seen and seen.client else []
    st.markdown(
        "1. **Hand in a shot pack**: your shots, reference pictures and what each shot must show.\n"
        "2. **See the plan**: how many takes, what they may cost, when they are done.\n"
        "3. **Send it**, and watch the takes arrive and be measured."
    )
    with st.container(horizontal=True):
        if st.button("Hand in a shot", icon=":material/upload:", key="first-shot"):
            go("submit")
        label = "See it with the demonstration"
        shown_how = bool(offered) and st.button(label, type="primary", key="demonstrate")
    if shown_how and seen and seen.client:
        _demonstrate(seen.client, offered)
    if offered:
        st.caption(
            "The demonstration takes two fictional studios through the whole way, in about two "
            "minutes. Its pictures are drawn by this machine, cost nothing, and say SIMULATED."
        )
    else:
        st.text("Start with: circletake demo")


def _demonstrate(service: Client, offered: Sequence[demonstration.Guest]) -> None:
    """Draw the packs and send their campaigns; what was sent before is not sent twice."""
    with st.status("Drawing the demonstration's shots (half a minute)", expanded=True) as told:
        bar = st.progress(0.0, text="Beginning")
        for i, guest in enumerate(offered):
            bar.progress(i / len(offered), text=plain(guest["title"]))
            demonstration.start(service, guest)
        bar.progress(1.0, text="Sent")
        told.update(label="The demonstration runs", state="complete")
    go("progress")


def go(path: str, **query: str) -> None:
    """Leave for another screen, by its address in the menu; what follows is not drawn."""
    page = st.session_state.get(PAGES, {}).get(path)
    if page is not None:  # a screen that is drawn by itself has nowhere to go
        st.switch_page(page, query_params=query)


def link(label: str, path: str, icon: str | None = None, **query: str) -> None:
    """Draw a link to another screen, where the menu has it."""
    page = st.session_state.get(PAGES, {}).get(path)
    if page is not None:
        st.page_link(page, label=label, icon=icon, query_params=query or None)
