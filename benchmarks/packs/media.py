"""The files of a pack, looked at on disk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.packs import picture
from benchmarks.packs.content import Trouble, frames, located_all, sha256
from benchmarks.packs.entries import SUFFIXES, Entry
from benchmarks.packs.wording import mistake, one_of
from router.domain.mistake import Mistake
from router.yaml_file import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of the pack that is there."""

    paths: tuple[Path, ...]  # one, or every frame
    sha256: str
    raster: tuple[int, int] | None  # width, height in pixels; None = its header does not say


def look(
    document: Document, root: Path, entries: tuple[Entry, ...]
) -> tuple[Mapping[str, Found], tuple[Mistake, ...]]:
    """Find and hash every file: those that are there by field path, and what is wrong."""
    found: dict[str, Found] = {}
    wrong: list[Mistake] = []
    hashes: dict[tuple[Path, ...], str] = {}  # a file named in several places is read once
    for entry in entries:
        wrong += _fit(document, entry)
        try:
            found[entry.node.field] = _find(root, entry, hashes)
        except Trouble as trouble:
            field = entry.node.at("frame_range" if trouble.code == "frame_range" else "path")
            wrong.append(mistake(document, field, trouble.found, trouble.expected, trouble.code))
    wrong += _changed(document, entries, found)
    wrong += _mattes(document, entries, found)
    return found, tuple(wrong)


def _find(root: Path, entry: Entry, hashes: dict[tuple[Path, ...], str]) -> Found:
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
    if paths not in hashes:
        hashes[paths] = sha256(paths)
    return Found(paths=paths, sha256=hashes[paths], raster=raster)


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
