"""Faults on demand: what goes wrong, for which calls, how often.

The faults file is a JSON list of `{"model", "operation", "after", "count", "fault", "args"}`:

- `model`: a model id (with or without `us.`), for S3 a bucket, or `"*"` (the default)
- `operation`: `InvokeModel`, `Converse`, `StartAsyncInvoke`, `GetAsyncInvoke`, `ListAsyncInvokes`,
  `InvokeEndpointAsync`, `GetObject` …, or `"*"` (the default): every operation but S3's that the
  fault can hit
- `after`: skip that many matching calls (0); `count`: how many then get it (1), -1 for all
- `args`: see below

Every entry counts its own matching calls; the first active one wins. The file is read again when
it changes; entries that did not change go on counting.

| fault | what the caller gets |
|---|---|
| `throttle` | 429 ThrottlingException; `retry_after_ms` adds `x-amz-retry-after` |
| `unavailable` | 503 ServiceUnavailableException |
| `internal` | 500 InternalServerException |
| `model_timeout` | 408 ModelTimeoutException |
| `model_error` | 424 ModelErrorException |
| `not_ready` | 429 ModelNotReadyException |
| `eol` | 404 ResourceNotFoundException: the model has reached the end of its life |
| `legacy` | 404 ResourceNotFoundException: Legacy, and not used lately |
| `no_access` | 403 AccessDeniedException |
| `validation` | 400 ValidationException |
| `expired_token` | 403 ExpiredTokenException |
| `quota` | 400 ServiceQuotaExceededException |
| `slow` | the right answer, `seconds` (5) later; billed |
| `drop_before` | the connection breaks before anything is done; not billed |
| `drop_after` | the work is done and billed, then the connection breaks without an answer |
| `truncated_body` | billed; the connection breaks in the middle of the body |
| `truncated_base64` | billed; the picture's base64 ends in the middle |
| `wrong_size` | billed; a picture of another size: `width`, `height`, or half of what was asked |
| `not_an_image` | billed; what should be a picture or film is plain text |
| `empty_images` | billed; an empty list of pictures |
| `nan_seed` | billed; the seed comes back as NaN |
| `filter_prompt` | HTTP 200, `Filter reason: prompt`, no picture; not billed |
| `filter_output` | HTTP 200, `Filter reason: output image`, no picture; not billed |
| `inference_error` | HTTP 200, `Inference error`, no picture; not billed |
| `job_failed` | the job is accepted and fails with `message`; not billed |
| `job_stuck` | billed; the job stays InProgress for ever |
| `output_missing` | billed; the job completes, and there is no file |

The error answers (429 to 424) take `"billed": true`: the work is done and billed, the answer lost.
On Converse, `filter_output` ends the answer with the stop reason `content_filtered`; billed.
On jobs, `filter_prompt`, `filter_output` and `inference_error` let the job fail, `wrong_size` and
`not_an_image` spoil the film. An endpoint has no list and no state: what fails there (`model_error`
and `model_timeout` as well) is an object in its failure folder. On S3, any operation by name: the
error answers, `slow`, the drops.
"""

import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.emulator.errors import AwsError
from router.emulator.models import base_id, end_of_life

ERRORS: Mapping[str, tuple[int, str, str]] = {
    "throttle": (
        429,
        "ThrottlingException",
        "Too many requests, please wait before trying again.",
    ),
    "unavailable": (
        503,
        "ServiceUnavailableException",
        "The service is temporarily unable to process the request. Please try again.",
    ),
    "internal": (
        500,
        "InternalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    "model_timeout": (
        408,
        "ModelTimeoutException",
        "Model has timed out in processing the request. Try your request again.",
    ),
    "model_error": (424, "ModelErrorException", "The model returned an error."),
    "not_ready": (
        429,
        "ModelNotReadyException",
        "The model specified in the request is not ready to serve inference requests.",
    ),
    "eol": (404, "ResourceNotFoundException", end_of_life().message),
    "legacy": (
        404,
        "ResourceNotFoundException",
        "Access denied. This Model is marked by provider as Legacy and you have not been "
        "actively using the model in the last 15 days.",
    ),
    "no_access": (
        403,
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
    ),
    "validation": (400, "ValidationException", "Malformed input request, please try again."),
    "expired_token": (
        403,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ),
    "quota": (
        400,
        "ServiceQuotaExceededException",
        "Your request exceeds the service quota for your account.",
    ),
}
WIRE = {"slow", "drop_before", "drop_after", "truncated_body"}
FILTERS = {
    "filter_prompt": "Filter reason: prompt",
    "filter_output": "Filter reason: output image",
    "inference_error": "Inference error",
}
SPOILS = {"wrong_size", "not_an_image"}
STILLS = {"truncated_base64", "empty_images", "nan_seed"}
JOBS = {"job_failed", "job_stuck", "output_missing"}
FAULTS = frozenset({*ERRORS, *WIRE, *FILTERS, *SPOILS, *STILLS, *JOBS})

JOB_STARTS = {"StartAsyncInvoke", "InvokeEndpointAsync"}
RUNTIME = {"InvokeModel", "Converse", "GetAsyncInvoke", "ListAsyncInvokes", *JOB_STARTS}
DEFAULTS: Mapping[str, Any] = {"model": "*", "operation": "*", "after": 0, "count": 1, "args": {}}


class FaultsError(ValueError):
    """The faults file is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, as it meets one call."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def error(self) -> AwsError | None:
        """Give the error answer that this fault is; None where it is another kind."""
        if self.name not in ERRORS:
            return None
        status, code, message = ERRORS[self.name]
        headers = {}
        if "retry_after_ms" in self.args:
            headers["x-amz-retry-after"] = str(self.args["retry_after_ms"])
        fields = {"originalStatusCode": 500} if self.name == "model_error" else {}
        said = str(self.args.get("message", message))
        return AwsError(status, code, said, fields=fields, headers=headers)

    @property
    def billed(self) -> bool:
        """Whether the work is done and billed before the answer goes wrong."""
        return bool(self.args.get("billed")) or self.name not in ERRORS


@dataclass(slots=True)
class Entry:
    """One row of the file and the matching calls that it has seen."""

    row: Mapping[str, Any]
    seen: int = 0

    def strikes(self, model: str, operation: str) -> bool:
        """Count a call, and tell whether it gets the fault."""
        row = self.row
        if base_id(row["model"]) not in {"*", base_id(model)} or not _hits(row, operation):
            return False
        self.seen += 1
        past = self.seen - row["after"]
        return past > 0 and bool(row["count"] == -1 or past <= row["count"])


class Switchboard:
    """The faults of one emulator."""

    def __init__(self, path: Path | None) -> None:
        """Read the file.

        Raises:
            FaultsError: it is missing or wrong.
        """
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._entries: list[Entry] = []
        if path is not None:
            self._stamp = _stamp(path)
            self._entries = [Entry(row) for row in read(path)]

    def strike(self, model: str, operation: str) -> Fault | None:
        """Count a call, and give the fault that it gets."""
        if self._path is None:
            return None
        with self._lock:
            self._refresh(self._path)
            struck = [entry for entry in self._entries if entry.strikes(model, operation)]
        if not struck:
            return None
        row = struck[0].row
        return Fault(name=row["fault"], args=row["args"])

    def _refresh(self, path: Path) -> None:
        """Read the file again where it changed; a half-written one waits for the next call."""
        try:
            stamp = _stamp(path)
            if stamp == self._stamp:
                return
            rows = read(path)
        except FaultsError as error:
            print(f"faults kept as they were: {error}", file=sys.stderr)
            return
        old = self._entries
        self._entries = [
            old[place] if place < len(old) and old[place].row == row else Entry(row)
            for place, row in enumerate(rows)
        ]
        self._stamp = stamp


def read(path: Path) -> list[Mapping[str, Any]]:
    """Read and check a faults file.

    Raises:
        FaultsError: unreadable, not a list of objects, an unknown key, fault or type.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FaultsError(f"{path}: {error}") from error
    if not isinstance(rows, list):
        raise FaultsError(f"{path}: found {type(rows).__name__}, expected a list")
    return [_checked(path, place, row) for place, row in enumerate(rows)]


def _checked(path: Path, place: int, row: object) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise FaultsError(f"{path}[{place}]: found {row!r}, expected an object")
    unknown = sorted(row.keys() - {*DEFAULTS, "fault"})
    if unknown:
        raise FaultsError(f"{path}[{place}]: unknown {unknown}; known {[*DEFAULTS, 'fault']}")
    whole = {**DEFAULTS, **row}
    if whole.get("fault") not in FAULTS:
        raise FaultsError(f"{path}[{place}].fault: found {whole.get('fault')!r}; {sorted(FAULTS)}")
    for name, default in DEFAULTS.items():
        if type(whole[name]) is not type(default):
            kind = type(default).__name__
            raise FaultsError(f"{path}[{place}].{name}: found {whole[name]!r}, expected {kind}")
    return whole


def _hits(row: Mapping[str, Any], operation: str) -> bool:
    """Tell whether this row's fault can meet this operation."""
    if row["operation"] not in {"*", operation}:
        return False
    if row["operation"] == "*" and operation not in RUNTIME:
        return False
    fault = row["fault"]
    if fault in ERRORS or fault in WIRE:
        return True
    if fault in JOBS:
        return operation in JOB_STARTS
    if fault in STILLS:
        return operation == "InvokeModel"
    spoken = {"Converse"} if fault == "filter_output" else set()
    return operation in {"InvokeModel", *JOB_STARTS} | spoken


def _stamp(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError as error:
        raise FaultsError(f"{path}: {error}") from error
    return facts.st_mtime_ns, facts.st_size
