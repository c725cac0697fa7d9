"""Bodies are held against their model, before anything is paid."""

import pytest

from router.emulator.errors import AwsError
from router.emulator.fields import check, parse
from router.emulator.models import MODELS, admit

SD3 = "stability.sd3-5-large-v1:0"
ULTRA = "stability.stable-image-ultra-v1:1"
ERASE = "us.stability.stable-image-erase-object-v1:0"


def said(body, model_id=SD3):
    model = MODELS[model_id]
    with pytest.raises(AwsError) as caught:
        check(body, model.fields, model.required)
    return caught.value.message


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"prompt": "a", "n": 1}, "extraneous key [n] is not permitted"),
        ({"prompt": "a", "guardrailIdentifier": "g"}, "extraneous key [guardrailIdentifier]"),
        ({"seed": 1}, "required key [prompt] not found"),
        ({"prompt": 7}, "#/prompt: expected type: String, found: Integer"),
        ({"prompt": "a" * 10_001}, "expected maxLength: 10000, actual: 10001"),
        ({"prompt": "a", "seed": 4294967295}, "is not less or equal to"),
        ({"prompt": "a", "seed": -1}, "is not greater or equal to 0"),
        ({"prompt": "a", "seed": 1.5}, "expected type: Integer, found: Double"),
        ({"prompt": "a", "seed": True}, "expected type: Integer, found: Boolean"),
        ({"prompt": "a", "strength": 1.01}, "is not less or equal to 1"),
        ({"prompt": "a", "aspect_ratio": "4:3"}, "4:3 is not a valid enum value"),
        ({"prompt": "a", "image": ["x"]}, "#/image: expected type: String, found: JSONArray"),
        ({"prompt": "a", "output_format": None}, "is not a valid enum value"),
    ],
)
def test_a_body_that_the_model_does_not_take_is_refused(body, text):
    assert text in said(body)


def test_ultra_takes_one_more_seed_and_one_format_less():
    model = MODELS[ULTRA]
    check({"prompt": "a", "seed": 4294967295}, model.fields, model.required)
    assert "webp is not" in said({"prompt": "a", "output_format": "webp"}, ULTRA)


def test_a_whole_number_may_come_as_a_float():
    model = MODELS["stability.stable-image-inpaint-v1:0"]
    check({"prompt": "a", "image": "x", "grow_mask": 5.0}, model.fields, model.required)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"\xff", b'{"seed": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(body):
    with pytest.raises(AwsError, match="ValidationException"):
        parse(body)


@pytest.mark.parametrize(
    ("model_id", "region", "api", "text"),
    [
        ("stability.sd9-v1:0", "us-west-2", "InvokeModel", "model identifier is invalid"),
        ("bad id", "us-west-2", "InvokeModel", "regular expression pattern"),
        (SD3, "us-east-1", "InvokeModel", "model identifier is invalid"),
        (f"us.{SD3}", "us-west-2", "InvokeModel", "model identifier is invalid"),
        (ERASE.removeprefix("us."), "us-east-1", "InvokeModel", "on-demand throughput isn"),
        (ERASE, "eu-west-1", "InvokeModel", "model identifier is invalid"),
        ("luma.ray-v2:0", "us-west-2", "InvokeModel", "can't be used with InvokeModel"),
        (SD3, "us-west-2", "StartAsyncInvoke", "asynchronous invocation"),
        (SD3, "us-west-2", "Converse", "supported text or chat model"),
        ("amazon.nova-canvas-v1:0", "us-east-1", "InvokeModel", "end of its life"),
        ("us.amazon.nova-reel-v1:1", "us-east-1", "StartAsyncInvoke", "end of its life"),
        ("amazon.titan-image-generator-v2:0", "us-west-2", "InvokeModel", "end of its life"),
    ],
)
def test_a_model_that_cannot_be_reached_this_way_is_refused(model_id, region, api, text):
    with pytest.raises(AwsError) as caught:
        admit(model_id, region, api)
    assert text in caught.value.message


@pytest.mark.parametrize("region", ["us-east-1", "us-east-2", "us-west-2"])
def test_the_services_are_offered_by_profile_in_three_regions(region):
    services = [model for model in MODELS.values() if model.profiles == ("us",) and model.usd]
    assert len(services) == 13
    for model in services:
        assert admit(f"us.{model.id}", region, "InvokeModel") is model


def test_a_model_is_also_known_by_its_arn():
    arn = f"arn:aws:bedrock:us-west-2::foundation-model/{SD3}"
    assert admit(arn, "us-west-2", "InvokeModel").id == SD3
    with pytest.raises(AwsError):
        admit(arn.replace("west", "east"), "us-west-2", "InvokeModel")
