"""Cost and speed: what a take costs, how long it takes, what is refused, what is saved."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import wording
from dashboard.client import Client
from dashboard.frame import go, plain
from dashboard.pieces import answers, plots, words
from dashboard.pieces.answers import Found
from dashboard.pieces.plots import Dot

Json = Mapping[str, Any]
NO_LINE = "no must-line passed"
MEASURES = {
    "usd_per_take": "US dollars for each take (less is better)",
    "usd_per_passed_must_line": "US dollars for each passed must-line (less is better)",
    "waiting": "Seconds of waiting for a take: median, and to the 90th percentile",
    "attempts": "Attempts for each circled take (less is better)",
}
NAMES = {
    "usd_per_take": "Dollars per take",
    "usd_per_passed_must_line": "Dollars per passed line",
    "waiting": "Waiting",
    "attempts": "Attempts per circled take",
}


def render(service: Client) -> None:
    """Draw the screen."""
    found = answers.found(service)
    if found is None:
        return
    recipes = found.told["recipes"]
    if not recipes:
        st.info("Nothing here was paid or waited for yet.", icon=":material/payments:")
        st.text(
            "Money is told studio by studio: choose one above."
            if found.pooled
            else "Send a campaign on Submit; its costs stand here as soon as takes arrive."
        )
        return
    _drawn(found, recipes)
    _table(found, recipes)
    _refused(found)
    _circled(found)
    _lines(found)
    _own_way(found)


def _drawn(found: Found, recipes: Sequence[Json]) -> None:
    circling = {c["recipe"]: c for c in _loop(found).get("circling", ())}
    chosen = st.segmented_control(
        "Show",
        list(NAMES),
        default="usd_per_take",
        required=True,
        key="measure",
        bind="query-params",
        format_func=NAMES.__getitem__,
    )
    measure = chosen or "usd_per_take"
    rows = [_dot(found, r, measure, circling.get(r["recipe"])) for r in recipes]
    rows.sort(key=lambda r: (r["value"] is None, r["value"] or 0))
    if all(r["value"] is None for r in rows):
        st.text(f"{NAMES[measure]}: not measured. {_why_not(measure)}")
        return
    picked = plots.dots(rows, MEASURES[measure], f"cost-{measure}", zero=True)
    if picked:
        go("takes", **answers.where(found.campaigns), recipe=picked)
    st.caption("Least on top. Diamonds are free controls. Click a mark, or a name, for its takes.")
    with st.container(horizontal=True, gap="small", key="to-takes"):
        for row in rows:
            answers.takes_of(
                found, row["title"], plain(row["title"]), icon=":material/photo_library:"
            )


def _why_not(measure: str) -> str:
    if measure == "attempts":
        return "Nobody circled a take of a paid recipe yet: do that on Approval."
    return "Nothing was asked for yet."


def _dot(found: Found, recipe: Json, measure: str, circled: Json | None) -> Dot:
    value, high, said = _measured(recipe, measure, circled)
    return {
        "title": found.title(recipe["recipe"]),
        "note": wording.count(recipe["takes"], "take"),
        "kind": plots.CONTROL if recipe["control"] else plots.PAID,
        "value": value,
        "low": None if high is None else value,
        "high": high,
        "said": said,
    }


def _measured(
    recipe: Json, measure: str, circled: Json | None
) -> tuple[float | None, float | None, str]:
    """Give what is drawn: a value, where its bar ends, and its words."""
    if measure == "waiting":
        wait = recipe["latency_s"]
        said = f"{wording.seconds(wait['median'])}, to {wording.seconds(wait['p90'])}"
        return wait["median"], wait["p90"], said
    if measure == "attempts":
        value = circled["attempts_per_circled"] if circled else None
        return value, None, wording.number(value, "steps")
    return recipe[measure], None, wording.usd(recipe[measure])


def _table(found: Found, recipes: Sequence[Json]) -> None:
    circling = {c["recipe"]: c for c in _loop(found).get("circling", ())}
    rows = [
        {
            "Recipe": found.title(r["recipe"]) + (" (control)" * r["control"]),
            "Takes": r["takes"],
            "Spent": wording.usd(r["spend_usd"]),
            "Per take": wording.usd(r["usd_per_take"]),
            "Per passed line": _per_line(r),
            "Median wait": wording.seconds(r["latency_s"]["median"]),
            "9 of 10 within": wording.seconds(r["latency_s"]["p90"]),
            "Waits": r["latency_s"]["n"],
            "Refused": r["outcomes"]["refused"],
            "Failed": r["outcomes"]["failed"],
            "Attempts": _attempts(circling.get(r["recipe"])),
        }
        for r in recipes
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(
        "Per passed line: dollars for each must-line that is known to be met. Attempts: for each "
        "take that somebody circled."
    )


def _per_line(recipe: Json) -> str:
    value = recipe["usd_per_passed_must_line"]
    return NO_LINE if value is None else wording.usd(value)


def _attempts(circled: Json | None) -> str:
    if circled is None or circled["attempts_per_circled"] is None:
        return "none circled" if circled else "no paid take"
    return f"{circled['attempts_per_circled']:.1f}"


def _refused(found: Found) -> None:
    st.subheader("Refusals and failures", anchor=False)
    rows = [
        {
            "Shot": f["shot"],
            "Recipe": found.title(f["recipe"]),
            "What": f["state"],
            "Why": f["reason"],
            "Times": f["count"],
        }
        for f in found.told.get("failures", ())
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.text("None: whatever was asked for came back as a take.")


def _circled(found: Found) -> None:
    st.subheader("Until a take is circled", anchor=False)
    circling = _loop(found).get("circling", ())
    told = [c for c in circling if c["circled"]]
    if not told:
        st.text(
            "Not measured: nobody circled a take of a paid recipe. Circle what you would use, on "
            "Approval; what it took is then told here."
        )
        return
    rows = [
        {
            "Recipe": found.title(c["recipe"]),
            "Shots": c["shots"],
            "Circled": c["circled"],
            "Attempts each": _attempts(c),
            "Dollars": _median(c["usd"], wording.usd),
            "Minutes": _median(c["minutes"], _minutes),
        }
        for c in told
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(
        "Medians over shots by Kaplan and Meier, with 95 % intervals: shots without a circled take "
        "are not left out, they count as not there yet."
    )


def _median(curve: Json, write: Any) -> str:
    if curve["median"] is None:
        return "not reached by half of the shots"
    low, high = curve["median_low"], curve["median_high"]
    ends = " to ".join(write(end) if end is not None else "open" for end in (low, high))
    return f"{write(curve['median'])} ({ends})"


def _minutes(value: float) -> str:
    return wording.number(value, "steps", bare=True)


def _lines(found: Found) -> None:
    """Show what each kind of acceptance line took: dollars stand in the table above."""
    st.subheader("For each acceptance line", anchor=False, help=words.of("acceptance line"))
    passing = _loop(found).get("passing", ())
    if not passing:
        st.text("Not measured: no acceptance line was answered yet.")
        return
    rows = [
        {
            "Recipe": found.title(p["recipe"]),
            "Kind of line": wording.flag(p["kind"]).capitalize(),
            "Asked": p["lines"],
            "Met at once": p["after"][0]["passed"] if p["after"] else 0,
            "Met after repairs": p["after"][-1]["passed"] if p["after"] else 0,
            "Not known": p["not_known"],
            "Shots": p["shots"],
        }
        for p in passing
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height=320)
    st.text(
        "Dollars for each passed must-line stand above, by recipe. Minutes of people for each "
        "line: not measured, because hours are logged by shot."
    )


def _own_way(found: Found) -> None:
    st.subheader("Time saved against the studio's own way", anchor=False)
    own = found.told.get("old_way") or {}
    for one in own.get("multiples", ()):
        st.text(one["sentence"])
    if not own.get("multiples"):
        st.text("Not measured: no hours of the own way are known for these shots.")
    shots = own.get("shots", ())
    rows = [
        {
            "Shot": s["shot"],
            "Own way, hours": wording.number(
                (s["baseline"] or {}).get("hours"), "steps", bare=True
            ),
            "Own way, cost": wording.usd((s["baseline"] or {}).get("cost_usd")),
            "How it is known": (s["baseline"] or {}).get("source", "no baseline"),
            "Hours here": wording.number(s["hours"], "steps", bare=True),
            "Cost here": wording.usd(s["cost_usd"]),
            "Circled": "yes" if s["circled"] else "not yet",
        }
        for s in shots
    ]
    if rows:
        with st.expander(f"Shot by shot ({len(rows)})"):
            st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(
        "Hours are logged with `circletake time`; what a shot takes the studio's own way stands in "
        "its pack, with where that number is from."
    )


def _effort(shot: Json) -> dict[str, str]:
    known = shot["baseline"] or {}
    return {
        "Shot": shot["shot"],
        "Own way, hours": wording.number(known.get("hours"), "steps", bare=True),
        "Own way, cost": wording.usd(known.get("cost_usd")),
        "How it is known": known.get("source", "no baseline"),
        "Hours here": wording.number(shot["hours"], "steps", bare=True),
        "Cost here": wording.usd(shot["cost_usd"]),
        "Circled": "yes" if shot["circled"] else "not yet",
    }


def _loop(found: Found) -> Json:
    return found.told.get("loop") or {}
