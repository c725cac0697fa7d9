"""Converse: the shape is held, the answer is canned."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

NOVA = "us.amazon.nova-2-lite-v1:0"
SCHEMA = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 1, "maximum": 5},
        "verdict": {"enum": ["pass", "fail"]},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["score", "verdict", "notes"],
    "additionalProperties": False,
}


def ask(client, *content, role="user", **options):
    messages = [{"role": role, "content": list(content)}]
    return client.converse(modelId=options.pop("model", NOVA), messages=messages, **options)


def refused(client, *content, **options):
    with pytest.raises(ClientError) as caught:
        ask(client, *content, **options)
    return caught.value.response["Error"]["Message"]


def image(picture, format_="png", **size):
    return {"image": {"format": format_, "source": {"bytes": base64.b64decode(picture(**size))}}}


def test_an_answer_is_text_with_its_usage_and_bill(emulator, bedrock, picture):
    first = ask(bedrock, {"text": "Is it the same cat?"}, image(picture))
    again = ask(bedrock, {"text": "Is it the same cat?"}, image(picture))
    assert first["output"] == again["output"]
    assert first["stopReason"] == "end_turn"
    usage = first["usage"]
    hundredths = usage["inputTokens"] * 33 + usage["outputTokens"] * 275
    assert round(emulator.billed()[-1]["usd"] * 1_000_000) == -(-hundredths // 100)


def test_a_schema_is_answered_with_json_that_fits_it(bedrock):
    form = {
        "type": "json_schema",
        "structure": {"jsonSchema": {"name": "s", "schema": json.dumps(SCHEMA)}},
    }
    said = ask(bedrock, {"text": "Judge."}, outputConfig={"textFormat": form})
    found = json.loads(said["output"]["message"]["content"][0]["text"])
    assert found.keys() == SCHEMA["properties"].keys()
    assert 1 <= found["score"] <= 5
    assert found["verdict"] in {"pass", "fail"}


def test_a_forced_tool_is_used(bedrock):
    tool = {"name": "judge", "inputSchema": {"json": SCHEMA}}
    config = {"tools": [{"toolSpec": tool}], "toolChoice": {"tool": {"name": "judge"}}}
    said = ask(bedrock, {"text": "Judge."}, toolConfig=config)
    assert said["stopReason"] == "tool_use"
    assert said["output"]["message"]["content"][0]["toolUse"]["input"].keys() == (
        SCHEMA["properties"].keys()
    )


def test_a_shape_that_the_service_does_not_take_is_refused(bedrock, picture):
    assert "blank" in refused(bedrock, {"text": " "})
    assert "found assistant, expected user" in refused(bedrock, {"text": "a"}, role="assistant")
    assert "not jpeg as declared" in refused(bedrock, image(picture, "jpeg"))
    assert "Too many images" in refused(bedrock, *[image(picture, width=64)] * 21)
    assert "not less or equal to 1" in refused(
        bedrock, {"text": "a"}, inferenceConfig={"temperature": 1.5}
    )
    assert "supported text or chat model" in refused(
        bedrock, {"text": "a"}, model="stability.sd3-5-large-v1:0"
    )


def test_an_answer_ends_at_the_most_tokens_that_were_asked_for(bedrock):
    said = ask(bedrock, {"text": "Describe the cat."}, inferenceConfig={"maxTokens": 2})
    assert said["stopReason"] == "max_tokens"
    assert said["output"]["message"]["content"] == [{"text": "Emulated answer"}]
