"""The files of a pack, looked at on disk."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.packs import picture
from benchmarks.packs.content import Trouble, frames, located_all, sha256
from benchmarks.packs.entries import MOVIE, PICTURE, SUFFIXES, Entry
from benchmarks.packs.wording import mistake, one_of
from router.domain.mistake import Mistake
from router.files.yaml_file import Document
from router.uploads.kinds import CLIPS, HEAD, NotTaken, kind_of
from router.uploads.look import Eye
from router.uploads.structure import walk

# What models and people look at; DPX and MXF are carried along unopened.
LOOKED_AT = (PICTURE | MOVIE) - {".dpx", ".mxf"}
MOST_OPENED = 100_000_000  # pixels of OpenEXR that one check decodes: half a minute or so


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of the pack that is there."""

    paths: tuple[Path, ...]  # one, or every frame
    sha256: str
    raster: tuple[int, int] | None  # width, height in pixels; None = its header does not say


def look(
    document: Document,
    root: Path,
    entries: tuple[Entry, ...],
    *,
    most_opened: int = MOST_OPENED,
) -> tuple[Mapping[str, Found], tuple[Mistake, ...], tuple[Mistake, ...]]:
    """Find and hash every file: those that are there by field path, what is wrong, what to note."""
    found: dict[str, Found] = {}
    wrong: list[Mistake] = []
    known: dict[tuple[Path, ...], Found] = {}  # a file named in several places is read once
    with closing(Eye()) as eye:
        looker = _Looker(eye, most_opened)
        for entry in entries:
            wrong += _fit(document, entry)
            try:
                found[entry.node.field] = _find(root, entry, known, looker)
            except Trouble as trouble:
                field = entry.node.at("frame_range" if trouble.code == "frame_range" else "path")
                said = (trouble.found, trouble.expected, trouble.code)
                wrong.append(mistake(document, field, *said))
    wrong += _changed(document, entries, found)
    wrong += _mattes(document, entries, found)
    return found, tuple(wrong), tuple(_unread(document, entries, looker.unread))


def _find(
    root: Path, entry: Entry, known: dict[tuple[Path, ...], Found], looker: "_Looker"
) -> Found:
    names = frames(entry.path, entry.node.numbers("frame_range"))
    paths = located_all(root, names)
    start = picture.head(paths[0])
    if not picture.is_what_it_says(paths[0], start):
        expected = f"the content of a {paths[0].suffix} file"
        raise Trouble("content of another kind", expected, "wrong_content")
    raster = picture.raster(start)
    if raster and (0 in raster or raster[0] * raster[1] > picture.MAX_PIXELS):
        limit = f"1 to {picture.MAX_PIXELS} pixels"
        raise Trouble(f"{raster[0]}x{raster[1]} pixels", limit, "too_large")
    if paths not in known:
        if paths[0].suffix.lower() in LOOKED_AT:
            looker.look_at(paths)
        known[paths] = Found(paths=paths, sha256=sha256(paths), raster=raster)
    return known[paths]


@dataclass(slots=True)
class _Looker:
    """Holds pictures and clips to the limits of what is handed in.

    The structure of most pictures is walked here; what needs a library is opened in the jail. An
    OpenEXR shows only when its pixels are read that its end is missing, so it is decoded, as long
    as the pixels of one check last; of a sequence the first frame and the smallest file, which is
    the one that was cut short.
    """

    eye: Eye
    left: int  # pixels of OpenEXR that may still be decoded
    unread: list[Path] = field(default_factory=list)

    def look_at(self, paths: tuple[Path, ...]) -> None:
        """Raise Trouble for the first file that cannot be taken."""
        opened = {paths[0], min(paths, key=lambda path: path.stat().st_size)}
        for path in paths:
            try:
                kind = kind_of(picture.head(path)[:HEAD])
                if kind == "exr" and path in opened:
                    self._decoded(path)
                elif kind in CLIPS and path == paths[0]:
                    self.eye.media(path, path.name, decode=False)
                elif kind not in {*CLIPS, "exr"}:
                    walk(path, kind)
            except NotTaken as error:
                found = f"{path.name}: {error.found}"
                raise Trouble(found, error.expected, error.code) from error

    def _decoded(self, path: Path) -> None:
        """Read an OpenEXR's header, and while there are pixels left for it, all of it."""
        seen = self.eye.media(path, path.name, decode=False)
        pixels = seen.width * seen.height
        if pixels > self.left:
            self.unread.append(path)
            return
        self.left -= pixels
        self.eye.media(path, path.name, decode=True)


def _unread(
    document: Document, entries: tuple[Entry, ...], unread: Sequence[Path]
) -> Iterator[Mistake]:
    """Say that there were more OpenEXR files than one check decodes."""
    if unread:
        first = next(e for e in entries if Path(e.path).suffix.lower() == ".exr")
        found = f"{len(unread)} OpenEXR ({unread[0].name} first) looked at by header only"
        expected = "nothing to do: whether they are whole is seen when a campaign takes them in"
        yield mistake(document, first.node.at("path"), found, expected, "not_opened")


def _fit(document: Document, entry: Entry) -> Iterator[Mistake]:
    field, kind = entry.node.at("functional_type"), entry.functional_type
    if kind not in SUFFIXES:
        return  # the schema has said so
    if kind not in entry.allowed:
        expected = one_of(sorted(entry.allowed))
        yield mistake(document, field, kind, expected, "functional_type")
    suffix = Path(entry.path).suffix.lower()
    if suffix not in SUFFIXES[kind]:
        expected = f"for {kind} {one_of(sorted(SUFFIXES[kind]))}"
        shown = suffix or "no suffix"
        yield mistake(document, entry.node.at("path"), shown, expected, "functional_type")


def _changed(
    document: Document, entries: tuple[Entry, ...], found: Mapping[str, Found]
) -> Iterator[Mistake]:
    for entry in entries:
        there = found.get(entry.node.field)
        if there and entry.sha256 and entry.sha256 != there.sha256:
            expected = f"{entry.sha256} as sealed; if the change is meant, seal the pack again"
            field = entry.node.at("sha256")
            yield mistake(document, field, there.sha256, expected, "hash_mismatch")


def _mattes(
    document: Document, entries: tuple[Entry, ...], found: Mapping[str, Found]
) -> Iterator[Mistake]:
    """A matte lies on its plate pixel by pixel, so both have one raster."""
    plates = {
        entry.shot.field: found[entry.node.field].raster
        for entry in entries
        if entry.shot and entry.functional_type == "x.plate" and entry.node.field in found
    }
    for entry in entries:
        there = found.get(entry.node.field)
        if entry.functional_type != "matte" or entry.shot is None or there is None:
            continue
        plate = plates.get(entry.shot.field)
        if plate and there.raster and there.raster != plate:
            expected = f"{plate[0]}x{plate[1]} pixels, as the plate"
            shown = f"{there.raster[0]}x{there.raster[1]} pixels"
            yield mistake(document, entry.node.at("path"), shown, expected, "raster")
