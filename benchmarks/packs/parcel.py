"""A pack's folder made ready to be sent: which files it names, and the seal that it bears.

Nothing is judged here: whoever takes it in checks it. Light: YAML and the standard library.
"""

import zipfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from benchmarks.packs.content import Trouble, frames, located
from benchmarks.packs.entries import Entry, entries
from benchmarks.packs.node import Node
from router.domain.errors import BadInput
from router.domain.ids import content_id
from router.files import yaml_file

FILE = "shotpack.yaml"
MAX_BYTES = 8_000_000
Opened = Callable[[str], AbstractContextManager[BinaryIO]]
DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the same files are the same zip, whenever it is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A pack as its folder has it."""

    partner: str  # as the pack says
    seal: str | None  # None = not sealed: whoever takes it in seals it
    files: Mapping[str, Path]  # by name inside the pack, shotpack.yaml first

    def packed(self, target: Path, opened: Opened | None = None) -> None:
        """Write it as a zip; pictures are packed already, so nothing is squeezed.

        `opened` gives a file by its name inside the pack; without it the path is opened.
        """
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, path in self.files.items():
                entry = zipfile.ZipInfo(name, DAY_ONE)
                entry.external_attr = 0o100644 << 16
                given = opened(name) if opened else path.open("rb")
                with given as source, archive.open(entry, "w", force_zip64=False) as box:
                    while block := source.read(1 << 20):
                        box.write(block)


def parcel(root: Path, partner: str | None = None) -> Parcel:
    """Make the pack in a folder ready; `partner` wins over what the pack says.

    A file that is named and not there is left out: the service says so, with all other mistakes.

    Raises:
        BadInput: there is no pack in the folder, or it names nobody.
        BadFile: what is there is not YAML as packs are written.
    """
    if not (root / FILE).is_file():
        raise BadInput(field="DIR", found=str(root), expected=f"a folder with a {FILE} in it")
    document = yaml_file.read(root / FILE, max_bytes=MAX_BYTES, max_nodes=MAX_BYTES // 20)
    data = document.data if isinstance(document.data, dict) else {}
    listed = tuple(entries(Node(data)))
    production = Node(data).child("production")
    whose = partner or (production.text("partner") if production else None)
    if whose is None:
        raise BadInput(field="production.partner", found="nobody", expected="the studio's name")
    sealed = bool(listed) and all(entry.sha256 for entry in listed)
    return Parcel(
        partner=whose,
        seal=content_id("pack", data) if sealed else None,
        files={FILE: root / FILE} | _files(root.resolve(), listed),
    )


def _files(root: Path, listed: tuple[Entry, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for entry in listed:
        with suppress(Trouble):
            for name in frames(entry.path, entry.node.numbers("frame_range")):
                found[name] = located(root, name)
    return found
