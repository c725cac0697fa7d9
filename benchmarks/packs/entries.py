"""Every file that a pack names, and what may stand in each place."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.packs.node import Node

PICTURE = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".exr", ".dpx"))
MOVIE = frozenset((".mov", ".mp4", ".mxf", ".mkv", ".webm"))
_SEEN = PICTURE | MOVIE
# What a file of each type can be, by its suffix.
SUFFIXES = {
    "artwork.conceptArt": PICTURE,
    "artwork.storyboard": PICTURE | {".pdf"},
    "artwork.animatedStoryboard": MOVIE,
    "capture.ocf": _SEEN,
    "capture.reference": _SEEN,
    "capture.lidar": frozenset((".ply", ".e57", ".las", ".laz", ".obj", ".usd", ".usdz")),
    "matte": _SEEN,
    "cdl": frozenset((".cc", ".ccc", ".cdl")),
    "lut": frozenset((".cube", ".clf", ".ctf", ".csp", ".3dl", ".lut", ".spi1d", ".spi3d")),
    "edit": frozenset((".otio", ".edl", ".xml", ".fcpxml", ".aaf")),
    "document": frozenset((".pdf", ".txt", ".md")),
    "x.turnaround": _SEEN,
    "x.lookdev": PICTURE,
    "x.plate": _SEEN,
    "x.cleanplate": _SEEN,
    "x.style": PICTURE,
}
_LOOKS = frozenset(
    ("artwork.conceptArt", "capture.reference", "x.turnaround", "x.lookdev", "x.plate",
     "x.cleanplate", "x.style")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file as the pack names it."""

    node: Node
    path: str
    functional_type: str
    allowed: frozenset[str]  # functional types that fit this place
    shot: Node | None = None  # the shot whose input it is

    @property
    def sha256(self) -> str | None:
        """The hash that the pack was sealed with."""
        return self.node.text("sha256")


def entries(pack: Node) -> Iterator[Entry]:
    """Give every file of the pack whose path and type are text."""
    for node, allowed, shot in _places(pack):
        path, kind = node.text("path"), node.text("functional_type")
        if path is not None and kind is not None:
            yield Entry(node=node, path=path, functional_type=kind, allowed=allowed, shot=shot)


def _places(pack: Node) -> Iterator[tuple[Node, frozenset[str], Node | None]]:
    yield from _single(pack.child("production"), "editorial", frozenset(("edit",)))
    yield from _single(pack.child("colour"), "show_lut", frozenset(("lut",)))
    for thing in _things(pack):
        for found in thing.children("references"):
            yield found, _LOOKS, None
    for group in pack.children("lighting_groups"):
        yield from _single(group, "key_reference", _LOOKS)
        yield from _single(group, "cdl", frozenset(("cdl",)))
    for shot in pack.children("shots"):
        for found in shot.children("inputs"):
            yield found, frozenset(SUFFIXES), shot


def _single(
    parent: Node | None, key: str, allowed: frozenset[str]
) -> Iterator[tuple[Node, frozenset[str], None]]:
    found = parent.child(key) if parent else None
    if found:
        yield found, allowed, None


def _things(pack: Node) -> Iterator[Node]:
    """Give everything that has references."""
    for character in pack.children("characters"):
        yield character
        yield from character.children("wardrobe")
        yield from character.children("styling")
    yield from pack.children("props")
    yield from pack.children("locations")
