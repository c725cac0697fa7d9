"""The model-invocation log: what was asked and answered, as AWS writes it to S3."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.emulator.objects import Objects

ACCOUNT = "111122223333"
PREFIX = f"invocation-logs/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One invocation that was worked on."""

    request_id: str
    region: str
    model_id: str
    at: datetime
    metadata: Mapping[str, str] | None
    request: Mapping[str, Any]
    output: bytes
    """The response body."""
    has_picture: bool
    operation: str = "InvokeModel"


def write(objects: Objects, bucket: str, record: Record) -> None:
    """Write one record; a body with a picture goes to an object of its own beside it."""
    folder = f"{PREFIX}/{record.region}/{record.at:%Y/%m/%d/%H}"
    output: dict[str, Any] = {"outputContentType": "application/json"}
    if record.has_picture:
        place = f"{folder}/data/{record.request_id}_output.json"
        objects.put(bucket, place, record.output, at=record.at, content_type="application/json")
        output["outputBodyS3Path"] = f"s3://{bucket}/{place}"
    else:
        output["outputBodyJson"] = json.loads(record.output)
    said = {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": f"{record.at:%Y-%m-%dT%H:%M:%SZ}",
        "accountId": ACCOUNT,
        "region": record.region,
        "requestId": record.request_id,
        "operation": record.operation,
        "modelId": record.model_id,
        "requestMetadata": record.metadata or {},
        "input": {
            "inputContentType": "application/json",
            "inputBodyJson": {
                name: value for name, value in record.request.items() if not _bulky(value)
            },
        },
        "output": output,
    }
    objects.put(
        bucket,
        f"{folder}/{record.request_id}.json",
        json.dumps(said).encode(),
        at=record.at,
        content_type="application/json",
    )


def _bulky(value: Any) -> bool:
    return isinstance(value, str) and len(value) > 10_000
