"""Takes as tiles: the picture, the recipe by its title, verdicts by shape, what was decided."""

from collections.abc import Sequence

import streamlit as st

from dashboard import wording
from dashboard.client import Client, TakeRow
from dashboard.frame import plain
from dashboard.pieces.detail import DECISIONS, name, spoken, verdicts


def gallery(service: Client, takes: Sequence[TakeRow]) -> None:
    """Draw takes, and trials that gave none, with reasons."""
    with st.grid("auto", min_column_width=230, key="takes"):
        for i, take in enumerate(takes):
            with st.container(border=True, gap="xsmall", key=f"take-{i}"):
                _tile(service, take)


def _tile(service: Client, take: TakeRow) -> None:
    if take["links"]["thumb"]:
        st.image(service.url(take["links"]["thumb"]), width="stretch", alt=name(take))
    elif take["take"]:
        st.text(wording.NOT_SHOWN)
    title = f"**{plain(take['recipe_title'])}**" + (" · control" * take["control"])
    words = [f"{plain(take['shot'])} · {plain(take['model_name'])}"]
    if take["take"] is None:
        st.markdown(title)
        st.caption(words[0])
        st.text(f"{spoken(take['state'])}: {take['reason'] or take['code']}")
        return
    words.append(plain(verdicts(take["verdicts"])))
    st.markdown("  \n".join([title, *(f":small[{w}]" for w in words)]))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Open take", key=f"open-{take['take']}", on_click=_open, args=(take["take"],))
        decision = take.get("decision")
        if decision:
            st.badge(plain(DECISIONS.get(decision["status"], decision["status"])), color="gray")
        for flag in take["flags"]:
            if flag != "simulated":  # the banner says it of all
                st.badge(wording.flag(flag), color="red")


def _open(take: str) -> None:
    st.query_params["take"] = take
