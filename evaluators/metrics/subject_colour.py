"""subject_colour, subject_colour.turn: has the subject another colour than in the references?

    subject_colour   sliced 1-Wasserstein distance in CIELAB between the subject's pixels and those
                     of the nearest reference; median over frames (Rabin, Peyre, Delon, Bernot,
                     SSVM 2011)
    .turn            how much nearer they would come if all hues were turned by one angle: 0 for the
                     same colours in any light, large for a recolour. No paper

Unit delta_e, lower is better. It stands beside ref_embed, which is blind to colour. Evidence
`recoloured` says that the flag `colour_drift` is due: the distance, the turn, or the paleness
beside every reference is above a limit, which is the lower the more references there are. Limits
are such that about one in twenty photographs of one thing in any light, boxed roughly, is
flagged; then 94 % of the recolours that can be seen are found beside four references, 88 % beside
three, 69..77 % beside one (a grey copy always). A person whose clothes nobody boxed is not flagged.

Where the subject is, first rule that applies: the mask, `spec.box`, the middle 40 % of width and
height; in a reference its alpha, `spec.ref_box`, the middle 40 %. Evidence names the rule; in the
middle it is a guess, and a background of another colour reads as a recolour. Creatures, objects and
drawn figures are compared with the plate too, read in the take's own region: a mask of a coat is
nowhere a sheet of the whole figure. Without the plate, takes that were the plate itself read 17..22
in such a mask, and most were called recoloured.

Blind to where a colour is, and to a recolour of what has hardly a colour (a black shoe, a white
dog): there is nothing to turn. Cannot tell paint from coloured light: read colour_match beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status
from evaluators.matte import Matte, misfit, opened
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.subject import in_take, references
from evaluators.views import Views
from evaluators.vision.palette import STEP, Palette, palette, pooled
from evaluators.vision.regions import Region
from router.decoding.decode import Unreadable

MIDDLE = 0.4  # smaller than an embedding's crop: colour does not know what the subject is
GIVEN = frozenset({"mask", "box"})


@dataclass(frozen=True, slots=True)
class _Limit:
    far: float  # delta_e
    turned: float  # delta_e
    faded: float  # natural logarithm of a ratio of chroma


# By number of references, the last one for more; chosen together on photographs of fifteen things.
LIMITS = (_Limit(19.0, 2.7, 1.1), _Limit(18.0, 2.0, 0.8), _Limit(18.0, 1.6, 0.8),
          _Limit(13.5, 0.9, 0.6))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Goal:
    name: str  # of the reference's file
    region: Region
    palette: Palette


def measure(views: Views, brief: Brief) -> Readings:
    """Compare the subject's colours in every sampled frame with the references'."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    goals, unused = references(views, brief, MIDDLE, _goal)
    if not goals:
        return missing(Status.NOT_MEASURED, "no usable reference", unused=unused)
    mask = opened(views, brief)
    if isinstance(mask, Reading):
        return mask
    found = list(_regions(views, brief, mask))
    if not found:
        return missing(Status.NOT_MEASURED, "the subject's region holds too few pixels")
    goals += _of_plate(views, brief, mask)
    sure = brief.kind is not Kind.PERSON or found[0][1].rule in GIVEN
    return _readings(views, found, goals, sure=sure, unused=unused)


def _goal(name: str, picture: Views, region: Region) -> _Goal | None:
    if not region.usable:
        return None
    return _Goal(name, region, palette(picture.lab[0][region.pixels], turned=False))


def _of_plate(views: Views, brief: Brief, mask: Matte | None) -> list[_Goal]:
    """Read the plate where the take is read; nothing where it cannot be, or for a person."""
    if brief.plate is None or brief.kind is Kind.PERSON:
        return []
    plate = views.gallery.open(brief.plate)
    if isinstance(plate, Unreadable) or (mask and misfit(mask.mask, plate)):
        return []
    drawn = replace(mask, plate=None) if mask else None
    region = in_take(plate, 0, brief, drawn, MIDDLE)
    if not region.usable:
        return []
    colours = palette(plate.lab[0][region.pixels], turned=False)
    return [_Goal(brief.plate.name, region, colours)]


def _regions(views: Views, brief: Brief, mask: Matte | None) -> Iterator[tuple[int, Region]]:
    for position in range(len(views.frames)):
        region = in_take(views, position, brief, mask, MIDDLE)
        if region.usable:
            yield position, region


def _readings(
    views: Views,
    found: Sequence[tuple[int, Region]],
    goals: Sequence[_Goal],
    *,
    sure: bool,
    unused: list[str],
) -> Readings:
    parts = [views.lab[position][region.pixels] for position, region in found]
    off = np.array([_off(palette(part, turned=False), goals) for part in parts])
    worst = int(np.argmax(off.min(axis=1)))
    position, region = found[worst]
    goal = goals[int(np.argmin(off[worst]))]
    value = float(np.median(off.min(axis=1)))
    whole = palette(pooled(parts), turned=True)
    turn, angle = _turn(whole, goals)
    faded = min((whole.faded(g.palette) for g in goals), key=abs)
    limit = LIMITS[min(len(goals), len(LIMITS)) - 1]
    turned = turn > limit.turned
    recoloured = value > limit.far or turned or abs(faded) > limit.faded
    evidence = {
        "recoloured": bool(sure and recoloured),
        "turned_by": angle if turned else 0,  # degrees that would undo it
        "chroma_ratio": round(float(np.exp(faded)), 3),
        "region": region.rule,
        "frame": views.indices[position],
        "box": list(region.box),
        "worst": round(float(off[worst].min()), 3),
        "reference": goal.name,
        "reference_region": goal.region.rule,
        "reference_box": list(goal.region.box),
        **({"unused_references": unused} if unused else {}),
    }
    return {
        name: Reading(
            value=number, n_used=len(found), n_expected=len(views.frames), evidence=evidence
        )
        for name, number in (("subject_colour", value), ("subject_colour.turn", turn))
    }


def _off(mine: Palette, goals: Sequence[_Goal]) -> list[float]:
    return [mine.off(g.palette) for g in goals]


def _turn(mine: Palette, goals: Sequence[_Goal]) -> tuple[float, int]:
    """Give what the best turn of hue gains, in delta_e, and its angle in degrees."""
    distances = np.array([mine.turns(g.palette) for g in goals]).min(axis=0)
    best = int(np.argmin(distances))
    return max(0.0, float(distances[0] - distances[best])), best * STEP


METRIC = Metric(
    name="subject_colour",
    version="4",
    needs=frozenset(
        {"probe", "frames", "small", "lab", "indices", "gallery", "keypoints_at", "once"}
    ),
    outputs=(
        Output(name="subject_colour", unit="delta_e", direction=Direction.LOWER),
        Output(name="subject_colour.turn", unit="delta_e", direction=Direction.LOWER),
    ),
    deterministic=False,
    measure=measure,
    over_range=True,
)
