"""The sample document, grown: the same shots over and over until there are as many takes."""

import copy
from typing import Any

from dashboard.testing.report import sample
from router.domain.ids import content_id

Json = dict[str, Any]
SHEET_SHOTS = 24


def grown(takes: int) -> tuple[Json, dict[str, bytes]]:
    """Make a document of at least this many takes, with pictures of those that are printed."""
    document, assets = sample()
    shots, made = list(document["sheet"]), list(document["takes"])
    of: dict[str, list[Json]] = {}
    for take in made:
        of.setdefault(take["shot"], []).append(take)
    sheet: list[Json] = []
    every: list[Json] = []
    printed: list[str] = []
    while len(every) < takes:
        entry = shots[len(sheet) % len(shots)]
        name, renamed = f"{entry['shot']}_{len(sheet):04d}", {}
        for take in of[entry["shot"]]:
            renamed[take["take"]] = content_id("take", [name, take["take"]])
            shown = len(sheet) < SHEET_SHOTS
            every.append(
                {
                    **take,
                    "take": renamed[take["take"]],
                    "shot": name,
                    "source": "generated" if take["source"] == "repaired" else take["source"],
                    "thumb": take["thumb"] if shown else None,
                }
            )
            printed += [renamed[take["take"]]] if shown else []
        sheet.append(_renamed(entry, name, renamed))
    first = document["campaigns"][0]["id"]
    return document | {
        "sheet": sheet,
        "takes": every,
        "repairs": [],
        "sheets": {first: printed},
        "signoff": {"campaigns": [], "pictures": {}, "forms": []},
    }, assets


def _renamed(entry: Json, name: str, takes: dict[str, str]) -> Json:
    fresh = copy.deepcopy(entry) | {"shot": name}
    for take in fresh["takes"]:
        take["take"] = takes[take["take"]]
    return fresh
