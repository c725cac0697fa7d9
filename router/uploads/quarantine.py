"""Where parts lie until somebody has looked at them: a folder, or a bucket (`uploads.bucket`)."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from router.domain.errors import BadInput, StoreCorrupt
from router.domain.ids import sha256_of
from router.files.durable_file import write_durably


class Quarantine(Protocol):
    """Parts by partner, upload and content; what was put is there after any crash."""

    def put(self, partner: str, upload: str, data: bytes) -> str:
        """Keep a part durably; gives its sha-256, by which it is found."""
        ...

    def get(self, partner: str, upload: str, sha256: str) -> bytes:
        """Read a part back; raises StoreCorrupt where it is not what it was."""
        ...

    def drop(self, partner: str, upload: str) -> None:
        """Leave nothing of an upload."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineFolder:
    """On a disk: `<root>/<partner>/<upload>/<sha256>`."""

    root: Path

    def put(self, partner: str, upload: str, data: bytes) -> str:
        """Keep a part."""
        sha256 = sha256_of(data)
        path = self._place(partner, upload) / sha256
        if not path.exists():
            write_durably(path, data)
        return sha256

    def get(self, partner: str, upload: str, sha256: str) -> bytes:
        """Read a part back."""
        path = self._place(partner, upload) / sha256
        return same(path.read_bytes() if path.is_file() else b"", sha256)

    def drop(self, partner: str, upload: str) -> None:
        """Leave nothing."""
        shutil.rmtree(self._place(partner, upload), ignore_errors=True)

    def _place(self, partner: str, upload: str) -> Path:
        return self.root / plain_name("partner", partner) / plain_name("upload", upload)


def plain_name(field: str, name: str) -> str:
    """Give a name that leads nowhere; raises BadInput for any other."""
    if not name.isascii() or not name.replace("_", "").isalnum():
        raise BadInput(field=field, found=name, expected="letters, digits and _")
    return name


def same(data: bytes, sha256: str) -> bytes:
    """Give bytes back if they are what their name says; raises StoreCorrupt."""
    found = sha256_of(data)
    if found != sha256:
        raise StoreCorrupt(field="part", found=f"content {found}", expected=sha256)
    return data
