"""Approval: a playlist, one take at a time, and what a named person decides about it."""

from collections.abc import Callable, Sequence
from typing import cast

import streamlit as st

from dashboard import wording
from dashboard.asking import sheet as notebook
from dashboard.asking.approval import decide, look, playlist
from dashboard.asking.sheet import Drawing, Note, Said
from dashboard.asking.takes import Made, history
from dashboard.client import (
    Campaign,
    Client,
    ServiceAway,
    ServiceSaysNo,
    Take,
    TakeRow,
    Takes,
)
from dashboard.frame import chosen, distinct, link, nothing_yet, part, plain, simulated_banner
from dashboard.pieces.detail import DECISIONS, decided, moment, verdicts
from dashboard.pieces.line import ONLY_LOOKING
from dashboard.pieces.sketch import Mark, seen, sketch
from dashboard.pieces.speaking import may_speak, speaks_as

BUTTONS = (  # status, words, key
    ("circled", "Circle", "1", ":material/circle:"),
    ("approved", "Approve", "2", ":material/check:"),
    ("changes", "Changes", "3", ":material/change_history:"),
    ("rejected", "Reject", "4", ":material/close:"),
)
WANTED = {"none": "to decide", "circled": "circled", "approved": "approved"}
WANTED |= {"changes": "changes wanted", "rejected": "rejected"}
PENDING, SEEN, WORDS = "decision-on-its-way", "opened-in-approval", "decision-words"
STAGE = "approval-stage"
YES = ("circled", "approved")
HELP = (
    "Keys: 1 circle · 2 approve · 3 changes · 4 reject · ↑ and ↓ the take before and the next · "
    "J, K, L play · , and . one frame · A draws an area, D a line · + and - zoom."
)


def render(service: Client) -> None:
    """Draw the screen."""
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return
    with st.grid(5, min_column_width=140, vertical_alignment="bottom", key="playlist"):
        campaigns = chosen(everything)
        if not campaigns:
            return
        campaign = _campaign(campaigns)
        shot = _picked("Shot", "shot", campaign["shots"], str)
        decision = _picked("Decision", "decision", list(WANTED), WANTED.__getitem__)
        page = playlist(service, campaign["id"], shot, decision)
        rows = _of_day(page["takes"])
    _rest(page)
    simulated_banner(simulated=campaign["simulated"])
    ready, by = speaks_as() if may_speak() else (False, None)
    if not rows and not st.query_params.get("take"):
        if campaign["trials"]["done"]:
            st.info("Nothing is on this playlist. Set a filter back to “any”.")
        else:
            st.info("This campaign has no takes yet. They come here as they are made.")
            link("See how it goes", "progress", ":material/timelapse:", campaign=campaign["id"])
        return
    _review(service, rows, ready=ready, by=by)


def _campaign(campaigns: Sequence[Campaign]) -> Campaign:
    made = sorted(campaigns, key=lambda c: not c["trials"]["done"])  # those with takes first
    by_id = {c["id"]: c for c in made}
    titles = distinct({c["id"]: _title(c) for c in made})
    picked = st.selectbox(
        "Campaign",
        list(by_id),
        key="campaign",
        bind="query-params",
        format_func=titles.__getitem__,
    )
    return by_id[picked or made[0]["id"]]


def _title(campaign: Campaign) -> str:
    packs = ", ".join(pack["title"] for pack in campaign["packs"])
    return f"{packs}, {wording.day(campaign['created_at'])}"


def _picked(
    label: str, key: str, options: Sequence[str], words: Callable[[str], str]
) -> str | None:
    picked = st.selectbox(
        label,
        ["", *options],
        key=key,
        bind="query-params",
        format_func=lambda o: words(o) if o else "any",
    )
    return picked or None


def _of_day(rows: list[TakeRow]) -> list[TakeRow]:
    """Let people keep to the takes of one day."""
    days = sorted({(r.get("made_at") or "")[:10] for r in rows} - {""}, reverse=True)
    day = _picked("Made on", "day", days, wording.day)
    return [r for r in rows if day is None or (r.get("made_at") or "").startswith(day)]


def _rest(page: Takes) -> None:
    """Say that a long playlist goes on, and how one gets there."""
    here = len(page["takes"])
    if page["total"] > here:
        told = f"These are the first {here} of {page['total']:,} takes."
        st.text(f"{told} Choose a shot or a decision to come to the others.")


@part()
def _review(service: Client, rows: list[TakeRow], *, ready: bool, by: str | None) -> None:
    ids = [row["take"] or "" for row in rows]
    wanted = st.query_params.get("take") or ids[0]
    _turn(rows, ids, wanted)
    take = service.take(wanted)
    _flag(service, wanted, ready=ready, by=by)
    told = history(service, wanted)["decisions"]
    notes = notebook.notes(service, wanted)
    left, right = st.columns([2.4, 1])
    with left:
        marks: list[Mark] = [
            {"frame": n["frame"], "strokes": n["strokes"], "by": n["by"]} for n in notes
        ]
        layout = seen(service, take, draw=ready, steps=True, marks=marks)
        drawing = sketch(layout, key=STAGE, on_step=lambda: _stepped(ids, wanted))
        st.caption(HELP)
    with right:
        if ready:
            _buttons(service, wanted, told, by)
        else:
            st.text("Say your name above to decide." if may_speak() else ONLY_LOOKING)
        _facts(take)
        _past(told)
    _notes(service, wanted, notes, cast("Drawing | None", drawing), ready=ready, by=by)


def _turn(rows: Sequence[TakeRow], ids: Sequence[str], wanted: str) -> None:
    at = ids.index(wanted) if wanted in ids else -1
    with st.container(horizontal=True, vertical_alignment="center", key="turn"):
        for label, step in (("Previous take", -1), ("Next take", 1)):
            to = at + step
            off = not (at >= 0 and 0 <= to < len(ids))
            goes = "" if off else ids[to]
            st.button(label, key=f"turn-{step}", disabled=off, on_click=_go, args=(goes,))
        if at >= 0:
            st.text(f"{at + 1} of {wording.count(len(ids), 'take')}")
            st.markdown(plain(_label(rows[at])))
        else:
            st.text("This take is not on the playlist; it was opened from elsewhere.")


def _label(row: TakeRow) -> str:
    decision = row.get("decision")
    said = f" · {DECISIONS.get(decision['status'], decision['status'])}" if decision else ""
    return f"{row['shot']} · {row['recipe_title']}{said}"


def _flag(service: Client, take: str, *, ready: bool, by: str | None) -> None:
    """Put on record that this person knows the take from now on; once for each take."""
    known = cast("set[tuple[str, str | None]]", st.session_state.setdefault(SEEN, set()))
    if ready and (take, by) not in known:
        look(service, take, by)
        known.add((take, by))


def _facts(take: Take) -> None:
    st.text(take["description"])
    st.markdown(plain(verdicts(take["verdicts"])))
    open_must = take["open_must"]
    if open_must:
        st.markdown(
            f"✕ **{wording.count(open_must, 'must-line')} open**; see the acceptance sheet."
        )


def _buttons(service: Client, take: str, told: Sequence[Made], by: str | None) -> None:
    seen_one = told[-1]["decision"] if told else ""
    stands = told[-1]["status"] if told else ""
    words = st.text_area(
        "Why (optional)",
        key=f"{WORDS}-{take}",
        max_chars=2000,
        height=80,
        placeholder="for the log",
    )
    with st.grid(2, key="decide"):
        for status, label, key, icon in BUTTONS:
            st.button(
                label,
                key=f"decide-{status}",
                shortcut=key,
                icon=icon,
                width="stretch",
                type="primary" if status == stands else "secondary",
                on_click=_decide,
                args=(service, take, status, words or "", by, seen_one),
            )
    if stands in YES:
        st.button(
            "Take it back",
            key="decide-withdrawn",
            on_click=_decide,
            args=(service, take, "withdrawn", words or "", by, seen_one),
        )
    _said(service, take)
    st.caption("Kept apart from blind votes: what you open here you vote on no more.")


def _decide(
    service: Client, take: str, status: str, note: str, by: str | None, instead_of: str
) -> None:
    """Send a decision; where the connection breaks, once more: it is kept once."""
    said = {"status": status, "note": note, "by": by, "instead_of": instead_of}
    try:
        try:
            decide(service, take, status=status, note=note, by=by, instead_of=instead_of)
        except ServiceAway:
            decide(service, take, status=status, note=note, by=by, instead_of=instead_of)
    except ServiceAway:
        st.session_state[PENDING] = {"take": take, "said": said, "no": None}
    except ServiceSaysNo as no:
        st.session_state[PENDING] = {"take": take, "said": None, "no": no.problem}
    else:
        st.session_state.pop(PENDING, None)
        st.toast(f"Kept: {DECISIONS[status]}")


def _said(service: Client, take: str) -> None:
    """Say what became of a decision that is not kept yet, and what to do."""
    pending = st.session_state.get(PENDING)
    if not pending or pending["take"] != take:
        return
    if pending["no"] is None:
        st.warning("The connection broke before the service answered. Nothing is kept twice.")
        said = pending["said"]
        args = (service, take, said["status"], said["note"], said["by"], said["instead_of"])
        st.button("Send it again", key="decide-again", on_click=_decide, args=args)
        return
    problem = pending["no"]
    if problem.get("field") == "instead_of":
        st.warning("Somebody else decided meanwhile; it stands below. Nothing was replaced.")
        st.text("Read it, and press again if you still want to.")
    elif problem.get("field") == "approval":
        st.warning("A human in this take is played by nobody, so an approval comes first.")
        st.text(problem["detail"])
    else:
        st.error(plain(problem["title"]))
        st.text(problem["detail"])


def _past(told: Sequence[Made]) -> None:
    st.markdown("**Decisions**")
    if not told:
        st.text("Nobody has decided yet.")
    for one in reversed(told):
        decided(one["status"], one["by"], one["role"], one["at"], one["note"])


def _notes(
    service: Client,
    take: str,
    notes: Sequence[Note],
    drawing: Drawing | None,
    *,
    ready: bool,
    by: str | None,
) -> None:
    st.subheader("Notes", anchor=False)
    for note in notes:
        where = "" if note["frame"] is None else f" · frame {note['frame']}"
        drawn = " · with a drawing" if note["strokes"] else ""
        st.caption(f"{plain(note['by'])}, {moment(note['at'])}{where}{drawn}")
        st.text(note["text"] or "a drawing without words")
    if not notes:
        st.text("No notes yet. Draw on the take, write a word, and keep it.")
    if not ready:
        return
    text = st.text_input("Note", key=f"note-{take}-{len(notes)}", max_chars=4000)
    about = f"with your drawing on frame {drawing['frame']}" if drawing else "about the whole take"
    st.caption(f"It is kept {about}.")
    off = not drawing and not (text or "").strip()
    if st.button("Keep the note", key="keep-note", disabled=off):
        said: Said = {"text": text or "", "wish": "none", "line": None, "drawing": drawing}
        if by is not None:
            said["by"] = by
        notebook.jot(service, take, said)
        st.rerun(scope="fragment")


def _stepped(ids: Sequence[str], wanted: str) -> None:
    way = st.session_state[STAGE].get("step")
    at = ids.index(wanted) if wanted in ids else 0
    to = at + (1 if way == "next" else -1)
    if way and 0 <= to < len(ids):
        _go(ids[to])


def _go(take: str) -> None:
    st.query_params["take"] = take
