"""Chapters 5 to 8: ranking, partner by partner, slices, a character part by part."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard import wording as say
from dashboard.chapters.blocks import Block, bullets, facts, figure, head, quote, table, text
from dashboard.edition import Names

Json = Mapping[str, Any]
CONTRASTS = 6  # of a comparison, in print; all of them stand in findings.json
SLICES = 40
PARTS: Mapping[str, tuple[str, ...]] = {
    "Face": ("id_", "xshot_id"),
    "Hair": ("hair",),
    "Costume": ("costume", "xshot_look"),
    "Props": ("prop",),
    "Proportions": ("subject_shape",),
    "Age": ("age",),
}
QUESTIONS = (
    ("again", "Use it again?"),
    ("shots", "For which shots?"),
    ("blocked", "What blocked you?"),
    ("worried", "What worried your artists?"),
)


def charted(d: Json) -> list[Json]:
    """Give the comparisons that are drawn: declared ones in which something was measured."""
    return [
        c
        for c in d["comparisons"]
        if c.get("declared", True) and any(a["mean"] is not None for a in c["arms"])
    ]


def chart_name(place: int) -> str:
    """Name the chart of a comparison by its place among those that are drawn."""
    return f"chart/forest-{place:02d}.svg"


def ranking(d: Json, names: Names) -> Iterator[Block]:
    """Give a forest plot and a table for each declared question, then people's preference."""
    yield text(
        "The mark is the mean over shots, the bar its interval; hollow diamonds are free controls. "
        "A rank range says which places the paired differences allow; overlapping ranges are ties.",
        "lede",
    )
    drawn = charted(d)
    for place, comparison in enumerate(drawn):
        yield from _compared(comparison, names, chart_name(place))
    if not drawn:
        yield text("Nothing was compared.")
    for study in d.get("studies", ()):
        yield from _study(study, names)


def _compared(c: Json, names: Names, chart: str) -> Iterator[Block]:
    yield head(f"{c['metric_title']}: {say.task(c['task']).lower()}")
    yield text(f"{c['explanation']} {say.DIRECTIONS.get(c['direction'], '').capitalize()}.", "meta")
    said = [
        f"{names.recipe(a['recipe'])} {say.number(a['mean'], c['unit'])} "
        f"({say.interval(a['ci_low'], a['ci_high'], c['unit'])})"
        for a in c["arms"]
    ]
    yield figure(chart, f"Forest plot of {c['metric_title']}: {'; '.join(said)}.", "")
    rows = [
        (
            say.ranks(a, c["direction"]),
            names.recipe(a["recipe"]) + (" (control)" if a["control"] else ""),
            say.number(a["mean"], c["unit"]),
            say.interval(a["ci_low"], a["ci_high"], c["unit"]),
            str(a["n_shots"]),
            str(a["n_takes"]),
            say.percent(a["coverage"]),
        )
        for a in c["arms"]
    ]
    columns = ("Rank#", "Recipe", "Mean#", "95 % interval", "Shots#", "Takes#", "Measured#")
    quiet = [i for i, a in enumerate(c["arms"]) if a["control"]]
    yield table("", columns, rows, widths=(0.7, 2.3, 1, 1.5, 0.6, 0.6, 0.8), quiet=quiet)
    told = [k["sentence"] for k in c["contrasts"]]
    yield bullets(told[:CONTRASTS] or ["No contrast was declared for this metric."])
    if len(told) > CONTRASTS:
        yield text("Further contrasts stand in findings.json.", "meta")


def _study(study: Json, names: Names) -> Iterator[Block]:
    yield head(f"What people preferred: study {study['study'][:12]}")
    if study["state"] == "open":
        yield text(
            f"Open: {study['votes']} of {study['asked']} votes. Nothing is told before its close."
        )
        return
    yield text(f"“{study['question']}”")
    found = study.get("ranking")
    if not found:
        yield text("No vote on a pair counts: nothing is ranked.")
        return
    rows = [
        (
            say.places(m),
            names.recipe(m["name"]),
            say.elo(m["elo"]),
            _elo_interval(m),
            say.percent(m["win_rate"]),
            say.percent(m["both_fail_rate"]),
            str(m["votes"]),
        )
        for m in found["models"]
    ]
    columns = ("Rank#", "Recipe", "Elo#", "95 % interval", "Won#", "Both fail#", "Votes#")
    widths = (0.7, 2.2, 0.7, 1.3, 0.7, 0.9, 0.7)
    yield table("Strengths, mean 1000; a tie is half a win.", columns, rows, widths=widths)
    for group in found["groups"]:
        if len(group) > 1:
            same = ", ".join(map(names.recipe, group))
            yield text(f"Not surely different from each other: {same}.", "meta")
    yield from _wins(found, names)


def _elo_interval(model: Json) -> str:
    if model["ci_low"] is None or model["ci_high"] is None:
        return "no interval"
    return f"{say.elo(model['ci_low'])} to {say.elo(model['ci_high'])}"


def _wins(found: Json, names: Names) -> Iterator[Block]:
    models = found["models"]
    if len(models) < 2 or not found.get("wins"):
        return
    rows = [
        (
            f"{chr(65 + i)}  {names.recipe(m['name'])}",
            *("·" if i == j else f"{w:g}" for j, w in enumerate(found["wins"][i])),
        )
        for i, m in enumerate(models)
    ]
    columns = ("Won by", *(f"over {chr(65 + i)}#" for i in range(len(models))))
    widths = (2.4, *[0.8] * len(models))
    yield table("Who won against whom; ties half.", columns, rows, widths=widths)


def partners(d: Json, names: Names) -> Iterator[Block]:
    """Give each partner: money, lines, its own words, and how it stands to them."""
    for campaign in d["campaigns"]:
        yield from _partner(d, campaign, names)
    edition = d.get("edition") or {}
    if edition.get("others"):
        rows = [
            (
                o["title"],
                o["partner"] or say.count(o["partners"], "other partner"),
                say.percent(o["share"]) if o["share"] is not None else f"withheld: {o['why']}",
            )
            for o in edition["others"]
        ]
        yield head("What others found")
        yield table("Must-lines met, to five points.", ("Recipe", "Who", "Met#"), rows)
    elif edition.get("note"):
        yield text(edition["note"], "meta")


def _partner(d: Json, campaign: Json, names: Names) -> Iterator[Block]:
    id_, name = campaign["id"], campaign["partner_name"]
    yield head(name)
    signed = next((r for r in _signed(d) if r["campaign"] == id_), None)
    spent = f"{say.usd(campaign['spend_usd'])} of {say.usd(campaign['budget_usd'])}"
    rows = [
        ("Shot packs", ", ".join(p["title"] for p in campaign["packs"])),
        ("Trials", f"{campaign['trials']['done']} of {campaign['trials']['total']} gave a take"),
        ("Spent", spent),
    ]
    if signed:
        told = ", ".join(f"{n} {state}" for state, n in signed["counts"].items() if n)
        rows.append(("Sign-off", told or "nothing to sign"))
    yield facts(rows)
    yield from _shots(d, id_, names)
    yield from _words(d, campaign)
    for form in (d.get("signoff") or {}).get("forms", ()):
        if form["partner_name"] == name:
            yield head(
                f"At the end, said by {form['by']}" + (f", {form['role']}" * bool(form["role"]))
            )
            yield facts([(asked, form[key] or "no answer") for key, asked in QUESTIONS])


def _signed(d: Json) -> list[Json]:
    return list((d.get("signoff") or {}).get("campaigns", ()))


def _shots(d: Json, campaign: str, names: Names) -> Iterator[Block]:
    rows = [
        (entry["shot"], say.task(entry["task"]), str(len(entry["lines"])), *_best(entry, names))
        for entry in d["sheet"]
        if entry["campaign"] == campaign
    ][:60]
    columns = ("Shot", "Task", "Lines#", "Take with fewest open must-lines", "Open#")
    if rows:
        yield table("Shot by shot.", columns, rows, widths=(1.1, 1.4, 0.5, 2, 0.5))


def _best(entry: Json, names: Names) -> tuple[str, str]:
    if not entry["takes"]:
        return "no take", "–"
    best = min(entry["takes"], key=lambda t: t["open_must"])
    ties = sum(t["open_must"] == best["open_must"] for t in entry["takes"]) > 1
    free = " (control)" if names.is_control(best["recipe"]) else ""
    who = "several alike" if ties else names.recipe(best["recipe"]) + free
    return who, str(best["open_must"])


def _words(d: Json, campaign: Json) -> Iterator[Block]:
    said = [o for o in d["observations"] if _is_of(o, campaign)]
    if said:
        yield head("In their own words")
    for o in said:
        by = f"{o['by']}, {o['role']} · {say.day(o['created_at'])} · {o['severity']}"
        wished = f" Wished for: {o['wished_control']}" if o["wished_control"] else ""
        yield quote(o["text"], by + wished, (o.get("signed") or {}).get("state", "not signed"))


def _is_of(observation: Json, campaign: Json) -> bool:
    if "campaign" in observation:
        return bool(observation["campaign"] == campaign["id"])
    return bool(observation["partner_name"] == campaign["partner_name"])


def slices(d: Json, names: Names) -> Iterator[Block]:
    """Give parts of the shots: exploratory, and grey where there are few."""
    found = d.get("slices", ())
    if not found:
        yield text("No slice has anything measured.")
        return
    yield text(
        f"Exploratory: nobody declared these beforehand. Slices of fewer than {found[0]['least']} "
        "shots stand in grey and are not tested; differences are adjusted over all slices.",
        "lede",
    )
    shown = list(found[:SLICES])
    rows = [
        (
            s["metric_title"],
            f"{s['by']}: {s['value']}",
            str(s["n_shots"]),
            _first(s, names),
            "too few shots" if s["few"] else _told(s),
        )
        for s in shown
    ]
    columns = ("Metric", "Slice", "Shots#", "First by its mean", "Differences found")
    quiet = [i for i, s in enumerate(shown) if s["few"]]
    yield table("", columns, rows, widths=(1.1, 1.3, 0.5, 1.8, 1.7), quiet=quiet)
    if len(found) > SLICES:
        yield text("Further slices stand in findings.json.", "meta")


def _first(s: Json, names: Names) -> str:
    if not s["arms"]:
        return "nothing measured"
    arm = s["arms"][0]
    span = say.interval(arm["ci_low"], arm["ci_high"], s["unit"])
    return f"{names.recipe(arm['recipe'])}: {say.number(arm['mean'], s['unit'])} ({span})"


def _told(s: Json) -> str:
    return " ".join(c["sentence"] for c in s["contrasts"] if c.get("better")) or "none"


def characters(d: Json, names: Names) -> Iterator[Block]:
    """Give what holds of a character, part by part; a part without a metric says so."""
    for part, metrics in PARTS.items():
        mine = [c for c in d["comparisons"] if c["metric"].startswith(metrics)]
        yield head(part)
        if not mine:
            yield text("Not measured: no metric was asked about this part. A person has to look.")
            continue
        rows = [
            (
                c["metric_title"],
                say.task(c["task"]),
                names.recipe(a["recipe"]) + (" (control)" if a["control"] else ""),
                say.number(a["mean"], c["unit"]),
                say.interval(a["ci_low"], a["ci_high"], c["unit"]),
                str(a["n_shots"]),
            )
            for c in mine
            for a in c["arms"]
        ]
        columns = ("Metric", "Task", "Recipe", "Mean#", "95 % interval", "Shots#")
        yield table("", columns, rows, widths=(1.2, 1.3, 1.7, 0.8, 1.3, 0.5))
    yield from _across(d)


def _across(d: Json) -> Iterator[Block]:
    rows = [
        (
            r["character_name"],
            r["sequence"],
            r["recipe_title"] + (" (control)" if r["control"] else ""),
            str(r["n_shots"]),
            *(_one(r["scores"].get(metric)) for metric in ("xshot_id", "xshot_look")),
        )
        for r in d.get("across", ())
    ]
    if rows:
        columns = ("Character", "Sequence", "Recipe", "Shots#", "Same face#", "Costume colours#")
        yield head("From shot to shot")
        yield table(
            "A face is compared only where it is like its references first. Higher is better for "
            "faces, lower for colours.",
            columns,
            rows,
            widths=(1, 0.8, 2, 0.5, 0.8, 1),
        )


def _one(score: Json | None) -> str:
    measured = score is not None and score["status"] == "measured"
    return say.number(score["value"], score["unit"]) if score and measured else "–"
