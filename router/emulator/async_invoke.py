"""StartAsyncInvoke, GetAsyncInvoke, ListAsyncInvokes: films by way of S3."""

import hashlib
import json
import re
import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from router.emulator.canvas import film_size
from router.emulator.errors import AwsError, constraint, malformed, pattern, validation
from router.emulator.faults import FILTERS
from router.emulator.fields import check, expect, parse
from router.emulator.invocation_log import ACCOUNT
from router.emulator.invoke import metadata_of
from router.emulator.jobs import Work
from router.emulator.models import USD_PER_SECOND, Model, admit
from router.emulator.objects import Objects
from router.emulator.pictures import KEYFRAME, Picture, read
from router.emulator.profiles import Profile, refuses
from router.emulator.studio import Studio, Take
from router.emulator.wire import Answer
from router.emulator.world import Call, World

IDEMPOTENT = r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"
ARN = r"arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:async-invoke/[a-z0-9]{12}"
S3_URI = r"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?"
KMS = (
    r"arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:((key/[a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+))"
)
OWNER = r"[0-9]{12}"
TAG = r"[a-zA-Z0-9\s._:/=+@-]*"
STATUSES = ("InProgress", "Completed", "Failed")
ALPHABET = string.ascii_lowercase + string.digits
MOST_TOKENS = 300
FILTERED = "The request was blocked by our content filters."


def start(world: World, call: Call) -> Answer:
    """Answer StartAsyncInvoke.

    Raises:
        AwsError: as Bedrock would refuse the request; then there is no job and no bill.
    """
    body = parse(call.request.body)
    _check_envelope(body)
    model = admit(body["modelId"], call.region, "StartAsyncInvoke")
    check(body["modelInput"], model.fields, model.required)
    _check_film(body["modelInput"])
    metadata = metadata_of(call)
    world.rate.take(call.region, model.id)
    work, fresh = world.jobs.accept(_work(world, call, model, body), call.at)
    if fresh and work.doom is None:
        world.ledger.bill(
            request_id=call.request_id,
            model=model.id,
            usd=_usd(work.request),
            token=work.token,
            metadata=metadata,
        )
    return _answer({"invocationArn": _arn(work)})


def get(world: World, call: Call) -> Answer:
    """Answer GetAsyncInvoke.

    Raises:
        AwsError: the ARN is none, or is unknown here.
    """
    arn = call.errand.target
    if not re.fullmatch(ARN, arn):
        raise pattern(arn, "invocationArn", ARN)
    work = world.jobs.get(arn.rpartition("/")[2])
    if work is None or _arn(work) != arn or work.region != call.region:
        raise validation(f"Invocation with ARN {arn} was not found.")
    return _answer(_summary(work))


def listed(world: World, call: Call) -> Answer:
    """Answer ListAsyncInvokes.

    Raises:
        AwsError: a filter that is none.
    """
    query = call.errand.query
    _check_listing(query)
    status = query.get("statusEquals")
    after, before = _moment(query, "submitTimeAfter"), _moment(query, "submitTimeBefore")
    works = [
        work
        for work in world.jobs.all()
        if work.region == call.region
        and status in {None, work.status}
        and (after is None or datetime.fromisoformat(work.submitted) > after)
        and (before is None or datetime.fromisoformat(work.submitted) < before)
    ]
    if query.get("sortOrder", "Descending") == "Descending":
        works.reverse()
    first = int(query.get("nextToken", "0"))
    past = first + int(query.get("maxResults", "1000"))
    said: dict[str, Any] = {"asyncInvokeSummaries": [_summary(w) for w in works[first:past]]}
    if past < len(works):
        said["nextToken"] = str(past)
    return _answer(said)


def deliver(objects: Objects, studio: Studio, work: Work) -> str | None:
    """Make the film and put it into its bucket; give the text of a failure, or None."""
    region = objects.region(work.bucket)
    if region is None:
        return f"The bucket {work.bucket} does not exist or is not accessible."
    if region != work.region:
        return f"The bucket {work.bucket} is in {region}; it must be in {work.region}."
    spoil = dict(work.spoil or {"fault": ""})
    if spoil["fault"] == "output_missing":
        return None
    film = b"This is not a film."
    if spoil["fault"] != "not_an_image":
        film = studio.film(_take(work, spoil))
    try:
        objects.put(
            work.bucket,
            work.key,
            film,
            at=datetime.now(UTC),
            content_type="application/octet-stream",
        )
    except AwsError as error:
        return f"Writing to the bucket {work.bucket} failed: {error.message}"
    return None


def _answer(body: Mapping[str, Any]) -> Answer:
    return Answer(body=json.dumps(body).encode())


def _arn(work: Work) -> str:
    return f"arn:aws:bedrock:{work.region}:{ACCOUNT}:async-invoke/{work.id}"


def _usd(film: Mapping[str, Any]) -> float:
    return _seconds(film) * USD_PER_SECOND[film.get("resolution", "720p")]


def _seconds(film: Mapping[str, Any]) -> int:
    return int(film.get("duration", "5s").removesuffix("s"))


def _check_envelope(body: Mapping[str, Any]) -> None:
    required = ("modelId", "modelInput", "outputDataConfig")
    known = {*required, "clientRequestToken", "tags"}
    _check_keys(body, known, required, "")
    expect("modelId", body["modelId"], str, "String")
    if "clientRequestToken" in body:
        _check_text(body["clientRequestToken"], "clientRequestToken", IDEMPOTENT, 256)
    expect("modelInput", body["modelInput"], dict, "JSONObject")
    output = body["outputDataConfig"]
    expect("outputDataConfig", output, dict, "JSONObject")
    _check_keys(output, {"s3OutputDataConfig"}, ("s3OutputDataConfig",), "outputDataConfig.")
    place = output["s3OutputDataConfig"]
    expect("outputDataConfig/s3OutputDataConfig", place, dict, "JSONObject")
    where = "outputDataConfig.s3OutputDataConfig."
    _check_keys(place, {"s3Uri", "kmsKeyId", "bucketOwner"}, ("s3Uri",), where)
    for member, shape, longest in (
        ("s3Uri", S3_URI, 1024),
        ("kmsKeyId", KMS, 2048),
        ("bucketOwner", OWNER, 12),
    ):
        if member in place:
            _check_text(place[member], where + member, shape, longest)
    _check_tags(body.get("tags", []))


def _check_keys(
    found: Mapping[str, Any], known: set[str], required: tuple[str, ...], where: str
) -> None:
    for name in found:
        if name not in known:
            raise malformed(f"#: extraneous key [{where}{name}] is not permitted")
    for name in required:
        if name not in found:
            raise constraint("null", where + name, "not be null")


def _check_text(value: Any, member: str, shape: str, longest: int) -> None:
    expect(member.replace(".", "/"), value, str, "String")
    if not 1 <= len(value) <= longest:
        raise constraint(value, member, f"have length between 1 and {longest}")
    if not re.fullmatch(shape, value):
        raise pattern(value, member, shape)


def _check_tags(tags: Any) -> None:
    expect("tags", tags, list, "JSONArray")
    if len(tags) > 200:
        raise constraint(len(tags), "tags", "have length less than or equal to 200")
    for tag in tags:
        expect("tags", tag, dict, "JSONObject")
        _check_keys(tag, {"key", "value"}, ("key", "value"), "tags.")
        _check_text(tag["key"], "tags.key", TAG, 128)
        if tag["value"]:
            _check_text(tag["value"], "tags.value", TAG, 256)


def _check_film(film: Mapping[str, Any]) -> None:
    tokens = len(re.findall(r"\w+|[^\w\s]", film["prompt"]))
    if tokens > MOST_TOKENS:
        raise malformed(f"#/prompt: expected at most {MOST_TOKENS} tokens, actual: {tokens}")
    for place, frame in film.get("keyframes", {}).items():
        _keyframe(place, frame)


def _keyframe(place: str, frame: Any) -> Picture:
    where = f"keyframes/{place}"
    if place not in {"frame0", "frame1"}:
        raise malformed(f"#/keyframes: extraneous key [{place}] is not permitted")
    expect(where, frame, dict, "JSONObject")
    _check_keys(frame, {"type", "source"}, ("type", "source"), f"{where}/")
    if frame["type"] != "image":
        raise malformed(f"#/{where}/type: {frame['type']} is not a valid enum value")
    source = frame["source"]
    expect(f"{where}/source", source, dict, "JSONObject")
    needed = ("type", "media_type", "data")
    _check_keys(source, set(needed), needed, f"{where}/source/")
    if source["type"] != "base64":
        raise malformed(f"#/{where}/source/type: {source['type']} is not a valid enum value")
    picture = read(source["data"], f"{where}/source/data", KEYFRAME)
    if source["media_type"] != f"image/{picture.format}":
        said = f"{source['media_type']} does not match image/{picture.format}"
        raise malformed(f"#/{where}/source/media_type: {said}")
    return picture


def _work(world: World, call: Call, model: Model, body: Mapping[str, Any]) -> Work:
    film = body["modelInput"]
    same = {name: body[name] for name in body if name != "clientRequestToken"}
    place = body["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].removeprefix("s3://")
    bucket, _, prefix = place.partition("/")
    seconds = world.options.job_seconds * _seconds(film) / 5
    due = call.at + timedelta(seconds=world.options.delay(seconds))
    fault = call.fault
    return Work(
        id="".join(secrets.choice(ALPHABET) for _ in range(12)),
        region=call.region,
        model=model.id,
        token=body.get("clientRequestToken"),
        fingerprint=hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest(),
        request=film,
        bucket=bucket,
        prefix=prefix.strip("/"),
        submitted=call.at.isoformat(),
        due=due.isoformat(),
        doom=_doom(world, call, model, film, bucket),
        spoil={"fault": fault.name, **fault.args} if fault else None,
    )


def _doom(
    world: World, call: Call, model: Model, film: Mapping[str, Any], bucket: str
) -> str | None:
    """Say what a job will fail with, where that is certain from the start."""
    fault = call.fault
    if fault is not None and fault.name == "job_failed":
        return str(fault.args.get("message", "The model failed to process the request."))
    if not film["prompt"].strip():
        return "prompt is required"
    if fault is not None and fault.name in FILTERS:
        return FILTERED if fault.name != "inference_error" else FILTERS[fault.name]
    if refuses(world.profiles.get(model.id, Profile()), film["prompt"], 0):
        return FILTERED
    if world.objects.region(bucket) != call.region:
        return f"The bucket {bucket} does not exist in {call.region} or is not accessible."
    return None


def _take(work: Work, spoil: Mapping[str, Any]) -> Take:
    film = work.request
    size = film_size(film.get("aspect_ratio", "16:9"), film.get("resolution", "720p"))
    if spoil["fault"] == "wrong_size":
        width = int(spoil.get("width", size[0] // 2))
        height = int(spoil.get("height", size[1] // 2))
        size = (width // 2 * 2, height // 2 * 2)
    frames = {place: _keyframe(place, frame) for place, frame in film.get("keyframes", {}).items()}
    seed = hashlib.sha256((work.token or work.id).encode()).digest()
    return Take(
        model=work.model,
        prompt=film["prompt"],
        seed=int.from_bytes(seed[:4], "big"),
        size=size,
        seconds=_seconds(film),
        loop=film.get("loop", False),
        start=frames.get("frame0"),
        end=frames.get("frame1"),
    )


def _summary(work: Work) -> dict[str, Any]:
    said: dict[str, Any] = {
        "invocationArn": _arn(work),
        "modelArn": f"arn:aws:bedrock:{work.region}::foundation-model/{work.model}",
        "status": work.status,
        "submitTime": _zulu(work.submitted),
        "lastModifiedTime": _zulu(work.ended or work.submitted),
        "outputDataConfig": {
            "s3OutputDataConfig": {
                "s3Uri": f"s3://{work.bucket}/{work.key.removesuffix('/output.mp4')}"
            }
        },
    }
    if work.token:
        said["clientRequestToken"] = work.token
    if work.ended:
        said["endTime"] = _zulu(work.ended)
    if work.message:
        said["failureMessage"] = work.message
    return said


def _zulu(moment: str) -> str:
    return moment.replace("+00:00", "Z")


def _check_listing(query: Mapping[str, str]) -> None:
    for name, values in (
        ("statusEquals", STATUSES),
        ("sortBy", ("SubmissionTime",)),
        ("sortOrder", ("Ascending", "Descending")),
    ):
        if query.get(name, values[0]) not in values:
            enum = f"satisfy enum value set: [{', '.join(values)}]"
            raise constraint(query[name], name, enum)
    most = query.get("maxResults", "1")
    if not most.isdigit() or not 1 <= int(most) <= 1000:
        raise constraint(most, "maxResults", "have value between 1 and 1000")
    if not query.get("nextToken", "0").isdigit():
        raise validation("The provided nextToken is invalid.")


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    said = query.get(name)
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise validation(f"{name}: {said} is not a timestamp.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
