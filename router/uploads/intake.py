"""Uploads from the first part to the last look: durable, counted, and final once they are whole."""

import hashlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from router.domain.caller import Caller, Reach
from router.domain.errors import BadInput, Conflict
from router.domain.ids import content_id, sha256_of
from router.domain.upload import Upload, UploadKind, UploadState
from router.ports import Clock, MediaStore
from router.store.uploads import Quota, Uploads
from router.uploads.kinds import NotTaken
from router.uploads.look import Eye, Seen
from router.uploads.quarantine import Quarantine

LIFE = timedelta(hours=24)
ZIP_BYTES, FILE_BYTES = 2 << 30, 512 << 20
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


class ChecksumMismatch(BadInput):
    """Bytes are not those that were announced."""

    code = "checksum_mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What somebody is about to send."""

    partner: str
    name: str
    bytes: int
    kind: UploadKind
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An upload, and which of its parts are here."""

    upload: Upload
    received: tuple[int, ...]

    @property
    def missing(self) -> tuple[int, ...]:
        """Give the numbers of the parts that are not here."""
        return tuple(n for n in range(self.upload.parts) if n not in set(self.received))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes files in; whoever asks names a reach first."""

    rows: Uploads
    quarantine: Quarantine
    media: MediaStore
    clock: Clock
    eye: Eye = field(default_factory=Eye)
    quota: Quota = field(default_factory=Quota)

    def begin(self, caller: Caller, promise: Promise) -> Standing:
        """Open an upload.

        Raises:
            UnknownName: the partner is out of reach.
            BadInput: more bytes than a file of this kind may have.
            OverQuota: the partner has as much in quarantine as it may.
        """
        partner = caller.reads.require(promise.partner)
        most = ZIP_BYTES if promise.kind is UploadKind.PACK_ZIP else FILE_BYTES
        if not 0 < promise.bytes <= most:
            raise BadInput(field="bytes", found=promise.bytes, expected=f"1 to {most}")
        self.sweep(partner)
        now = self.clock.now()
        upload = Upload(
            partner=partner,
            id=content_id("upload", [partner, promise.name, secrets.token_hex(16)]),
            name=promise.name,
            kind=promise.kind,
            bytes=promise.bytes,
            promised=promise.sha256,
            by=caller.id,
            created_at=now,
            expires_at=now + LIFE,
        )
        self.rows.begin(upload, self.quota)
        return Standing(upload=upload, received=())

    def part(
        self, reach: Reach, partner: str, id_: str, number: int, data: bytes, sha256: str
    ) -> Standing:
        """Keep one part: on disk first, then on record, so that a finished part is never lost.

        Raises:
            UnknownName: there is no such upload within reach.
            BadInput: no such part, or another length.
            ChecksumMismatch: the bytes are not those of the digest.
            Conflict: the part is here with other bytes, or the upload has ended.
        """
        upload, _ = self._get(reach, partner, id_)
        if not 0 <= number < upload.parts:
            raise BadInput(field="part", found=number, expected=f"0 to {upload.parts - 1}")
        if len(data) != upload.length_of(number):
            expected = f"{upload.length_of(number)} bytes"
            raise BadInput(field="body", found=f"{len(data)} bytes", expected=expected)
        if sha256_of(data) != sha256:
            raise ChecksumMismatch(
                field="Content-Digest", found="other bytes", expected="the digest of the body"
            )
        if upload.state is UploadState.OPEN:
            self.quarantine.put(partner, id_, data)
        parts = self.rows.arrived(partner, id_, number, sha256)
        return Standing(upload=upload, received=tuple(parts))

    def standing(self, reach: Reach, partner: str, id_: str) -> Standing:
        """Say how an upload stands; raises UnknownName."""
        upload, parts = self._get(reach, partner, id_)
        return Standing(upload=upload, received=tuple(parts))

    def complete(self, reach: Reach, partner: str, id_: str) -> Upload:
        """Put the parts together and look at the whole; the same again is the same answer.

        Raises:
            UnknownName: there is no such upload within reach.
            Conflict: parts are missing, or it was refused before.
            ChecksumMismatch: the whole is not what was announced.
            NotTaken: it is nothing that is taken in. It and the last one end the upload.
        """
        upload, parts = self._get(reach, partner, id_)
        if upload.state is UploadState.COMPLETE:
            return upload
        if upload.state is UploadState.REFUSED:
            raise Conflict(field="upload", found="refused before", expected="a new upload")
        standing = Standing(upload=upload, received=tuple(parts))
        if standing.missing:
            found = f"{len(standing.missing)} parts missing, the first is {standing.missing[0]}"
            raise Conflict(field="parts", found=found, expected="all of them")
        try:
            ended = self._looked_at(upload, parts)
        except (NotTaken, ChecksumMismatch):
            self.rows.end(replace(upload, state=UploadState.REFUSED))
            self.quarantine.drop(partner, id_)
            raise
        self.rows.end(ended)
        return ended

    def drop(self, reach: Reach, partner: str, id_: str) -> None:
        """Forget an upload; raises UnknownName.

        Nothing of it is left, but a picture or clip that was looked at: it was kept as media, for
        requests name it, and counts against the quota until the upload's time is over.
        """
        upload, _ = self._get(reach, partner, id_)
        looked_at = upload.state is UploadState.COMPLETE and upload.kind is UploadKind.FILE
        if looked_at and self.media.has(partner, upload.sha256):
            self.rows.leave(partner, id_)
            self.quarantine.drop(partner, id_)
        else:
            self.forget(partner, [id_])

    def forget(self, partner: str, ids: list[str]) -> None:
        """Leave nothing of uploads, known or not."""
        self.rows.drop(partner, ids)
        for id_ in ids:
            self.quarantine.drop(partner, id_)

    def sweep(self, partner: str) -> int:
        """Forget the uploads whose time is over; gives how many."""
        over = list(self.rows.expired(partner, self.clock.now()))
        self.forget(partner, over)
        return len(over)

    @contextmanager
    def whole(self, reach: Reach, partner: str, id_: str, kind: UploadKind) -> Iterator[Path]:
        """Give a complete upload as a file, for as long as it is looked at.

        Raises:
            UnknownName: there is no such upload within reach.
            Conflict: it is not complete, or of another kind.
        """
        upload, parts = self._get(reach, partner, id_)
        if upload.state is not UploadState.COMPLETE:
            raise Conflict(field="upload", found=upload.state.value, expected="a complete upload")
        if upload.kind is not kind:
            raise Conflict(field="upload", found=upload.kind.value, expected=f"kind {kind.value}")
        with self._joined(upload, parts) as (path, _):
            yield path

    def _get(self, reach: Reach, partner: str, id_: str) -> tuple[Upload, dict[int, str]]:
        return self.rows.get(reach.require(partner), id_)

    def _looked_at(self, upload: Upload, parts: Mapping[int, str]) -> Upload:
        with self._joined(upload, parts) as (path, sha256):
            if upload.promised not in {"", sha256}:
                expected = "the sha256 that was announced; hand the file in anew"
                raise ChecksumMismatch(field="sha256", found="another content", expected=expected)
            seen = self._seen(upload, path)
            if seen.is_media and seen.mime != "image/x-exr":  # what a model can be steered by
                self.media.put(upload.partner, path.read_bytes(), seen.mime)
        return replace(
            upload,
            state=UploadState.COMPLETE,
            sha256=sha256,
            mime=seen.mime,
            notes=seen.notes,
        )

    def _seen(self, upload: Upload, path: Path) -> Seen:
        if upload.kind is UploadKind.FILE:
            return self.eye.look(path, upload.name)
        with path.open("rb") as file:
            if not file.read(4).startswith(_ZIP):
                raise NotTaken("a file that is no zip", "a zip of one shot pack")
        return Seen(mime="application/zip")

    @contextmanager
    def _joined(self, upload: Upload, parts: Mapping[int, str]) -> Iterator[tuple[Path, str]]:
        """Write the parts one after another into a file that goes away again."""
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile() as file:
            for number in range(upload.parts):
                data = self.quarantine.get(upload.partner, upload.id, parts[number])
                digest.update(data)
                file.write(data)
            file.flush()
            yield Path(file.name), digest.hexdigest()
