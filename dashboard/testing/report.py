"""The rest of the sample document: comparisons, findings, money, words, provenance."""

import itertools
from collections import defaultdict
from statistics import fmean, median, stdev
from typing import Any

from dashboard.testing.document import Sample
from dashboard.testing.story import CELLS, PARTNERS, UNITS, Cell, Json
from router.domain.ids import content_id

T_95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306}


def sample(seed: int = 7) -> tuple[Json, dict[str, bytes]]:
    """Make a complete `report/1` document and the pictures that it names."""
    made = Sample(seed)
    campaigns = []
    for name, display, code, title, shots in PARTNERS:
        id_ = content_id("campaign", [name, code])
        for shot in shots:
            made.shot(id_, code, shot)
        campaigns.append(_campaign(made, id_, (name, display, code, title)))
    repairs = [made.repair()]
    comparisons = [c for task, metric in PAIRS if (c := _comparison(made, task, metric))]
    document: Json = {
        "schema": "report/1",
        "title": "What five recipes did with eleven shots",
        "created_at": "2026-11-21T09:30:00Z",
        "simulated": True,
        "code_version": "0.1.0",
        "currency": "USD",
        "answer": ANSWER,
        "campaigns": campaigns,
        "recipes": [_recipe(made, c) for cells in CELLS.values() for c in cells],
        "comparisons": comparisons,
        "findings": [f for c in comparisons for f in _findings(c)],
        "observations": _observations(made),
        "sheet": made.sheet,
        "repairs": repairs,
        "takes": made.takes,
        "failures": made.failures,
        "limits": LIMITS,
        "provenance": PROVENANCE,
    }
    return document, made.assets


PAIRS = (
    ("reference_to_image", "id_ref"),
    ("reference_to_image", "costume_colour"),
    ("reference_to_image", "colour_match.stops"),
    ("erase", "outside_mask"),
    ("image_to_video", "temporal.flicker"),
)
ANSWER = [
    "Starting from the plate keeps the character best: it leads on likeness and on costume colour "
    "over all seven shots.",
    "The style guide comes second; on exposure no difference from the plate start was detected.",
    "The prompt alone does not beat the free control on any metric, and was refused most often.",
    "Erasing inside the matte is not better than classical inpainting on what it leaves untouched.",
]
LIMITS = [
    "Seven shots carry the main comparison; a difference smaller than the interval was not "
    "looked for.",
    "Likeness is diagnostic: it can pass a line or leave it open, never fail it.",
    "Composition and camera lines were not measured; a person has to look.",
]
PROVENANCE: Json = {
    "pipeline_version": "0.1.0+g1234abc",
    "metrics": dict.fromkeys(UNITS, "1"),
    "catalogue_as_of": "2026-11-21",
    "wire_ids": [
        {"alias": "Emulated A", "model_id": "vendor-x.model-a-v1:0", "region": "us-west-2"},
        {"alias": "Emulated B", "model_id": "vendor-x.model-b-v1:0", "region": "us-west-2"},
    ],
    "generated_by": "circletake report build",
    "reproduce": "circletake demo --out demo-report",
}


def _campaign(made: Sample, id_: str, partner: tuple[str, str, str, str]) -> Json:
    name, display, code, title = partner
    takes = [t for t in made.takes if t["campaign"] == id_]
    refused = sum(f["count"] for f in made.failures if f["campaign"] == id_)
    done = len(takes)
    states = {"done": done, "refused": refused, "failed": 1, "parked": 0, "unknown": 1, "open": 0}
    return {
        "id": id_,
        "partner": name,
        "partner_name": display,
        "packs": [{"code": code, "title": title, "seal": content_id("pack", code)}],
        "state": "done",
        "budget_usd": 250.0,
        "spend_usd": round(sum(t["cost_usd"] for t in takes), 6),
        "reserved_usd": 0.0,
        "unknown_usd": 0.08,
        "trials": {"total": sum(states.values()), **states},
        "window": {"opens": "2026-11-01", "findings_due": "2027-05-31"},
        "created_at": "2026-11-20T16:04:12Z",
    }


def _recipe(made: Sample, cell: Cell) -> Json:
    takes = [t for t in made.takes if t["recipe"] == cell.recipe and t["source"] != "repaired"]
    seconds = sorted(t["latency_s"] for t in takes)
    refused = [f for f in made.failures if f["recipe"] == cell.recipe]
    count = sum(f["count"] for f in refused)
    passed = sum(_passed_must(made, cell.recipe))
    return {
        "recipe": cell.recipe,
        "title": cell.title,
        "model_name": cell.model,
        "control": cell.control,
        "operation": cell.operation,
        "takes": len(takes),
        "spend_usd": round(cell.usd * len(takes), 6),
        "usd_per_take": cell.usd,
        "usd_per_passed_must_line": round(cell.usd * len(takes) / passed, 6) if passed else None,
        "latency_s": {"median": median(seconds), "p90": seconds[-1], "n": len(seconds)},
        "outcomes": {
            "done": len(takes),
            "refused": count,
            "failed": 0,
            "parked": 0,
            "unknown": 0,
        },
        "reasons": [
            {"code": "filtered", "reason": "The model's content filter declined.", "count": count}
        ]
        if count
        else [],
    }


def _passed_must(made: Sample, recipe: str) -> list[int]:
    return [
        sum(v["verdict"] == "pass" for v in take["verdicts"])
        for shot in made.sheet
        for take in shot["takes"]
        if take["recipe"] == recipe
    ]


def _shot_means(made: Sample, task: str, metric: str) -> dict[str, dict[str, float]]:
    shots = {s["shot"] for s in made.sheet if s["task"] == task}
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for take in made.takes:
        if take["shot"] in shots and take["source"] != "repaired":
            for score in take["scores"]:
                if score["metric"] == metric and score["value"] is not None:
                    values[take["recipe"]][take["shot"]].append(score["value"])
    return {r: {s: fmean(v) for s, v in by.items()} for r, by in values.items()}


def _interval(values: list[float]) -> tuple[float, float | None, float | None]:
    if len(values) < 2:
        return round(fmean(values), 4), None, None
    half = T_95[len(values) - 1] * stdev(values) / len(values) ** 0.5
    mean = fmean(values)
    return round(mean, 4), round(mean - half, 4), round(mean + half, 4)


def _comparison(made: Sample, task: str, metric: str) -> Json | None:
    unit, direction, title = UNITS[metric]
    means = _shot_means(made, task, metric)
    cells = {c.recipe: c for c in CELLS[task]}
    sign = -1 if direction == "higher" else 1
    order = sorted(means, key=lambda r: sign * fmean(means[r].values()))
    contrasts = [_contrast(means, pair, cells) for pair in itertools.combinations(order, 2)]
    return {
        "id": f"{task}-{metric}",
        "metric": metric,
        "metric_title": title,
        "task": task,
        "unit": unit,
        "direction": direction,
        "method": "Student t on shot means, paired differences, Holm over declared contrasts",
        "explanation": f"{title}: measured on every take of a shot, averaged per shot.",
        "arms": [_arm(made, means, cells[r], (order, contrasts, metric)) for r in order],
        "contrasts": contrasts,
        "evidence": [t["take"] for t in made.takes if t["recipe"] in means][:12],
    }


def _arm(made: Sample, means: Any, cell: Cell, told: tuple[list[str], list[Json], str]) -> Json:
    order, contrasts, metric = told
    mean, low, high = _interval(list(means[cell.recipe].values()))
    worse = sum(c["better"] == c["a"] and c["b"] == cell.recipe for c in contrasts)
    better = sum(c["better"] == c["a"] and c["a"] == cell.recipe for c in contrasts)
    scores = [
        s
        for t in made.takes
        if t["recipe"] == cell.recipe
        for s in t["scores"]
        if s["metric"] == metric
    ]
    return {
        "recipe": cell.recipe,
        "mean": mean,
        "ci_low": low,
        "ci_high": high,
        "n_shots": len(means[cell.recipe]),
        "n_takes": len(scores),
        "coverage": round(sum(s["value"] is not None for s in scores) / len(scores), 4),
        "rank_low": 1 + worse,
        "rank_high": len(order) - better,
        "control": cell.control,
    }


def _contrast(means: Any, pair: tuple[str, str], cells: dict[str, Cell]) -> Json:
    a, b = pair
    shared = sorted(set(means[a]) & set(means[b]))
    apart, low, high = _interval([means[a][s] - means[b][s] for s in shared])
    told = low is not None and high is not None and low * high > 0
    words = "is better than" if told else "and"
    end = "" if told else ": no difference detected"
    bounds = f"95 % CI {low:.2f} to {high:.2f}, {len(shared)} shots" if low is not None else "n = 1"
    return {
        "a": a,
        "b": b,
        "difference": apart,
        "ci_low": low,
        "ci_high": high,
        "p": 0.004 if told else 0.31,
        "p_adjusted": 0.02 if told else 0.62,
        "n_shots": len(shared),
        "better": a if told else None,
        "sentence": f"{cells[a].title} {words} {cells[b].title}{end} ({apart:+.2f}; {bounds}).",
        "against_control": cells[a].control != cells[b].control,
    }


def _findings(comparison: Json) -> list[Json]:
    told = comparison["contrasts"][:2]
    return [
        {
            "id": content_id("finding", [comparison["id"], c["a"], c["b"]])[:12],
            "kind": "beats" if c["better"] else "no_difference",
            "claim": c["sentence"],
            "effect": c["difference"],
            "unit": comparison["unit"],
            "ci_low": c["ci_low"],
            "ci_high": c["ci_high"],
            "n_shots": c["n_shots"],
            "comparison": comparison["id"],
            "evidence": comparison["evidence"][:4],
        }
        for c in told
    ]


def _observations(made: Sample) -> list[Json]:
    takes = [t["take"] for t in made.takes]
    return [
        {
            "partner_name": "Northlight Pictures",
            "by": "I. Okafor",
            "role": "VFX supervisor",
            "text": "The scar wanders. On 0020 it sits under the eye, on 0030 it is gone. "
            "I could paint it back, but not on forty shots.",
            "takes": takes[:2],
            "severity": "major",
            "wished_control": "Pin a feature to a region",
            "created_at": "2026-11-20T18:11:00Z",
        },
        {
            "partner_name": "Paper Lantern",
            "by": "M. Tanaka",
            "role": "Director",
            "text": "The green is right in flat light and drifts to teal under the lamp. "
            "The storm take is the one I would print.",
            "takes": takes[40:41],
            "severity": "minor",
            "wished_control": "",
            "created_at": "2026-11-20T19:40:00Z",
        },
    ]
