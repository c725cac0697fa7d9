"""What a task needs before it can be asked for, and what a shot's lines are measured with."""

from collections.abc import Collection, Iterator

from benchmarks.packs.node import Node
from benchmarks.packs.rights import MOVING
from benchmarks.packs.wording import mistake, one_of
from router.domain.mistake import Mistake
from router.files.yaml_file import Document

_PLATES = ("x.plate", "capture.ocf", "x.cleanplate")
_PICTURES = (*_PLATES, "x.lookdev", "artwork.conceptArt", "capture.reference")
# Task → inputs that it needs: each a choice of functional types.
_INPUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "inpaint_cleanup": (_PLATES, ("matte",)),
    "erase": (_PLATES, ("matte",)),
    "outpaint": (_PICTURES,),
    "upscale": (_PICTURES,),
    "relight_colour_match": (_PICTURES,),
    "image_to_video": (("x.lookdev", *_PLATES, "artwork.conceptArt", "artwork.storyboard"),),
    "style_transfer": (_PICTURES, ("x.style",)),
}
_TARGETS = ("x.style", "x.lookdev", "capture.reference", "cdl")


def mistakes(document: Document, *, metrics: Collection[str] | None) -> Iterator[Mistake]:
    """Give every shot whose task lacks an input; with `metrics`, also lines that ask for others."""
    pack = Node(document.data)
    for shot in pack.children("shots"):
        yield from _inputs(document, shot)
        yield from _timing(document, shot)
        if shot.text("task") == "relight_colour_match":
            yield from _target(document, pack, shot)
        if shot.text("task") == "reference_to_image":
            yield from _reference(document, shot)
        if metrics is not None:
            yield from _metrics(document, shot, metrics)


def _inputs(document: Document, shot: Node) -> Iterator[Mistake]:
    task = shot.text("task") or ""
    there = {node.text("functional_type") for node in shot.children("inputs")}
    for choice in _INPUTS.get(task, ()):
        if not there & set(choice):
            found = ", ".join(sorted(t for t in there if t)) or "no inputs"
            expected = f"for {task} an input that is {' or '.join(choice)}"
            yield mistake(document, shot.at("inputs"), found, expected, "task_needs")


def _timing(document: Document, shot: Node) -> Iterator[Mistake]:
    timing = shot.child("timing")
    if timing is None:
        if shot.text("task") in MOVING:
            expected = "timing with cut_in and cut_out: a clip has a length"
            yield mistake(document, shot.at("timing"), None, expected, "task_needs")
        return
    first, last = timing.whole("cut_in"), timing.whole("cut_out")
    if first is not None and last is not None and last < first:
        expected = f"{first} or later, where the cut begins"
        yield mistake(document, timing.at("cut_out"), last, expected, "range")


def _target(document: Document, pack: Node, shot: Node) -> Iterator[Mistake]:
    """A match needs something to match: a look among the inputs, a lighting group, or a shot."""
    there = {node.text("functional_type") for node in shot.children("inputs")}
    continuity = shot.child("continuity")
    group = continuity.text("lighting_group") if continuity else None
    lit = {
        g.text("id")
        for g in pack.children("lighting_groups")
        if g.has("key_reference") or g.has("cdl")
    }
    graded = continuity is not None and continuity.has("match_grade_to")
    if not (there & set(_TARGETS) or group in lit or graded):
        expected = (
            f"for relight_colour_match an input that is {' or '.join(_TARGETS)}, a lighting_group"
            " with key_reference or cdl, or match_grade_to"
        )
        yield mistake(document, shot.at("inputs"), "no target", expected, "task_needs")


def _reference(document: Document, shot: Node) -> Iterator[Mistake]:
    there = {node.text("functional_type") for node in shot.children("inputs")}
    named = any(shot.children("characters")) or any(shot.texts("props"))
    if not (named or there & {"capture.reference", "x.turnaround"}):
        expected = "for reference_to_image a character or a prop, or an input capture.reference"
        yield mistake(document, shot.at("characters"), None, expected, "task_needs")


def _metrics(document: Document, shot: Node, metrics: Collection[str]) -> Iterator[Mistake]:
    for line in shot.children("acceptance"):
        metric = line.text("metric")
        if metric is not None and metric not in metrics:
            expected = one_of(sorted(metrics), metric)
            yield mistake(document, line.at("metric"), metric, expected, "unknown_metric")
