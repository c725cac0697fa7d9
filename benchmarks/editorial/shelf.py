"""The media that lie beside a cut: found by name, never by a path of its author's computer."""

import os
import re
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import IO, Self
from urllib.parse import unquote, urlparse

from benchmarks.domain.cut import CutClip, Frames
from benchmarks.packs.archive import MAX_BYTES, MAX_RATIO

MAX_FILES = 200_000
_LOCKED, _SMALL = 1, 64 << 10  # flag of an encrypted member; bytes that may pack as they like
_NUMBERED = re.compile(r"%0?(\d?)d|(#{2,})|\[\d+-\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A clip's media as they lie on the shelf."""

    names: tuple[str, ...]  # on the shelf; of a sequence every frame that is there, in order
    numbers: Frames | None = None  # of a sequence: first and last frame wanted
    missing: tuple[int, ...] = ()  # frames wanted that are not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A folder, or an .otioz, with the files in it."""

    root: Path
    zipped: bool
    _by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # last part → names

    @classmethod
    def beside(cls, cut: Path, media: Path | None) -> Self:
        """Look at a folder of media, else into the .otioz, else at the folder of the cut."""
        zipped = media is None and cut.suffix.lower() == ".otioz"
        root = cut if zipped else (media or cut.resolve().parent)
        names = _members(root) if zipped else _files(root)
        by_name: dict[str, list[str]] = {}
        for name in names:
            by_name.setdefault(PurePosixPath(name).name, []).append(name)
        return cls(root=root, zipped=zipped, _by_name={k: tuple(v) for k, v in by_name.items()})

    def find(self, clip: CutClip, wanted: Frames) -> Plate | None:
        """Give the media of a clip; None where nothing of that name lies here.

        Args:
            clip: whose media path says the name and, from the end, the folders.
            wanted: first and last number of a sequence's frames that are needed.
        """
        path = _path(clip.media)
        hole = _NUMBERED.search(path.name)
        if not hole:
            best = self._best(path.name, path)
            return Plate(names=(best,)) if best else None
        head, tail = path.name[: hole.start()], path.name[hole.end() :]
        digits = int(hole[1] or len(hole[2] or "") or 4)
        found: dict[int, str] = {}
        folder: str | None = None
        for number in range(wanted[0], wanted[1] + 1):
            best = self._best(f"{head}{number:0{digits}d}{tail}", path)
            if best and folder in {None, str(PurePosixPath(best).parent)}:
                folder = str(PurePosixPath(best).parent)
                found[number] = best
        if not found:
            return None
        missing = tuple(n for n in range(wanted[0], wanted[1] + 1) if n not in found)
        return Plate(names=tuple(found.values()), numbers=wanted, missing=missing)

    def copy(self, name: str, to: Path) -> None:
        """Copy a file of the shelf to a new place."""
        to.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            if self.zipped:
                archive = stack.enter_context(zipfile.ZipFile(self.root))
                source: IO[bytes] = stack.enter_context(archive.open(name))
            else:
                source = stack.enter_context((self.root / name).open("rb"))
            copyfileobj(source, stack.enter_context(to.open("xb")))

    def _best(self, name: str, path: PurePosixPath) -> str | None:
        """Choose among files of one name the one whose folders agree most, from the end."""
        known = self._by_name.get(name, ())
        wanted = path.parts[:-1][::-1]

        def agreeing(candidate: str) -> tuple[int, int]:
            parts = PurePosixPath(candidate).parts[:-1][::-1]
            same = 0
            for one, other in zip(parts, wanted, strict=False):
                if one != other:
                    break
                same += 1
            return same, -len(parts)

        return max(known, key=agreeing, default=None)


def _path(media: str) -> PurePosixPath:
    text = media.replace("\\", "/")
    if "://" in text:
        text = urlparse(text).path
    return PurePosixPath(unquote(text) if "%0" not in text and "%d" not in text else text)


def _files(root: Path) -> list[str]:
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".")]
        here = Path(folder).relative_to(root).as_posix()
        prefix = "" if here == "." else f"{here}/"
        found += [f"{prefix}{n}" for n in names if not (Path(folder) / n).is_symlink()]
        if len(found) > MAX_FILES:
            break
    return sorted(found)


def _members(archive: Path) -> list[str]:
    """Name what can be taken out of an .otioz: no folders, nothing locked or packed too tightly."""
    with zipfile.ZipFile(archive) as opened:
        return sorted(
            i.filename
            for i in opened.infolist()
            if not i.is_dir()
            and not i.flag_bits & _LOCKED
            and i.file_size <= min(MAX_BYTES, MAX_RATIO * max(i.compress_size, _SMALL))
        )
