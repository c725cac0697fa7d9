"""prop_match: are the shot's props in the picture, in one piece?

    prop_match = min(1, inliers / 30) of the key point matches (ratio test 0.75) that one RANSAC
                 homography explains, between a picture of a prop and a frame; of a prop the best
                 of its pictures in up to 8 frames, then the median over the props that are found

SIFT (Lowe 2004), RANSAC (Fischler, Bolles 1981). Range 0..1, higher is better. A prop that has
fewer than 8 matches in every frame, or no readable picture, is *not found*: it lowers the coverage,
and is no 0, because a prop that shows its other side, or has no texture, cannot be told from one
that is not there. With none found the take is not_measured. `found` in the evidence has each prop's
own number, by its name or by its picture's. A line on props passes only if every prop is found.

For rigid, textured things. Blind to colour, to smooth things (fewer than 8 key points), to a prop
that is bent, mirrored, seen from more than about 30 degrees aside, or under 60 pixels in a frame
of 480; and to a second one that should not be there.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.keypoints import KeyPoints, matches, onto
from router.decoding.decode import Unreadable

LEAST = 8  # matches
FULL = 30  # inliers that count as certain
LEAST_INLIERS = 4  # a homography explains any four


def measure(views: Views, brief: Brief) -> Readings:
    """Look for every prop in some frames."""
    if not brief.props:
        return missing(Status.NOT_APPLICABLE, "no reference (props)")
    props, unused = _props(views, brief)
    if not any(props.values()):
        why = "no readable picture of a prop"
        return missing(Status.NOT_MEASURED, why, unused_references=unused)
    found = {
        name: max(rows)
        for name, pictures in props.items()
        if (rows := [row for points in pictures if (row := _best(views, points))])
    }
    told = {
        "found": {n: round(row[0], 3) for n, row in found.items()},
        "not_found": sorted(set(props) - set(found)),
        "unused_references": unused,
    }
    if not found:
        return missing(Status.NOT_MEASURED, "not found: no picture of a prop", **told)
    worst = min(found, key=lambda name: found[name][0])
    return Reading(
        value=float(np.median([row[0] for row in found.values()])),
        n_used=len(found),
        n_expected=len(props),
        evidence={"frame": views.indices[-found[worst][1]], "reference": worst, **told},
    )


def _props(views: Views, brief: Brief) -> tuple[Mapping[str, Sequence[KeyPoints]], list[str]]:
    """Give each prop's readable pictures by its name, and what could not be used."""
    names = brief.prop_of or tuple(_names(brief.props))
    props: dict[str, list[KeyPoints]] = {name: [] for name in names}
    unused = []
    for name, path in zip(names, brief.props, strict=True):
        picture = views.gallery.open(path)
        if isinstance(picture, Unreadable):
            unused.append(f"{path.name}: {picture.reason}")
        else:
            props[name].append(picture.keypoints)
    return props, unused


def _names(paths: Sequence[Path]) -> list[str]:
    """Name pictures by their files; by their places too where that leaves two alike."""
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _best(views: Views, prop: KeyPoints) -> tuple[float, int] | None:
    """Give the highest value and minus its position; None where no frame has enough matches."""
    rows = []
    for position in views.face_positions:
        frame = views.keypoints_at(position)
        if len(matches(prop, frame)) < LEAST:
            continue
        laid = onto(prop, frame, least=LEAST_INLIERS)
        rows.append((min(1.0, laid.inliers / FULL) if laid else 0.0, -position))
    return max(rows, default=None)


METRIC = Metric(
    name="prop_match",
    version="2",
    needs=frozenset({"frames", "indices", "gallery", "face_positions", "keypoints_at"}),
    outputs=(Output(name="prop_match", unit="share", direction=Direction.HIGHER),),
    deterministic=False,  # another side of the prop reads like another prop
    measure=measure,
    over_range=True,
)
