"""Takes: a page of 48 under filters that live in the URL, and one take with everything about it."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import wording
from dashboard.client import Campaign, Client, Line, Reference, Take, TakeRow, Takes
from dashboard.frame import MARKS, chosen, nothing_yet, plain, simulated_banner

PAGE = 48
STATES = ("done", "refused", "failed", "parked", "unknown", "open")


def render(service: Client) -> None:
    """Draw the screen: one take if the URL names one, else a page of them."""
    if id_ := st.query_params.get("take"):
        _detail(service, id_)
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
        _grid(service, page["takes"])
    else:
        st.info("No take fits these filters.")


def _filters(everything: Sequence[Campaign]) -> tuple[dict[str, str | None], list[Campaign]]:
    with st.grid(6, min_column_width=150, vertical_alignment="bottom", key="filters"):
        campaigns = chosen(everything)
        shots = dict.fromkeys(s for c in campaigns for s in c["shots"])
        titles = {r["recipe"]: r["title"] for c in campaigns for r in c["recipes"]}
        query = {
            "shot": _choice("Shot", "shot", list(shots)),
            "recipe": _choice("Recipe", "recipe", list(titles), lambda r: titles.get(r, r)),
            "verdict": _choice("Verdict", "verdict", list(wording.VERDICTS), _spoken),
            "flag": _choice("Flag", "flag", list(wording.FLAGS), wording.flag),
            "state": _choice("State", "state", STATES, _spoken),
        }
    partners = {c["partner"] for c in campaigns}
    return {**query, "partner": partners.pop() if len(partners) == 1 else None}, campaigns


def _choice(
    label: str, key: str, options: Sequence[str], name: Callable[[str], str] = str
) -> str | None:
    picked = st.selectbox(
        label,
        ["", *options],
        key=key,
        bind="query-params",
        on_change=_first_page,
        format_func=lambda o: name(o) if o else "any",
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


def _grid(service: Client, takes: Sequence[TakeRow]) -> None:
    with st.grid("auto", min_column_width=230, key="takes"):
        for i, take in enumerate(takes):
            with st.container(border=True, gap="xsmall", key=f"take-{i}"):
                _tile(service, take)


def _tile(service: Client, take: TakeRow) -> None:
    if take["links"]["thumb"]:
        st.image(service.url(take["links"]["thumb"]), width="stretch", alt=_name(take))
    elif take["take"]:
        st.text(wording.NOT_SHOWN)
    title = f"**{plain(take['recipe_title'])}**" + (" · control" * take["control"])
    words = [f"{plain(take['shot'])} · {plain(take['model_name'])}"]
    if take["take"] is None:
        st.markdown(title)
        st.caption(words[0])
        st.text(f"{_spoken(take['state'])}: {take['reason'] or take['code']}")
        return
    words.append(_verdicts(take["verdicts"]))
    st.markdown("  \n".join([title, *(f":small[{w}]" for w in words)]))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Open take", key=f"open-{take['take']}", on_click=_go, args=("take", take["take"])
        )
        for flag in take["flags"]:
            if flag != "simulated":  # the banner says it of all
                st.badge(wording.flag(flag), color="red")


def _detail(service: Client, id_: str) -> None:
    take = service.take(id_)
    st.button("Back to the takes", icon=":material/arrow_back:", on_click=_go, args=("take", None))
    simulated_banner(simulated=take["simulated"])
    st.header(f"{plain(take['shot'])}: {plain(take['recipe_title'])}", anchor=False)
    st.text(take["description"])
    _stage(service, take)
    _facts(take)
    _lines(service, take["lines"])
    _scores(take)
    st.subheader("Provenance", anchor=False)
    facts = [{"Fact": _spoken(k), "Value": str(v)} for k, v in take["provenance"].items()]
    st.dataframe(facts, hide_index=True, width="stretch")
    if take["siblings"]:
        st.subheader("Other takes of this shot", anchor=False)
        _grid(service, take["siblings"])


def _stage(service: Client, take: Take) -> None:
    references = take["references"]
    left, right = st.columns([3, 1]) if references else (st.container(), None)
    with left:
        shown = take["links"]["preview"]  # larger than the screen it fills; the original is larger
        if not shown:
            st.text(wording.NOT_SHOWN)
        elif (take["mime"] or "").startswith("video/"):
            st.video(service.url(shown), muted=True, loop=True)
        else:
            st.image(service.url(shown), width="stretch", alt=_name(take))
    if right is not None:
        with right:
            for reference in references:
                _reference(service, reference)


def _reference(service: Client, reference: Reference) -> None:
    if reference["link"]:
        st.image(service.url(reference["link"]), width="stretch", alt="Reference")
    else:
        st.text(wording.NOT_SHOWN)
    st.caption(plain(_spoken(reference["role"])))


def _facts(take: Take) -> None:
    with st.grid(5, min_column_width=130, key="facts"):
        open_must = take["open_must"]
        st.metric("Open must-lines", "no lines" if open_must is None else str(open_must))
        st.metric("Cost", wording.usd(take["cost_usd"]))
        st.metric("Answered in", wording.seconds(take["latency_s"]))
        st.metric("Raster", f"{take['width']} × {take['height']}")
        st.metric("Length", wording.length(take) or "still")


def _lines(service: Client, lines: Sequence[Line]) -> None:
    st.subheader("Acceptance lines", anchor=False)
    if not lines:
        st.text("This shot has no acceptance lines.")
    for line in lines:
        with st.container(border=True, key=f"line-{line['line']}"):
            said, shown = st.columns([2, 3])
            with said:
                _line(line)
            with shown:
                if line["evidence_link"]:
                    words = f"Evidence for line {line['line']}"
                    st.image(service.url(line["evidence_link"]), width="stretch", alt=words)
                elif line["evidence"].get("picture"):
                    st.text(wording.NOT_SHOWN)


def _line(line: Line) -> None:
    must = " · **must**" if line["must"] else ""
    mark = MARKS[line["verdict"]]
    st.markdown(f"Line {line['line']}{must}: {plain(line['criterion'])}")
    st.markdown(f"**{mark} {wording.VERDICTS[line['verdict']]}** · {_measured(line)}")
    if line["reason"]:
        st.text(f"Why: {line['reason']}")
    st.caption(f"Said by {plain(line['by'])}")


def _measured(line: Line) -> str:
    unit = line["unit"] or ""
    if line["value"] is None:
        return "no number"
    words = wording.number(line["value"], unit)
    if line["threshold"] is not None:
        words += f", limit {wording.number(line['threshold'], unit)}"
    if line["margin"] is not None:
        words += f", margin {wording.number(line['margin'], unit, signed=True)}"
    return plain(words)


def _scores(take: Take) -> None:
    st.subheader("Scores", anchor=False)
    rows = [
        {
            "Metric": s["metric"],
            "Value": wording.number(s["value"], s["unit"]),
            "Status": _spoken(s["status"]),
            "Reason": s.get("reason") or "",
            "Coverage": wording.percent(s.get("coverage")),
            "Version": s.get("version", ""),
        }
        for s in take["scores"]
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.text("This take was not measured.")


def _verdicts(counts: dict[str, int]) -> str:
    said = [f"{MARKS[k]} {n} {wording.VERDICTS[k]}" for k, n in counts.items() if n]
    return plain(" · ".join(said) or "no acceptance lines")


def _name(take: TakeRow) -> str:
    return f"{take['shot']}, {take['recipe_title']}"


def _spoken(word: str) -> str:
    return word.replace("_", " ")


def _go(key: str, value: str | None) -> None:
    if value is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = value


def _first_page() -> None:
    st.query_params.pop("cursor", None)
