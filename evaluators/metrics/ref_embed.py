"""ref_embed, ref_embed.dino: is it still the same creature, object or drawn figure?

    ref_embed   mean over the sampled frames of the greatest cosine between the subject's crop and
                the crops of the references; MobileNetV2, 1280 numbers, int8 (Sandler, Howard, Zhu,
                Zhmoginov, Chen, CVPR 2018)
    .dino       the same with DINOv2-small, 384 numbers (Oquab et al., 2023; as DINO-I of
                DreamBooth, Ruiz et al., CVPR 2023, but on crops)

Unit similarity, -1..1, higher is better. Genuine pairs of photographs of one thing read 0.68 on
average with MobileNetV2, pairs of different things 0.30; 0.45 lies between.

The crop, first rule that applies: the mask's bounds, `spec.box`, the middle 60 % of width and
height; in a reference its alpha's bounds, `spec.ref_box`, the middle 60 %. Evidence names the rule
and what the number means: `identity` of creatures, objects and drawn figures (and where the kind is
not given), `appearance` (clothes, hair, place) of persons, whose identity is a matter of id_ref.

Blind to colour: a costume turned by 90 degrees of hue, or grey, reads higher than most genuine
pairs, so it is read beside subject_colour, always. It also sees what is behind the subject: a crop
is no cut-out. Needs weights (`circletake weights list`); without them it is not measured, and
nothing else takes their place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status, Tier
from evaluators.embedders import embedding
from evaluators.embedders.embedding import Embedder
from evaluators.embedders.embedding_store import Crop
from evaluators.matte import Matte, opened
from evaluators.metric import Metric, Output, Reading, missing
from evaluators.subject import in_take, references
from evaluators.views import Views
from evaluators.vision.regions import Region
from evaluators.weights import NoWeights

MIDDLE = 0.6
LEAST_SIDE = 8  # pixels of a crop: fewer show nothing
NETWORKS = {"ref_embed": "mobilenet_v2", "ref_embed.dino": "dinov2_small"}

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class _Placed:
    name: str  # of the reference's file, or the number of the frame
    rule: str
    crop: Crop


def measure(views: Views, brief: Brief) -> dict[str, Reading]:
    """Embed the subject of every sampled frame and compare it with the references."""
    reading = _asked(views, brief)
    if isinstance(reading, Reading):
        return dict.fromkeys(NETWORKS, reading)
    take, goals, unused = reading
    return {
        output: _with(network, views, brief, take, goals, unused)
        for output, network in NETWORKS.items()
    }


def _asked(views: Views, brief: Brief) -> Reading | tuple[list[_Placed], list[_Placed], list[str]]:
    """Find the crops to compare, or say why there are none."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    goals, unused = references(
        views, brief, MIDDLE, lambda name, seen, region: _placed(seen, 0, region, name)
    )
    if not goals:
        return missing(Status.NOT_MEASURED, "no usable reference", unused=unused)
    mask = opened(views, brief)
    if isinstance(mask, Reading):
        return mask
    take = list(_crops(views, brief, mask))
    if not take:
        return missing(Status.NOT_MEASURED, "the subject's region holds too few pixels")
    return take, goals, unused


def _crops(views: Views, brief: Brief, mask: Matte | None) -> Iterator[_Placed]:
    for position in range(len(views.frames)):
        region = in_take(views, position, brief, mask, MIDDLE)
        placed = _placed(views, position, region, Path(brief.take).name)
        if placed:
            yield placed


def _placed(views: Views, position: int, region: Region, name: str) -> _Placed | None:
    if min(region.box[2:]) < LEAST_SIDE or views.sha256 is None:
        return None
    crop = Crop(
        sha256=views.sha256,
        frame=views.indices[position],
        box=region.box,
        picture=views.frames[position],
    )
    return _Placed(name, region.rule, crop)


def _with(
    network: str,
    views: Views,
    brief: Brief,
    take: Sequence[_Placed],
    goals: Sequence[_Placed],
    unused: list[str],
) -> Reading:
    try:
        embedder = embedding.of(network)
        mine, theirs = (_embedded(views, embedder, placed) for placed in (take, goals))
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    seen = [i for i, row in enumerate(mine) if row.any()]
    if not seen or not theirs.any():
        return missing(Status.NOT_MEASURED, "the network saw nothing in the crops")
    alike = mine[seen] @ theirs[theirs.any(axis=1)].T
    nearest = alike.max(axis=1)
    worst = int(np.argmin(nearest))
    where = take[seen[worst]]
    goal = goals[int(np.flatnonzero(theirs.any(axis=1))[int(np.argmax(alike[worst]))])]
    evidence: dict[str, Any] = {
        "measures": "appearance" if brief.kind is Kind.PERSON else "identity",
        "region": where.rule,
        "frame": where.crop.frame,
        "box": list(where.crop.box),
        "worst": round(float(nearest[worst]), 4),
        "reference": goal.name,
        "reference_region": goal.rule,
        "reference_box": list(goal.crop.box),
        **({"unused_references": unused} if unused else {}),
    }
    return Reading(
        value=float(np.clip(nearest.mean(), -1, 1)),
        n_used=len(seen),
        n_expected=len(views.frames),
        evidence=evidence,
        made_by=embedder.version,
    )


def _embedded(views: Views, embedder: Embedder, placed: Sequence[_Placed]) -> Array:
    return views.gallery.embeddings.of(embedder, [p.crop for p in placed])


METRIC = Metric(
    name="ref_embed",
    version="3",
    needs=frozenset(
        {"probe", "frames", "small", "indices", "sha256", "gallery", "keypoints_at", "once"}
    ),
    outputs=tuple(
        Output(name=name, unit="similarity", direction=Direction.HIGHER) for name in NETWORKS
    ),
    deterministic=False,
    measure=measure,
    over_range=True,
    tier=Tier.LEARNED,
    weights=tuple(NETWORKS.values()),
)
