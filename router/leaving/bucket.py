"""Objects of a partner in the media bucket: every version, every unfinished upload."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket whose keys bear the partner: `<prefix><partner>/…` under each of the prefixes."""

    client: Any  # a boto3 S3 client
    name: str
    prefixes: tuple[str, ...]

    def count(self, partner: str) -> int:
        """Count versions, delete markers and unfinished uploads."""
        return sum(1 for _ in self._versions(partner)) + sum(1 for _ in self._uploads(partner))

    def remove(self, partner: str) -> None:
        """Delete them all."""
        for upload in list(self._uploads(partner)):
            self.client.abort_multipart_upload(Bucket=self.name, **upload)
        for version in list(self._versions(partner)):
            self.client.delete_object(Bucket=self.name, **version)

    def samples(self, partner: str) -> Iterator[bytes]:
        """Give the bytes of each object that is there now."""
        for prefix in self.prefixes:
            for key in self._keys(f"{prefix}{partner}/"):
                yield self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def others(self) -> Iterator[tuple[str, bytes]]:
        """Give every object under our prefixes with its bytes, one at a time, for the search."""
        for prefix in self.prefixes:
            for key in self._keys(prefix):
                yield key, self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def _keys(self, prefix: str) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        for page in pages:
            yield from (found["Key"] for found in page.get("Contents", ()))

    def _versions(self, partner: str) -> Iterator[dict[str, str]]:
        for prefix in self.prefixes:
            pages = self.client.get_paginator("list_object_versions").paginate(
                Bucket=self.name, Prefix=f"{prefix}{partner}/"
            )
            for page in pages:
                for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    yield {"Key": one["Key"], "VersionId": one["VersionId"]}

    def _uploads(self, partner: str) -> Iterator[dict[str, str]]:
        for prefix in self.prefixes:
            page = self.client.list_multipart_uploads(
                Bucket=self.name, Prefix=f"{prefix}{partner}/"
            )
            for one in page.get("Uploads", ()):
                yield {"Key": one["Key"], "UploadId": one["UploadId"]}
