"""Wrapped keys, one for each partner: made at first use, and destroyed for good.

They lie outside the database on purpose: a database keeps deleted rows in its log and its backups,
and a key that can be had back from there was never destroyed. Machines that share a database share
this folder, too (`CIRCLETAKE_KEYS`), or keep the keys in the media bucket.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from router.files.durable_file import write_durably


class KeyState(StrEnum):
    """What became of a partner's key."""

    NONE = "none"  # nothing of this partner was ever sealed
    IN_USE = "in_use"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A key as it is kept; what is left of a destroyed one is its id and when that was."""

    id: str
    by: str
    made_at: str
    secret: bytes = b""
    destroyed_at: str = ""

    @property
    def state(self) -> KeyState:
        """Say whether it still opens anything."""
        return KeyState.DESTROYED if self.destroyed_at else KeyState.IN_USE

    def text(self) -> bytes:
        """Write it down."""
        body = {name: getattr(self, name) for name in ("id", "by", "made_at", "destroyed_at")}
        return json.dumps(body | {"secret": b64encode(self.secret).decode()}).encode()

    @staticmethod
    def of(text: bytes) -> "Wrapped":
        """Read what was written down."""
        body = json.loads(text)
        return Wrapped(**body | {"secret": b64decode(body["secret"])})


class Keyring(Protocol):
    """Where wrapped keys lie."""

    def get(self, partner: str) -> Wrapped | None:
        """Give a partner's key; None where there never was one."""
        ...

    def add(self, partner: str, key: Wrapped) -> None:
        """Keep a key where there is none; who comes second changes nothing."""
        ...

    def destroy(self, partner: str, left: Wrapped) -> None:
        """Remove a key, and leave what says that it was there."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """One small file of mode 0600 for each partner."""

    folder: Path

    def get(self, partner: str) -> Wrapped | None:
        """Read a file."""
        try:
            return Wrapped.of(self._path(partner).read_bytes())
        except FileNotFoundError:
            return None

    def add(self, partner: str, key: Wrapped) -> None:
        """Write beside, and link: never replaces."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(partner)
        draft = path.with_name(f".{partner}.{os.urandom(6).hex()}")
        write_durably(draft, key.text())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink()

    def destroy(self, partner: str, left: Wrapped) -> None:
        """Overwrite the bytes where they lie, then replace the file by what is left.

        A disk that writes elsewhere (flash, copy-on-write) may keep the old bytes: full-disk
        encryption, or KMS, is what helps there.
        """
        path = self._path(partner)
        if path.exists():
            with path.open("r+b", buffering=0) as file:
                file.write(os.urandom(path.stat().st_size))
                os.fsync(file.fileno())
        write_durably(path, left.text())

    def _path(self, partner: str) -> Path:
        return self.folder / f"{partner}.key"


@dataclass(frozen=True, slots=True)
class KeyBucket:
    """One object for each partner, in a bucket that every machine reaches."""

    client: Callable[[], Any]
    bucket: str
    prefix: str = "keys/"

    def get(self, partner: str) -> Wrapped | None:
        """Read an object."""
        from botocore.exceptions import ClientError

        try:
            answer = self.client().get_object(Bucket=self.bucket, Key=self._key(partner))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise
        return Wrapped.of(answer["Body"].read())

    def add(self, partner: str, key: Wrapped) -> None:
        """Write it where there is none."""
        from botocore.exceptions import ClientError

        place = {"Bucket": self.bucket, "Key": self._key(partner)}
        try:
            self.client().put_object(**place, Body=key.text(), IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"PreconditionFailed", "412"}:
                raise

    def destroy(self, partner: str, left: Wrapped) -> None:
        """Remove every version, then write what is left."""
        client = self.client()
        pages = client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=self._key(partner)
        )
        old = [
            (one["Key"], one["VersionId"])
            for page in pages
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        client.put_object(Bucket=self.bucket, Key=self._key(partner), Body=left.text())
        for key, version in old:
            client.delete_object(Bucket=self.bucket, Key=key, VersionId=version)
        if any(version == "null" for _, version in old):  # an unversioned bucket: it went, too
            client.put_object(Bucket=self.bucket, Key=self._key(partner), Body=left.text())

    def _key(self, partner: str) -> str:
        return f"{self.prefix}{partner}.key"
