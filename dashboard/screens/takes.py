"""Takes: a page of 48 under filters that live in the URL, and one take with everything about it."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import wording
from dashboard.client import Campaign, Client, Takes
from dashboard.frame import chosen, nothing_yet, simulated_banner
from dashboard.pieces.detail import detail, spoken
from dashboard.pieces.gallery import gallery

PAGE = 48
STATES = ("done", "refused", "failed", "parked", "unknown", "open")
SORTS = {
    "newest": "newest first",
    "open": "fewest open must-lines first",
    "cheapest": "cheapest first",
    "dearest": "dearest first",
}
DECISIONS = {
    "circled": "circled",
    "approved": "approved",
    "changes": "changes wanted",
    "rejected": "rejected",
    "none": "not decided yet",
}


def render(service: Client) -> None:
    """Draw the screen: one take if the URL names one, else a page of them."""
    if id_ := st.query_params.get("take"):
        icon = ":material/arrow_back:"
        st.button("Back to the takes", icon=icon, on_click=_go, args=("take", None))
        detail(service, id_, gallery)
        return
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return
    query, campaigns = _filters(everything)
    if not campaigns:
        return
    simulated_banner(simulated=campaigns[0]["simulated"])
    page = service.takes({**query, "limit": PAGE, "cursor": st.query_params.get("cursor")})
    _turn(page)
    if page["takes"]:
        gallery(service, page["takes"])
    else:
        st.info("No take fits these filters. Set one of them back to “any”.")


def _filters(everything: Sequence[Campaign]) -> tuple[dict[str, str | None], list[Campaign]]:
    with st.grid(5, min_column_width=130, vertical_alignment="bottom", key="filters"):
        campaigns = chosen(everything)
        shots = dict.fromkeys(s for c in campaigns for s in c["shots"])
        titles = {r["recipe"]: r["title"] for c in campaigns for r in c["recipes"]}
        query = {
            "campaign": _campaign(campaigns),
            "shot": _choice("Shot", "shot", list(shots)),
            "recipe": _choice("Recipe", "recipe", list(titles), lambda r: titles.get(r, r)),
            "verdict": _choice("Verdict", "verdict", list(wording.VERDICTS), spoken),
            "decision": _choice("Decision", "decision", list(DECISIONS), DECISIONS.__getitem__),
            "flag": _choice("Flag", "flag", list(wording.FLAGS), wording.flag),
            "state": _choice("State", "state", STATES, spoken),
            "sort": _choice("Order", "sort", list(SORTS), SORTS.__getitem__, none="by shot"),
        }
    partners = {c["partner"] for c in campaigns}
    return {**query, "partner": partners.pop() if len(partners) == 1 else None}, campaigns


def _campaign(campaigns: Sequence[Campaign]) -> str | None:
    """Let people choose one campaign of several, by its packs' titles and its day."""
    if len(campaigns) < 2:
        return None
    titles = {c["id"]: _title(c) for c in campaigns}
    return _choice("Campaign", "campaign", list(titles), lambda c: titles.get(c, c))


def _title(campaign: Campaign) -> str:
    packs = ", ".join(pack["title"] for pack in campaign["packs"])
    return f"{packs}, {wording.day(campaign['created_at'])} ({campaign['id'][:4]})"


def _choice(
    label: str,
    key: str,
    options: Sequence[str],
    name: Callable[[str], str] = str,
    none: str = "any",
) -> str | None:
    picked = st.selectbox(
        label,
        ["", *options],
        key=key,
        bind="query-params",
        on_change=_first_page,
        format_func=lambda o: name(o) if o else none,
    )
    return picked or None


def _turn(page: Takes) -> None:
    last = page["first"] + len(page["takes"]) - 1
    with st.container(horizontal=True, vertical_alignment="center", key="turn"):
        st.text(f"{page['first']} to {last} of {page['total']:,} takes")
        for label, cursor, icon in (
            ("Previous", page["previous"], ":material/chevron_left:"),
            ("Next", page["next"], ":material/chevron_right:"),
        ):
            st.button(
                label,
                icon=icon,
                key=f"turn-{label.lower()}",
                disabled=cursor is None,
                on_click=_go,
                args=("cursor", cursor),
            )


def _go(key: str, value: str | None) -> None:
    if value is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = value


def _first_page() -> None:
    st.query_params.pop("cursor", None)
