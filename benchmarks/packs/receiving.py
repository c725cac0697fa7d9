"""A pack that comes over the network: unpacked, checked like one on disk, sealed and kept.

Nothing of it stays on this machine but what the media store and the packs' table hold.
"""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.domain.pack import ShotPack
from benchmarks.packs import seal as sealing
from benchmarks.packs.archive import Limits, unpack
from benchmarks.packs.check import FILE, Checked
from benchmarks.packs.intake import take_in
from benchmarks.packs.media import LOOKED_AT
from benchmarks.ports import Media
from benchmarks.store.store import KeptPack, Store
from router.api.pages import Page
from router.domain.caller import Reach
from router.domain.errors import BadInput, UnknownName
from router.domain.mistake import Mistake
from router.domain.upload import UploadKind
from router.ports import Clock
from router.uploads.intake import Intake
from router.uploads.kinds import NotTaken

Json = dict[str, Any]
GONE = Path("handed-in")  # stands for the folder that is no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a pack that was handed in."""

    body: Json  # as `pack check` prints it, and the seal
    is_new: bool = False

    @property
    def ok(self) -> bool:
        """Say whether it is kept."""
        return bool(self.body["ok"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """Takes packs in; whoever asks names a reach first."""

    intake: Intake
    store: Store
    media: Media
    clock: Clock
    metrics: Collection[str]
    limits: Limits = field(default_factory=Limits)

    def from_zip(self, reach: Reach, partner: str, upload: str) -> Received:
        """Take in a zip that was handed in as a complete upload.

        Raises:
            UnknownName: partner or upload are out of reach.
            Conflict: the upload is not complete, or no zip.
        """
        reach.require(partner)
        with (
            self.intake.whole(reach, partner, upload, UploadKind.PACK_ZIP) as path,
            tempfile.TemporaryDirectory() as folder,
        ):
            root = Path(folder) / "pack"
            root.mkdir()
            wrong = unpack(path, root, self.limits)
            if wrong:
                return _refused(Checked(errors=wrong))
            found = self.keep(partner, root)
        if found.ok:
            self.intake.forget(partner, [upload])
        return found

    def from_files(self, reach: Reach, partner: str, files: Sequence[tuple[str, str]]) -> Received:
        """Take in files (path in the pack, upload) that were handed in one by one.

        Raises:
            UnknownName, Conflict: as `from_zip`.
            BadInput: a path leads elsewhere, or stands twice.
        """
        reach.require(partner)
        paths = [_inside(path) for path, _ in files]
        if len({path.casefold() for path in paths}) != len(paths):
            raise BadInput(field="files", found="a path twice", expected="each path once")
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "pack"
            for path, (_, upload) in zip(paths, files, strict=True):
                target = root / path
                with self.intake.whole(reach, partner, upload, UploadKind.FILE) as source:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(source.read_bytes())
            found = self.keep(partner, root)
        if found.ok:
            self.intake.forget(partner, [upload for _, upload in files])
        return found

    def packs(self, reach: Reach, partner: str, offset: int, limit: int) -> Page:
        """List the packs that are kept of a partner, by title."""
        kept = self.store.packs(reach.require(partner))
        rows = [_row(one) for one in kept[offset : offset + limit]]
        return Page(items=rows, total=len(kept))

    def pack(self, reach: Reach, partner: str, seal: str) -> Json:
        """Give one pack with its shots; raises UnknownName."""
        kept = self.store.pack(reach.require(partner), seal)
        shots = [
            {"shot": s.id, "task": s.task, "description": s.description, "lines": len(s.acceptance)}
            for s in kept.pack.shots
        ]
        return {**_row(kept), "shots": shots}

    def keep(self, partner: str, root: Path) -> Received:
        """Check, seal and keep the pack in a folder, which may go away afterwards."""
        today = self.clock.now().date()
        checked = sealing.seal(root, today=today, metrics=self.metrics).checked
        if checked.pack is None:
            return _refused(checked)
        if checked.pack.partner != partner:
            return _refused(replace(checked, errors=(_of_another(partner),), pack=None))
        if undecodable := self._undecodable(checked.pack):
            return _refused(replace(checked, errors=undecodable, pack=None))
        media = take_in(checked.pack, self.media)
        is_new = not self._knows(partner, checked.pack.seal)
        self.store.keep_pack(_moved(checked.pack, root), media)
        return Received(body={"pack": checked.pack.seal, **checked.as_dict()}, is_new=is_new)

    def _undecodable(self, pack: ShotPack) -> tuple[Mistake, ...]:
        """Decode every picture and clip once, in the jail; gives those that cannot be."""
        wrong = []
        for file in pack.files:
            if file.path.suffix.lower() in LOOKED_AT:
                try:
                    self.intake.eye.media(file.path, file.name, decode=True)
                except NotTaken as error:
                    wrong.append(_unreadable(file.name, error))
        return tuple(wrong)

    def _knows(self, partner: str, seal: str) -> bool:
        try:
            self.store.pack(partner, seal)
        except UnknownName:
            return False
        return True


def _refused(checked: Checked) -> Received:
    return Received(body={"pack": None, **checked.as_dict()})


def _unreadable(name: str, error: NotTaken) -> Mistake:
    found, expected = str(error.found), error.expected
    return Mistake(file=name, field="", line=None, found=found, expected=expected, code="not_taken")


def _of_another(partner: str) -> Mistake:
    return Mistake(
        file=FILE,
        field="production.partner",
        line=None,
        found="another partner",
        expected=f"{partner}, who hands it in",
        code="partner",
    )


def _moved(pack: ShotPack, root: Path) -> ShotPack:
    """Name files by where they stood in the pack: the folder itself goes away."""
    place, here = GONE / pack.seal, root.resolve()
    files = {f: replace(f, path=place / f.path.resolve().relative_to(here)) for f in pack.files}
    shots = tuple(replace(s, inputs=tuple(files[f] for f in s.inputs)) for s in pack.shots)
    return replace(pack, root=place, files=tuple(files.values()), shots=shots)


def _row(kept: KeptPack) -> Json:
    pack = kept.pack
    return {
        "pack": pack.seal,
        "partner": pack.partner,
        "code": pack.code,
        "title": pack.title,
        "shots_total": len(pack.shots),
        "files": len(pack.files),
    }


def _inside(path: str) -> str:
    """Give the path back if it stays inside the pack."""
    parts = PurePosixPath(path).parts
    harmless = path == "/".join(parts) and not {"..", ".", "/"} & set(parts) and "\\" not in path
    if not harmless or not path.isprintable() or not 0 < len(path) <= 200:
        expected = "paths inside the pack, with / between"
        raise BadInput(field="files.path", found="a path that leads elsewhere", expected=expected)
    return path
