"""Compare: any two takes of a shot, frame by frame, with what is said of each below."""

from collections.abc import Sequence

import streamlit as st

from dashboard import wording
from dashboard.asking.compare import LinePair, lines, of_shot, rate
from dashboard.client import Campaign, Client, Line, Take, TakeRow
from dashboard.frame import MARKS, chosen, nothing_yet, plain, simulated_banner
from dashboard.pieces.compare import Side, compare

VIEW = ("mode", "frame", "wipe", "onion", "gain", "zoom", "x", "y", "ta", "tb")  # the component's
HELP = (
    "Keys: 1 to 6 how the two are shown · Space plays · , and . step one frame, with Shift ten · "
    "J, K, L back, stop, on · + and - zoom, 0 fits · drag to pan, or to move the wipe. "
    "The address of this page holds it all: send it to a colleague."
)


def render(service: Client) -> None:
    """Draw the screen: the two takes that the URL names, or a choice of two."""
    first = st.query_params.get("a")
    if first:
        take = service.take(first)
        rows = of_shot(service, take["partner"], take["shot"])
    else:
        rows = _of_choice(service)
    if len(rows) < 2:
        _too_few(rows)
        return
    ids = [row["take"] or "" for row in rows]
    names = dict(zip(ids, _names(rows), strict=True))
    a = first if first in names else ids[0]
    wanted = st.query_params.get("b")
    b = wanted if wanted in names else next(i for i in ids if i != a)
    if wanted and wanted not in names:
        st.warning("The second take of this address is not one of this shot; another is shown.")
    _pickers(ids, names, a, b)
    _stage(service, service.take(a), service.take(b), names)


def _of_choice(service: Client) -> list[TakeRow]:
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return []
    campaigns = chosen(everything)
    spots = {(c["partner"], s): c for c in campaigns for s in c["shots"]}
    if not spots:
        return []
    options = list(spots)
    picked = st.selectbox(
        "Shot", options, format_func=lambda spot: _spot(spot, spots[spot]), width=420
    )
    return of_shot(service, *picked)


def _spot(spot: tuple[str, str], campaign: Campaign) -> str:
    return f"{spot[1]} · {campaign['partner_name']}"


def _too_few(rows: Sequence[TakeRow]) -> None:
    if rows:
        st.info("This shot has one take only; two are needed to compare.")
    st.text("Takes to compare appear here as soon as a campaign has made two of one shot.")
    if st.query_params.get("a"):
        st.button("Choose another shot", on_click=_forget)


def _names(rows: Sequence[TakeRow]) -> list[str]:
    """Name takes so that no two of them read alike."""
    plain_names = [f"{row['recipe_title']} · {row['model_name']}" for row in rows]
    seen: dict[str, int] = {}
    found = []
    for name in plain_names:
        seen[name] = seen.get(name, 0) + 1
        found.append(f"{name} · {seen[name]}" if plain_names.count(name) > 1 else name)
    return found


def _pickers(ids: Sequence[str], names: dict[str, str], a: str, b: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="pickers"):
        for label, side, now in (("Take A", "a", a), ("Take B", "b", b)):
            st.selectbox(
                label,
                ids,
                index=ids.index(now),
                key=f"pick-{side}-{now}",
                format_func=lambda id_: names[id_],
                on_change=_picked,
                args=(side, f"pick-{side}-{now}", a, b),
            )
        st.button("Swap", icon=":material/swap_horiz:", on_click=_put, args=(b, a))
        st.button("Another shot", on_click=_forget)


def _picked(side: str, key: str, a: str, b: str) -> None:
    chosen_now = st.session_state[key]
    _put(*((chosen_now, b) if side == "a" else (a, chosen_now)))


def _put(a: str, b: str) -> None:
    st.query_params["a"], st.query_params["b"] = a, b


def _forget() -> None:
    for name in ("a", "b", *VIEW):
        st.query_params.pop(name, None)


def _stage(service: Client, a: Take, b: Take, names: dict[str, str]) -> None:
    simulated_banner(simulated=a["simulated"] or b["simulated"])
    references = [r for r in a["references"] if r["link"]]
    shown, beside = st.columns([6, 1]) if references else (st.container(), None)
    with shown:
        compare(
            {
                "id": f"{a['take']}:{b['take']}",
                "a": _side(service, a, f"A · {names[a['take'] or '']}"),
                "b": _side(service, b, f"B · {names[b['take'] or '']}"),
                "address": True,
            },
            key="compare",
        )
        st.caption(HELP)
        st.subheader(plain(a["shot"]), anchor=False)
        st.text(a["description"])
    if beside is not None:
        with beside:
            st.caption("Reference")
            for reference in references:
                role = plain(reference["role"].replace("_", " "))
                st.image(
                    service.url(reference["link"] or ""),
                    width="stretch",
                    alt=f"Reference: {role}",
                    caption=role,
                )
    _verdicts(lines(a, b))


def _side(service: Client, take: Take, name: str) -> Side:
    link = take["links"]["preview"]
    clip = (take["mime"] or "").startswith("video/")
    return {
        "key": take["take"] or "",
        "name": name,
        "kind": "video" if clip else "image",
        "url": service.url(link) if link else None,
        "fps": rate(take),
        "frames": take["frames"] or 1,
    }


def _verdicts(pairs: Sequence[LinePair]) -> None:
    st.subheader("Acceptance lines", anchor=False)
    if not pairs:
        st.text("This shot has no acceptance lines.")
        return
    rows = [
        {
            "Line": str(pair.number),
            "What is asked": plain(pair.criterion) + (" · **must**" if pair.must else ""),
            "A": _said(pair.a),
            "B": _said(pair.b),
        }
        for pair in pairs
    ]
    st.table(rows, hide_index=True, alt="What is said of each acceptance line, for both takes")


def _said(line: Line | None) -> str:
    if line is None:
        return "nothing said"
    words = f"**{MARKS[line['verdict']]} {wording.VERDICTS[line['verdict']]}**"
    if line["value"] is not None:
        words += f" · {plain(wording.number(line['value'], line['unit'] or ''))}"
    if line["reason"]:
        words += f" · {plain(line['reason'])}"
    return words
