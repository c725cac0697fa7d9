"""Buckets and objects as files: one file an object, its facts in the first line.

Layout: `<folder>/<bucket>/bucket.json` and `<folder>/<bucket>/objects/<sha256 of the key>`. An
object appears and changes by renaming a finished file, so a killed process leaves whole ones.
"""

import hashlib
import itertools
import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from router.emulator.errors import AwsError, bucket_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The facts of one object."""

    key: str
    etag: str
    length: int
    modified: str
    """ISO 8601, UTC."""
    content_type: str = "binary/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata, names without `x-amz-meta-`."""


class Objects:
    """All buckets of one emulator."""

    def __init__(self, folder: Path) -> None:
        """Read what is there."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._serial = itertools.count()
        self._regions: dict[str, str] = {}
        self._buckets: dict[str, dict[str, Stored]] = {}
        for place in sorted(folder.glob("*/bucket.json")):
            self._regions[place.parent.name] = json.loads(place.read_text())["region"]
            self._buckets[place.parent.name] = _index(place.parent)

    def buckets(self) -> tuple[str, ...]:
        """Name all buckets."""
        return tuple(sorted(self._regions))

    def region(self, bucket: str) -> str | None:
        """Give the bucket's region; None where there is no such bucket."""
        return self._regions.get(bucket)

    def make(self, bucket: str, region: str) -> None:
        """Make a bucket.

        Raises:
            AwsError: it exists.
        """
        with self._lock:
            if bucket in self._regions:
                said = "Your previous request to create the named bucket succeeded and you own it."
                raise AwsError(409, "BucketAlreadyOwnedByYou", said)
            (self._folder / bucket / "objects").mkdir(parents=True)
            (self._folder / bucket / "bucket.json").write_text(json.dumps({"region": region}))
            self._regions[bucket] = region
            self._buckets[bucket] = {}

    def remove(self, bucket: str) -> None:
        """Remove an empty bucket.

        Raises:
            AwsError: it does not exist or holds objects.
        """
        with self._lock:
            if self._rows(bucket):
                said = "The bucket you tried to delete is not empty"
                raise AwsError(409, "BucketNotEmpty", said)
            shutil.rmtree(self._folder / bucket)
            del self._regions[bucket], self._buckets[bucket]

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        at: datetime,
        content_type: str = "binary/octet-stream",
        metadata: Mapping[str, str] | None = None,
        only_new: bool = False,
    ) -> Stored:
        """Store an object, whole or not at all.

        Raises:
            AwsError: no such bucket, or `only_new` and the key is taken.
        """
        stored = Stored(
            key=key,
            etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            length=len(data),
            modified=at.isoformat(),
            content_type=content_type,
            metadata=dict(metadata or {}),
        )
        self._rows(bucket)
        draft = self._folder / bucket / f"draft-{next(self._serial)}"
        draft.write_bytes(json.dumps(asdict(stored)).encode() + b"\n" + data)
        with self._lock:
            rows = self._rows(bucket)
            if only_new and key in rows:
                draft.unlink()
                said = "At least one of the pre-conditions you specified did not hold"
                raise AwsError(412, "PreconditionFailed", said)
            draft.replace(self._place(bucket, key))
            rows[key] = stored
        return stored

    def head(self, bucket: str, key: str) -> Stored:
        """Give an object's facts.

        Raises:
            AwsError: no such bucket or key.
        """
        stored = self._rows(bucket).get(key)
        if stored is None:
            raise AwsError(404, "NoSuchKey", "The specified key does not exist.")
        return stored

    def read(self, bucket: str, key: str, first: int, length: int) -> bytes:
        """Give part of an object's bytes."""
        with self._place(bucket, key).open("rb") as file:
            file.readline()
            file.seek(first, os.SEEK_CUR)
            return file.read(length)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; one that is not there is fine."""
        with self._lock:
            if self._rows(bucket).pop(key, None) is not None:
                self._place(bucket, key).unlink()

    def list(self, bucket: str, prefix: str, after: str) -> list[Stored]:
        """Give the objects under a prefix whose keys come after `after`, in the order of keys."""
        with self._lock:
            rows = self._rows(bucket)
            keys = [key for key in rows if key.startswith(prefix) and key > after]
            return [rows[key] for key in sorted(keys)]

    def _rows(self, bucket: str) -> dict[str, Stored]:
        rows = self._buckets.get(bucket)
        if rows is None:
            raise bucket_missing(bucket)
        return rows

    def _place(self, bucket: str, key: str) -> Path:
        return self._folder / bucket / "objects" / hashlib.sha256(key.encode()).hexdigest()


def _index(bucket: Path) -> dict[str, Stored]:
    for draft in bucket.glob("draft-*"):
        draft.unlink()
    rows = {}
    for place in (bucket / "objects").iterdir():
        with place.open("rb") as file:
            stored = Stored(**json.loads(file.readline()))
        rows[stored.key] = stored
    return rows
