"""Evidence pictures: what a verdict rests on, small enough for a report.

| what was measured | what is shown |
|---|---|
| identity | the reference's face, the take's least alike faces with their similarity, and where |
| costume | reference, region, and a map of the colours that the reference has not |
| light and colour | plate, take, and where it fails the take under the CDL that comes nearest |
| what stands in the plate | plate and take, boxed where they are least alike |
| untouched or repaired regions | plate, take, a map of the change |
| tearing, flicker | the two frames that fit worst, and where they do not fit |
| seam | the rings either side of the matte's edge, and the edge close |
| anything else | the frame, boxed where there is a place |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluators.domain.brief import Brief
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.exhibits import costume, faces, light, seam, tearing, untouched
from evaluators.exhibits.paper import Panel, png
from evaluators.matte import Matte, opened
from evaluators.views import Gallery, Views
from router.decoding.decode import Decoder, Unreadable

MARK = {
    Ruling.PASS: (86, 180, 120),
    Ruling.FAIL: (230, 92, 76),
    Ruling.UNSURE: (232, 178, 60),
    Ruling.NOT_MEASURED: (150, 150, 152),
}

Sheet = tuple[list[Panel], list[str]]  # pictures, and lines of text below them


def pictures(brief: Brief, verdicts: Sequence[Verdict]) -> Mapping[int, bytes]:
    """Draw the evidence of a take's verdicts, decoding each file once.

    Returns:
        PNG by number of the acceptance line; without those that have nothing to show.
    """
    drawn: dict[int, bytes] = {}
    with Decoder() as decoder:
        gallery = Gallery(decoder)
        for verdict in verdicts:
            drawing = picture(brief, verdict, gallery)
            if drawing is not None:
                drawn[verdict.line.number] = drawing
    return drawn


def picture(brief: Brief, verdict: Verdict, gallery: Gallery) -> bytes | None:
    """Draw the evidence of one verdict as PNG, at most 640 pixels wide.

    Returns:
        None where there is nothing to show: not measured, or a file that cannot be read.
    """
    if not has_something(verdict):
        return None
    take = gallery.open(brief.path)
    if isinstance(take, Unreadable):
        return None
    panels, notes = _sheet(verdict, brief, take)
    return png(panels, MARK[verdict.ruling], notes)


def has_something(verdict: Verdict) -> bool:
    """Say whether a verdict rests on anything that could be shown."""
    return verdict.metric is not None and (verdict.value is not None or "box" in verdict.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Everything that a kind of picture may look at."""

    brief: Brief
    verdict: Verdict
    take: Views
    where: Panel  # the frame that the evidence names
    position: int  # of that frame in the take's `frames`

    @property
    def evidence(self) -> Mapping[str, Any]:
        return self.verdict.evidence

    def opened(self, path: Path | None) -> Views | None:
        views = self.take.gallery.open(path) if path else None
        return views if isinstance(views, Views) else None


def _sheet(verdict: Verdict, brief: Brief, take: Views) -> Sheet:
    frame = int(verdict.evidence.get("frame") or 0)
    position = min(range(len(take.indices)), key=lambda p: abs(take.indices[p] - frame))
    caption = "take" if len(take.frames) == 1 else f"take, frame {take.indices[position]}"
    where = Panel(caption=caption, pixels=take.frames[position], box=verdict.evidence.get("box"))
    scene = _Scene(brief=brief, verdict=verdict, take=take, where=where, position=position)
    family = (verdict.metric or "").partition(".")[0]
    if family.startswith("id_"):
        family = "id"
    draw = _KINDS.get(verdict.metric or "") or _KINDS.get(family)
    return draw(scene) if draw else ([where], [])


def _faces(scene: _Scene) -> Sheet:
    words = scene.where.caption.replace("take", "where", 1)
    place = replace(scene.where, caption=words, quiet=True)
    shown = faces.panels(scene.brief, scene.evidence, scene.take, place)
    told = any(p.caption.startswith("frame ") and ": 0" in p.caption for p in shown)
    return shown, ["numbers: similarity to the reference, 1 = the same picture"] if told else []


def _costume(scene: _Scene) -> Sheet:
    evidence, shown = scene.evidence, replace(scene.where, chip=True)
    named = [p for p in scene.brief.costume_refs if p.name == evidence.get("reference")]
    reference = scene.opened(named[0]) if named else None
    if reference is None:
        return [shown], []
    box, pixels = evidence.get("reference_box"), reference.frames[0]
    first = Panel(caption="reference", pixels=pixels, box=box, chip=True, quiet=True)
    mask = opened(scene.take, scene.brief) if evidence.get("region") == "mask" else None
    known = mask if isinstance(mask, Matte) else None
    drift = costume.panel(scene.take, scene.position, reference, evidence, known)
    return [first, shown, *([drift] if drift else [])], []


def _pasted(scene: _Scene) -> Sheet:
    named = [p for p in scene.brief.refs if p.name == scene.evidence.get("reference")]
    views = scene.opened(named[0]) if named else None
    first = [Panel(caption="reference", pixels=views.frames[0], quiet=True)] if views else []
    return [*first, scene.where], []


def _light(scene: _Scene) -> Sheet:
    plate = scene.opened(scene.brief.plate)
    if plate is None:
        return [scene.where], []
    off = scene.verdict.ruling in {Ruling.FAIL, Ruling.UNSURE}
    return light.panels(scene.take, plate, scene.position, scene.where.caption, remedy=off)


def _against_plate(scene: _Scene) -> Sheet:
    plate = scene.opened(scene.brief.plate)
    if plate is None:
        return [scene.where], []
    beside = plate.frames[scene.take.beside(scene.position, plate)]
    return [Panel(caption="plate", pixels=beside, quiet=True), scene.where], []


def _untouched(scene: _Scene) -> Sheet:
    plate, mask = scene.opened(scene.brief.plate), scene.opened(scene.brief.mask)
    if plate is None or mask is None:
        return [scene.where], []
    feather = int(scene.evidence.get("feather", 0))
    take, position, where = scene.take, scene.position, scene.where
    frame = int(scene.evidence.get("frame") or 0)
    if frame not in take.indices:  # a frame between the sampled ones
        brief = scene.brief
        take = _held(take, brief.path, frame)
        plate, mask = _held(plate, brief.plate, frame), _held(mask, brief.mask, frame)
        position, where = 0, replace(where, caption=f"take, frame {frame}", pixels=take.frames[0])
    return untouched.panels(plate, mask, take, position, where, feather=feather), []


def _held(views: Views, path: Path | None, frame: int) -> Views:
    """Decode one frame of a clip; a still, and what cannot be decoded again, as it is."""
    if path is None or len(views.luma) == 1:
        return views
    found = views.gallery.fresh(path, at=(frame,))
    return views if isinstance(found, Unreadable) else found


def _seam(scene: _Scene) -> Sheet:
    mask = scene.opened(scene.brief.mask)
    if mask is None:
        return [scene.where], []
    feather = int(scene.brief.spec.get("feather", 0))
    return seam.panels(mask, scene.take, scene.position, scene.where, feather), []


def _tearing(scene: _Scene) -> Sheet:
    first = int(scene.evidence.get("frame") or 0)
    pair = scene.take.gallery.fresh(scene.brief.path, at=(first, first + 1))
    if isinstance(pair, Unreadable):
        return [scene.where], []
    return tearing.panels(scene.take, pair, first), []


_KINDS: Mapping[str, Callable[[_Scene], Sheet]] = {
    "id": _faces,
    "costume_colour": _costume,
    "copy_paste": _pasted,
    "colour_match": _light,
    "outside_mask": _untouched,
    "plate_structure": _against_plate,
    "seam": _seam,
    "temporal.warp": _tearing,
    "temporal.warp_per_motion": _tearing,
}
