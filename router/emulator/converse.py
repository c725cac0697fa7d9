"""Converse: the shape of a question is checked; the answer is simulated and deterministic.

A judge's question (a schema with a nonce) is answered by `judge.py`, which looks at the pictures;
any other is answered by something that fits its schema.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from router.emulator import invocation_log, judge
from router.emulator.errors import constraint, malformed, validation
from router.emulator.fields import Field, Number, Plain, Text, check, expect, parse
from router.emulator.models import Model, admit
from router.emulator.pictures import Rule, read
from router.emulator.profiles import Profile, refuses
from router.emulator.wire import Answer
from router.emulator.world import Call, World

MEMBERS: Mapping[str, Field] = {
    "messages": Plain(list, "JSONArray"),
    "system": Plain(list, "JSONArray"),
    "inferenceConfig": Plain(dict, "JSONObject"),
    "toolConfig": Plain(dict, "JSONObject"),
    "guardrailConfig": Plain(dict, "JSONObject"),
    "outputConfig": Plain(dict, "JSONObject"),
    "performanceConfig": Plain(dict, "JSONObject"),
    "serviceTier": Plain(dict, "JSONObject"),
    "requestMetadata": Plain(dict, "JSONObject"),
    "additionalModelRequestFields": Plain(dict, "JSONObject"),
    "additionalModelResponseFieldPaths": Plain(list, "JSONArray"),
}
INFERENCE: Mapping[str, Field] = {
    "maxTokens": Number(1, 128_000, whole=True),
    "temperature": Number(0, 1),
    "topP": Number(0, 1),
    "stopSequences": Plain(list, "JSONArray"),
}
MESSAGE: Mapping[str, Field] = {"role": Text(), "content": Plain(list, "JSONArray")}
IMAGE: Mapping[str, Field] = {"format": Text(), "source": Plain(dict, "JSONObject")}
BLOCKS = ("text", "image", "video", "document", "toolUse", "toolResult", "cachePoint")
MOST_IMAGES = 20
MOST_BYTES = 3_932_160
SIDE = Rule(
    shortest=1,
    longest=8000,
    most=64_000_000,
    steepest=None,
    formats=("png", "jpeg", "gif", "webp"),
)
DEEPEST = 12
TOKEN = re.compile(r"\w+|[^\w\s]")
FILTERED = "The generated text has been blocked by our content filters."


def converse(world: World, call: Call) -> Answer:
    """Answer Converse.

    Raises:
        AwsError: as Bedrock would refuse the request.
    """
    model = admit(call.errand.target, call.region, "Converse")
    body = parse(call.request.body)
    check(body, MEMBERS, ("messages",))
    check(body.get("inferenceConfig", {}), INFERENCE, ())
    images = _check_messages(body["messages"])
    world.rate.take(call.region, model.id)
    profile = world.profiles.get(model.id, Profile())
    seed = hashlib.sha256(call.request.body).digest()
    content, reason = _reply(body, seed, profile)
    if call.fails("filter_output") or refuses(profile, seed.hex(), 0):
        content, reason = {"text": FILTERED}, "content_filtered"
    content, reason = _within(content, reason, body.get("inferenceConfig", {}).get("maxTokens"))
    words = json.dumps(content)
    usage = _usage(_words_in(body), images, words)
    world.ledger.bill(
        request_id=call.request_id,
        model=model.id,
        usd=_usd(model, usage),
        token=None,
        metadata=body.get("requestMetadata"),
    )
    said = {
        "output": {"message": {"role": "assistant", "content": [content]}},
        "stopReason": reason,
        "usage": usage,
        "metrics": {"latencyMs": 1},
    }
    answer = json.dumps(said).encode()
    _log(world, call, model, body, answer)
    return Answer(body=answer)


def _log(world: World, call: Call, model: Model, body: Mapping[str, Any], answer: bytes) -> None:
    if not (world.options.invocation_log and world.objects.region(world.options.bucket)):
        return
    record = invocation_log.Record(
        operation="Converse",
        request_id=call.request_id,
        region=call.region,
        model_id=model.id,
        at=call.at,
        metadata=body.get("requestMetadata"),
        request={"messages": len(body["messages"])},
        output=answer,
        has_picture=False,
    )
    invocation_log.write(world.objects, world.options.bucket, record)


def _check_messages(messages: list[Any]) -> int:
    """Check roles, blocks and pictures; give the number of pictures."""
    if not messages:
        raise validation("A conversation must start with a user message.")
    images = 0
    for place, message in enumerate(messages):
        where = f"messages/{place}"
        expect(where, message, dict, "JSONObject")
        check(message, MESSAGE, ("role", "content"))
        wanted = ("user", "assistant")[place % 2]
        if message["role"] != wanted:
            said = "A conversation must alternate between user and assistant roles"
            raise validation(f"{said}; {where}/role: found {message['role']}, expected {wanted}.")
        images += sum(_check_block(f"{where}/content", wanted, b) for b in message["content"])
    if images > MOST_IMAGES:
        raise validation(f"Too many images: {images}; the model takes at most {MOST_IMAGES}.")
    return images


def _check_block(where: str, role: str, block: Any) -> int:
    expect(where, block, dict, "JSONObject")
    if len(block) != 1 or next(iter(block)) not in BLOCKS:
        raise malformed(f"#/{where}: expected one of {list(BLOCKS)}, found: {sorted(block)}")
    if "text" in block:
        Text(longest=10_000_000).check(f"{where}/text", block["text"])
        if not block["text"].strip():
            raise validation("The text field in the ContentBlock object is blank.")
    if "image" not in block:
        return 0
    if role != "user":
        raise validation("Images are only allowed in messages of the user role.")
    _check_image(f"{where}/image", block["image"])
    return 1


def _check_image(where: str, image: Any) -> None:
    expect(where, image, dict, "JSONObject")
    check(image, IMAGE, ("format", "source"))
    if image["format"] not in SIDE.formats:
        raise constraint(image["format"], "image.format", f"satisfy enum value set: {SIDE.formats}")
    if "s3Location" in image["source"]:
        return
    picture = read(image["source"].get("bytes"), f"{where}/source/bytes", SIDE)
    if len(picture.text) * 3 // 4 > MOST_BYTES:
        raise validation("The image exceeds the maximum size of 3.75 MB.")
    if picture.format != image["format"]:
        raise validation(f"The image is {picture.format}, not {image['format']} as declared.")


def _reply(body: Mapping[str, Any], seed: bytes, profile: Profile) -> tuple[dict[str, Any], str]:
    tool = _forced_tool(body.get("toolConfig", {}))
    if tool is not None:
        name = tool["name"]
        schema = tool.get("inputSchema", {}).get("json", {})
        use = {"toolUseId": f"tooluse_{seed.hex()[:22]}", "name": name}
        made = _fitting(body, schema, profile, seed)
        return {"toolUse": use | {"input": made}}, "tool_use"
    form = body.get("outputConfig", {}).get("textFormat", {})
    if form.get("type") == "json_schema":
        return {"text": json.dumps(_fitting(body, _schema(form), profile, seed))}, "end_turn"
    return {"text": f"Emulated answer {seed.hex()[:12]}."}, "end_turn"


def _fitting(body: Mapping[str, Any], schema: Any, profile: Profile, seed: bytes) -> Any:
    """Give a judgement where one is asked for, else anything that fits the schema."""
    if judge.judges(schema):
        return judge.judgement(body, schema, profile, seed)
    return _instance(schema, _chance(seed), 0)


def _within(content: dict[str, Any], reason: str, most: int | None) -> tuple[dict[str, Any], str]:
    """End a text where it has as many tokens as were asked for at most."""
    ends = [found.end() for found in TOKEN.finditer(content.get("text", ""))]
    if most is None or len(ends) <= most:
        return content, reason
    return {"text": content["text"][: ends[int(most) - 1]]}, "max_tokens"


def _schema(form: Mapping[str, Any]) -> Any:
    try:
        return json.loads(form["structure"]["jsonSchema"]["schema"])
    except (KeyError, TypeError, ValueError) as error:
        raise validation(f"outputConfig.textFormat holds no JSON schema: {error}") from error


def _forced_tool(config: Mapping[str, Any]) -> dict[str, Any] | None:
    choice = config.get("toolChoice", {})
    tools = [tool["toolSpec"] for tool in config.get("tools", []) if "toolSpec" in tool]
    if "tool" in choice:
        tools = [tool for tool in tools if tool["name"] == choice["tool"].get("name")]
        if not tools:
            raise validation("toolConfig.toolChoice names a tool that is not in toolConfig.tools.")
    return tools[0] if tools and choice.keys() & {"tool", "any"} else None


def _chance(seed: bytes) -> Iterator[int]:
    while True:
        yield from seed
        seed = hashlib.sha256(seed).digest()


def _instance(schema: Any, chance: Iterator[int], depth: int) -> Any:
    """Make a value that a JSON schema allows, the plain parts of it."""
    if not isinstance(schema, dict) or depth > DEEPEST:
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][next(chance) % len(schema["enum"])]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        parts = schema.get("properties", {})
        return {name: _instance(part, chance, depth + 1) for name, part in parts.items()}
    if kind == "array":
        count = max(1, schema.get("minItems", 1))
        return [_instance(schema.get("items"), chance, depth + 1) for _ in range(count)]
    return _leaf(kind, schema, next(chance))


def _leaf(kind: str, schema: Mapping[str, Any], drawn: int) -> Any:
    if kind in {"number", "integer"}:
        low = schema.get("minimum", 0)
        value = low + (schema.get("maximum", low + 1) - low) * drawn / 255
        return round(value) if kind == "integer" else round(value, 3)
    return {"boolean": drawn % 2 == 0, "null": None}.get(kind, f"emulated {drawn}")


def _words_in(body: Mapping[str, Any]) -> str:
    blocks = [block for message in body["messages"] for block in message["content"]]
    blocks += body.get("system", [])
    return " ".join(str(block["text"]) for block in blocks if "text" in block)


def _usage(asked: str, images: int, said: str) -> dict[str, int]:
    tokens_in = max(1, len(TOKEN.findall(asked))) + 1600 * images
    tokens_out = max(1, len(TOKEN.findall(said)))
    return {
        "inputTokens": tokens_in,
        "outputTokens": tokens_out,
        "totalTokens": tokens_in + tokens_out,
    }


def _usd(model: Model, usage: Mapping[str, int]) -> float:
    low, high = (Decimal(str(price)) for price in model.usd_per_mtok)
    musd = usage["inputTokens"] * low + usage["outputTokens"] * high
    return float(musd.to_integral_value(ROUND_CEILING) / 1_000_000)  # a part of one counts as one
