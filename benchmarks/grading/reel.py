"""A clip or a sequence comes back frame by frame: as many as went, under their numbers."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.domain.rendering import Rendering
from benchmarks.grading.back import Returned, brought, returned, write_exr
from router.decoding.decode import Decoder, Probe, Unreadable
from router.domain.errors import BadInput

NUMBER = re.compile(r"%0(\d)d")
EVERY = 1_000_000  # more frames than any take has
SHOWN = 10  # holes that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """What came back."""

    first: int
    frames: int
    space: str
    white: float  # of the frame that lost most
    black: float
    negative: float
    ceiling: float
    notes: tuple[str, ...]


def is_reel(name: str) -> bool:
    """Say whether a name stands for frames, such as take.%04d.exr."""
    return NUMBER.search(name) is not None


def home(
    take: Path, out: Path, told: Rendering, decoder: Decoder, *, first: int, space: str | None
) -> Reel:
    """Bring every frame back and write it as half-float OpenEXR, all of them or none.

    Args:
        take: a clip, or the name of a sequence (`take.%04d.png`), whose numbers are kept.
        out: `NAME.%04d.exr`.
        told: the record of the view.
        decoder: reads the take.
        first: number of a clip's first frame.
        space: where to; None = the record's working space.

    Raises:
        BadInput: a frame is missing or cannot be read, or one of the files is there already.
    """
    frames = _sequence if is_reel(take.name) else _clip
    done: dict[int, Returned] = {}
    with tempfile.TemporaryDirectory(prefix=".return-", dir=out.parent) as draft:
        for number, found in frames(take, told, decoder, first, space):
            write_exr(found, Path(draft) / _named(out, number).name, told)
            done[number] = _summed(found)
        for number in done:
            if _named(out, number).exists():
                expected = "names that are free"
                raise BadInput(field="out", found=str(_named(out, number)), expected=expected)
        for number in done:
            (Path(draft) / _named(out, number).name).replace(_named(out, number))
    return _reel(done)


def _sequence(
    take: Path, told: Rendering, decoder: Decoder, _first: int, space: str | None
) -> Iterator[tuple[int, Returned]]:
    for number, path in sorted(_files(take).items()):
        found = decoder.read(path, samples=1)
        if isinstance(found, Unreadable):
            raise BadInput(field=path.name, found=found.reason, expected="a frame of the take")
        yield number, returned(found, told, space)


def _clip(
    take: Path, told: Rendering, decoder: Decoder, first: int, space: str | None
) -> Iterator[tuple[int, Returned]]:
    probe: Probe | None = None
    for message in decoder.stream(take, samples=EVERY):
        if isinstance(message, Unreadable):
            raise BadInput(field=take.name, found=message.reason, expected="a clip, whole")
        if isinstance(message, Probe):
            probe = message
        elif message.kind == "rgb" and probe is not None:
            yield first + message.index, brought(message.pixels, probe, told, space)


def _files(take: Path) -> Mapping[int, Path]:
    """Give number → file of a sequence; raises BadInput that names its holes."""
    before, width, after = NUMBER.split(take.name, maxsplit=1)
    shape = re.compile(rf"{re.escape(before)}(\d{{{width},}}){re.escape(after)}")
    there = take.parent.iterdir() if take.parent.is_dir() else ()
    found = {int(match[1]): path for path in there if (match := shape.fullmatch(path.name))}
    if not found:
        raise BadInput(field="TAKE", found=str(take), expected="frames under this name")
    holes = [n for n in range(min(found), max(found)) if n not in found]
    if holes:
        named = ", ".join(map(str, holes[:SHOWN])) + (", …" if len(holes) > SHOWN else "")
        expected = f"every frame from {min(found)} to {max(found)}"
        raise BadInput(field="TAKE", found=f"frames missing: {named}", expected=expected)
    return found


def _named(out: Path, number: int) -> Path:
    return out.with_name(NUMBER.sub(lambda m: f"{number:0{m[1]}d}", out.name, count=1))


def _summed(found: Returned) -> Returned:
    """Keep what is told of a frame, and let go of its pixels."""
    return replace(found, values=found.values[:0])


def _reel(done: Mapping[int, Returned]) -> Reel:
    every = list(done.values())
    return Reel(
        first=min(done),
        frames=len(done),
        space=every[0].space,
        white=max(f.white for f in every),
        black=max(f.black for f in every),
        negative=max(f.negative for f in every),
        ceiling=every[0].ceiling,
        notes=tuple(dict.fromkeys(note for f in every for note in f.notes)),
    )
