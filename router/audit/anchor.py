"""Heads of the chains, kept where whoever writes the database cannot: what shows a cut."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from router.domain.errors import BadInput

Heads = Mapping[str, tuple[int, str]]  # chain → (number, hash) of its last record
Kept = Mapping[str, Mapping[int, str]]  # chain → number → hash, of every export
EXPORTS = 1000  # read back from a bucket: six weeks of hours


class Anchor(Protocol):
    """Keeps heads; only ever added to."""

    def keep(self, heads: Heads, at: datetime) -> None:
        """Add the heads of now; raises OSError where that cannot be done."""
        ...

    def kept(self) -> Kept:
        """Give every head that was ever kept."""
        ...


@dataclass(frozen=True, slots=True)
class AnchorFile:
    """One JSON line for each export, on another disk than the database's."""

    path: Path

    def keep(self, heads: Heads, at: datetime) -> None:
        """Append a line and flush it."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, _line(heads, at))
            os.fsync(handle)
        finally:
            os.close(handle)

    def kept(self) -> Kept:
        """Read every line."""
        if not self.path.exists():
            return {}
        return _merged(self.path.read_text(encoding="utf-8").splitlines())


@dataclass(frozen=True, slots=True)
class AnchorBucket:
    """One object for each export; let the bucket lock its objects (S3 Object Lock)."""

    client: Callable[[], Any]  # gives a boto3 S3 client
    bucket: str
    prefix: str

    def keep(self, heads: Heads, at: datetime) -> None:
        """Write an object of its own."""
        from botocore.exceptions import BotoCoreError, ClientError

        name = f"{self.prefix}{at:%Y%m%dT%H%M%S.%fZ}.json"
        try:
            self.client().put_object(Bucket=self.bucket, Key=name, Body=_line(heads, at))
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"the anchor's bucket did not take it: {error}") from error

    def kept(self) -> Kept:
        """Read the newest exports."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix
        )
        names = sorted(o["Key"] for page in pages for o in page.get("Contents", ()))[-EXPORTS:]
        bodies = (client.get_object(Bucket=self.bucket, Key=n)["Body"].read() for n in names)
        return _merged([body.decode() for body in bodies])


def anchor_at(place: str | None, client: Callable[[], Any]) -> Anchor | None:
    """Open the place that was named: a path, or s3://bucket/prefix; None where none was.

    Raises:
        BadInput: another kind of place.
    """
    if not place:
        return None
    if "://" not in place:
        return AnchorFile(Path(place).expanduser())
    found = urlsplit(place)
    if found.scheme != "s3" or not found.netloc:
        raise BadInput(field="anchor", found=place, expected="a path, or s3://bucket/prefix")
    prefix = found.path.strip("/")
    return AnchorBucket(client, found.netloc, f"{prefix}/" if prefix else "")


def _line(heads: Heads, at: datetime) -> bytes:
    body = {"at": at.isoformat(), "heads": {chain: list(head) for chain, head in heads.items()}}
    return json.dumps(body, sort_keys=True).encode() + b"\n"


def _merged(lines: list[str]) -> Kept:
    found: dict[str, dict[int, str]] = {}
    for line in lines:
        if line.strip():
            for chain, (number, hash_) in json.loads(line)["heads"].items():
                found.setdefault(chain, {})[int(number)] = str(hash_)
    return found
