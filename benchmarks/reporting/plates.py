"""Plates: which takes' pictures a report prints, by rule and not by taste. Pure.

Contact sheets: of each campaign the first shots in the packs' order; of a shot, the circled takes,
then one take of each recipe in turn. Failure gallery: of each recipe as many from the takes that
miss most must-lines as are drawn by lot from the rest of those that miss one. The lot is the take's
content id, so that nobody chooses it and everybody draws the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest

from router.domain.ids import content_id

SHEET_SHOTS = 24  # of a campaign
SHEET_TAKES = 8  # of a shot
WORST = 2  # of a recipe: from the worst tenth of those that miss a must-line
DRAWN = 2  # of a recipe: by lot from the others
DECILE = 0.1
RULE = (
    f"Contact sheets show the first {SHEET_SHOTS} shots of a campaign in the order of its packs, "
    f"and of each at most {SHEET_TAKES} takes: circled ones first, then one take of each recipe in "
    f"turn. The failure gallery shows of each recipe {WORST} takes of the worst tenth of those "
    f"that miss a must-line, and {DRAWN} drawn by lot (by content id) from the other misses."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the rule looks at of a take."""

    take: str
    place: tuple[str, str]  # pack and shot, in printing order
    recipe: str
    missed: int  # must-lines that it fails
    asked: int  # must-lines that were answered
    circled: bool


def contact_sheet(seen: Sequence[Seen]) -> tuple[str, ...]:
    """Name the takes of the contact sheets, shot by shot."""
    shots: dict[tuple[str, str], list[Seen]] = {}
    for one in seen:
        shots.setdefault(one.place, []).append(one)
    first = list(shots.values())[:SHEET_SHOTS]
    return tuple(take for takes in first for take in _of_shot(takes))


def gallery(seen: Sequence[Seen]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Give recipe → (take, why it is shown): as many of each recipe, where it has as many."""
    missing = [one for one in seen if one.missed]
    recipes = dict.fromkeys(one.recipe for one in missing)
    return {r: _of_recipe([one for one in missing if one.recipe == r]) for r in recipes}


def printed(seen: Sequence[Seen]) -> frozenset[str]:
    """Name every take of which a picture is printed."""
    shown = (take for takes in gallery(seen).values() for take, _ in takes)
    return frozenset(chain(contact_sheet(seen), shown))


def _of_shot(takes: Sequence[Seen]) -> list[str]:
    circled = [one.take for one in takes if one.circled]
    rows: dict[str, list[str]] = {}
    for one in takes:
        if not one.circled:
            rows.setdefault(one.recipe, []).append(one.take)
    turns: Iterable[str | None] = chain.from_iterable(zip_longest(*rows.values()))
    chosen = {*circled, *[t for t in turns if t is not None][: max(0, SHEET_TAKES - len(circled))]}
    return [one.take for one in takes if one.take in chosen]


def _of_recipe(missing: Sequence[Seen]) -> tuple[tuple[str, str], ...]:
    worst = sorted(missing, key=lambda one: (-one.missed / max(1, one.asked), _lot(one.take)))
    tenth = worst[: max(WORST, round(DECILE * len(worst)))]
    bad = sorted(tenth, key=lambda one: _lot(one.take))[:WORST]
    rest = [one for one in missing if one not in bad]
    lucky = sorted(rest, key=lambda one: _lot(one.take))[:DRAWN]
    return tuple((o.take, "among the worst tenth") for o in bad) + tuple(
        (o.take, "drawn by lot") for o in lucky
    )


@lru_cache(maxsize=1 << 16)
def _lot(take: str) -> str:
    return content_id("lot", take)
