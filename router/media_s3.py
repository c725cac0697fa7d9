"""Media by content in an S3 bucket: `<prefix><partner>/<first two digits>/<sha256>`."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from router.domain.errors import StoreCorrupt
from router.domain.media import MediaRef
from router.media_folder import checked, described, key_of
from router.probe import Facts, Prober

_ABSENT = {"404", "NoSuchKey", "NotFound"}
_THERE = {"412", "PreconditionFailed"}


@dataclass(slots=True, kw_only=True)
class MediaBucket:
    """A MediaStore on S3; `client` is a boto3 S3 client."""

    client: Any
    bucket: str
    prefix: str = "media/"
    probe: Callable[[bytes], Facts] = field(default_factory=lambda: Prober().probe)

    def put(self, partner: str, data: bytes, mime: str) -> MediaRef:
        """Probe and store; the same bytes twice are one object.

        Raises Undecodable, and OSError where the bucket does not take it: as from a disk.
        """
        ref = described(data, mime, self.probe)
        place = self._place(partner, ref.sha256)
        try:
            self.client.put_object(**place, Body=data, ContentType=mime, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) not in _THERE:
                raise _not_stored(error) from error
        except BotoCoreError as error:
            raise _not_stored(error) from error
        return ref

    def get(self, partner: str, sha256: str) -> bytes:
        """Read back; raises StoreCorrupt when absent or not what its name says."""
        try:
            answer = self.client.get_object(**self._place(partner, sha256))
        except ClientError as error:
            if _code(error) in _ABSENT:
                found = f"no {sha256}"
                raise StoreCorrupt(field="media", found=found, expected="an object") from error
            raise
        return checked(answer["Body"].read(), sha256)

    def has(self, partner: str, sha256: str) -> bool:
        """Say whether it is there."""
        try:
            self.client.head_object(**self._place(partner, sha256))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return False
            raise
        return True

    def _place(self, partner: str, sha256: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + key_of(partner, sha256)}


def _not_stored(error: Exception) -> OSError:
    return OSError(errno.EIO, f"the bucket did not take it: {error}")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
