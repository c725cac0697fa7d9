"""Progress: what runs, what waits or went wrong and what to do about each, live."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import frame, wording
from dashboard.asking import campaigns
from dashboard.asking.campaigns import Status
from dashboard.client import Campaign, Client, TakeRow
from dashboard.frame import chosen, nothing_yet, plain, simulated_banner
from dashboard.pieces import words

LIVE = ("planned", "running")
LOOK_S = 2.0
REASONS = 5  # of a state, the most frequent first
STATES = {
    "planned": ("waits for its turn", "blue"),
    "running": ("runs", "blue"),
    "done": ("done", "green"),
    "budget_reached": ("budget reached", "orange"),
    "cancelled": ("cancelled", "gray"),
    "interrupted": ("interrupted", "orange"),
}
ICONS = {
    "planned": ":material/schedule:",
    "running": ":material/play_arrow:",
    "done": ":material/check:",
    "budget_reached": ":material/savings:",
    "cancelled": ":material/block:",
    "interrupted": ":material/pause:",
}
TODO = {  # what a state means, and what to do about it
    "parked": "The budget did not cover them; nothing was paid. Raise it below and go on.",
    "unknown": "Sent, but the answer was lost; each may have been billed once and is never sent "
    "again by itself. `circletake ledger reconcile` asks the provider what became of them.",
    "failed": "They ended in an error after every retry. Go on below to try them again.",
    "refused": "The model declined them. That is an answer, too: it counts in the findings.",
}
BAD = tuple(TODO)


def render(service: Client) -> None:
    """Draw the screen."""
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return
    shown = chosen(everything)
    if not shown:
        return
    simulated_banner(simulated=shown[0]["simulated"])
    asked = st.query_params.get("campaign")
    ordered = sorted(shown, key=lambda c: (c["state"] not in LIVE, _later(c["created_at"])))
    for campaign in sorted(ordered, key=lambda c: c["id"] != asked):
        with st.container(border=True, key=f"campaign-{campaign['id']}"):
            _campaign(service, campaign)
    live = any(c["state"] in LIVE for c in shown)
    st.caption(
        "Looks again every two seconds." if live else "Nothing runs; this screen needs no reload."
    )
    with st.container(horizontal=True):
        frame.link("Look at the takes", "takes", icon=":material/photo_library:")
        frame.link("What was learned so far", "overview", icon=":material/insights:")


def _later(created_at: str) -> tuple[int, ...]:
    """Sort newest first."""
    return tuple(-ord(c) for c in created_at)


def _campaign(service: Client, campaign: Campaign) -> None:
    packs = ", ".join(p["title"] for p in campaign["packs"])
    st.subheader(plain(f"{campaign['partner_name']}: {packs}"), anchor=False)
    if campaign["state"] in LIVE:
        _live(service, campaign["id"], campaign["created_at"])
    else:
        _standing(service, campaigns.status(service, campaign["id"]))


@frame.part(run_every=LOOK_S)
def _live(service: Client, id_: str, created_at: str) -> None:
    """Draw a running campaign again and again; when it ends, the whole screen once more."""
    status = campaigns.status(service, id_)
    if status["state"] not in LIVE:
        st.rerun(scope="app")
    st.caption(f"Begun {wording.moment(created_at)}")
    _standing(service, status)


def _standing(service: Client, status: Status) -> None:
    said, colour = STATES.get(status["state"], (status["state"], "gray"))
    trials = status["trials"]
    ended = trials["total"] - trials["open"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(said, icon=ICONS.get(status["state"]), color=colour)  # type: ignore[arg-type]
        st.text(_forecast(status))
    if status["note"]:
        st.info(plain(status["note"]), icon=":material/hourglass_empty:")
    made, measured = trials["done"], min(status["scored"], trials["done"])
    told = f"Takes: {ended:,} of {trials['total']:,} ended"
    told_measured = f"Measured: {measured:,} of {made:,}"
    if status["state"] in LIVE:
        st.progress(ended / max(trials["total"], 1), text=told)
        st.progress(measured / max(made, 1), text=told_measured)
    else:
        st.text(f"{told} · {told_measured}")
    _figures(status)
    _trouble(service, status)
    _turns(service, status)


def _forecast(status: Status) -> str:
    if status["state"] not in LIVE:
        return ""
    done = status["forecast_finish"]
    return f"Done by {wording.moment(done)}" if done else "When it will be done is not known yet"


def _figures(status: Status) -> None:
    trials = status["trials"]
    with st.grid(5, min_column_width=140, key=f"figures-{status['campaign']}"):
        st.metric("Still open", f"{trials['open']:,}", help=words.of("trial"))
        st.metric("Done", f"{trials['done']:,}", help=words.of("take"))
        bad = sum(trials[name] for name in BAD)  # type: ignore[literal-required]  # states
        st.metric("Not done", f"{bad:,}", help="Refused, failed, parked or unknown; see below.")
        spent, budget = wording.usd(status["spend_usd"]), wording.usd(status["budget_usd"])
        st.metric("Spent", spent, help=f"of {budget}".replace("$", r"\$"))
        st.metric("Held", wording.usd(status["reserved_usd"]), help=words.of("held"))


def _trouble(service: Client, status: Status) -> None:
    """Say of each state that is no take how many, why, and what to do."""
    trials: Mapping[str, int] = status["trials"]  # type: ignore[assignment]  # all are counts
    for state in BAD:
        if trials[state]:
            label = f"{wording.count(trials[state], 'trial')} {state}"
            with st.expander(label, icon=":material/report:", expanded=state != "refused"):
                st.markdown(TODO[state])
                for reason, many in _reasons(service, status["campaign"], state):
                    st.text(f"{many} × {reason}")
                frame.link("See them", "takes", state=state)


def _reasons(service: Client, campaign: str, state: str) -> Sequence[tuple[str, int]]:
    page = service.takes({"campaign": campaign, "state": state, "limit": 48})
    counted = Counter(_reason(row) for row in page["takes"])
    return counted.most_common(REASONS)


def _reason(row: TakeRow) -> str:
    return row["reason"] or row["code"] or "no reason was given"


def _turns(service: Client, status: Status) -> None:
    me = frame.looking()
    if me is None or "submit" not in me["scopes"]:
        return
    id_, state = status["campaign"], status["state"]
    if state in LIVE:
        with st.popover("Stop it", icon=":material/stop:", key=f"stop-{id_}"):
            st.markdown("What is on its way comes to its end and is paid. Nothing more is sent.")
            st.button(
                "Yes, stop this campaign",
                key=f"cancel-{id_}",
                on_click=frame.doing,
                args=(campaigns.cancel, service, id_),
            )
        return
    again = any(status["trials"][name] for name in ("open", "parked", "failed"))
    if again and state != "cancelled":
        _go_on(service, status)


def _go_on(service: Client, status: Status) -> None:
    id_ = status["campaign"]
    with st.popover("Go on", icon=":material/play_arrow:", key=f"go-on-{id_}"):
        budget = st.number_input(
            "Budget of the campaign, US dollars",
            min_value=max(status["budget_usd"], 0.01),
            value=max(status["budget_usd"], 0.01),
            key=f"budget-{id_}",
            help=words.of("budget"),
        )
        key = st.session_state.setdefault(f"resume-key-{id_}", secrets.token_hex(16))
        larger = float(budget) if budget > status["budget_usd"] else None
        st.button(
            "Go on with what is missing",
            key=f"resume-{id_}",
            on_click=frame.doing,
            args=(_resumed, service, id_, larger, f"{key}-{larger}"),
        )


def _resumed(service: Client, id_: str, budget_usd: float | None, key: str) -> None:
    """Go on; the next time is another wish."""
    campaigns.resume(service, id_, budget_usd, key)
    st.session_state.pop(f"resume-key-{id_}", None)
