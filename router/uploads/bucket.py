"""Parts in S3 until somebody has looked at them: `<prefix><partner>/<upload>/<sha256>`."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from router.domain.ids import sha256_of
from router.uploads.quarantine import plain_name, same

_ABSENT = {"404", "NoSuchKey", "NotFound"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineBucket:
    """A Quarantine in S3; `client` is a boto3 S3 client. What S3 does not do is an OSError."""

    client: Any
    bucket: str
    prefix: str = "quarantine/"

    def put(self, partner: str, upload: str, data: bytes) -> str:
        """Keep a part."""
        sha256 = sha256_of(data)
        key = self._place(partner, upload) + sha256
        with _as_from_a_disk():
            self.client.put_object(Bucket=self.bucket, Key=key, Body=data)
        return sha256

    def get(self, partner: str, upload: str, sha256: str) -> bytes:
        """Read a part back; raises StoreCorrupt where it is absent or not what it was."""
        key = self._place(partner, upload) + sha256
        data = b""
        with _as_from_a_disk():
            try:
                data = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in _ABSENT:
                    raise
        return same(data, sha256)

    def drop(self, partner: str, upload: str) -> None:
        """Leave nothing."""
        place = self._place(partner, upload)
        with _as_from_a_disk():
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=place):
                for found in page.get("Contents", ()):
                    self.client.delete_object(Bucket=self.bucket, Key=found["Key"])

    def _place(self, partner: str, upload: str) -> str:
        return f"{self.prefix}{plain_name('partner', partner)}/{plain_name('upload', upload)}/"


@contextmanager
def _as_from_a_disk() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise OSError(errno.EIO, f"the bucket did not do it: {error}") from error
