"""Where parts lie until somebody has looked at them: a folder or a bucket."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from router.domain.errors import BadInput, StoreCorrupt
from router.domain.ids import sha256_of
from router.durable_file import write_durably


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
        return _same(path.read_bytes() if path.is_file() else b"", sha256)

    def drop(self, partner: str, upload: str) -> None:
        """Leave nothing."""
        shutil.rmtree(self._place(partner, upload), ignore_errors=True)

    def _place(self, partner: str, upload: str) -> Path:
        return self.root / _name("partner", partner) / _name("upload", upload)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineBucket:
    """In S3: `<prefix><partner>/<upload>/<sha256>`; `client` is a boto3 S3 client."""

    client: Any
    bucket: str
    prefix: str = "quarantine/"

    def put(self, partner: str, upload: str, data: bytes) -> str:
        """Keep a part."""
        sha256 = sha256_of(data)
        key = self._place(partner, upload) + sha256
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)
        return sha256

    def get(self, partner: str, upload: str, sha256: str) -> bytes:
        """Read a part back."""
        key = self._place(partner, upload) + sha256
        answer = self.client.get_object(Bucket=self.bucket, Key=key)
        return _same(answer["Body"].read(), sha256)

    def drop(self, partner: str, upload: str) -> None:
        """Leave nothing."""
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self._place(partner, upload)):
            for found in page.get("Contents", ()):
                self.client.delete_object(Bucket=self.bucket, Key=found["Key"])

    def _place(self, partner: str, upload: str) -> str:
        return f"{self.prefix}{_name('partner', partner)}/{_name('upload', upload)}/"


def _name(field: str, name: str) -> str:
    if not name.isascii() or not name.replace("_", "").isalnum():
        raise BadInput(field=field, found=name, expected="letters, digits and _")
    return name


def _same(data: bytes, sha256: str) -> bytes:
    found = sha256_of(data)
    if found != sha256:
        raise StoreCorrupt(field="part", found=f"content {found}", expected=sha256)
    return data
