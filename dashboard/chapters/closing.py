"""Chapters 9 to 14: failures, cost, agreement, limits, recommendations, appendix."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard import wording as say
from dashboard.chapters.blocks import (
    Block,
    bullets,
    cell,
    facts,
    grid,
    head,
    shortened,
    table,
    text,
)
from dashboard.edition import Names

Json = Mapping[str, Any]
PROMPT = 220  # characters of a prompt, in print
REASONS = 40
SHEET = 192  # pictures of contact sheets in print
ENDS = ("done", "refused", "failed", "parked", "unknown")


def failures(d: Json, names: Names) -> Iterator[Block]:
    """Give the gallery, chosen by rule, and what gave no take."""
    gallery = d.get("gallery") or {"rule": "", "rows": []}
    if gallery["rule"]:
        yield text(gallery["rule"], "meta")
    takes = {t["take"]: t for t in d["takes"]}
    cells = [
        cell(
            takes[row["take"]]["thumb"],
            f"{names.take(row['take'])}, {row['why']}",
            names.recipe(row["recipe"]),
            (
                f"{names.take(row['take']).partition(',')[0]} · {row['why']} · {_seed(row)}",
                f"Missed: {'; '.join(row['failed'])}",
                shortened(" ".join(row["prompt"].split()), PROMPT),
                f"picture {_state(d, row['take'])}",
            ),
        )
        for row in gallery["rows"]
        if row["take"] in takes
    ]
    if cells:
        yield grid(cells, 3)
    else:
        yield text("No take misses a must-line: there is nothing to show.")
    rows = [(r["title"], *(str(r["outcomes"][k]) for k in ENDS)) for r in d["recipes"]]
    columns = ("Recipe", *(f"{k.capitalize()}#" for k in ENDS))
    yield table("How each recipe's trials ended.", columns, rows, widths=(2.4, 1, 1, 1, 1, 1))
    if d["failures"]:
        yield from _reasons(d, names)


def _reasons(d: Json, names: Names) -> Iterator[Block]:
    rows = [
        (f["shot"], names.recipe(f["recipe"]), f["state"], f["reason"], str(f["count"]))
        for f in d["failures"][:REASONS]
    ]
    columns = ("Shot", "Recipe", "State", "Reason", "Count#")
    yield table("What gave no take, and why.", columns, rows, widths=(1.1, 1.5, 0.7, 2.4, 0.5))
    if len(d["failures"]) > REASONS:
        yield text("Further ones stand in findings.json.", "meta")


def money(d: Json, names: Names) -> Iterator[Block]:
    """Give cost, waiting, attempts and refusals, and what is known of time saved."""
    rows = [
        (
            r["title"] + (" (control)" if r["control"] else ""),
            str(r["takes"]),
            say.usd(r["spend_usd"]),
            say.usd(r["usd_per_take"]),
            say.usd(r["usd_per_passed_must_line"])
            if r["usd_per_passed_must_line"] is not None
            else "none passed",
            say.seconds(r["latency_s"]["median"]),
            say.seconds(r["latency_s"]["p90"]),
            str(r["outcomes"]["refused"]),
        )
        for r in d["recipes"]
    ]
    columns = ("Recipe", "Takes#", "Spent#", "Per take#", "Per passed must-line#", "Median wait#",
               "90th percentile#", "Refused#")  # fmt: skip
    yield table("Money and waiting.", columns, rows, widths=(2.1, 0.6, 0.8, 0.8, 1, 0.9, 1, 0.8))
    circling = [c for c in (d.get("loop") or {}).get("circling", ()) if c["circled"]]
    if circling:
        yield table(
            "Until a take is circled: medians by Kaplan and Meier.",
            ("Recipe", "Shots#", "Circled#", "Attempts for each#", "Cost#", "Minutes#"),
            [
                (
                    names.recipe(c["recipe"]),
                    str(c["shots"]),
                    str(c["circled"]),
                    f"{c['attempts_per_circled']:.1f}",
                    say.usd(c["usd"]["median"]),
                    say.number(c["minutes"]["median"], "count"),
                )
                for c in circling
            ],
            widths=(2, 0.6, 0.7, 1, 0.9, 0.9),
        )
    else:
        yield text("Attempts for each approved take: not measured, no take is circled yet.")
    yield head("Time saved against the studios' own way")
    told = [m["sentence"] for m in (d.get("old_way") or {}).get("multiples", ())]
    yield bullets(told or ["Not measured: nobody logged hours of the own way on these shots."])


def agreement(d: Json) -> Iterator[Block]:
    """Give how far metrics, judges and people agree, and what metrics were tried on."""
    judged = [j for j in d.get("judgings", ()) if j.get("with_people")]
    if judged:
        rows = [
            (
                j["criterion"],
                say.percent(j["with_people"]["within_shot_accuracy"]),
                _share_span(j["with_people"]),
                str(j["with_people"]["pairs"]),
                str(j["with_people"]["shots"]),
            )
            for j in judged
        ]
        columns = ("Language models on", "Same as people#", "95 % interval", "Pairs#", "Shots#")
        yield table(
            "Judges against people; one half is chance.",
            columns,
            rows,
            widths=(2.4, 1, 1.2, 0.6, 0.6),
        )
    yield from _metrics(d)
    checked = [(s, s["controls"]["again"]) for s in d.get("studies", ()) if s.get("controls")]
    alike = [(s["study"][:12], f"{t['hits']} of {t['n']}") for s, t in checked if t["n"]]
    if alike:
        yield table(
            "How far people agree with themselves: repeats answered alike.",
            ("Study", "Alike#"),
            alike,
        )
    tried = d.get("validation")
    if tried:
        rows = [
            (r["about"], r["measure"], say.validated(r), r["wanted"] or "", str(r["n"]))
            for r in tried["rows"]
        ]
        columns = ("On", "Measure", "Found#", "Wish", "n#")
        yield table(
            "Metrics tried on material that no model made.",
            columns,
            rows,
            widths=(1.4, 2.2, 0.8, 0.9, 0.6),
        )
    else:
        yield text("No validation of the metrics was handed in with this report.", "meta")


def _metrics(d: Json) -> Iterator[Block]:
    """Give how often each metric picks the take that people prefer, and how often people do."""
    told = d.get("trust") or {}
    if not told.get("metrics"):
        yield text(
            "How far metrics agree with people's votes is not measured here: it takes closed "
            "studies on the same shots."
        )
        return
    rows = [
        (
            m["metric_title"],
            say.percent(m["accuracy"]),
            _share_span(m),
            str(m["pairs"]),
            str(m["shots"]),
            "yes" if m["status"] == "validated" else "no",
        )
        for m in sorted(told["metrics"], key=lambda m: -m["accuracy"])
    ]
    columns = ("Metric", "Same as people#", "95 % interval", "Pairs#", "Shots#", "May speak")
    yield table(
        "Metrics against people; one half is chance. One person against the others: "
        f"{say.percent(told['ceiling'])}. A metric may speak for people from "
        f"{say.percent(told['least_accuracy'])} on {told['least_shots']} shots or more.",
        columns,
        rows,
        widths=(2.2, 1, 1.2, 0.6, 0.6, 0.8),
    )


def limits(d: Json) -> Iterator[Block]:
    """Give what these findings cannot carry."""
    yield bullets(d["limits"] or ["No limit was recorded, which does not say that there is none."])


def recommendations(d: Json) -> Iterator[Block]:
    """Give what to do, each with the finding that carries it."""
    rows = [(a["text"], a["confidence"], a["finding"][:12]) for a in d.get("recommendations", ())]
    if rows:
        columns = ("What to do", "How sure", "Finding")
        yield table("Each rests on one finding.", columns, rows, widths=(4, 0.9, 1.2))
    else:
        yield text("No finding carries a recommendation yet.")
    yield head("The findings")
    told = [(f["id"][:12], f["claim"], f.get("confidence", "counted")) for f in d["findings"]]
    if told:
        yield table("", ("Finding", "What was found", "How sure"), told, widths=(1.1, 4, 0.8))


def appendix(d: Json, names: Names) -> Iterator[Block]:
    """Give contact sheets and provenance: everything needed to make it again."""
    yield from _contact(d, names)
    made = d["provenance"]
    yield head("Provenance")
    wire = "; ".join(f"{w['alias']} {w['model_id']} in {w['region']}" for w in made["wire_ids"])
    if d["simulated"]:
        wire = "emulated; the ids that were asked for stand in findings.json"
    metrics = ", ".join(f"{n} {v}" for n, v in sorted(made["metrics"].items()))
    packs = ", ".join(f"{p['code']} {p['seal'][:16]}" for c in d["campaigns"] for p in c["packs"])
    yield facts(
        [
            ("Made", f"{d['created_at']} by {made['generated_by']}"),
            ("Code", f"{d['code_version']}, pipeline {made['pipeline_version']}"),
            ("Catalogue as of", say.day(made["catalogue_as_of"])),
            ("Metrics", metrics),
            ("Packs", packs),
            ("Models on the wire", wire or "none"),
            ("Reproduce", made["reproduce"]),
            ("Questionnaire", _questionnaire(d)),
        ]
    )


def _contact(d: Json, names: Names) -> Iterator[Block]:
    yield head("Contact sheets")
    takes = {t["take"]: t for t in d["takes"]}
    sheets = d.get("sheets") or {}
    chosen = [t for c in d["campaigns"] for t in sheets.get(c["id"], ())]
    chosen = [t for t in chosen or [k for k, t in takes.items() if t["thumb"]] if t in takes]
    by_shot: dict[tuple[str, str], list[Json]] = {}
    for id_ in chosen[:SHEET]:
        by_shot.setdefault((takes[id_]["campaign"], takes[id_]["shot"]), []).append(takes[id_])
    plates = {(s["campaign"], s["shot"]): s for s in d["sheet"]}
    for place, shown in by_shot.items():
        entry = plates.get(place, {"shot": place[1], "thumb": None, "description": ""})
        yield text(f"{entry['shot']} · {names.partner(place[0])} · {entry['description']}", "shot")
        plate = cell(entry["thumb"], f"Plate of {entry['shot']}", "As handed in")
        yield grid([plate, *(_take(d, t, names) for t in shown)], 6)


def _take(d: Json, take: Json, names: Names) -> Block:
    words = (names.number(take["take"]), _state(d, take["take"]))
    return cell(take["thumb"], names.take(take["take"]), names.recipe(take["recipe"]), words)


def _state(d: Json, take: str) -> str:
    pictures = (d.get("signoff") or {}).get("pictures", {})
    return str(pictures.get(take, {}).get("state", "not signed"))


def _questionnaire(d: Json) -> str:
    asked = dict.fromkeys(s["question"] for s in d.get("studies", ()) if s.get("question"))
    return "; ".join(asked) or "no study was asked"


def _seed(row: Json) -> str:
    return "no seed" if row["seed"] is None else f"seed {row['seed']}"


def _share_span(found: Json) -> str:
    if found["ci_low"] is None:
        return "no interval"
    return f"{say.percent(found['ci_low'])} to {say.percent(found['ci_high'])}"
