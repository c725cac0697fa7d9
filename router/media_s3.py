"""Media by content in an S3 bucket: `<prefix><partner>/<first two digits>/<sha256>`.

A partner's objects share a prefix, so that a policy can be written for one partner. An object is
written once (`If-None-Match: *`) and never changed. Readers that take files get a local copy.
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from router.domain.errors import BadInput, StoreCorrupt, Unreachable
from router.domain.media import MediaRef
from router.files.durable_file import write_durably
from router.media_folder import checked, described, key_of
from router.probe import Facts, Prober

_ABSENT = {"404", "NoSuchKey", "NotFound"}
_THERE = {"412", "PreconditionFailed"}
_RACED = {"409", "ConditionalRequestConflict"}  # another one writes the same: S3 says to try again
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in S3 media are kept."""

    bucket: str
    prefix: str = "media/"


@dataclass(slots=True, kw_only=True)
class MediaBucket:
    """A MediaStore on S3; `client` is a boto3 S3 client."""

    client: Any
    bucket: str
    copies: Path  # local copies, for readers that take paths; deleted at any time, made again
    prefix: str = "media/"
    # encrypts with this key, {partner} in it being the partner; None = as the bucket is set up
    kms_key: str | None = None
    probe: Callable[[bytes], Facts] = field(default_factory=lambda: Prober().probe)

    def put(self, partner: str, data: bytes, mime: str) -> MediaRef:
        """Probe and store; the same bytes twice are one object.

        Raises Undecodable, and OSError where the bucket does not take it: as from a disk.
        """
        ref = described(data, mime, self.probe)
        wish = self._object(partner, ref.sha256) | self._sealed(partner)
        for left in reversed(range(_TRIES)):
            try:
                self.client.put_object(**wish, Body=data, ContentType=mime, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) in _RACED and left:
                    continue
                if _code(error) not in _THERE:
                    raise _not_stored(error) from error
            except BotoCoreError as error:
                raise _not_stored(error) from error
            break
        return ref

    def get(self, partner: str, sha256: str) -> bytes:
        """Read back.

        Raises StoreCorrupt when absent or not what its name says, Unreachable when nobody answers.
        """
        try:
            answer = self.client.get_object(**self._object(partner, sha256))
            data: bytes = answer["Body"].read()
        except ClientError as error:
            if _code(error) in _ABSENT:
                found = f"no {sha256}"
                raise StoreCorrupt(field="media", found=found, expected="an object") from error
            raise self._silent(error) from error
        except BotoCoreError as error:
            raise self._silent(error) from error
        return checked(data, sha256)

    def has(self, partner: str, sha256: str) -> bool:
        """Say whether it is there; raises Unreachable when nobody answers."""
        try:
            self.client.head_object(**self._object(partner, sha256))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return False
            raise self._silent(error) from error
        except BotoCoreError as error:
            raise self._silent(error) from error
        return True

    def answers(self) -> None:
        """See that the bucket is there; raises Unreachable. A HEAD would not tell it from a key."""
        try:
            self.client.get_object(**self._object("nobody", "0" * 64))
        except ClientError as error:
            if _code(error) not in _ABSENT:
                raise self._silent(error) from error
        except BotoCoreError as error:
            raise self._silent(error) from error

    def path(self, partner: str, sha256: str) -> Path:
        """Give a local copy, for readers that take paths; raises as `get`."""
        copy = self.place(partner, sha256)
        if not copy.exists():
            write_durably(copy, self.get(partner, sha256))
        return copy

    def place(self, partner: str, sha256: str) -> Path:
        """Give where the local copy is, or would be."""
        return self.copies / key_of(partner, sha256)

    def _object(self, partner: str, sha256: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + key_of(partner, sha256)}

    def _sealed(self, partner: str) -> dict[str, str]:
        if self.kms_key is None:
            return {}
        key = self.kms_key.replace("{partner}", partner)
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    def _silent(self, error: Exception) -> Unreachable:
        return Unreachable(
            field="media", found=f"{self.bucket}: {error}", expected="a bucket that can be read"
        )


def place_of(url: str) -> Place:
    """Read `s3://bucket/prefix`; raises BadInput for anything else."""
    said = urlsplit(url)
    sound = said.scheme == "s3" and said.netloc and not (said.query or said.fragment)
    if not sound or "@" in said.netloc or ":" in said.netloc:
        raise BadInput(field="CIRCLETAKE_MEDIA", found=url, expected="s3://bucket/prefix")
    prefix = said.path.strip("/")
    return Place(bucket=said.netloc, prefix=f"{prefix}/" if prefix else "")


def _not_stored(error: Exception) -> OSError:
    return OSError(errno.EIO, f"the bucket did not take it: {error}")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
