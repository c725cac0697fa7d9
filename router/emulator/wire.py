"""What comes over the wire, what goes back, and which operation a path means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, unquote_plus

from router.emulator.errors import AwsError

SIMULATED = ("x-circletake-simulated", "1")
JSON = ("Content-Type", "application/json")

Ending = Literal["whole", "cut", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request as it arrived; header names are lower case, values one character a byte."""

    method: str
    raw_path: str
    """Still percent-encoded, without the query."""
    raw_query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a request asks for: the AWS operation and what it is about."""

    service: str
    """The signing name: bedrock, sagemaker or s3."""
    operation: str
    target: str = ""
    """Model id, endpoint, invocation ARN or bucket."""
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer, and how it travels."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (JSON,)
    body: bytes = b""
    wait: float = 0.0
    """Seconds to hold the finished answer back."""
    ending: Ending = "whole"
    """cut: the connection breaks in the middle of the body; drop: it breaks before any answer."""


BEDROCK = (
    ("POST", re.compile(r"/model/(?P<target>.+)/invoke"), "InvokeModel"),
    ("POST", re.compile(r"/model/(?P<target>.+)/converse"), "Converse"),
    ("POST", re.compile(r"/async-invoke"), "StartAsyncInvoke"),
    ("GET", re.compile(r"/async-invoke"), "ListAsyncInvokes"),
    ("GET", re.compile(r"/async-invoke/(?P<target>.+)"), "GetAsyncInvoke"),
    ("GET", re.compile(r"/foundation-models"), "ListFoundationModels"),
    ("GET", re.compile(r"/foundation-models/(?P<target>.+)"), "GetFoundationModel"),
    (
        "GET",
        re.compile(r"/foundation-model-availability/(?P<target>.+)"),
        "GetFoundationModelAvailability",
    ),
    ("GET", re.compile(r"/data-retention"), "GetAccountDataRetention"),
    ("PUT", re.compile(r"/data-retention"), "PutAccountDataRetention"),
)
SAGEMAKER = re.compile(r"/endpoints/(?P<target>[^/]+)/async-invocations")
ROOMS = frozenset(
    {
        "model",
        "endpoints",
        "async-invoke",
        "foundation-models",
        "foundation-model-availability",
        "inference-profiles",
        "data-retention",
        "guardrail",
        "guardrail-checks",
    }
)
"""First path segments that are Bedrock's or SageMaker's; every other one is a bucket."""

BUCKET = {
    "PUT": "CreateBucket",
    "HEAD": "HeadBucket",
    "DELETE": "DeleteBucket",
    "GET": "ListObjectsV2",
}
OBJECT = {"PUT": "PutObject", "HEAD": "HeadObject", "GET": "GetObject", "DELETE": "DeleteObject"}
HARMLESS = re.compile(
    r"x-id|x-amz-.*|response-.*|list-type|prefix|delimiter|max-keys|continuation-token"
    r"|start-after|encoding-type|fetch-owner",
    re.IGNORECASE,
)
"""Query names that do not choose another S3 operation."""


def errand(request: Request) -> Errand:
    """Read the operation off method, path and query.

    Raises:
        AwsError: no such operation.
    """
    path = unquote(request.raw_path)
    if not path.startswith("/"):
        raise AwsError(400, "BadRequest", f"Not a path: {path}")
    query = pairs(request.raw_query)
    if path.split("/", 2)[1] not in ROOMS:
        return _s3(request.method, path, query)
    queued = SAGEMAKER.fullmatch(path)
    if queued and request.method == "POST":
        target = queued["target"]
        return Errand(service="sagemaker", operation="InvokeEndpointAsync", target=target)
    for method, shape, operation in BEDROCK:
        match = shape.fullmatch(path)
        if match and method == request.method:
            target = match.groupdict().get("target", "")
            return Errand(service="bedrock", operation=operation, target=target, query=query)
    raise AwsError(404, "UnknownOperationException", f"No operation at {request.method} {path}")


def pairs(raw_query: str) -> dict[str, str]:
    """Decode a query string; a name without a value has an empty one."""
    found = {}
    for part in filter(None, raw_query.split("&")):
        name, _, value = part.partition("=")
        found[unquote_plus(name)] = unquote_plus(value)
    return found


def _s3(method: str, path: str, query: dict[str, str]) -> Errand:
    _, bucket, *rest = path.split("/", 2)
    key = rest[0] if rest else ""
    table = OBJECT if key else BUCKET
    operation = table.get(method, "") if bucket else "ListBuckets" * (method == "GET")
    others = [name for name in query if not HARMLESS.fullmatch(name)]
    if operation == "ListObjectsV2" and others == ["location"]:
        operation, others = "GetBucketLocation", []
    if not operation or others:
        operation = f"{method} {' '.join(others)}".strip()
    return Errand(service="s3", operation=operation, target=bucket, key=key, query=query)
