"""SageMaker InvokeEndpointAsync: a request in S3, queued; an answer or a failure in S3.

Source: Amazon SageMaker API Reference, "InvokeEndpointAsync", and the service model of the SDK. The
same InferenceId twice is two inferences, and there is no operation that lists or shows one.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from router.emulator import endpoints
from router.emulator.canvas import SIZES, one_megapixel
from router.emulator.endpoints import Endpoint
from router.emulator.errors import AwsError
from router.emulator.faults import FILTERS, Fault
from router.emulator.fields import parse
from router.emulator.invocation_log import ACCOUNT
from router.emulator.jobs import Work
from router.emulator.objects import Objects
from router.emulator.profiles import Profile, refuses
from router.emulator.studio import Sitting, Studio, Take
from router.emulator.wire import JSON, Answer
from router.emulator.world import Call, World

HEAD = "x-amzn-sagemaker-"
NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"
SHAPES: Mapping[str, tuple[str, int]] = {
    "inference-id": (r"\S[ -~]*", 64),
    "filename": (r"(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9\-_.]*", 32),
    "s3outputpathextension": (r"(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+", 512),
    "inputlocation": (r"(https|s3)://([^/]+)/?(.*)", 1024),
}
BOUNDS = {"requestttlseconds": (60, 21_600), "invocationtimeoutseconds": (1, 3_600)}
LARGEST_INLINE = 128_000
OUTPUT, FAILURE = "endpoint-output", "endpoint-failure"
NAMES = {
    "ValidationException": "ValidationError",
    "InternalServerException": "InternalFailure",
    "ServiceUnavailableException": "ServiceUnavailable",
}
"""Bedrock's names of errors → SageMaker's."""
CONTAINER = frozenset({"model_error", "model_timeout"})
"""Faults that this service has in the container's answer, not in its own."""
FAILED = 'Received server error (500) from primary with message "{}". '
REFUSED = 'Received client error (400) from primary with message "{}". '
SEE = "See the log of the endpoint in CloudWatch for more information."


def start(world: World, call: Call) -> Answer:
    """Answer InvokeEndpointAsync.

    Raises:
        AwsError: as SageMaker would refuse the request; then nothing is queued or billed.
    """
    endpoint = endpoints.find(call.errand.target, call.region)
    if endpoint is None or not re.fullmatch(NAME, call.errand.target):
        raise endpoints.not_deployed(call.errand.target, ACCOUNT)
    said = _headers(call)
    if bool(call.request.body) == ("inputlocation" in said):
        raise _invalid("Exactly one of Body and InputLocation must be given.")
    if len(call.request.body) > LARGEST_INLINE:
        raise _invalid(f"Body must be at most {LARGEST_INLINE} bytes.")
    world.rate.take(call.region, endpoint.id)
    inference = said.get("inference-id") or secrets.token_hex(16)
    work = _work(world, call, endpoint, said, inference)
    world.inferences.accept(work, call.at)
    if work.spoil is not None and not work.spoil["failure"] and not work.spoil["filtered"]:
        world.ledger.bill(
            request_id=call.request_id,
            model=endpoint.id,
            usd=endpoint.usd(work.request),
            token=inference,
            metadata=None,
        )
    headers = (
        JSON,
        ("X-Amzn-SageMaker-OutputLocation", f"s3://{work.bucket}/{work.key}"),
        ("X-Amzn-SageMaker-FailureLocation", f"s3://{work.bucket}/{_failure_key(work)}"),
    )
    return Answer(status=202, headers=headers, body=json.dumps({"InferenceId": inference}).encode())


def named(error: AwsError) -> AwsError:
    """Give an error the name that this service has for it."""
    code = NAMES.get(error.code, error.code)
    return AwsError(error.status, code, error.message, fields=error.fields, headers=error.headers)


def deliver(objects: Objects, studio: Studio, work: Work) -> str | None:
    """Let the container work, and put what it says into S3; give the text of a failure, or None."""
    spoil = dict(work.spoil or {})
    if spoil["fault"] == "output_missing":
        return None
    now = datetime.now(UTC)
    if spoil["failure"]:
        failure = str(spoil["failure"])
        objects.put(work.bucket, _failure_key(work), failure.encode(), at=now)
        return failure
    is_film = endpoints.ENDPOINTS[work.model].makes == "video"
    answer = _film(studio, work, spoil) if is_film else _still(studio, work, spoil)
    kind = "video/mp4" if is_film else "application/json"
    objects.put(work.bucket, work.key, answer, at=now, content_type=kind)
    return None


def _headers(call: Call) -> dict[str, str]:
    """Read the headers of the operation, each held against its shape."""
    said = {n.removeprefix(HEAD): v for n, v in call.request.headers.items() if n.startswith(HEAD)}
    for name, (shape, longest) in SHAPES.items():
        value = said.get(name)
        if value is not None and (len(value) > longest or not re.fullmatch(shape, value)):
            raise _invalid(f"Value '{value}' at '{name}' failed to satisfy constraint: {shape}")
    for name, (low, high) in BOUNDS.items():
        value = said.get(name, str(low))
        if not value.isdigit() or not low <= int(value) <= high:
            raise _invalid(f"Value '{value}' at '{name}' must be between {low} and {high}")
    return said


def _invalid(message: str) -> AwsError:
    return AwsError(400, "ValidationError", message)


def _work(
    world: World, call: Call, endpoint: Endpoint, said: Mapping[str, str], inference: str
) -> Work:
    body, failure = _body(world, call, endpoint, said)
    failure = failure or _failure(call.fault)
    name = said.get("filename") or f"{secrets.token_hex(16)}.out"
    place = "/".join(filter(None, (said.get("s3outputpathextension", "").strip("/"), name)))
    is_film = endpoint.makes == "video"
    filtered = not failure and _filtered(world, call, endpoint, body)
    if filtered and is_film:
        failure = FAILED.format("The request was blocked by our safety filter.") + SEE
    options = world.options
    seconds = options.job_seconds if is_film else options.still_seconds
    fault = call.fault
    return Work(
        id=secrets.token_hex(6),
        region=call.region,
        model=endpoint.id,
        token=None,
        fingerprint=inference,
        request=body,
        bucket=options.bucket,
        prefix=f"{OUTPUT}/{endpoint.id}",
        place=f"{OUTPUT}/{endpoint.id}/{place}",
        submitted=call.at.isoformat(),
        due=(call.at + timedelta(seconds=options.delay(seconds))).isoformat(),
        spoil={
            **(fault.args if fault else {}),
            "fault": fault.name if fault else "",
            "failure": failure,
            "filtered": filtered,
        },
    )


def _body(
    world: World, call: Call, endpoint: Endpoint, said: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """Read the request as the container will; the second is why it fails, empty where it works."""
    try:
        body = parse(_payload(world, call, said))
        endpoint.admit(body)
    except AwsError as error:
        if error.status == 404:  # S3's: accepted all the same, and told as a failure
            return {}, f"Failed to download the request: {error.message}"
        return {}, REFUSED.format(error.message) + SEE
    return body, ""


def _payload(world: World, call: Call, said: Mapping[str, str]) -> bytes:
    if call.request.body:
        return call.request.body
    bucket, _, key = said["inputlocation"].partition("://")[2].partition("/")
    stored = world.objects.head(bucket, key)
    return world.objects.read(bucket, key, 0, stored.length)


def _failure(fault: Fault | None) -> str:
    if fault is None or fault.name not in {*CONTAINER, "job_failed"}:
        return ""
    said = "Worker died." if fault.name == "model_error" else "The model did not finish in time."
    if fault.name == "job_failed":
        said = "The model failed to process the request."
    return FAILED.format(fault.args.get("message", said)) + SEE


def _filtered(world: World, call: Call, endpoint: Endpoint, body: Mapping[str, Any]) -> bool:
    if call.fault is not None and call.fault.name in FILTERS:
        return True
    profile = world.profiles.get(endpoint.id, Profile())
    return refuses(profile, body["prompt"], int(body.get("seed", 0)))


def _still(studio: Studio, work: Work, spoil: Mapping[str, Any]) -> bytes:
    body = work.request
    used = _seed(work)
    if spoil["filtered"]:
        return json.dumps({"images": [None], "seed": used, "has_nsfw_concepts": [True]}).encode()
    pictures = endpoints.ENDPOINTS[work.model].admit(body)
    first = pictures["image"]
    ratio = body.get("aspect_ratio")
    size = SIZES[ratio] if ratio else one_megapixel(first.width, first.height)
    text = base64.b64encode(b"This is not a picture.").decode()
    if spoil["fault"] != "not_an_image":
        text = studio.still(
            Sitting(
                model=work.model,
                operation="multi_reference_to_image",
                body=body,
                seed=used,
                size=_spoilt(size, spoil),
                format=body.get("output_format", "png"),
                pictures=pictures,
            )
        )
    return json.dumps({"images": [text], "seed": used, "has_nsfw_concepts": [False]}).encode()


def _film(studio: Studio, work: Work, spoil: Mapping[str, Any]) -> bytes:
    if spoil["fault"] == "not_an_image":
        return b"This is not a film."
    body = work.request
    return studio.film(
        Take(
            model=work.model,
            prompt=body["prompt"],
            seed=_seed(work),
            size=_spoilt(endpoints.film_size(body), spoil),
            seconds=endpoints.film_seconds(body),
            loop=False,
            start=endpoints.ENDPOINTS[work.model].admit(body)["start"],
            fps=int(body.get("fps", 16)),
        )
    )


def _seed(work: Work) -> int:
    """Give the seed that was asked for, or one of the job's own."""
    drawn = int.from_bytes(hashlib.sha256(work.id.encode()).digest()[:4], "big")
    return int(work.request.get("seed", 0)) or drawn


def _spoilt(size: tuple[int, int], spoil: Mapping[str, Any]) -> tuple[int, int]:
    if spoil["fault"] != "wrong_size":
        return size
    width, height = int(spoil.get("width", size[0] // 2)), int(spoil.get("height", size[1] // 2))
    return width // 2 * 2, height // 2 * 2


def _failure_key(work: Work) -> str:
    """Give where a failure goes: beside the output's folder, under the same name."""
    return f"{FAILURE}/{work.key.removeprefix(OUTPUT + '/').removesuffix('.out')}-error.out"
