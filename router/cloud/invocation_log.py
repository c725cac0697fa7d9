"""Bedrock's model-invocation log in S3: what became of a call whose answer was lost.

Layout and fields: Amazon Bedrock User Guide, "Monitor model invocation using CloudWatch Logs and
Amazon S3". A record is found by the attempt id that the call carried as request metadata.
"""

import gzip
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.cloud import aws
from router.domain.model import Model
from router.ports import Setback

PREFIX = "invocation-logs/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """The answer of a call, as the log kept it."""

    body: bytes
    request_id: str
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where and for whom to look."""

    bucket: str
    region: str
    model: Model


class InvocationLog:
    """Looks attempts up; every record is read once, and its answer remembered by its attempt."""

    def __init__(self, clients: aws.Clients, prefix: str = PREFIX) -> None:
        """Keep where the log is; nothing is read before the first look."""
        self._clients = clients
        self._prefix = prefix
        self._lock = threading.Lock()
        self._read: set[str] = set()
        self._records: dict[str, Mapping[str, Any]] = {}

    def find(self, attempt: str, model: Model, region: str) -> Logged | Setback | None:
        """Look for an attempt's answer: None = no trace, a Setback = nobody can tell now."""
        if self._clients.bucket is None:
            return None
        source = _Source(bucket=self._clients.bucket, region=region, model=model)
        with self._lock:
            missed = self._look_for(source, attempt)
            record = self._records.get(attempt)
        if record is None:
            return missed
        return self._logged(source, record)

    def _look_for(self, source: _Source, attempt: str) -> Setback | None:
        """Read new records, the latest first, until the attempt is among them."""
        if attempt in self._records:
            return None
        keys = aws.asked(lambda: list(self._keys(source)), model=source.model)
        if isinstance(keys, Setback):
            return cannot_look(keys)
        for key in keys:
            data = self._object(source, source.bucket, key)
            if isinstance(data, Setback):
                return data
            self._read.add(key)
            for record in _records(data[0]):
                metadata = record.get("requestMetadata") or {}
                if _has_answer(record):  # what has none may be followed by one that has
                    self._records[str(metadata.get("attempt"))] = record
            if attempt in self._records:
                break
        return None

    def _keys(self, source: _Source) -> Iterator[str]:
        pages = self._clients.s3(source.region).get_paginator("list_objects_v2")
        found = [
            item
            for page in pages.paginate(Bucket=source.bucket, Prefix=self._prefix)
            for item in page.get("Contents", ())
            if "/data/" not in item["Key"] and item["Key"] not in self._read
        ]
        found.sort(key=lambda item: item["LastModified"], reverse=True)
        return (str(item["Key"]) for item in found)

    def _logged(self, source: _Source, record: Mapping[str, Any]) -> Logged | Setback:
        output = record["output"]
        request_id = str(record.get("requestId", ""))
        place = str(output.get("outputBodyS3Path", ""))
        if place:
            bucket, _, key = place.removeprefix("s3://").partition("/")
            found = self._object(source, bucket, key)
            if isinstance(found, Setback):
                return found
            return Logged(body=found[0], request_id=request_id, simulated=found[1])
        body = json.dumps(output["outputBodyJson"]).encode()
        head = aws.asked(
            lambda: self._clients.s3(source.region).head_bucket(Bucket=source.bucket),
            model=source.model,
        )
        if isinstance(head, Setback):
            return cannot_look(head)
        return Logged(body=body, request_id=request_id, simulated=aws.simulated(head))

    def _object(self, source: _Source, bucket: str, key: str) -> tuple[bytes, bool] | Setback:
        """Read one object, unpacked, and whether an emulator gave it."""

        def read() -> tuple[bytes, bool]:
            answer = self._clients.s3(source.region).get_object(Bucket=bucket, Key=key)
            return answer["Body"].read(), aws.simulated(answer)

        found = aws.asked(read, model=source.model)
        if isinstance(found, Setback):
            return cannot_look(found)
        data, simulated = found
        return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data), simulated


def _has_answer(record: Mapping[str, Any]) -> bool:
    """Say whether a record tells what came back; one of a failed call does not."""
    output = record.get("output") or {}
    return bool(output.get("outputBodyS3Path")) or "outputBodyJson" in output


def cannot_look(found: Setback) -> Setback:
    """Turn what stopped a look into an answer that changes nothing: it may have been executed."""
    return Setback(
        kind="ambiguous",
        code="cannot_look",
        reason=f"cannot find out now: {found.reason}",
        simulated=found.simulated,
    )


def _records(data: bytes) -> Iterator[Mapping[str, Any]]:
    """Read records, one a line; a line that is none is not ours to judge."""
    for line in data.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record
