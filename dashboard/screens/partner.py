"""Partner page: a studio's own findings, what is printed of it to sign, and its last word."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import wording
from dashboard.asking import findings, signoff
from dashboard.asking.signoff import Form, Item, Items
from dashboard.client import Campaign, Client
from dashboard.frame import chosen, doing, link, nothing_yet, plain, simulated_banner, spoken
from dashboard.pieces.speaking import may_speak, speaks_as

Json = Mapping[str, Any]
PAGE = 12  # things to sign
STATES = {
    "not signed": ("not signed", ":material/pending:", "orange"),
    "approved": ("approved", ":material/check_circle:", "green"),
    "corrected": ("corrected", ":material/edit:", "blue"),
    "withdrawn": ("withdrawn: not printed", ":material/block:", "red"),
}
KINDS = {
    "observation": "Said about takes",
    "decision": "Note on a decision",
    "ruling": "Reason for overruling a verdict",
    "picture": "Picture",
}
AGAIN = ("yes", "no", "not sure")
ASKED = {
    "shots": "For which shots?",
    "blocked": "What blocked you?",
    "worried": "What worried your artists?",
}


def render(service: Client) -> None:
    """Draw the screen."""
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return
    campaigns = chosen(everything)
    if not campaigns:
        return
    simulated_banner(simulated=campaigns[0]["simulated"])
    if len({c["partner"] for c in campaigns}) > 1:
        st.info("Choose a studio above: this page is one studio's own.", icon=":material/domain:")
        return
    part = st.segmented_control(
        "Part", list(PARTS), default="Findings", required=True, key="part", bind="query-params"
    )
    PARTS[part or "Findings"](service, campaigns)


def _findings(service: Client, campaigns: Sequence[Campaign]) -> None:
    told = findings.of_campaigns(service, [c["id"] for c in campaigns])
    st.subheader(plain(campaigns[0]["partner_name"]), anchor=False)
    if told["answer"]:
        st.markdown("\n".join(f"- {plain(sentence)}" for sentence in told["answer"]))
    else:
        st.text("Nothing was measured yet that would allow an answer.")
    rows = [
        {
            "What was found": f["claim"],
            "How sure": f.get("confidence", "counted"),
            "Shots": f["n_shots"],
        }
        for f in told["findings"]
    ]
    if rows:
        wide = st.column_config.TextColumn(width=560)
        st.dataframe(rows, hide_index=True, width="stretch", column_config={"What was found": wide})
    _others(told)
    with st.container(horizontal=True):
        link("Compare the recipes", "comparison", icon=":material/leaderboard:")
        link("What it cost", "cost", icon=":material/payments:")


def _others(told: Json) -> None:
    st.subheader("What others found", anchor=False)
    edition = told.get("edition") or {}
    rows = [
        {
            "Recipe": o["title"],
            "Who": o["partner"] or wording.count(o["partners"], "other studio"),
            "Must-lines met": wording.percent(o["share"])
            if o["share"] is not None
            else f"withheld: {o['why']}",
        }
        for o in edition.get("others", ())
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
        st.caption("Others are told as a group of three studios or more, to five points.")
    if edition.get("for") == "internal":
        st.text(
            "You read the team's edition, which shows nobody as a group. What this studio reads of "
            "others stands in its own edition: build it on Report builder."
        )
    else:
        st.text(edition.get("note") or "Nothing of others is told here.")


def _sign(service: Client, campaigns: Sequence[Campaign]) -> None:
    st.markdown(
        "Everything that a report would print of you: your words, and pictures of your shots. "
        "**Approve**, **correct** or **withdraw** each. What is withdrawn is in no report that is "
        "frozen afterwards; what nobody answers is printed as “not signed”."
    )
    campaign = _campaign(campaigns)
    state = _state()
    at = st.session_state.setdefault("sign-page", {}).get((campaign, state))
    page = signoff.items(service, campaign, state, at, PAGE)
    _counts(page)
    may, by = speaks_as() if may_speak() else (False, None)
    if not may_speak():
        st.info("Only people of the studio sign for it; you see how it stands.")
    if not page["items"]:
        told = "Nothing stands so." if state else "Nothing of this campaign would be printed yet."
        st.text(told)
    for item in page["items"]:
        with st.container(border=True, key=f"item-{item['item']}"):
            _item(service, item, may=may, by=by)
    _turn(page, campaign, state)


def _campaign(campaigns: Sequence[Campaign]) -> str:
    titles = {c["id"]: _title(c) for c in campaigns}
    if len(titles) < 2:
        return campaigns[0]["id"]
    return st.selectbox(
        "Campaign", list(titles), key="signed", format_func=titles.__getitem__, width=520
    )


def _title(campaign: Campaign) -> str:
    packs = ", ".join(pack["title"] for pack in campaign["packs"])
    return f"{packs}, {wording.day(campaign['created_at'])} ({campaign['id'][:4]})"


def _state() -> str | None:
    options = ["all", *STATES]
    picked = st.segmented_control(
        "Show", options, default="all", required=True, key="stands", bind="query-params"
    )
    return None if picked in {None, "all"} else picked


def _counts(page: Items) -> None:
    counts = page["counts"]
    with st.container(horizontal=True, key="counts"):
        for name, (label, icon, colour) in STATES.items():
            many = counts[name.replace(" ", "_")]  # type: ignore[literal-required]  # a state
            st.badge(f"{many} {label}", icon=icon, color=colour)  # type: ignore[arg-type]


def _item(service: Client, item: Item, *, may: bool, by: str | None) -> None:
    left, right = st.columns([3, 2], vertical_alignment="top")
    with left:
        _what(service, item)
    with right:
        label, icon, colour = STATES[item["state"]]
        st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]
        answer = item["answer"]
        if answer:
            st.caption(plain(f"{answer['by']}, {wording.moment(answer['at'])}"))
        if may:
            _answers(service, item, by)


def _what(service: Client, item: Item) -> None:
    about = " · ".join(x for x in (KINDS[item["kind"]], item["shot"], item["recipe"]) if x)
    st.caption(plain(about))
    answer = item["answer"]
    if item["kind"] == "picture":
        if item["link"]:
            alt = f"Picture of {item['shot']} {item['recipe']}".strip()
            st.image(service.url(item["link"]), width=320, alt=alt)
        else:
            st.text(wording.NOT_SHOWN)
    elif answer and item["state"] == "corrected":
        st.text(f"“{answer['text']}”")
        st.caption(f"Before: “{plain(answer['old'])}”")
    else:
        st.text(f"“{item['text']}”")
    if item["by"]:
        st.caption(plain(", ".join(x for x in (item["by"], item["role"]) if x)))
    if item["take"]:
        link("See the take", "take", icon=":material/movie:", take=item["take"])


def _answers(service: Client, item: Item, by: str | None) -> None:
    id_ = item["item"]
    with st.container(horizontal=True, key=f"answers-{id_}"):
        st.button(
            "Approve",
            key=f"approve-{id_}",
            on_click=doing,
            args=(signoff.sign, service, item, "approve", by),
            disabled=item["state"] == "approved",
        )
        if item["kind"] != "picture":
            with st.popover("Correct", key=f"correct-{id_}"):
                st.text_area("Print this instead", item["text"], key=f"words-{id_}", max_chars=4000)
                st.button("Keep these words", key=f"keep-{id_}", on_click=_correct,
                          args=(service, item, by))  # fmt: skip
        with st.popover("Withdraw", key=f"withdraw-{id_}", disabled=item["state"] == "withdrawn"):
            st.text("It is then in no report that is frozen from now on.")
            st.button(
                "Yes: withdraw it",
                key=f"sure-{id_}",
                on_click=doing,
                args=(signoff.sign, service, item, "withdraw", by),
            )


def _correct(service: Client, item: Item, by: str | None) -> None:
    text = str(st.session_state.get(f"words-{item['item']}", ""))
    doing(signoff.sign, service, item, "correct", by, text)


def _turn(page: Items, campaign: str, state: str | None) -> None:
    if not (page["next"] or page["previous"]):
        return
    last = page["first"] + len(page["items"]) - 1
    with st.container(horizontal=True, vertical_alignment="center", key="turn"):
        st.text(f"{page['first']} to {last} of {page['total']:,}")
        for label, cursor in (("Previous", page["previous"]), ("Next", page["next"])):
            st.button(
                label,
                key=f"turn-{label.lower()}",
                disabled=cursor is None,
                on_click=_go,
                args=(campaign, state, cursor),
            )


def _go(campaign: str, state: str | None, cursor: str | None) -> None:
    st.session_state["sign-page"][(campaign, state)] = cursor


def _exit(service: Client, campaigns: Sequence[Campaign]) -> None:
    partner = campaigns[0]["partner"]
    st.markdown("Four questions at the end. The report prints the answers, with your name.")
    if may_speak():
        may, by = speaks_as()
        if may:
            _ask(service, partner, by)
    else:
        st.info("Only people of the studio answer; you read what they said.")
    forms = signoff.forms(service, partner)
    st.subheader("Said so far", anchor=False)
    if not forms:
        st.text("Nobody answered yet.")
    for form in forms:
        _form(form)


def _ask(service: Client, partner: str, by: str | None) -> None:
    sent = st.session_state.get("exit-sent", 0)  # what was refused stays to be put right
    with st.form(f"exit-{sent}"):
        again = st.radio("Would you use it again?", AGAIN, horizontal=True, index=2)
        said = {key: st.text_area(words, max_chars=4000) for key, words in ASKED.items()}
        if st.form_submit_button("Send", type="primary"):
            with spoken():
                signoff.leave(service, {"partner": partner, "again": again, **said, "by": by})
                st.session_state["exit-sent"] = sent + 1
                st.rerun()


def _form(form: Form) -> None:
    with st.container(border=True):
        who = ", ".join(x for x in (form["by"], form["role"]) if x)
        st.caption(plain(f"{who}, {wording.moment(form['at'])}"))
        st.markdown(f"**Use it again?** {plain(form['again'])}")
        for key, words in ASKED.items():
            st.markdown(f"**{words}**")
            st.text(form[key] or "no answer")  # type: ignore[literal-required]  # of the form


PARTS: Mapping[str, Callable[[Client, Sequence[Campaign]], None]] = {
    "Findings": _findings,
    "Sign-off": _sign,
    "Exit form": _exit,
}
