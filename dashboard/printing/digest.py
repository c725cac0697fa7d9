"""The weekly digest: progress to plan, spend, what changed; red where the plan cannot make it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from dashboard import wording as say
from dashboard.printing.print import printable

Json = Mapping[str, Any]
SPARE_DAYS = 7  # between the last answer and the findings: people have to read them
STATES = {"green": "on plan", "amber": "watch", "red": "the plan cannot make it"}


def digest(
    document: Json, statuses: Sequence[Json], today: date, before: Json | None = None
) -> Json:
    """Say how campaigns stand, for somebody who reads it once a week.

    Args:
        document: a `report/1` document without pictures.
        statuses: of each campaign, as `campaign status` prints them.
        today: the day of the digest.
        before: the digest of last week; None = there is none.
    """
    standing = {s["campaign"]: s for s in statuses}
    rows = [_row(c, standing.get(c["id"], {}), document, today) for c in document["campaigns"]]
    worst = next((k for k in ("red", "amber", "green") if k in {r["state"] for r in rows}), "green")
    return {
        "schema": "digest/1",
        "day": today.isoformat(),
        "simulated": document["simulated"],
        "state": worst,
        "campaigns": rows,
        "findings": {f["id"]: f["claim"] for f in document["findings"]},
        "changed": _changed(document, rows, before),
    }


def as_text(told: Json) -> str:
    """Write a digest as plain text."""
    mark = "SIMULATED  " if told["simulated"] else ""
    lines = [f"{mark}Circle Take, {say.day(told['day'])}: {STATES[told['state']]}", ""]
    for row in told["campaigns"]:
        lines.append(f"[{row['state'].upper()}] {row['partner_name']}: {row['progress']}")
        lines += [f"    {row['money']}", f"    {row['due']}"]
        lines += [f"    ! {why}" for why in row["why"]]
    lines += ["", "What changed:", *(f"  - {line}" for line in told["changed"])]
    return printable_lines(lines)


def as_html(told: Json) -> str:
    """Write a digest as one small page; no script, nothing loaded."""
    mark = "<p><strong>SIMULATED</strong></p>" if told["simulated"] else ""
    rows = "".join(
        f"<tr><td><b>{escape(r['state'].upper())}</b></td><td>{escape(r['partner_name'])}</td>"
        f"<td>{escape(r['progress'])}<br>{escape(r['money'])}<br>{escape(r['due'])}"
        + "".join(f"<br><b>{escape(why)}</b>" for why in r["why"])
        + "</td></tr>"
        for r in told["campaigns"]
    )
    changed = "".join(f"<li>{escape(line)}</li>" for line in told["changed"])
    title = f"Circle Take, {say.day(told['day'])}: {STATES[told['state']]}"
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>body{{font:15px/1.5 sans-serif;max-width:46em;"
        "margin:2em auto;color:#1d1d1b}td{padding:.5em .8em;vertical-align:top;"
        "border-bottom:1px solid #c9c7c1}</style>"
        f"<h1>{escape(title)}</h1>{mark}<table>{rows}</table><h2>What changed</h2>"
        f"<ul>{changed}</ul></html>\n"
    )
    return "\n".join(printable(line) for line in page.split("\n"))


def printable_lines(lines: Sequence[str]) -> str:
    """Join lines, without controls in any of them."""
    return "\n".join(printable(line) for line in lines) + "\n"


def _row(campaign: Json, status: Json, document: Json, today: date) -> Json:
    trials, due = campaign["trials"], date.fromisoformat(campaign["window"]["findings_due"])
    settled = sum(trials[k] for k in ("done", "refused", "failed"))
    left = (due - today).days
    red, amber = _red(campaign, status, due, today), _amber(campaign, document, left)
    return {
        "campaign": campaign["id"],
        "partner_name": campaign["partner_name"],
        "state": "red" if red else "amber" if amber else "green",
        "why": [*red, *amber],
        "settled": settled,
        "spend_usd": campaign["spend_usd"],
        "progress": f"{settled} of {trials['total']} trials answered, {trials['done']} takes",
        "money": f"{say.usd(campaign['spend_usd'])} of {say.usd(campaign['budget_usd'])} spent",
        "due": f"findings due {say.day(due.isoformat())}, "
        + (f"in {say.count(left, 'day')}" if left >= 0 else f"{say.count(-left, 'day')} ago"),
    }


def _red(campaign: Json, status: Json, due: date, today: date) -> list[str]:
    """Say why the sample cannot be reached by the day of the findings."""
    trials, why = campaign["trials"], []
    waiting = trials["open"] + trials["parked"]
    if waiting and today > due:
        why.append(f"{say.count(waiting, 'trial')} not answered, and the findings were due")
    if trials["parked"]:
        why.append(f"{say.count(trials['parked'], 'trial')} parked: the budget does not cover them")
    forecast = status.get("forecast_finish")
    if (
        waiting
        and forecast
        and (end := datetime.fromisoformat(forecast).astimezone(UTC).date()) > due
    ):
        why.append(f"at this pace the last take comes on {say.day(end.isoformat())}, too late")
    if waiting and campaign["state"] == "cancelled":
        why.append("the campaign was cancelled before its sample was complete")
    return why


def _amber(campaign: Json, document: Json, left: int) -> list[str]:
    trials, why = campaign["trials"], []
    if trials["unknown"]:
        why.append(f"{say.count(trials['unknown'], 'answer')} lost: reconcile them")
    signed = (document.get("signoff") or {}).get("campaigns", ())
    unsigned = sum(r["counts"]["not signed"] for r in signed if r["campaign"] == campaign["id"])
    if unsigned and 0 <= left <= SPARE_DAYS:
        why.append(f"{say.count(unsigned, 'quote or picture', 'quotes or pictures')} not signed")
    if (trials["open"] or trials["parked"]) and 0 <= left <= SPARE_DAYS:
        why.append("less than a week is left for takes that are not there yet")
    return why


def _changed(document: Json, rows: Sequence[Json], before: Json | None) -> list[str]:
    if before is None:
        return ["this is the first digest: there is nothing to compare with"]
    old = {r["campaign"]: r for r in before["campaigns"]}
    told = []
    for row in rows:
        was = old.get(row["campaign"])
        if was is None:
            told.append(f"{row['partner_name']}: a new campaign")
        elif row["settled"] != was["settled"]:
            more = row["settled"] - was["settled"]
            spent = say.usd(row["spend_usd"] - was["spend_usd"])
            told.append(f"{row['partner_name']}: {more} more trials answered, {spent} more spent")
        if was and was["state"] != row["state"]:
            told.append(f"{row['partner_name']}: from {was['state']} to {row['state']}")
    new = [f["claim"] for f in document["findings"] if f["id"] not in before["findings"]]
    told += [f"new finding: {claim}" for claim in new[:5]]
    return told or ["nothing since the last digest"]
