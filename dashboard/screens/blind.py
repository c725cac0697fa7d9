"""Blind review: one question a screen, and nothing on it that tells whose picture is which."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import wording
from dashboard.asking import votes
from dashboard.asking.votes import Question, Shown, Study
from dashboard.client import Client, ServiceAway, ServiceSaysNo
from dashboard.frame import distinct, part, plain, simulated_banner
from dashboard.pieces.compare import Side, compare

HELD, TROUBLE, TAUGHT, DETAILS = "blind-held", "blind-trouble", "blind-taught", "blind-details"
WISHED = "blind-wished"  # what the switch said: it is forgotten while it is not drawn
UNSENT = "blind-unsent"  # a vote that no service has confirmed
CONFLICT = 409
SAID = {
    "left": "A is better",
    "right": "B is better",
    "tie": "Equal",
    "both_fail": "Both fail",
}
KINDS = {
    "pair": "two recipes",
    "again": "asked twice",
    "same": "one take on both sides",
    "gold": "one side broken on purpose",
}
KEPT = (
    "Your last answer is not confirmed yet. It is kept in this browser tab and is sent once more "
    "by itself when the service is back; it counts once."
)
HELP = (
    "Keys: A, B, E, F vote · 5 and 6 show one side alone · 2 to 4 lay one over the other, after "
    "the first look · Space plays, comma and full stop step a frame · + and - zoom."
)


def render(service: Client) -> None:
    """Draw the screen: the question that waits, or what there is to vote on."""
    every = votes.studies(service)
    if not every:
        _nothing()
        return
    study, rater = _seat(every)
    if rater is None:
        return
    simulated_banner(simulated=study["simulated"])
    if study["state"] == "open":
        _block(service, study["study"], rater)
    else:
        _closed(service, study["study"], rater)
    with st.container(horizontal=True, vertical_alignment="center", key="seat"):
        st.caption(plain(f"{rater} votes."))
        st.button("Somebody else, or another study", type="tertiary", on_click=_leave)


def _nothing() -> None:
    st.info("There is no blind study yet.", icon=":material/visibility_off:")
    st.text(
        "A study asks people which of two takes keeps the character better, without telling them "
        "what made which. Open one over campaigns that have takes of two recipes:"
    )
    st.text('circletake study open --campaign ID --raters "Ines@studio" --raters "Bo@studio"')


def _seat(every: list[Study]) -> tuple[Study, str | None]:
    """Let people say who votes in what; a link that names both goes straight to the question."""
    by_id = {s["study"]: s for s in every}
    wanted, person = st.query_params.get("study"), st.query_params.get("rater")
    if wanted in by_id and person in {r["rater"] for r in by_id[wanted]["raters"]}:
        return by_id[wanted], person
    ids = list(by_id)
    titles = distinct({s["study"]: _named(s) for s in every})
    picked = by_id[st.selectbox("Study", ids, format_func=titles.__getitem__, width=520)]
    if not picked["raters"]:
        st.text("No rater of this study is yours to speak for.")
        return picked, None
    names = {
        r["rater"]: f"{r['rater']}: {r['votes']} of {r['slots']} answered" for r in picked["raters"]
    }
    who = st.selectbox("Who votes?", list(names), format_func=lambda r: names[r], width=520)
    st.text("Sit as you would at work: same screen, same light, no hurry. Votes are never changed.")
    st.button(
        "Start" if picked["state"] == "open" else "See what was voted on",
        type="primary",
        on_click=_sit,
        args=(picked["study"], who),
    )
    return picked, None


def _named(study: Study) -> str:
    partners = ", ".join(study["partners"]).replace("_", " ")
    return (
        f"{study['state']} · {wording.day(study['created_at'])} · {partners} · "
        f"{study['votes']} of {study['slots']} votes"
    )


def _sit(study: str, rater: str) -> None:
    st.query_params["study"], st.query_params["rater"] = study, rater


def _leave() -> None:
    for name in ("study", "rater"):
        st.query_params.pop(name, None)
    for name in (HELD, TROUBLE, TAUGHT, UNSENT, WISHED):
        st.session_state.pop(name, None)


@part()
def _block(service: Client, study: str, rater: str) -> None:
    held = st.session_state.get(HELD)
    asked = held or _asked(service, study, rater)
    _progress(asked)
    if asked["slot"] is None:
        st.success("Every question is answered. Thank you.", icon=":material/check:")
        st.text("What stood behind the pictures is told here once the study is closed.")
        return
    if asked["rest_s"] and not held:
        st.info("Time for a rest: tired eyes see less.", icon=":material/self_improvement:")
        st.text("Look out of a window for a few minutes. Nothing is lost; every vote is in.")
        _until_rested(service, study, rater)
        return
    _taught(asked)
    compare(
        {
            "id": _id(asked),
            "a": _side(service, asked["left"], "A"),
            "b": _side(service, asked["right"], "B"),
            "next": _after(service, asked),
            "address": False,
            "about": {
                "question": asked["question"],
                "brief": asked["brief"],
                "references": [service.url(r["link"]) for r in asked["references"] if r["link"]],
            },
            "vote": {
                "slot": asked["lesson"] or asked["slot"],
                "least_s": asked["least_s"],
                "shut": held is not None,
                "trouble": st.session_state.get(TROUBLE, ""),
            },
        },
        key="blind",
        on_vote=lambda: _voted(service, asked),
    )
    if held:
        _details(service, asked)
    else:
        st.caption(HELP)
        st.session_state.setdefault(DETAILS, st.session_state.get(WISHED, False))
        wished = st.toggle(
            "After each vote, ask me what failed", key=DETAILS, disabled=bool(asked["lesson"])
        )
        st.session_state[WISHED] = wished


def _asked(service: Client, study: str, rater: str) -> Question:
    """Ask what comes next; while nobody answers, say where a vote is that was just cast."""
    try:
        return votes.question(service, study, rater)
    except ServiceAway:
        if st.session_state.get(UNSENT):
            st.info(KEPT, icon=":material/save:")
        raise


def _id(asked: Question) -> str:
    what = f"lesson-{asked['lesson']}" if asked["lesson"] else str(asked["slot"])
    return f"{asked['study']}:{asked['rater']}:{what}"


def _progress(asked: Question) -> None:
    every = asked["answered"] + asked["waiting"]
    words = f"{asked['answered']} of {every} answered"
    if asked.get("lesson"):
        words = f"Practice {asked['lesson']} of {asked['lessons']}: it does not count"
    elif asked.get("sat_s"):
        words += f" · {asked['sat_s'] // 60} min without a rest"
    st.progress(asked["answered"] / every if every else 1.0, text=words)


@part(run_every=10.0)
def _until_rested(service: Client, study: str, rater: str) -> None:
    """Look again by itself; the service says when the rest is over."""
    rest = votes.question(service, study, rater)["rest_s"]
    if not rest:
        st.rerun(scope="app")
    st.caption(f"{rest // 60}:{rest % 60:02d} to go. This page goes on by itself.")


def _taught(asked: Question) -> None:
    taught = st.session_state.get(TAUGHT)
    if taught:
        words = plain(taught["because"])
        if taught["right"]:
            st.success(f"Right. {words}", icon=":material/check:")
        else:
            st.warning(f"Not quite: {SAID[taught['answer']].lower()}. {words}")
    if asked["lesson"] and not taught:
        st.caption("A few drawn pairs first, whose answers are told. Then it begins.")


def _side(service: Client, side: Shown, name: str) -> Side:
    return {
        "key": side["code"],
        "name": name,
        "kind": "video" if side["mime"].startswith("video/") else "image",
        "url": service.url(side["link"]) if side["link"] else None,
        "fps": side["fps"],
        "frames": side["frames"],
    }


def _after(service: Client, asked: Question) -> dict[str, Side] | None:
    after = asked["after"]
    if after is None:
        return None
    return {"a": _side(service, after["left"], "A"), "b": _side(service, after["right"], "B")}


def _voted(service: Client, asked: Question) -> None:
    """Hand in what was pressed, where it is about the question that is shown."""
    said: Mapping[str, Any] | None = st.session_state["blind"]["vote"]
    if said is None or said["id"] != _id(asked):
        return
    study, rater = asked["study"], asked["rater"]
    st.session_state[TROUBLE], st.session_state[UNSENT] = "", False
    try:
        if asked["lesson"]:
            taught = votes.practise(service, study, rater, asked["lesson"], said["outcome"])
            st.session_state[TAUGHT] = taught
            return
        st.session_state.pop(TAUGHT, None)
        votes.vote(service, study, rater, votes.answer(said))
    except ServiceAway:
        st.session_state[UNSENT] = True  # the component keeps it, and sends it again
    except ServiceSaysNo as no:
        if no.problem["status"] != CONFLICT:
            st.session_state[TROUBLE] = no.problem["detail"]
    else:
        if st.session_state.get(DETAILS):
            st.session_state[HELD] = asked


def _details(service: Client, asked: Question) -> None:
    """Ask, the vote being in, what failed; all of it may be left open."""
    st.markdown("**Your vote is in.** What failed? Leave open what you cannot say.")
    parts: dict[str, dict[str, str]] = {}
    levels: dict[str, int] = {}
    anchors = {row["level"]: f"{row['level']} · {row['words']}" for row in asked["rubric"]}
    slot = asked["slot"]
    for column, side, name in zip(st.columns(2), ("left", "right"), ("A", "B"), strict=True):
        with column:
            said: dict[str, str] = {}
            for state, words in (("minor", "small faults"), ("broken", "broken")):
                found = st.pills(
                    f"{name}: {words}",
                    asked["parts"],
                    selection_mode="multi",
                    key=f"{state}-{side}-{slot}",
                )
                said |= dict.fromkeys(found, state)
            level = st.radio(
                f"{name}: how well is the character kept?",
                list(anchors),
                index=None,
                format_func=lambda n: anchors[n],
                key=f"level-{side}-{slot}",
            )
            parts |= {side: said} if said else {}
            levels |= {side: level} if level else {}
    with st.container(horizontal=True):
        st.button(
            "Keep and go on",
            type="primary",
            shortcut="n",
            on_click=_remarked,
            args=(service, asked, parts, levels),
        )
        st.button("Say nothing and go on", on_click=_go_on)


def _remarked(
    service: Client, asked: Question, parts: dict[str, dict[str, str]], levels: dict[str, int]
) -> None:
    try:
        if (parts or levels) and asked["slot"] is not None:
            study, rater = asked["study"], asked["rater"]
            votes.remark(service, study, rater, asked["slot"], parts, levels)
    except (ServiceAway, ServiceSaysNo) as trouble:
        away = isinstance(trouble, ServiceAway)
        st.session_state[TROUBLE] = "No service answers: not kept." if away else str(trouble)
        return
    _go_on()


def _go_on() -> None:
    st.session_state.pop(HELD, None)
    st.session_state[TROUBLE] = ""


def _closed(service: Client, study: str, rater: str) -> None:
    st.info("This study is closed: no more votes are taken.", icon=":material/lock:")
    st.text("What stood behind the pictures can be told now. Who asks is kept on record.")
    if not st.toggle("Tell me what stood behind the pictures", key="reveal"):
        return
    rows = votes.reveal(service, study, rater)
    if not rows:
        st.text(f"{rater} answered nothing in this study.")
        return
    table = [
        {
            "Question": str(row["slot"]),
            "Shot": plain(row["shot"]),
            "Left (A)": plain(row["left"]),
            "Right (B)": plain(row["right"]),
            "Said": SAID[row["said"]],
            "What it was for": KINDS.get(row["kind"], plain(row["kind"])),
        }
        for row in rows
    ]
    st.table(table, hide_index=True, alt="What stood behind each question, and what was said")
