"""From a pack to a campaign: choose, see the plan with its cost, send it once."""

import secrets

import streamlit as st

from dashboard import frame, wording
from dashboard.asking import campaigns
from dashboard.asking.agreements import Agreement
from dashboard.asking.campaigns import Order, Plan
from dashboard.client import Client
from dashboard.frame import plain
from dashboard.pieces import words

PLANNED = "planned"  # (order, its plan, the key under which it is sent): of one session
START_USD = 60.0
MOST_ROWS = 20


def order(service: Client, agreement: Agreement, seal: str) -> None:
    """Draw everything between a pack that is in order and a campaign that runs."""
    st.subheader("What it may cost", anchor=False)
    wish = _wish(service, agreement, seal)
    planned = st.session_state.get(PLANNED)
    fresh = planned is not None and planned[0] == wish
    if st.button("See the plan", type="secondary" if fresh else "primary", key="see-plan"):
        with frame.spoken(), st.spinner("Laying out every take"):
            planned = (wish, campaigns.plan(service, wish), secrets.token_hex(16))
            st.session_state[PLANNED], fresh = planned, True
    st.caption("A plan spends nothing.")
    if planned is None:
        return
    if not fresh:
        st.info("Something was changed since: see the plan again.", icon=":material/history:")
        return
    _plan(planned[1])
    _send(service, *planned)


def _wish(service: Client, agreement: Agreement, seal: str) -> Order:
    with st.grid(3, min_column_width=200, vertical_alignment="bottom", key="wish"):
        titles = _titles(service)
        picked = st.multiselect(
            "Recipes",
            list(titles),
            format_func=lambda r: titles[r],
            key="recipes",
            placeholder="those of your agreement",
            help=words.of("recipe"),
        )
        takes = st.selectbox(
            "Takes of each",
            [None, 1, 2, 3, 4],
            format_func=lambda n: "as each shot says" if n is None else str(n),
            key="takes",
            help=words.of("take"),
        )
        budget = st.number_input(
            "Budget, US dollars",
            min_value=0.01,
            max_value=max(agreement["budget_usd"], 0.01),
            value=min(START_USD, max(agreement["budget_usd"], 0.01)),
            key="budget",
            help=words.of("budget"),
        )
    return {
        "partner": agreement["partner"],
        "packs": [seal],
        "recipes": picked,
        "takes": takes,
        "budget_usd": round(float(budget), 2),
    }


def _titles(service: Client) -> dict[str, str]:
    rows = campaigns.recipes(service)
    return {r["recipe"]: r["title"] + " (control)" * r["control"] for r in rows}


def _plan(plan: Plan) -> None:
    kind = "Simulated: nothing is spent." if plan["simulated"] else "Real: sending it costs money."
    with st.grid(3, min_column_width=210, key="plan"):
        st.metric("Takes asked for", f"{plan['trials']:,}", border=True, help=words.of("trial"))
        worst = wording.usd(plan["worst_case_usd"])
        st.metric("At most", worst, border=True, help=words.of("worst case"))
        st.metric("Budget", wording.usd(plan["budget_usd"]), border=True)
    done = plan["forecast_finish"]
    finish = f"Done by {wording.moment(done)}." if done else "When it is done is not known yet."
    st.text(f"{kind} {finish} {plan.get('pace') or ''}".strip())
    if plan["worst_case_usd"] > plan["budget_usd"]:
        st.warning(
            "The budget may not cover every take. What it does not cover waits; nothing is lost.",
            icon=":material/savings:",
        )
    for warning in plan.get("warnings", []):
        st.warning(plain(warning), icon=":material/info:")
    rows = [
        {
            "Recipe": r["recipe"],
            "Takes": r["trials"],
            "At most": wording.usd(r["worst_case_usd"]),
            "Rights": r.get("rights") or "nothing to note",
        }
        for r in plan["by_recipe"]
    ]
    if rows:
        with st.expander(f"Cost by recipe ({len(rows)})"):
            st.dataframe(rows, hide_index=True, width="stretch")
    if plan["refused"]:
        with st.expander(f"What cannot be asked for, and why ({len(plan['refused'])})"):
            _refused(plan)


def _refused(plan: Plan) -> None:
    rows = plan["refused"]
    for row in rows[:MOST_ROWS]:
        st.text(f"{row['shot']}, {row['recipe']}: {row['reason']}")
    if len(rows) > MOST_ROWS:
        st.caption(f"and {len(rows) - MOST_ROWS} more")


def _send(service: Client, wish: Order, plan: Plan, key: str) -> None:
    if not plan["trials"]:
        st.info(
            "There is nothing to send: none of these recipes does what the shots ask for. "
            "Choose others above.",
            icon=":material/block:",
        )
        return
    cost = "simulated" if plan["simulated"] else f"at most {wording.usd(plan['worst_case_usd'])}"
    label = f"Send it: {wording.count(plan['trials'], 'take')}, {cost}".replace("$", r"\$")
    if not st.button(label, type="primary", key="send", icon=":material/send:"):
        return
    # The key is of this plan: a second click, a run drawn again or a lost answer is the same wish.
    sent = None
    with frame.spoken(), st.spinner("Sending"):
        sent = campaigns.send(service, wish, key)
    if sent is not None:
        st.session_state.pop(PLANNED, None)
        frame.go("progress", campaign=sent["campaign"])
        st.success("Sent. See Progress.", icon=":material/check:")
