"""In whose name something is said: one's own where one is known, else asked for once."""

from typing import cast

import streamlit as st

from dashboard.frame import looking, plain

NAME, ASKED = "speaks-as", "speaks-as-field"
OWNER = "owner"
LONGEST = 80


def may_speak() -> bool:
    """Say whether whoever looks may decide and say anything."""
    known = looking()
    return known is None or "submit" in known["scopes"]


def speaks_as() -> tuple[bool, str | None]:
    """Give whether somebody may speak now, and the name to send; None = the service knows it.

    On one's own machine nobody signs in, so that a name is asked for, once in a session.
    """
    known = looking()
    if known is not None and known["role"] != OWNER:
        return may_speak(), None
    name = cast("str", st.session_state.get(NAME, ""))
    if name:
        with st.container(horizontal=True, vertical_alignment="center", key="speaker"):
            st.caption(f"You decide as **{plain(name)}**.")
            st.button("Somebody else", key="speaks-other", type="tertiary", on_click=_forget)
        return True, name
    st.text_input(
        "Your name",
        key=ASKED,
        max_chars=LONGEST,
        on_change=_keep,
        width=300,
        placeholder="as it shall stand beside what you decide",
        help="A decision belongs to a person. Asked once; it stays until you close this page.",
    )
    return False, None


def _keep() -> None:
    st.session_state[NAME] = " ".join(str(st.session_state.get(ASKED, "")).split())


def _forget() -> None:
    st.session_state.pop(NAME, None)
