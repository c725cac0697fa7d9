"""Admin: studios, keys, people, leave to look, raters, and the records of what was done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from dashboard import frame, wording
from dashboard.asking import access, agreements
from dashboard.asking.access import HOUSE, Grant, Key, Person
from dashboard.asking.agreements import Agreement
from dashboard.client import Client
from dashboard.frame import hint, plain
from dashboard.pieces import words

ROLES = {
    "partner_member": "Member: sees, submits, decides",
    "partner_admin": "Administrator: people and keys, too",
    "internal_analyst": "Analyst of the beta: compares",
    "beta_lead": "Lead of the beta",
}
OF_PARTNER, OF_HOUSE = ("partner_member", "partner_admin"), ("internal_analyst", "beta_lead")
RECORDS = 50
LONGEST_DAYS = 7  # of a grant
SECRET = "fresh-key"  # noqa: S105 - where the page's own session keeps it until it is put away


def render(service: Client) -> None:
    """Draw the screen."""
    known = agreements.agreements(service)
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="Studios",
        key="part",
        bind="query-params",
        label_visibility="collapsed",
        required=True,
    )
    PARTS[part](service, known)


def _studios(service: Client, known: Sequence[Agreement]) -> None:
    if not known:
        st.info("No studio is within your reach.", icon=":material/group_off:")
    for one in known:
        with st.expander(plain(one["title"]) + (" · invented values" * one["illustrative"])):
            _agreement(service, one)
    hint(
        "Windows and budgets stand in the studio's own file, where a change is seen and reviewed: "
        "`partner_configs/NAME.yaml`, then `circletake partners check`. A new studio: "
        "`circletake partners new NAME`. Leaving: `circletake partners purge NAME`, certified."
    )


def _agreement(service: Client, one: Agreement) -> None:
    spent = _spent(service, one["partner"])
    day = one["day_budget_usd"]
    facts = {
        "Window": f"{wording.day(one['opens'])} to {wording.day(one['findings_due'])}",
        "Budget": f"{wording.usd(one['budget_usd'])}, {spent}",
        "Most on one day": wording.usd(day) if day is not None else "no such limit",
        "Regions": ", ".join(one["regions"]) or "none",
        "Providers": ", ".join(one["providers"]) or "any that AWS carries",
        "Who reviews": ", ".join(r.replace("_", " ") for r in one["review_roles"]) or "not said",
        "Kept after the findings": wording.count(one["retention_days"], "day"),
        "Recipes": wording.count(len(one["recipes"]), "recipe"),
    }
    for name, said in facts.items():
        st.markdown(f"**{name}**: {plain(said)}")


def _spent(service: Client, partner: str) -> str:
    """Say what was spent for real; simulated money is none."""
    sums = service.get("/v1/ledger", {"partner": partner, "limit": 1})["sums"]
    real = [row for row in sums if not row["simulated"]]
    return f"{wording.usd(real[0]['spend_usd'])} spent" if real else "nothing real spent yet"


def _holder(known: Sequence[Agreement], *, house: bool = True) -> str:
    """Choose whose keys, people or records: a studio's, or the beta's own for its lead."""
    me = frame.looking()
    names = {a["partner"]: a["title"] for a in known}
    if house and me and "lead" in me["scopes"]:
        names = {HOUSE: "The beta itself", **names}
    return st.selectbox(
        "Whose", list(names), format_func=lambda n: names[n], key="whose", width=360
    )


def _keys(service: Client, known: Sequence[Agreement]) -> None:
    holder = _holder(known)
    _fresh()
    with st.form("new-key", clear_on_submit=True):
        st.markdown("**A new key**", help=words.of("key"))
        name = st.text_input("For whom or what", max_chars=120, placeholder="render farm")
        role = _role(holder)
        days = st.slider("Ends after, days", 1, 90, 30)
        if st.form_submit_button("Make the key", type="primary") and name.strip():
            with frame.spoken():
                st.session_state[SECRET] = access.make_key(
                    service, holder, name.strip(), role, days
                )
                st.rerun()
    rows = access.keys(service, holder)
    if not rows:
        st.text("No key was made yet.")
    for key in rows:
        _key(service, key)


def _fresh() -> None:
    """Show a key's text in the one run of screens that made it, until it is put away."""
    made: Key | None = st.session_state.get(SECRET)
    if not made:
        return
    with st.container(border=True, key="fresh-key-shown"):
        st.success(f"The key for {plain(made['name'])}. It is shown this once: copy it now.")
        st.code(made["key"], language=None)
        st.button("I have copied it", on_click=_put_away)


def _put_away() -> None:
    st.session_state.pop(SECRET, None)


def _key(service: Client, key: Key) -> None:
    ended = key["revoked_at"] is not None
    used = wording.moment(key["last_used"]) if key["last_used"] else "never used"
    told = f"revoked {wording.day(key['revoked_at'])}" if ended else _until(key["expires_at"])
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(key['name'])}** · {plain(_role_name(key['role']))}  \n"
            f":small[{plain(told)} · last used: {plain(used)}]",
            width="stretch",
        )
        if not ended:
            _sure("Revoke", f"revoke-{key['id']}", access.revoke_key, service, key["id"])


def _people(service: Client, known: Sequence[Agreement]) -> None:
    holder = _holder(known)
    with st.form("invite", clear_on_submit=True):
        st.markdown("**Invite somebody**")
        name = st.text_input("Name", max_chars=120)
        role = _role(holder)
        issuer = st.text_input(
            "Identity provider",
            max_chars=255,
            help="The address in its tokens, such as https://login.example.com",
        )
        subject = st.text_input(
            "Who it is there", max_chars=255, help="The `sub` of its tokens; no e-mail address"
        )
        if st.form_submit_button("Invite", type="primary") and name.strip():
            person = {"name": name.strip(), "role": role, "issuer": issuer, "subject": subject}
            with frame.spoken():
                access.invite(service, holder, person)
                st.rerun()
    rows = access.people(service, holder)
    if not rows:
        st.text("Nobody was invited yet. On one's own machine nobody needs to sign in.")
    for person_row in rows:
        _person(service, person_row)


def _person(service: Client, person: Person) -> None:
    gone = person["removed_at"]
    seen = wording.moment(person["last_seen"]) if person["last_seen"] else "never"
    told = f"removed {wording.day(gone)}" if gone else f"last here: {seen}"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(person['name'])}** · {plain(_role_name(person['role']))}  \n"
            f":small[{plain(told)}]",
            width="stretch",
        )
        if not gone:
            _sure("Remove", f"remove-{person['id']}", access.remove, service, person["id"])


def _looking(service: Client, known: Sequence[Agreement]) -> None:
    st.caption(words.of("grant"))
    me = frame.looking()
    if me and "lead" in me["scopes"]:
        _give(service, known)
    rows = access.grants(service)
    if not rows:
        st.text("Nobody of the beta's team was given leave to look at pictures.")
    for row in rows:
        _grant(service, row)


def _give(service: Client, known: Sequence[Agreement]) -> None:
    team = {p["id"]: p["name"] for p in access.people(service, HOUSE) if not p["removed_at"]}
    if not team:
        st.text("Nobody of the beta's team was invited yet: see People.")
        return
    with st.form("grant", clear_on_submit=True):
        st.markdown("**Let somebody look**")
        partner = _holder(known, house=False)
        who = st.selectbox("Who", list(team), format_func=lambda i: team[i])
        reason = st.text_input("Why", max_chars=500, help="10 characters or more; it is recorded")
        days = st.slider("For days", 1, LONGEST_DAYS, 2)
        if st.form_submit_button("Let look", type="primary"):
            until = datetime.fromisoformat(service.now()) + timedelta(days=days)
            with frame.spoken():
                access.grant(service, partner, who, reason.strip(), until.isoformat())
                st.rerun()


def _grant(service: Client, row: Grant) -> None:
    waits = row["needs_second"] and not row["confirmed_by"]
    told = "ended" if row["ended_at"] else "waits for a second person" if waits else "in force"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(row['name'])}** · {plain(row['partner'])} · {told}  \n"
            f":small[{plain(row['reason'])} · {plain(_until(row['until']))}]",
            width="stretch",
        )
        if row["ended_at"]:
            return
        if waits:
            _sure("Confirm", f"confirm-{row['id']}", access.confirm, service, row["id"])
        _sure("End it", f"end-{row['id']}", access.end, service, row["id"])


def _raters(service: Client, known: Sequence[Agreement]) -> None:
    del known
    rows: list[Mapping[str, Any]] = service.get("/v1/studies")["studies"]
    if not rows:
        st.text("No blind study was opened yet.")
    for study in rows:
        title = str(study.get("title") or study.get("study"))
        state = str(study.get("state", ""))
        with st.expander(plain(f"{title} · {state}"), expanded=state == "open"):
            st.text(f"{study.get('votes', 0):,} of {study.get('slots', 0):,} questions answered")
            for rater in study.get("raters", []):
                studio = rater.get("studio") or "the beta's own"
                told = f"{rater['votes']:,} of {rater['slots']:,}"
                st.markdown(f"- **{plain(rater['rater'])}**, {plain(studio)}: {told}")
    hint(
        "A study and its raters are fixed before anybody votes: `circletake study open`. Nobody is "
        "taken out by hand: rules written down before (control pairs, speed) leave raters out when "
        "it is closed, and `circletake study result` prints both ways, with them and without."
    )


def _records(service: Client, known: Sequence[Agreement]) -> None:
    holder = _holder(known)
    partner = None if holder == HOUSE else holder
    after = st.session_state.setdefault("records-after", {}).get(holder, 0)
    page = access.records(service, partner, after, RECORDS)
    st.caption("Who did what to which ids, never any content. Each record seals the one before.")
    if st.button("Check that nothing was changed", icon=":material/verified:", key="verify"):
        with frame.spoken(), st.spinner("Walking along the records"):
            _verified(access.verify(service, partner))
    if not page["events"]:
        st.text("Nothing was recorded yet." if not after else "There is no more.")
    rows = [
        {
            "No.": e["number"],
            "When": wording.moment(e["at"]),
            "Who": e["actor"],
            "What": e["event"].replace("_", " "),
            "Ids": _ids(e["ids"]),
        }
        for e in page["events"]
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    with st.container(horizontal=True):
        st.button("From the first", on_click=_turn, args=(holder, 0), disabled=not after)
        more = page["next"]
        st.button("Next", on_click=_turn, args=(holder, more), disabled=more is None)


def _turn(holder: str, after: int) -> None:
    st.session_state["records-after"][holder] = after


def _verified(found: Mapping[str, Any]) -> None:
    many = sum(found["records"].values())
    if found["ok"]:
        st.success(f"{wording.count(many, 'record')}: all as they were written.")
        return
    for flaw in found["flaws"]:
        st.error(plain(f"Record {flaw['number']}: {flaw['found']}; right is {flaw['expected']}"))


def _ids(ids: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} {said}" for name, said in ids.items())
    told = told or "none"
    return told if len(told) <= 160 else told[:160] + " …"


def _role(holder: str) -> str:
    roles = OF_HOUSE if holder == HOUSE else OF_PARTNER
    return st.selectbox("May", roles, format_func=lambda r: ROLES[r])


def _role_name(role: str) -> str:
    return wording.ROLES.get(role, role)


def _until(at: str) -> str:
    return f"until {wording.moment(at)}"


def _sure(label: str, key: str, action: Callable[..., object], *args: object) -> None:
    """Draw a button that asks once more."""
    with st.popover(label, key=f"ask-{key}"):
        st.button(f"Yes: {label.lower()}", key=key, on_click=frame.doing, args=(action, *args))


PARTS: Mapping[str, Callable[[Client, Sequence[Agreement]], None]] = {
    "Studios": _studios,
    "Keys": _keys,
    "People": _people,
    "Leave to look": _looking,
    "Raters": _raters,
    "Records": _records,
}
