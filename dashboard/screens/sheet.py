"""Acceptance sheet: every shot against its lines; the screen that stays open all day."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import streamlit as st

from dashboard import wording
from dashboard.asking.sheet import Sheet, SheetLine, ShotRow, sheet
from dashboard.client import Campaign, Client
from dashboard.frame import chosen, distinct, nothing_yet, part, simulated_banner
from dashboard.pieces.detail import limit, outside
from dashboard.pieces.line import line_room
from dashboard.pieces.lines import Cell, Grid, Row, lines
from dashboard.pieces.speaking import may_speak, speaks_as

PAGE = 50  # shots; twice as many take a browser twice as long to draw
TURNED = "sheet-takes"  # shot → the take that somebody turned to, in a page's own session
CHOSEN = {
    "circled": "◯ circled",
    "approved": "✓ approved",
    "best": "best so far",
    "asked": "another take",
    "none": "no take yet",
}


def render(service: Client) -> None:
    """Draw the screen."""
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="sheet-filters"):
        campaigns = chosen(everything)
        if not campaigns:
            return
        campaign = _campaign(campaigns)
        only_open = st.toggle(
            "Only open must-lines",
            key="open",
            bind="query-params",
            on_change=_first_page,
            help="Shots of which a line that must be met is failed, unsure or not measured.",
        )
        ready, by = speaks_as() if may_speak() else (False, None)
    simulated_banner(simulated=campaign["simulated"])
    _sheet(service, campaign["id"], only_open=only_open, ready=ready, by=by)


def _campaign(campaigns: Sequence[Campaign]) -> Campaign:
    made = sorted(campaigns, key=lambda c: not c["trials"]["done"])  # those with takes first
    by_id = {c["id"]: c for c in made}
    if len(by_id) == 1:
        return made[0]
    titles = distinct({c["id"]: _title(c) for c in made})
    picked = st.selectbox(
        "Campaign",
        list(by_id),
        key="campaign",
        bind="query-params",
        on_change=_first_page,
        format_func=titles.__getitem__,
        width=420,
    )
    return by_id[picked or made[0]["id"]]


def _title(campaign: Campaign) -> str:
    packs = ", ".join(pack["title"] for pack in campaign["packs"])
    return f"{packs} · {campaign['partner_name']}, {wording.day(campaign['created_at'])}"


@part()
def _sheet(service: Client, campaign: str, *, only_open: bool, ready: bool, by: str | None) -> None:
    turned = cast("dict[str, str]", st.session_state.setdefault(TURNED, {}))
    page = sheet(
        service,
        campaign,
        only_open=only_open,
        takes=list(turned.values()),
        cursor=st.query_params.get("cursor"),
        limit=PAGE,
    )
    _head(page, only_open=only_open)
    if not page["shots"]:
        return
    rows = {f"{row['pack'][:12]}/{row['shot']}": row for row in page["shots"]}
    grid: Grid = {
        "base": service.server,
        "stamp": _stamp(service, page),
        "rows": [_row(id_, row) for id_, row in rows.items()],
    }
    told = lines(grid, key="sheet")
    if (turn := told["turn"]) and turn["row"] in rows:
        _turned(turned, rows[turn["row"]], int(turn["by"]), turn["row"])
        st.rerun(scope="fragment")
    if (opened := told["open"]) and opened["row"] in rows:
        _opened(service, rows[opened["row"]], int(opened["line"]), ready=ready, by=by)


def _head(page: Sheet, *, only_open: bool) -> None:
    last = page["first"] + len(page["shots"]) - 1
    with st.container(horizontal=True, vertical_alignment="center", key="sheet-turn"):
        if page["shots"]:
            st.text(f"{page['first']} to {last} of {wording.count(page['total'], 'shot')}")
        elif only_open:
            st.success("Every must-line of every shot is met, on the takes that are shown here.")
        else:
            st.info("This campaign has no shots yet.")
        st.text(f"{wording.count(page['open_must'], 'must-line')} open in the whole campaign")
        for label, cursor in (("Previous", page["previous"]), ("Next", page["next"])):
            if page["next"] or page["previous"]:
                st.button(
                    label,
                    key=f"sheet-{label.lower()}",
                    disabled=cursor is None,
                    on_click=_go,
                    args=(cursor,),
                )


def _stamp(service: Client, page: Sheet) -> str:
    """Name what is drawn: another one, where anything has changed or its links are fresh."""
    links = [row["thumb"] or "" for row in page["shots"][:1]]
    said = [(r["take"], r["open_must"], [v["verdict"] for v in r["lines"]]) for r in page["shots"]]
    return f"{service.server} {links} {hash(str(said))}"


def _row(id_: str, row: ShotRow) -> Row:
    takes = [c["take"] for c in row["choices"]]
    number = f", take {row['number']}" if row["number"] else ""
    decision = row["decision"]
    said = CHOSEN[row["chosen"]] + (f" by {decision['by']}" if decision else "")
    return {
        "id": id_,
        "shot": row["shot"],
        "take": row["take"],
        "about": f"{row['recipe_title']}{number}" if row["take"] else row["description"],
        "chosen": said,
        "money": f"{wording.usd(row['cost_usd'])}, {wording.seconds(row['minutes'] * 60)} in all",
        "proof": outside(row["outside_mask"]),
        "thumb": row["thumb"],
        "place": takes.index(row["take"]) + 1 if row["take"] in takes else 0,
        "places": len(takes),
        "cells": [_cell(line) for line in row["lines"]],
    }


def _cell(line: SheetLine) -> Cell:
    drawn = (line["evidence"] or {}).get("picture")
    return {
        "n": line["line"],
        "verdict": line["verdict"],
        "said": wording.VERDICTS[line["verdict"]],
        "must": line["must"],
        "title": line["criterion"],
        "value": "" if line["value"] is None else wording.number(line["value"], line["unit"] or ""),
        "limit": limit(line),
        "why": line["reason"] or "",
        "by": line["by"],
        "over": "overruled" in (line["evidence"] or {}),
        "before": wording.VERDICTS[line["before"]] if line["before"] else None,
        "spent": _spent(line["spent"]),
        "picture": line["evidence_link"],
        "hidden": bool(drawn) and not line["evidence_link"],
    }


def _spent(spent: Mapping[str, Any] | None) -> str:
    if not spent:
        return "nothing was repaired for it"
    repairs = wording.count(spent["repairs"], "repair")
    time = wording.seconds(spent["minutes"] * 60)
    return f"{repairs} aimed at it: {wording.usd(spent['cost_usd'])}, {time}"


def _turned(turned: dict[str, str], row: ShotRow, by: int, id_: str) -> None:
    takes = [c["take"] for c in row["choices"]]
    now = takes.index(row["take"]) if row["take"] in takes else 0
    turned[id_] = takes[(now + by) % len(takes)]


def _opened(service: Client, row: ShotRow, line: int, *, ready: bool, by: str | None) -> None:
    @st.dialog(f"{row['shot']}, line {line}", width="medium")
    def room() -> None:
        line_room(service, row, line, ready=ready, by=by)

    room()


def _go(cursor: str | None) -> None:
    if cursor:
        st.query_params["cursor"] = cursor


def _first_page() -> None:
    st.query_params.pop("cursor", None)
