"""What a take lacks to be delivered: asked, got, gap and what would close it. Pure but `gaps`.

Generated takes fail most lines, and for the same reasons: each kind of gap is told once, with the
takes that it is of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.pictures.pixels import Darkroom
from benchmarks.ports import Media
from benchmarks.review.label import Label
from router.decoding.decode import Probe
from router.domain.errors import BadInput

MEETS, SHORT, NOT_ASKED, UNKNOWN = "meets", "short", "not asked", "unknown"
ORDER = (SHORT, UNKNOWN, NOT_ASKED, MEETS)  # of what is told first
LOSSLESS = {"image/png", "image/tiff", "image/x-exr"}
ASPECT = 0.02  # how far width over height may be off, as a share
LIGHT = {"prores", "dnxhd"}  # each frame by itself, made to be edited

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """What a deliverable demands."""

    words: str
    bits: int
    floating: bool = False  # half floats
    linear: bool = False
    lossless: bool = True


MASTERS = {
    "png8": Master(words="8-bit PNG", bits=8),
    "png16": Master(words="16-bit PNG", bits=16),
    "exr16_acescg": Master(words="half-float EXR, ACEScg", bits=16, floating=True, linear=True),
    "exr16_aces2065": Master(
        words="half-float EXR, ACES2065-1", bits=16, floating=True, linear=True
    ),
    "prores4444": Master(words="ProRes 4444", bits=10, lossless=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One demand of a delivery, and how a take meets it."""

    name: str
    state: str
    asked: str
    got: str
    gap: str = ""
    close: str = ""


def gaps(partner: str, campaign: str, labels: Sequence[Label], media: Media) -> Json:
    """Compare a campaign's takes with what their packs deliver.

    Raises:
        StoreCorrupt: a stored take is not what its record says.
    """
    darkroom = Darkroom()
    try:
        rows = [(each, _lines_of(partner, each, media, darkroom)) for each in labels]
    finally:
        darkroom.close()
    return told(campaign, rows)


def told(campaign: str, rows: Sequence[tuple[Label, Sequence[Line]]]) -> Json:
    """Tell each kind of line once, the gaps first and the commonest of them before the others."""
    takes: dict[Line, list[str]] = {}
    for label, found in rows:
        for line in found:
            takes.setdefault(line, []).append(label.name)
    ranked = sorted(takes, key=lambda n: (ORDER.index(n.state), -len(takes[n]), n.name, n.got))
    place = {line: number for number, line in enumerate(ranked)}
    fine = sum(all(n.state in {MEETS, NOT_ASKED} for n in found) for _, found in rows)
    return {
        "campaign": campaign,
        "takes": len(rows),
        "deliverable": fine,
        "kinds": [
            {
                "line": n.name, "state": n.state, "asked": n.asked, "got": n.got, "gap": n.gap,
                "close": n.close, "takes": takes[n],
            }
            for n in ranked
        ],
        "by_take": [
            {
                "name": label.name, "take": label.take.id, "made": label.made,
                "simulated": label.simulated,
                "short": sum(n.state == SHORT for n in found),
                "kinds": [place[n] for n in found],
            }
            for label, found in rows
        ],
    }  # fmt: skip


def words(body: Mapping[str, Any]) -> str:
    """Write the report for people."""
    lines = [f"{body['takes']} takes, {body['deliverable']} of them deliverable as they are"]
    for kind in body["kinds"]:
        if kind["state"] in {MEETS, NOT_ASKED}:
            continue
        lines += ["", f"{kind['line'].upper()}: {kind['gap']} ({_whose(kind, body)})"]
        lines += [f"  asked  {kind['asked']}", f"  got    {kind['got']}"]
        lines += [f"  closed by  {kind['close']}"] if kind["close"] else []
    for state, title in ((NOT_ASKED, "Not asked for"), (MEETS, "Met")):
        same = [k for k in body["kinds"] if k["state"] == state]
        lines += ["", f"{title}:"] if same else []
        lines += [f"  {k['line']}: {k['got']} ({_whose(k, body)})" for k in same]
    return "\n".join(lines)


def _whose(kind: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    count = len(kind["takes"])
    if count == body["takes"] and count > 1:
        return f"all {count} takes"
    named = ", ".join(kind["takes"][:3])
    return named if count <= 3 else f"{count} takes: {named}, …"


def _lines_of(partner: str, label: Label, media: Media, darkroom: Darkroom) -> tuple[Line, ...]:
    try:
        facts = darkroom.probe(media.get(partner, label.take.media.sha256))
    except BadInput as bad:
        gap = "nothing can be said of it"
        return (Line(name="file", state=SHORT, asked="a file that can be read", got=str(bad.found),
                     gap=gap, close="another take"),)  # fmt: skip
    return tuple(lines(label, facts))


def lines(label: Label, facts: Probe) -> Iterator[Line]:
    """Compare one take with what its pack delivers."""
    master = MASTERS.get(label.master)
    yield _raster(label, facts)
    if master is None:
        yield Line(
            name="master", state=UNKNOWN, asked="not on record", got="not compared",
            gap="the pack was taken in before its deliverable was kept",
            close="seal a new version of the pack; a kept one stays as it was",
        )  # fmt: skip
    else:
        yield _bits(master, facts)
        yield _values(master, facts)
        yield _compression(master, facts)
    yield _alpha(facts)
    yield _frames(label, facts)
    if not facts.still:
        yield _rate(label, facts)


def _raster(label: Label, facts: Probe) -> Line:
    wide, high = label.raster
    across = round(facts.width * facts.pixel_aspect)
    asked, got = f"{wide} x {high}", f"{across} x {facts.height}"
    lean = across / facts.height / (wide / high)
    other = "" if abs(lean - 1) < ASPECT else "of another aspect: cropped or extended to fit"
    if across >= wide and facts.height >= high:
        state = SHORT if other else MEETS
        close = "a crop that a person has looked at" if other else ""
        return Line(name="raster", state=state, asked=asked, got=got, gap=other, close=close)
    share = min(across / wide, facts.height / high)
    small = f"{share:.0%} of the side that is asked for"
    gap = f"{small}; {other}" if other else small
    return Line(
        name="raster", state=SHORT, asked=asked, got=got, gap=gap,
        close="a model that answers this raster; many deliveries refuse what was scaled up",
    )  # fmt: skip


def _bits(master: Master, facts: Probe) -> Line:
    asked = f"{master.bits}-bit {'half float' if master.floating else 'integer'}"
    floating = facts.mime == "image/x-exr"
    got = f"{facts.bit_depth}-bit {'float' if floating else 'integer'}"
    if facts.bit_depth >= master.bits and (floating or not master.floating):
        return Line(name="bit depth", state=MEETS, asked=asked, got=got)
    return Line(
        name="bit depth", state=SHORT, asked=asked, got=got,
        gap="banding once graded: the steps that are missing cannot be won back",
        close="a model that answers more bits; a wider file alone only holds the same steps",
    )  # fmt: skip


def _values(master: Master, facts: Probe) -> Line:
    linear = facts.mime == "image/x-exr"
    asked = f"scene-linear ({master.words})" if master.linear else f"display ({master.words})"
    got = "scene-linear" if linear else "display, as seen"
    if linear == master.linear:
        return Line(name="light", state=MEETS, asked=asked, got=got)
    if linear:
        close = "render it through the pack's display and view"
        return Line(
            name="light", state=SHORT, asked=asked, got=got, gap="not rendered", close=close
        )
    return Line(
        name="light", state=SHORT, asked=asked, got=got,
        gap="highlights above white are not in it, and light does not add up in comp",
        close="the inverse of the recorded view gives the working space back up to white; "
        "highlights need a comp or a relight",
    )  # fmt: skip


def _compression(master: Master, facts: Probe) -> Line:
    kind = facts.codec if not facts.still else facts.mime.rpartition("/")[2]
    plain = f"{kind}, {facts.pixel_format}" if facts.pixel_format else kind
    asked = "lossless frames" if master.lossless else f"intra frames ({master.words})"
    lossless = facts.mime in LOSSLESS
    if lossless or (not master.lossless and facts.codec in LIGHT):
        return Line(name="compression", state=MEETS, asked=asked, got=plain)
    thin = "4:2:0 colour, " if "420" in facts.pixel_format else ""
    return Line(
        name="compression", state=SHORT, asked=asked, got=plain,
        gap=f"{thin}compressed by the provider; keys and grades show it",
        close="a model or setting that answers lossless frames; unpacking wins nothing back",
    )  # fmt: skip


def _alpha(facts: Probe) -> Line:
    words_of = ("rgba", "bgra", "argb", "abgr", "yuva", "gbra", "ya")
    has = facts.alpha_coverage is not None or facts.pixel_format.lower().startswith(words_of)
    got = "has one" if has else "none"
    return Line(name="alpha", state=NOT_ASKED, asked="the pack does not say", got=got)


def _frames(label: Label, facts: Probe) -> Line:
    wanted, shot = label.shot.used_frames, label.shot
    if not wanted:
        got = "a still" if facts.still else f"{facts.frames} frames"
        return Line(name="frames", state=NOT_ASKED, asked="no length in the cut", got=got)
    head, tail = shot.handles
    asked = f"{shot.cut_frames} + handles {head} + {tail} = {wanted} frames"
    if facts.still:
        return Line(
            name="frames", state=SHORT, asked=asked, got="a still",
            gap="it does not move", close="a clip that starts from it (image to video)",
        )  # fmt: skip
    has = round(facts.frames * label.fps / facts.fps)
    got = f"{has} frames at the cut's rate"
    if has >= wanted:
        return Line(name="frames", state=MEETS, asked=asked, got=got)
    lacks = wanted - has
    cut_only = " (the cut is covered, handles are not)" if has >= (shot.cut_frames or 0) else ""
    return Line(
        name="frames", state=SHORT, asked=asked, got=got, gap=f"{lacks} frames missing{cut_only}",
        close="ask for a longer clip, or extend it; generated clips have no handles unless asked",
    )  # fmt: skip


def _rate(label: Label, facts: Probe) -> Line:
    asked, got = f"{label.fps:g} fps", f"{facts.fps:g} fps"
    if facts.variable_rate:
        close = "conform it, frame by frame"
        return Line(name="frame rate", state=SHORT, asked=asked, got=f"{got} on average, uneven",
                    gap="frames of unequal length", close=close)  # fmt: skip
    if abs(facts.fps - label.fps) < 0.01:
        return Line(name="frame rate", state=MEETS, asked=asked, got=got)
    return Line(
        name="frame rate", state=SHORT, asked=asked, got=got,
        gap="frames are dropped or doubled in the cut",
        close="a model that answers this rate, or retiming that a person has looked at",
    )  # fmt: skip
