"""Put takes into a cut. Runs inside the child; gives the texts of the files and what is lost.

The plan is ours (`benchmarks.editorial.handing`): for each shot its takes as references, which one
is active, the frames that the cut uses, the markers.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from benchmarks.editorial.facts import OURS, ordered
from benchmarks.editorial.formats import DROPPING
from benchmarks.editorial.gate import REEL, Row, Unfit, row

PLATE, TAKE = "plate", "take_"
OPEN_LINE = "open_line"  # our markers, told apart from everybody else's

# Any: the library ships no types.
Time = Any


def assembled(timeline: Any, plan: Row) -> Row:
    """Give the texts: `otio` with every take, `edl` and `xml` of the circled ones.

    Raises:
        Unfit: the cut has no such clip, or a format cannot hold it.
    """
    rate = Fraction(*plan["rate"])
    if timeline is None:
        timeline, placed = _laid_out(plan, rate)
    else:
        placed = _found(timeline, plan)
    notes: list[str] = []
    for clip, shot in placed:
        _dress(clip, shot, rate)
    for clip, shot in placed:
        notes += _fill(clip, shot, rate)
    timeline.metadata[OURS] = plan["metadata"]
    files = {"otio": otio.adapters.write_to_string(timeline, "otio_json")}
    selects, left = _selects(timeline, placed, plan, rate)
    notes += left
    if selects is not None:
        files |= _exchanged(selects, rate)
    return {"files": files, "notes": notes}


def _found(timeline: Any, plan: Row) -> list[tuple[Any, Row]]:
    """Give the clips of the original by the numbers that its facts gave them."""
    clips = [clip for _, clip in ordered(timeline)[0]]
    return [(clips[shot["clip"] - 1], shot) for shot in plan["shots"]]


def _record(timeline: Any, clip: Any) -> float:
    place = clip.transformed_time_range(clip.trimmed_range(), timeline.tracks)
    return float(place.start_time.to_seconds())


def _laid_out(plan: Row, rate: Fraction) -> tuple[Any, list[tuple[Any, Row]]]:
    """Lay the shots of a pack end to end, in their order."""
    timeline = otio.schema.Timeline(name=plan["name"])
    timeline.global_start_time = _time(plan["start"], rate)
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    placed = []
    for shot in plan["shots"]:
        clip = otio.schema.Clip(name=shot["shot"])
        clip.media_reference = _plate(shot["plate"], rate)
        clip.source_range = _range(shot["slot"], rate)
        if shot["cdl"]:
            clip.metadata["cdl"] = shot["cdl"]
        track.append(clip)
        placed.append((clip, shot))
    return timeline, placed


def _plate(told: Row | None, rate: Fraction) -> Any:
    if told is None:
        return otio.schema.MissingReference()
    span = _range([told["first"], told["first"] + told["frames"] - 1], rate)
    if not told["sequence"]:
        return otio.schema.ExternalReference(target_url=told["target"], available_range=span)
    folder, _, name = told["target"].rpartition("/")
    head, _, rest = name.partition("%0")
    return otio.schema.ImageSequenceReference(
        target_url_base=f"{folder}/",
        name_prefix=head,
        name_suffix=rest[2:],
        start_frame=told["first"],
        frame_step=1,
        rate=float(rate),
        frame_zero_padding=int(rest[0]),
        available_range=span,
    )


def _dress(clip: Any, shot: Row, rate: Fraction) -> None:
    """Give a clip its takes as alternate references, the circled one active."""
    # Handing existing references back crashes the interpreter (OTIO 0.17, 0.18): always clones.
    before = {key: each.clone() for key, each in clip.media_references().items()}
    was = clip.active_media_reference_key
    ours = {key for key, each in before.items() if OURS in each.metadata}
    references = {key: each for key, each in before.items() if key not in ours}
    if PLATE not in references and was in references:
        references[PLATE] = references.pop(was)
    references.setdefault(PLATE, otio.schema.MissingReference())
    for take in shot["takes"]:
        references[take["key"]] = _reference(take, rate)
    clip.set_media_references(references, shot["active"] or PLATE)
    # Takes lie where they were asked for, however often the cut is trimmed and exported again.
    slot = "-".join(map(str, shot["slot"]))
    clip.metadata[OURS] = {"shot": shot["shot"], "pack": shot["pack"], "slot": slot}
    kept = [m.clone() for m in clip.markers if m.metadata.get(OURS, {}).get("kind") != OPEN_LINE]
    del clip.markers[:]
    clip.markers.extend([*kept, *(_marker(each, rate) for each in shot["markers"])])


def _reference(take: Row, rate: Fraction) -> Any:
    span = _range([take["first"], take["first"] + take["frames"] - 1], rate)
    made = otio.schema.ExternalReference(target_url=take["target"], available_range=span)
    made.name = take["name"]
    made.metadata[OURS] = take["metadata"]
    return made


def _marker(told: Row, rate: Fraction) -> Any:
    made = otio.schema.Marker(name=told["name"], color=otio.schema.MarkerColor.RED)
    made.marked_range = _range([told["frame"], told["frame"]], rate)
    made.comment = told["comment"]
    made.metadata[OURS] = {"kind": OPEN_LINE}
    return made


def _fill(clip: Any, shot: Row, rate: Fraction) -> list[str]:
    """Set the frames that the cut uses; what is shorter than its place is filled up behind it."""
    if shot["used"] is None:
        return []
    before = clip.trimmed_range().duration
    clip.source_range = _range(shot["used"], rate)
    after = clip.source_range.duration
    track = clip.parent()
    short = round((before - after).value_rescaled_to(float(rate)))
    if short > 0 and track is not None:
        gap = otio.schema.Gap(duration=_time(short, rate))
        track.insert(track.index(clip) + 1, gap)
        return [f"{shot['shot']}: used frames are {short} fewer than its place; a gap follows it"]
    if short < 0:
        return [f"{shot['shot']}: used frames are {-short} more than its place; what follows moves"]
    return []


def _selects(
    timeline: Any, placed: list[tuple[Any, Row]], plan: Row, rate: Fraction
) -> tuple[Any | None, list[str]]:
    """Lay the circled takes on one track at their places; the rest stays a gap, and is named."""
    made = otio.schema.Timeline(name=plan["name"])
    made.global_start_time = timeline.global_start_time or _time(plan["start"], rate)
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    made.tracks.append(track)
    notes: list[str] = []
    head = 0
    for place, clip, shot in sorted(_places(timeline, placed, rate), key=lambda each: each[0]):
        wrong = _unfit_for_edl(clip, shot, place, head)
        if wrong:
            notes.append(f"{shot['shot']}: not in EDL and XML: {wrong}")
            continue
        if place > head:
            track.append(otio.schema.Gap(duration=_time(place - head, rate)))
        track.append(_select(clip, shot))
        head = place + round(clip.trimmed_range().duration.value_rescaled_to(float(rate)))
    return (made if head else None), notes


def _places(
    timeline: Any, placed: list[tuple[Any, Row]], rate: Fraction
) -> Iterator[tuple[int, Any, Row]]:
    for clip, shot in placed:
        yield round(_record(timeline, clip) * rate), clip, shot


def _unfit_for_edl(clip: Any, shot: Row, place: int, head: int) -> str:
    if shot["active"] is None:
        kind = isinstance(clip.media_reference, otio.schema.ImageSequenceReference)
        sequence = ", and its plate is an image sequence, which they cannot hold" if kind else ""
        return f"no circled take{sequence}"
    if place < head:
        return "it lies over the clip before it; one picture track is all that an EDL has"
    if len(shot["reel"]) > REEL:
        return f"reel {shot['reel']} is longer than {REEL} characters"
    return ""


def _select(clip: Any, shot: Row) -> Any:
    """Copy a circled take's clip with that one reference, under the name of the version."""
    made = otio.schema.Clip(
        name=clip.media_reference.name,
        media_reference=clip.media_reference.clone(),
        source_range=clip.source_range,
    )
    made.metadata["cmx_3600"] = {"reel": shot["reel"]}
    # FCP7 XML writes clips that are equal in everything as one, and loses where the second lies.
    made.metadata[OURS] = {"shot": shot["shot"]}
    if "cdl" in clip.metadata:
        made.metadata["cdl"] = clip.metadata["cdl"]
    made.markers.extend([marker.clone() for marker in clip.markers])
    return made


def _exchanged(selects: Any, rate: Fraction) -> Row:
    """Write EDL and FCP7 XML; an EDL's markers stand at record times."""
    try:
        xml = otio.adapters.write_to_string(selects, "fcp_xml")
        base, track = selects.global_start_time, selects.tracks[0]
        for clip in selects.find_clips():
            begins = clip.range_in_parent().start_time + base
            for marker in clip.markers:
                span = marker.marked_range
                at = begins + (span.start_time - clip.source_range.start_time)
                marker.marked_range = otio.opentime.TimeRange(at, span.duration)
        span = _range([0, round(track.duration().value) - 1], rate)
        track.source_range = otio.opentime.TimeRange(_time(0, rate) - base, span.duration)
        edl = otio.adapters.write_to_string(
            selects, "cmx_3600", rate=float(rate), style="avid", reelname_len=REEL
        )
    except (otio.exceptions.OTIOError, ValueError) as error:
        raise Unfit(row(str(error), "a cut that EDL and XML can hold", "export")) from error
    counting = "DROP FRAME" if rate in DROPPING else "NON-DROP FRAME"
    title, _, events = edl.partition("\n")
    return {"edl": f"{title}\nFCM: {counting}\n{events}", "xml": xml}


def _time(frames: int, rate: Fraction) -> Time:
    return otio.opentime.RationalTime(frames, float(rate))


def _range(span: list[int], rate: Fraction) -> Any:
    return otio.opentime.TimeRange(_time(span[0], rate), _time(span[1] - span[0] + 1, rate))
