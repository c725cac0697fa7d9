"""InvokeModel: one request, one picture or one refusal."""

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from router.emulator import invocation_log, marketplace
from router.emulator.canvas import still_size
from router.emulator.errors import constraint, malformed, validation
from router.emulator.faults import FILTERS
from router.emulator.fields import check, parse
from router.emulator.models import Model, admit
from router.emulator.pictures import ANY, INIT, Picture, read
from router.emulator.profiles import Profile, refuses
from router.emulator.studio import Sitting
from router.emulator.wire import JSON, Answer
from router.emulator.world import Call, World

LARGEST_BODY = 25_000_000
META = "x-amzn-bedrock-request-metadata"
META_TEXT = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}")
GUARDRAIL = "x-amzn-bedrock-guardrailidentifier"
GUARDRAIL_VERSION = "x-amzn-bedrock-guardrailversion"
TRACE = "x-amzn-bedrock-trace"
LATENCY = "x-amzn-bedrock-performanceconfig-latency"
TIER = "x-amzn-bedrock-service-tier"
WORDS: Mapping[str, tuple[str, ...]] = {
    TRACE: ("ENABLED", "DISABLED", "ENABLED_FULL"),
    LATENCY: ("standard",),
    TIER: ("default",),
    "content-type": ("application/json",),
    "accept": ("application/json", "*/*"),
}
"""Headers that take a few words only; pictures come at the standard tier."""
GUARDRAIL_ID = (
    r"([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+)"
)
GUARDRAIL_VERSIONS = r"([1-9][0-9]{0,7})|(DRAFT)"
UP_TO = 4294967294


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request that passed every check."""

    model: Model
    operation: str
    body: Mapping[str, Any]
    pictures: Mapping[str, Picture]
    metadata: Mapping[str, str] | None
    seed: int


def invoke(world: World, call: Call) -> Answer:
    """Answer InvokeModel.

    Raises:
        AwsError: as Bedrock would refuse the request.
    """
    order = _order(call)
    world.rate.take(call.region, order.model.id)
    reason = _refusal(world, call, order)
    if reason is None:
        body = _picture(world, call, order)
        world.ledger.bill(
            request_id=call.request_id,
            model=order.model.id,
            usd=order.model.usd,
            token=None,
            metadata=order.metadata,
        )
    else:
        body = json.dumps({"finish_reasons": [reason]}).encode()
    body = _guarded(call, body)
    if world.options.invocation_log and world.objects.region(world.options.bucket):
        _log(world, call, order, body, has_picture=reason is None)
    headers = [JSON]
    headers += [(name, call.request.headers[name]) for name in (LATENCY, TIER) if call.header(name)]
    wait = world.options.delay(world.options.still_seconds)
    return Answer(headers=tuple(headers), body=body, wait=wait)


def metadata_of(call: Call) -> dict[str, str] | None:
    """Read the request metadata that a caller tags its call with.

    Raises:
        AwsError: not a JSON map of up to 16 short strings.
    """
    said = call.header(META)
    if said is None:
        return None
    try:
        found = json.loads(said)
    except ValueError as error:
        raise validation(f"The request metadata is not valid JSON: {error}") from error
    if not isinstance(found, dict) or not 1 <= len(found) <= 16:
        raise validation("The request metadata must be a map of 1 to 16 entries.")
    for name, value in found.items():
        if not isinstance(value, str) or not META_TEXT.fullmatch(value):
            raise constraint(value, f"requestMetadata.{name}", f"match {META_TEXT.pattern}")
        if not name or not META_TEXT.fullmatch(name):
            raise constraint(name, "requestMetadata", f"match {META_TEXT.pattern}")
    return found


def _order(call: Call) -> Order:
    target = call.errand.target
    is_endpoint = target.startswith(marketplace.START)
    admitted = marketplace.admit if is_endpoint else partial(admit, api="InvokeModel")
    model = admitted(target, call.region)
    _check_headers(call)
    metadata = metadata_of(call)
    if len(call.request.body) > LARGEST_BODY:
        at_most = f"have length less than or equal to {LARGEST_BODY}"
        raise constraint(f"{len(call.request.body)} bytes", "body", at_most)
    body = parse(call.request.body)
    check(body, model.fields, model.required)
    operation = _operation(model, body)
    rule = INIT if operation == "image_to_image" else model.rule
    pictures: dict[str, Picture] = {
        role: read(body[role], role, rule)
        for role in ("image", "init_image", "style_image")
        if role in body
    }
    if "mask" in body:
        pictures["mask"] = read(body["mask"], "mask", ANY)
    seed = int(body.get("seed", 0)) or 1 + secrets.randbelow(UP_TO)
    return Order(
        model=model,
        operation=operation,
        body=body,
        pictures=pictures,
        metadata=metadata,
        seed=seed,
    )


def _check_headers(call: Call) -> None:
    for name, words in WORDS.items():
        said = (call.header(name) or words[0]).split(";")[0].strip()
        if said not in words:
            enum = f"satisfy enum value set: [{', '.join(words)}]"
            raise constraint(said, name.removeprefix("x-amzn-bedrock-"), enum)
    guardrail, version = call.header(GUARDRAIL), call.header(GUARDRAIL_VERSION)
    if (guardrail is None) != (version is None):
        raise validation("Guardrail identifier and guardrail version must be given together.")
    for value, member, shape in (
        (guardrail, "guardrailIdentifier", GUARDRAIL_ID),
        (version, "guardrailVersion", GUARDRAIL_VERSIONS),
    ):
        if value is not None and not re.fullmatch(shape, value):
            raise constraint(value, member, f"satisfy regular expression pattern: {shape}")


def _operation(model: Model, body: Mapping[str, Any]) -> str:
    """Say what is asked, and refuse members that do not go together.

    Source: Stability AI model parameters. The SD3.5 table needs image and strength in image-to-
    image mode; AWS's own sample leaves the mode out, so an image without a mode means that too.
    """
    if model.operation == "outpaint":
        if not any(body.get(side) for side in ("left", "right", "up", "down")):
            raise malformed("#: at least one of [left, right, up, down] must not be 0")
        return model.operation
    if "strength" not in model.fields:
        return model.operation
    if "image" in body or body.get("mode") == "image-to-image":
        return _image_to_image(model, body)
    if "strength" in body:
        raise malformed("#: extraneous key [strength] is not permitted")
    return "text_to_image"


def _image_to_image(model: Model, body: Mapping[str, Any]) -> str:
    takes_mode = model.id.startswith("stability.sd3")
    if takes_mode and body.get("mode") == "text-to-image":
        raise malformed("#: extraneous key [image] is not permitted")
    for name in ("image", "strength") if takes_mode else ("image",):
        if name not in body:
            raise malformed(f"#: required key [{name}] not found")
    if "aspect_ratio" in body:
        raise malformed("#: extraneous key [aspect_ratio] is not permitted")
    return "image_to_image"


def _refusal(world: World, call: Call, order: Order) -> str | None:
    """Give the finish reason of a call that a filter or a failure answers."""
    if call.fault is not None and call.fault.name in FILTERS:
        return FILTERS[call.fault.name]
    profile = world.profiles.get(order.model.id, Profile())
    prompt = order.body.get("prompt", "")
    return FILTERS["filter_prompt"] if refuses(profile, prompt, order.seed) else None


def _picture(world: World, call: Call, order: Order) -> bytes:
    source = order.pictures.get("image") or order.pictures.get("init_image")
    size = still_size(order.operation, order.body, source)
    if call.fault is not None and call.fails("wrong_size"):
        args = call.fault.args
        size = (int(args.get("width", size[0] // 2)), int(args.get("height", size[1] // 2)))
    text = world.studio.still(
        Sitting(
            model=order.model.id,
            operation=order.operation,
            body=order.body,
            seed=order.seed,
            size=size,
            format=order.body.get("output_format", "png"),
            pictures=order.pictures,
        )
    )
    return _spoilt(call, order.seed, text)


def _spoilt(call: Call, seed: int, text: str) -> bytes:
    """Write the body, as a fault would have it."""
    if call.fails("truncated_base64"):
        text = text[: len(text) // 2 // 4 * 4 + 1]
    if call.fails("not_an_image"):
        text = base64.b64encode(b"This is not a picture.").decode()
    pictures = "[]" if call.fails("empty_images") else f'["{text}"]'
    said = "NaN" if call.fails("nan_seed") else str(seed)
    return f'{{"seeds":[{said}],"finish_reasons":[null],"images":{pictures}}}'.encode()


def _guarded(call: Call, body: bytes) -> bytes:
    """Add what a guardrail adds to the body; the emulated one never intervenes."""
    if call.header(GUARDRAIL) is None:
        return body
    extra: dict[str, Any] = {"amazon-bedrock-guardrailAction": "NONE"}
    if call.header(TRACE) in {"ENABLED", "ENABLED_FULL"}:
        extra["amazon-bedrock-trace"] = {"guardrail": {"input": {}, "outputs": []}}
    return body[:-1] + b"," + json.dumps(extra)[1:].encode()


def _log(world: World, call: Call, order: Order, body: bytes, *, has_picture: bool) -> None:
    record = invocation_log.Record(
        request_id=call.request_id,
        region=call.region,
        model_id=call.errand.target,
        at=call.at,
        metadata=order.metadata,
        request=order.body,
        output=body,
        has_picture=has_picture,
    )
    invocation_log.write(world.objects, world.options.bucket, record)
