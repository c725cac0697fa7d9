"""Overview: the answer, who leads, what was spent, what is due, what now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import charts, wording
from dashboard.client import Campaign, Client, ServiceSaysNo
from dashboard.frame import chosen, link, nothing_yet, plain, simulated_banner
from dashboard.pieces import words


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
    headline = st.container(key="headline")  # filled last: a season's answer takes a while
    _figures(campaigns, service.now())
    _what_now(campaigns)
    with headline, st.spinner("Working out the answer …"):
        findings = _findings(service, campaigns)
    if findings:
        with headline:
            _headline(findings["answer"])
        _answer(findings["answer"][1:])
        _lines(findings)
        _ranking(findings)
    _money(campaigns)


def _findings(service: Client, campaigns: Sequence[Campaign]) -> dict[str, Any] | None:
    """Ask for the answer; None where so few studios would be told apart in it, which is said."""
    try:
        return service.findings([c["id"] for c in campaigns])
    except ServiceSaysNo as no:
        if no.problem.get("code") != "too_few_partners":
            raise
    st.info(
        "So few studios are not summed up together: each would be known from the sum. "
        "Choose one of them above to read its answer.",
        icon=":material/group:",
    )
    return None


def _headline(sentences: Sequence[str]) -> None:
    if sentences:
        st.markdown(f"#### {plain(sentences[0])}")
    else:
        st.text("Nothing was measured yet that would allow an answer.")


def _answer(sentences: Sequence[str]) -> None:
    if sentences:
        st.subheader("The answer", anchor=False)
        st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))


def _figures(campaigns: Sequence[Campaign], now: str) -> None:
    total = _sum(campaigns, "total")
    ended = total - _sum(campaigns, "open")
    due = min(c["window"]["findings_due"] for c in campaigns)
    spent, budget = (sum(c[k] for c in campaigns) for k in ("spend_usd", "budget_usd"))
    bad = _sum(campaigns, "refused") + _sum(campaigns, "failed")
    days = (datetime.fromisoformat(due).date() - datetime.fromisoformat(now).date()).days
    with st.grid(4, min_column_width=210, key="figures"):
        trials = f"{ended:,} of {total:,}"
        st.metric("Trials ended", trials, border=True, help=words.of("trial"))
        st.metric("Spent", f"{wording.usd(spent)} of {wording.usd(budget)}", border=True)
        st.metric("Refused or failed", f"{bad:,} of {total:,}", border=True)
        left = wording.count(days, "day") if days >= 0 else f"{-days} days late"
        st.metric("Findings due in", left, border=True, help=f"Due on {wording.day(due)}")


def _what_now(campaigns: Sequence[Campaign]) -> None:
    steps = [step for campaign in campaigns for step in _steps(campaign)]
    st.subheader("What now", anchor=False)
    if steps:
        st.markdown("\n".join(f"- {step}" for step in steps))
    else:
        st.text("Every trial has ended. Look at the takes, then build the report.")
    with st.container(horizontal=True):
        link("Look at the takes", "takes", icon=":material/photo_library:")
        link("How it goes", "progress", icon=":material/timelapse:")


def _steps(campaign: Campaign) -> list[str]:
    trials, name = campaign["trials"], plain(campaign["partner_name"])
    id_ = campaign["id"][:12]
    steps = []
    if trials["open"]:
        steps.append(f"{name}: {wording.count(trials['open'], 'trial')} still under way.")
    if trials["parked"]:
        steps.append(
            f"{name}: the budget did not cover {wording.count(trials['parked'], 'trial')}. "
            f"Raise it on Progress, or `circletake campaign resume {id_}`."
        )
    if trials["unknown"]:
        steps.append(
            f"{name}: the answer to {wording.count(trials['unknown'], 'call')} was lost and may "
            "have been billed. Look again with `circletake ledger reconcile`."
        )
    if trials["failed"]:
        steps.append(f"{name}: {wording.count(trials['failed'], 'trial')} failed; see Takes.")
    return steps


def _lines(findings: dict[str, Any]) -> None:
    """Show of each recipe how many acceptance lines are known to be met, kind by kind."""
    passing = findings.get("loop", {}).get("passing", [])
    if not passing:
        return
    st.subheader("Acceptance lines met", anchor=False, help=words.of("acceptance line"))
    titles = {r["recipe"]: r["title"] for r in findings["recipes"]}
    rows: dict[str, dict[str, str]] = {}
    for row in passing:
        title = titles.get(row["recipe"], row["recipe"])
        rows.setdefault(title, {"Recipe": title})[_spoken(row["kind"])] = _met(row)
    kinds = dict.fromkeys(_spoken(row["kind"]) for row in passing)
    table = [
        {"Recipe": t, **{k: cells.get(k, "none asked") for k in kinds}} for t, cells in rows.items()
    ]
    st.dataframe(table, hide_index=True, width="stretch")
    st.caption("Met of those asked, repairs counted; what a person must look at is not known yet.")


def _met(row: dict[str, Any]) -> str:
    passed = row["after"][-1]["passed"] if row["after"] else 0
    told = f"{passed} of {row['lines']}"
    return f"{told}, {row['not_known']} not known" if row["not_known"] else told


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _ranking(findings: dict[str, Any]) -> None:
    comparisons = {c["id"]: c for c in findings["comparisons"]}
    st.subheader("Ranking", anchor=False, help=words.of("rank range"))
    if not comparisons:
        st.text("Nothing was compared yet.")
        return
    id_ = st.selectbox(
        "Metric and task",
        list(comparisons),
        key="comparison",
        bind="query-params",
        width=520,
        format_func=lambda i: _named(comparisons[i]),
    )
    comparison = comparisons[id_]
    titles = {r["recipe"]: r["title"] for r in findings["recipes"]}
    st.caption(
        f"{plain(comparison['explanation'])} Dots are means over shots, bars 95 % intervals, "
        "diamonds free controls."
    )
    st.altair_chart(
        charts.forest(comparison, titles),
        width="stretch",
        alt=f"Ranking of {len(comparison['arms'])} recipes",
    )
    st.dataframe(_rows(comparison, titles), hide_index=True, width="stretch")
    with st.expander(f"Differences in words ({len(comparison['contrasts'])})"):
        for contrast in comparison["contrasts"]:
            st.text(contrast["sentence"])


def _rows(comparison: dict[str, Any], titles: dict[str, str]) -> list[dict[str, Any]]:
    unit = comparison["unit"]
    return [
        {
            "Rank": wording.ranks(a, comparison["direction"]),
            "Recipe": titles.get(a["recipe"], a["recipe"]) + (" (control)" * a["control"]),
            "Mean": wording.number(a["mean"], unit),
            "95 % interval": wording.interval(a["ci_low"], a["ci_high"], unit),
            "Shots": a["n_shots"],
            "Takes": a["n_takes"],
            "Coverage": wording.percent(a["coverage"]),
        }
        for a in comparison["arms"]
    ]


def _money(campaigns: Sequence[Campaign]) -> None:
    st.subheader("Spend against budget", anchor=False, help=words.of("held"))
    for campaign in campaigns:
        spent, held = campaign["spend_usd"], campaign["reserved_usd"]
        told = f"{plain(campaign['partner_name'])}: {_dollars(spent)} of "
        told += _dollars(campaign["budget_usd"])
        if held or campaign["unknown_usd"]:
            told += f", held {_dollars(held)}, unknown {_dollars(campaign['unknown_usd'])}"
        share = (spent + held) / campaign["budget_usd"] if campaign["budget_usd"] else 0.0
        st.progress(min(share, 1.0), text=told)


def _dollars(value: float) -> str:
    return wording.usd(value).replace("$", r"\$")


def _named(comparison: dict[str, Any]) -> str:
    return f"{comparison['metric_title']} · {wording.task(comparison['task'])}"


def _sum(campaigns: Sequence[Campaign], state: str) -> int:
    return sum(c["trials"][state] for c in campaigns)  # type: ignore[literal-required]  # a state
