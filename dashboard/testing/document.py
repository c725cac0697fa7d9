"""A report document with pictures, as the storey below makes it: two partners, eleven shots.

Everything is drawn and invented; numbers are drawn from a planted order of the recipes, so that
page and screens show intervals, ties, a failing control, refusals and holes.
"""

from typing import Any

import numpy as np
from PIL import Image

from dashboard.testing.pictures import difference, jpeg, matte, png, scene, strip
from dashboard.testing.story import CELLS, LINES, UNITS, Cell, Json
from router.domain.ids import content_id, sha256_of


class Sample:
    """Collects the parts of one document while it is made."""

    def __init__(self, seed: int) -> None:
        """Start empty; the seed decides every number."""
        self.chance = np.random.default_rng(seed)
        self.assets: dict[str, bytes] = {}
        self.takes: list[Json] = []
        self.sheet: list[Json] = []
        self.failures: list[Json] = []

    def shot(self, campaign: str, pack: str, shot: tuple[str, str, str]) -> None:
        """Add one shot with its takes, verdicts and pictures."""
        id_, task, description = shot
        self.assets[f"shot/{id_}.jpg"] = jpeg(scene(id_, wire=task == "erase"))
        entry: Json = {
            "campaign": campaign,
            "pack": pack,
            "shot": id_,
            "task": task,
            "description": description,
            "thumb": f"shot/{id_}.jpg",
            "lines": [
                {"line": n, "criterion": text, "kind": kind, "must": must}
                for n, text, kind, must, _, _ in LINES[task]
            ],
            "takes": [],
        }
        for cell in CELLS[task]:
            for number in range(1, cell.takes + 1):
                self._take(entry, cell, number)
        self.sheet.append(entry)

    def _take(self, entry: Json, cell: Cell, number: int) -> None:
        if cell.recipe == "text_only" and self.chance.random() < 0.3:
            self._refused(entry, cell)
            return
        shot = entry["shot"]
        take = content_id("take", [shot, cell.recipe, number])
        picture = scene(shot, drift=cell.drift, seed=number)
        self.assets[f"thumb/{take}.jpg"] = jpeg(picture)
        scores = [self._score(line, cell) for line in LINES[entry["task"]] if line[4]]
        self.takes.append(self._made(take, entry, cell, number) | {"scores": scores})
        verdicts = [self._verdict(line, scores, take) for line in LINES[entry["task"]]]
        self._evidence(shot, picture, verdicts)
        must = {line["line"] for line in entry["lines"] if line["must"]}
        entry["takes"].append(
            {
                "take": take,
                "recipe": cell.recipe,
                "model_name": cell.model,
                "thumb": f"thumb/{take}.jpg",
                "verdicts": verdicts,
                "open_must": sum(v["line"] in must and v["verdict"] != "pass" for v in verdicts),
            }
        )

    def _refused(self, entry: Json, cell: Cell) -> None:
        self.failures.append(
            {
                "campaign": entry["campaign"],
                "shot": entry["shot"],
                "recipe": cell.recipe,
                "state": "refused",
                "code": "filtered",
                "reason": "The model's content filter declined.",
                "count": 1,
            }
        )

    def _made(self, take: str, entry: Json, cell: Cell, number: int) -> Json:
        moving = cell.operation == "image_to_video"
        pasted = ["copy_paste"] if cell.recipe == "paste_reference" else []
        return {
            "take": take,
            "campaign": entry["campaign"],
            "shot": entry["shot"],
            "recipe": cell.recipe,
            "model_name": cell.model,
            "operation": cell.operation,
            "seed": 1000 + number,
            "simulated": True,
            "source": "control" if cell.control else "generated",
            "sha256": sha256_of(self.assets[f"thumb/{take}.jpg"]),
            "mime": "video/mp4" if moving else "image/png",
            "width": 960 if moving else 1344,
            "height": 540 if moving else 768,
            "frames": 120 if moving else 1,
            "fps": 24.0 if moving else 0.0,
            "cost_usd": cell.usd,
            "latency_s": round(cell.seconds * float(self.chance.uniform(0.8, 1.6)), 2),
            "thumb": f"thumb/{take}.jpg",
            "flags": ["simulated", *pasted],
            "parent": None,
        }

    def _score(self, line: tuple[Any, ...], cell: Cell) -> Json:
        metric = line[4]
        unit, direction, _ = UNITS[metric]
        missing = metric == "id_ref" and self.chance.random() < 0.12
        return {
            "metric": metric,
            "character": "mara" if metric == "id_ref" else None,
            "value": None if missing else self._value(metric, cell),
            "unit": unit,
            "direction": direction,
            "status": "not_measured" if missing else "measured",
            "reason": "no face found in any sampled frame" if missing else None,
            "coverage": 0.0 if missing else 1.0,
            "n_used": 0 if missing else 1,
            "n_expected": 1,
            "tier": "embedded",
            "version": "1",
            "evidence": {},
        }

    def _value(self, metric: str, cell: Cell) -> float:
        noise = float(self.chance.normal(0, 1))
        table = {
            "id_ref": 0.93 - 0.42 * cell.drift + 0.02 * noise,
            "costume_colour": abs(1.2 + 14 * cell.drift + 1.1 * noise),
            "colour_match.stops": abs(0.05 + 0.8 * cell.drift + 0.05 * noise),
            "colour_match.w1": abs(0.6 + 6 * cell.drift + 0.2 * noise),
            "outside_mask": max(0.0, 0.03 * cell.drift + 0.0004 * noise),
            "temporal.flicker": abs(0.012 + 0.02 * cell.drift + 0.003 * noise),
        }
        return round(table.get(metric, 1.0), 4)

    def _verdict(self, line: tuple[Any, ...], scores: list[Json], take: str) -> Json:
        number, _, kind, _, metric, threshold = line
        score = next((s for s in scores if s["metric"] == metric), None)
        verdict: Json = {
            "line": number,
            "verdict": "not_measured",
            "metric": metric,
            "value": None,
            "unit": None,
            "threshold": threshold,
            "margin": None,
            "by": "metric",
            "reason": f"no metric answers lines of the kind {kind}",
            "evidence": {},
        }
        if score is None:
            return verdict
        verdict |= {"unit": score["unit"], "by": f"{metric}/1", "reason": score["reason"]}
        if score["value"] is None:
            return verdict
        sign = 1 if score["direction"] == "higher" else -1
        margin = round(sign * (score["value"] - threshold), 4)
        failed = "unsure" if metric == "id_ref" else "fail"
        reason = None if margin >= 0 else "likeness is diagnostic: a person decides"
        return verdict | {
            "value": score["value"],
            "margin": margin,
            "verdict": "pass" if margin >= 0 else failed,
            "reason": reason if failed == "unsure" else None,
            "evidence": {
                "frame": 0,
                "box": [120, 50, 200, 170],
                "picture": f"evidence/{take}-{number}.png",
            },
        }

    def _evidence(self, shot: str, picture: Image.Image, verdicts: list[Json]) -> None:
        drawn = png(strip(scene(shot), picture, (120, 50, 200, 170)))
        for verdict in verdicts:
            if verdict["evidence"]:
                self.assets[verdict["evidence"]["picture"]] = drawn

    def repair(self) -> Json:
        """Repair the second line of the weakest start-picture take, and add the child."""
        parent = next(t for t in self.takes if t["recipe"] == "erase_matte")
        shot = parent["shot"]
        child = content_id("take", [parent["take"], "repair"])
        before, after = scene(shot, drift=0.1, seed=1, wire=True), scene(shot, drift=0.1, seed=1)
        names = {k: f"repair/{child}-{k}.png" for k in ("before", "after", "difference", "matte")}
        drawn = (before, after, difference(before, after), matte())
        self.assets |= {n: png(p) for n, p in zip(names.values(), drawn, strict=True)}
        self.assets[f"thumb/{child}.jpg"] = jpeg(after)
        self.takes.append(
            parent
            | {
                "take": child,
                "parent": parent["take"],
                "recipe": "erase_matte",
                "source": "repaired",
                "model_name": "Emulated E",
                "operation": "erase",
                "cost_usd": 0.07,
                "thumb": f"thumb/{child}.jpg",
                "sha256": sha256_of(self.assets[names["after"]]),
            }
        )
        line = {
            "line": 2,
            "metric": "outside_mask",
            "unit": "share",
            "threshold": 0.001,
            "reason": None,
            "by": "outside_mask/1",
            "evidence": {},
        }
        return {
            "parent": parent["take"],
            "child": child,
            "shot": shot,
            "lines": [2],
            "before": [line | {"verdict": "fail", "value": 0.0137, "margin": -0.0127}],
            "after": [line | {"verdict": "pass", "value": 0.0, "margin": 0.001}],
            "outside_mask": {"raw": 0.0421, "child": 0.0},
            "spend_usd": 0.07,
            "pictures": names,
        }
