"""One line of one take, opened: evidence, overruling, before and after, repair from a drawing."""

import secrets
from collections.abc import Callable
from typing import cast

import streamlit as st

from dashboard import wording
from dashboard.asking import sheet as ask
from dashboard.asking.sheet import Drawing, Said, SheetLine, ShotRow
from dashboard.client import Client, Line, Take
from dashboard.frame import MARKS, part, plain
from dashboard.pieces.detail import evidence, measured, outside
from dashboard.pieces.sketch import seen, sketch
from dashboard.pieces.speaking import may_speak

RULINGS = {"pass": "✓ pass", "fail": "✕ fail", "unsure": "? unsure"}
WISHES = {
    "inpaint": "paint it anew, as I say",
    "erase": "take it away",
    "recolour": "give it the colour that I name",
    "none": "only note it",
}
ONLY_LOOKING = "You may look here. People of the partner's studio decide and overrule."
NAME_FIRST = "Say your name above the sheet first: what you say stands beside it."


@part()
def line_room(service: Client, row: ShotRow, number: int, *, ready: bool, by: str | None) -> None:
    """Draw everything that can be known and done about one line."""
    take = service.take(row["take"] or "")
    line = next((v for v in take["lines"] if v["line"] == number), None)
    kept = next((v for v in row["lines"] if v["line"] == number), None)
    if line is None or kept is None:
        st.warning("This line is not there any more. Close this and look again.")
        return
    must = " · **must**" if line["must"] else ""
    mark = f"**{MARKS[line['verdict']]} {wording.VERDICTS[line['verdict']]}**"
    st.markdown(f"{plain(line['criterion'])}{must}  \n{mark} · {plain(measured(line))}")
    if line["reason"]:
        st.text(f"Why: {line['reason']}")
    st.caption(f"Said by {plain(line['by'])}{_before(line)}")
    shown, ruled, changed, mended = st.tabs(
        ["Evidence", "Overrule", "Before and after", "Repair"], key=f"room-{take['take']}-{number}"
    )
    with shown:
        evidence(service, line)
        if not line["evidence"].get("picture"):
            st.text("No picture was drawn for this verdict.")
    with ruled:
        _may(ready, lambda: _overrule(service, take, line, by))
    with changed:
        _changed(service, take, row, kept)
    with mended:
        _may(ready, lambda: _repair(service, take, line, by))


def _may(ready: bool, draw: Callable[[], None]) -> None:  # noqa: FBT001 - one fact, one gate
    if ready:
        draw()
    else:
        st.text(NAME_FIRST if may_speak() else ONLY_LOOKING)


def _before(line: Line) -> str:
    was = line["evidence"].get("overruled")
    if not was:
        return ""
    return f"; before, {plain(was['by'])} said {wording.VERDICTS.get(was['ruling'], was['ruling'])}"


def _overrule(service: Client, take: Take, line: Line, by: str | None) -> None:
    key = f"{take['take']}-{line['line']}"
    others = [r for r in RULINGS if r != line["verdict"]]
    with st.form(f"overrule-{key}", border=False):
        ruling = st.radio("It is", others, format_func=RULINGS.__getitem__, horizontal=True)
        reason = st.text_area("Why", max_chars=2000, placeholder="what you see that it does not")
        sent = st.form_submit_button("Overrule", type="primary")
    st.caption("Your word stands from now on. What was measured stays beside it, as your rating.")
    if not sent:
        return
    if not (reason or "").strip():
        st.error("Say why: somebody will read it in the report.")
        return
    ask.overrule(
        service, take["take"] or "", line["line"], ruling=ruling or others[0], reason=reason, by=by
    )
    st.rerun()


def _changed(service: Client, take: Take, row: ShotRow, line: SheetLine) -> None:
    if not row["parent"]:
        st.text("This take was not repaired, so there is no before.")
        return
    parent = service.take(row["parent"])
    was = line["before"]
    for column, words, one, verdict in zip(
        st.columns(2), ("Before", "After"), (parent, take), (was, line["verdict"]), strict=True
    ):
        with column:
            said = f"{MARKS[verdict]} {wording.VERDICTS[verdict]}" if verdict else "not judged"
            st.markdown(f"**{words}** · {said}")
            link = one["links"]["preview"]
            if not link:
                st.text(wording.NOT_SHOWN)
            elif (one["mime"] or "").startswith("video/"):
                st.video(service.url(link), muted=True, loop=True)
            else:
                st.image(service.url(link), width="stretch", alt=f"{words} the repair")
    st.text(outside(row["outside_mask"]))


def _repair(service: Client, take: Take, line: Line, by: str | None) -> None:
    id_, number = take["take"] or "", line["line"]
    st.caption(
        "Draw round what shall change and say what you wish: only what lies inside is touched."
    )
    drawing = sketch(seen(service, take, draw=True), key=f"matte-{id_}-{number}")
    wish = st.selectbox(
        "What shall be done",
        list(WISHES),
        format_func=WISHES.__getitem__,
        key=f"wish-{id_}-{number}",
    )
    text = st.text_input("In your words", max_chars=400, key=f"words-{id_}-{number}")
    said: Said = {
        "text": text or "",
        "wish": wish or "none",
        "line": number,
        "drawing": cast("Drawing | None", drawing),
    }
    if by is not None:
        said["by"] = by
    with st.container(horizontal=True):
        keep = st.button("Keep and see the price", key=f"note-{id_}-{number}", type="primary")
        own = st.button(
            "Repair it with the shot's own matte",
            key=f"own-{id_}-{number}",
            disabled=line["verdict"] == "pass",
        )
    if own:
        wish = f"repairing-{id_}-{number}"  # the same one until it was heard: paid once
        key = st.session_state.setdefault(wish, secrets.token_hex(16))
        _handed(ask.repair(service, id_, [number], by, key))
        del st.session_state[wish]
    if keep and not drawing and said["wish"] != "none":
        st.error("Nothing is drawn yet: choose “Draw an area” and draw round it.")
    elif keep:
        _noted(service, id_, said, by)
    _priced(service, id_, by)


def _noted(service: Client, take: str, said: Said, by: str | None) -> None:
    note = ask.jot(service, take, said)
    if said["wish"] == "none":
        st.success("Kept. It stands on the take for everybody who may see it.")
        return
    wish = {"note": note["id"], "key": secrets.token_hex(16)}
    found = ask.price(service, take, note["id"], by, wish["key"])
    st.session_state["wished"] = {**wish, "take": take, "most": found["worst_case_usd"]}


def _priced(service: Client, take: str, by: str | None) -> None:
    wished = st.session_state.get("wished")
    if not wished or wished["take"] != take:
        return
    st.markdown(f"It costs at most **{wording.usd(wished['most'])}**.".replace("$", r"\$"))
    if st.button("Hand it in", key=f"refine-{take}"):
        found = ask.refine(service, take, wished["note"], by, wished["key"])
        st.session_state.pop("wished")
        _handed(found)


def _handed(found: dict[str, str]) -> None:
    waits = f" ({found['note']})" if found.get("note") else ""
    st.success(f"Handed in: {found['state']}{plain(waits)}. The new take joins this shot's others.")
    st.toast("Handed in. The new take joins this shot's others.")  # a long room hides the end
