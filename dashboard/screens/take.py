"""Take: one take with everything about it, at an address of its own."""

import streamlit as st

from dashboard.client import Client
from dashboard.frame import link, nothing_yet
from dashboard.pieces.detail import detail
from dashboard.pieces.gallery import gallery

NEWEST = 12


def render(service: Client) -> None:
    """Draw the take that the URL names, or the newest ones to choose from."""
    if id_ := st.query_params.get("take"):
        with st.container(horizontal=True):
            link("All takes", "takes", ":material/grid_view:")
            link("Decide about it", "approval", ":material/adjust:", take=id_)
            link("Compare it", "compare", ":material/compare:", a=id_)
        detail(service, id_, gallery)
        return
    page = service.takes({"limit": NEWEST, "sort": "newest"})
    if not page["takes"]:
        nothing_yet()
        return
    st.text("Choose a take; these are the newest. The screen Takes finds any other.")
    gallery(service, page["takes"])
