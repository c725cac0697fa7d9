"""Submit: hand in a pack or fill in a form, see what is wrong, see the plan, send it."""

import io
from collections.abc import Sequence
from typing import Any, TypedDict

import streamlit as st

from dashboard import wording
from dashboard.asking import agreements, packs
from dashboard.asking.agreements import Agreement
from dashboard.asking.packs import Checked, Mistake
from dashboard.client import Client, Problem, ServiceSaysNo
from dashboard.frame import hint, plain
from dashboard.pieces import one_shot, ordering, words
from dashboard.pieces.one_shot import NEEDS, Line, OneShot, Picture

PACK_MB, PICTURE_MB, PICTURES = 256, 25, 8
SHOWN = 40  # mistakes at once
WAYS = ("A pack (zip)", "One shot, by a form", "A pack that is here")
SIZES = {
    "1024 × 576 (16:9)": (1024, 576),
    "1280 × 720 (16:9)": (1280, 720),
    "1920 × 1080 (16:9)": (1920, 1080),
    "1024 × 1024 (square)": (1024, 1024),
    "576 × 1024 (upright)": (576, 1024),
}
LINE_KINDS = {
    "identity": "Who it is",
    "wardrobe": "Costume",
    "composition": "Composition",
    "camera": "Camera",
    "lighting": "Light",
    "colour": "Colour",
    "action": "Action",
    "artefact": "No artefacts",
    "technical": "Technical",
    "untouched_region": "Nothing else moves",
}
WHO = {
    "drawn": "a drawn figure",
    "person": "a person",
    "creature": "a creature",
    "object": "a thing",
}


class HandedIn(TypedDict):
    """What was handed in last, and what became of it."""

    partner: str
    name: str
    form: bool
    checked: Checked | None
    refused: Problem | None


def render(service: Client) -> None:
    """Draw the screen."""
    known = agreements.agreements(service)
    if not known:
        st.info("No studio is set up for you here yet.", icon=":material/group_off:")
        st.text("Whoever runs this home adds one with: circletake partners new NAME")
        return
    agreement = _studio(known)
    way = st.segmented_control(
        "How", WAYS, default=WAYS[0], key="way", label_visibility="collapsed", required=True
    )
    if way == WAYS[2]:
        seal = _kept(service, agreement)
    else:
        (_pack if way == WAYS[0] else _form)(service, agreement)
        seal = _result(service, agreement, by_form=way == WAYS[1])
    if seal:
        ordering.order(service, agreement, seal)


def _studio(known: Sequence[Agreement]) -> Agreement:
    if len(known) == 1:
        return known[0]
    by_name = {a["partner"]: a for a in known}
    name = st.selectbox(
        "Studio",
        list(by_name),
        format_func=lambda n: by_name[n]["title"],
        key="studio",
        bind="query-params",
        width=420,
        help=words.of("partner"),
    )
    return by_name[name]


def _pack(service: Client, agreement: Agreement) -> None:
    turn = st.session_state.setdefault("zip-turn", 0)
    file = st.file_uploader(
        "Drag your pack here: a zip with shotpack.yaml in it",
        type="zip",
        max_upload_size=PACK_MB,
        key=f"zip-{turn}",
        help=words.of("shot pack"),
    )
    hint(
        f"Up to {PACK_MB} MB here. A larger one: `circletake pack send DIR --partner "
        f"{agreement['partner']}` sends up to 2 GB, and goes on after a break. A first pack to "
        "change: `circletake pack new DIR`."
    )
    if file is not None:
        _hand_in(service, agreement, file.name, file, form=False)
        st.session_state["zip-turn"] = turn + 1  # the file leaves this machine's memory
        st.rerun()


def _hand_in(
    service: Client, agreement: Agreement, name: str, file: io.BytesIO, *, form: bool
) -> None:
    bar = st.progress(0.0, text="Sending")

    def told(here: int, whole: int) -> None:
        done = here >= whole
        sent = "Checking every file" if done else f"Sent {here / 1e6:.0f} of {whole / 1e6:.0f} MB"
        bar.progress(min(here / max(whole, 1), 1.0), text=sent)

    found: HandedIn = {
        "partner": agreement["partner"],
        "name": name,
        "form": form,
        "checked": None,
        "refused": None,
    }
    try:
        found["checked"] = packs.hand_in(service, agreement["partner"], name, file, told)
    except ServiceSaysNo as no:
        if no.problem["status"] in {401, 403}:
            raise
        found["refused"] = no.problem
    st.session_state["handed-in"] = found
    st.session_state.pop(ordering.PLANNED, None)
    bar.empty()


def _result(service: Client, agreement: Agreement, *, by_form: bool) -> str | None:
    """Say what became of what was handed in; gives the seal of a pack that is in order."""
    found: HandedIn | None = st.session_state.get("handed-in")
    if found is None or found["form"] != by_form or found["partner"] != agreement["partner"]:
        return None
    if found["refused"]:
        st.error(f"{plain(found['name'])} was not taken.", icon=":material/error:")
        st.text(found["refused"]["detail"])
        return None
    checked = found["checked"]
    if checked is None:
        return None
    if checked["errors"]:
        many = wording.count(len(checked["errors"]), "thing")
        st.error(f"{plain(found['name'])}: {many} to put right, then hand it in again.")
        _mistakes(checked["errors"], by_form=by_form)
        return None
    if checked["pack"]:
        _in_order(service, agreement, checked["pack"])
        _warnings(checked["warnings"], by_form=by_form)
    return checked["pack"]


def _mistakes(mistakes: Sequence[Mistake], *, by_form: bool) -> None:
    for wrong in mistakes[:SHOWN]:
        where = one_shot.place(wrong["field"]) if by_form else _where(wrong)
        st.markdown(
            f"- **{plain(where)}**: found {plain(wrong['found'] or 'nothing')}; "
            f"right would be {plain(wrong['expected'])}"
        )
    if len(mistakes) > SHOWN:
        st.caption(f"and {len(mistakes) - SHOWN} more")


def _where(wrong: Mistake) -> str:
    line = f"line {wrong['line']}" if wrong["line"] else ""
    return ", ".join(x for x in (wrong["file"], line, wrong["field"]) if x)


def _warnings(warnings: Sequence[Mistake], *, by_form: bool) -> None:
    told = [w for w in warnings if w["code"] != "unsealed"]  # it was sealed when it was taken in
    if told:
        with st.expander(f"Worth knowing ({len(told)})"):
            _mistakes(told, by_form=by_form)


def _in_order(service: Client, agreement: Agreement, seal: str) -> None:
    pack = packs.pack(service, agreement["partner"], seal)
    many = wording.count(pack["shots_total"], "shot")
    st.success(f"{plain(pack['title'])} is in order: {many}.", icon=":material/check:")
    with st.expander("Its shots", expanded=pack["shots_total"] <= 3):
        rows = [
            {
                "Shot": s["shot"],
                "Asked": wording.task(s["task"]),
                "Seen": s["description"],
                "Acceptance lines": s["lines"],
            }
            for s in pack["shots"]
        ]
        st.dataframe(rows, hide_index=True, width="stretch")


def _kept(service: Client, agreement: Agreement) -> str | None:
    rows = packs.packs(service, agreement["partner"])
    if not rows:
        st.text("No pack of this studio is here yet.")
        return None
    titles = {p["pack"]: f"{p['title']} · {wording.count(p['shots_total'], 'shot')}" for p in rows}
    seal = st.selectbox("Pack", list(titles), format_func=lambda s: titles[s], key="kept")
    _in_order(service, agreement, seal)
    return seal


def _form(service: Client, agreement: Agreement) -> None:
    left, right = st.columns([3, 2])
    with left:
        task = st.selectbox("What is asked", list(NEEDS), format_func=wording.task, key="task")
        title = st.text_input("Title", key="title", max_chars=120, placeholder="Harbour at dawn")
        text = st.text_area(
            "What is seen",
            key="text",
            max_chars=1500,
            height=110,
            placeholder="Medium shot of the keeper on the pier, back to us, fog, soft light.",
            help="20 to 1,500 characters; it goes into the prompt word for word.",
        )
        size = st.selectbox("Size", list(SIZES), key="size")
        more: dict[str, Any] = {}
        if task in one_shot.MOVING:
            more["seconds"] = st.slider("Length in seconds", 2.0, 9.0, 4.0, 0.5, key="seconds")
        if task == "reference_to_image":
            more["character"] = st.text_input("The character's name", key="who", max_chars=120)
            more["character_kind"] = st.selectbox(
                "The character is", list(WHO), format_func=lambda k: WHO[k], key="who-kind"
            )
    with right:
        pictures = {slot: _pictures(slot, label) for slot, _, label in NEEDS[task]}
    lines = _lines()
    cleared, nobody = _permission(has_pictures=bool(NEEDS[task]))
    if st.button(
        "Check the shot", type="primary", key="check-shot", disabled=not (cleared and nobody)
    ):
        size_px = SIZES[size]
        shot = OneShot(
            partner=agreement["partner"],
            studio=agreement["title"],
            title=title.strip(),
            task=task,
            text=text.strip(),
            size=size_px,
            lines=lines,
            cleared=cleared,
            pictures=pictures,
            **more,
        )
        _hand_in(service, agreement, "The shot", one_shot.zipped(shot), form=True)


def _pictures(slot: str, label: str) -> list[Picture]:
    several = slot == "character"
    given = st.file_uploader(
        label,
        type=[kind.removeprefix(".") for kind in one_shot.KEPT],
        accept_multiple_files=several,
        max_upload_size=PICTURE_MB,
        key=f"picture-{slot}",
        help=f"PNG, JPEG, TIFF, WebP or EXR, up to {PICTURE_MB} MB"
        + (f" each; up to {PICTURES} of them" if several else ""),
    )
    files = given if isinstance(given, list) else [given] if given else []
    if len(files) > PICTURES:
        st.warning(f"The first {PICTURES} are used.")
    return [Picture(name=f.name, data=f.getvalue()) for f in files[:PICTURES]]


def _lines() -> list[Line]:
    st.markdown("**Acceptance lines**", help=words.of("acceptance line"))
    many = st.session_state.setdefault("many-lines", 2)
    lines = []
    for i in range(many):
        with st.container(horizontal=True, vertical_alignment="center", key=f"line-{i}"):
            criterion = st.text_input(
                f"Line {i + 1}",
                key=f"criterion-{i}",
                max_chars=300,
                placeholder="The coat stays bottle green" if i == 0 else "",
                label_visibility="collapsed",
            )
            kind = st.selectbox(
                f"What line {i + 1} is about",
                list(LINE_KINDS),
                index=list(LINE_KINDS).index("wardrobe" if i == 0 else "technical"),
                format_func=lambda k: LINE_KINDS[k],
                key=f"kind-{i}",
                label_visibility="collapsed",
                width=190,
            )
            must = st.checkbox("must", value=i == 0, key=f"must-{i}", width=90)
        if criterion.strip():
            lines.append(Line(criterion=criterion.strip(), kind=kind, must=must))
    if many < 12:
        st.button("One more line", icon=":material/add:", key="more", on_click=_one_more)
    return lines


def _one_more() -> None:
    st.session_state["many-lines"] += 1


def _permission(*, has_pictures: bool) -> tuple[bool, bool]:
    cleared = st.checkbox("We may hand all of this in, and have it tried.", key="cleared")
    if not has_pictures:
        return cleared, True
    nobody = st.checkbox("No real person can be recognised in the pictures.", key="nobody")
    if not nobody:
        hint(
            "Somebody can? Then their consent goes with it: hand in a pack, whose starter "
            "(`circletake pack new DIR`) shows where."
        )
    return cleared, nobody
