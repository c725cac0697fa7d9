"""InvokeModel, with a real boto3 client on a real socket."""

import json

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from router.testing.emulator import running_emulator

SD3 = "stability.sd3-5-large-v1:0"
STYLE = "us.stability.stable-image-style-guide-v1:0"
PAIRED = {
    "stability.stable-image-search-recolor-v1:0": {"select_prompt": "coat"},
    "stability.stable-image-search-replace-v1:0": {"search_prompt": "coat"},
    "stability.stable-outpaint-v1:0": {"left": 64},
}
UNPROMPTED = {
    "stability.stable-fast-upscale-v1:0",
    "stability.stable-image-erase-object-v1:0",
    "stability.stable-image-remove-background-v1:0",
}
SERVICES = {
    "stability.stable-creative-upscale-v1:0": 0.60,
    "stability.stable-conservative-upscale-v1:0": 0.40,
    "stability.stable-fast-upscale-v1:0": 0.03,
    "stability.stable-image-inpaint-v1:0": 0.07,
    "stability.stable-outpaint-v1:0": 0.06,
    "stability.stable-image-search-recolor-v1:0": 0.07,
    "stability.stable-image-search-replace-v1:0": 0.07,
    "stability.stable-image-erase-object-v1:0": 0.07,
    "stability.stable-image-remove-background-v1:0": 0.07,
    "stability.stable-image-control-sketch-v1:0": 0.07,
    "stability.stable-image-control-structure-v1:0": 0.07,
    "stability.stable-image-style-guide-v1:0": 0.07,
    "stability.stable-style-transfer-v1:0": 0.08,
}


def invoke(client, model_id, body, **options):
    return client.invoke_model(modelId=model_id, body=json.dumps(body), **options)


def refused(client, model_id, body, **options):
    with pytest.raises(ClientError) as caught:
        invoke(client, model_id, body, **options)
    return caught.value.response


@pytest.mark.slow
def test_painted_pictures_have_the_size_of_flat_ones(tmp_path, bedrock, picture, opened):
    alpha = {"prompt": "a navy coat", "image": picture(256, 192, mode="RGBA")}
    asked = {
        "us.stability.stable-image-inpaint-v1:0": alpha,
        "us.stability.stable-image-erase-object-v1:0": {"image": picture(256, 192)},
        "us.stability.stable-outpaint-v1:0": {"image": picture(256, 192), "left": 30, "up": 20},
        "us.stability.stable-fast-upscale-v1:0": {"image": picture(64, 48)},
        STYLE: {"prompt": "a", "image": picture(256, 192), "aspect_ratio": "21:9"},
        SD3: {"prompt": "a", "aspect_ratio": "4:5", "output_format": "webp"},
    }
    with running_emulator(tmp_path, speed=1e6) as emulator:
        painted = emulator.client("bedrock-runtime")
        for model_id, body in asked.items():
            flat = opened(invoke(bedrock, model_id, body))
            found = opened(invoke(painted, model_id, body))
            assert (found.size, found.format) == (flat.size, flat.format)


def test_every_answer_says_that_it_is_simulated(bedrock):
    good = invoke(bedrock, SD3, {"prompt": "a"})["ResponseMetadata"]["HTTPHeaders"]
    bad = refused(bedrock, SD3, {})["ResponseMetadata"]["HTTPHeaders"]
    assert good["x-circletake-simulated"] == bad["x-circletake-simulated"] == "1"


def test_a_picture_comes_with_its_seed_in_the_asked_shape(bedrock, opened):
    asked = {"prompt": "a castle", "seed": 42, "aspect_ratio": "16:9", "output_format": "jpeg"}
    response = invoke(bedrock, SD3, asked)
    assert response["contentType"] == "application/json"
    body = json.loads(response["body"].read())
    assert body["seeds"] == [42]
    assert body["finish_reasons"] == [None]
    picture = opened(invoke(bedrock, SD3, asked))
    assert (picture.size, picture.format) == ((1344, 768), "JPEG")


def test_no_seed_means_a_random_one_that_comes_back(bedrock):
    seeds = set()
    for asked in ({"prompt": "a"}, {"prompt": "a", "seed": 0}, {"prompt": "a"}):
        seeds |= set(json.loads(invoke(bedrock, SD3, asked)["body"].read())["seeds"])
    assert len(seeds) == 3
    assert 0 not in seeds


def test_image_to_image_needs_both_picture_and_strength(bedrock, picture, opened):
    asked = {"prompt": "a", "mode": "image-to-image", "image": picture(600, 600), "strength": 0.5}
    assert opened(invoke(bedrock, SD3, asked)).size == (1024, 1024)
    for missing in ("image", "strength"):
        short = {name: value for name, value in asked.items() if name != missing}
        assert f"[{missing}] not found" in refused(bedrock, SD3, short)["Error"]["Message"]
    wide = asked | {"aspect_ratio": "16:9"}
    assert "[aspect_ratio]" in refused(bedrock, SD3, wide)["Error"]["Message"]
    text = asked | {"mode": "text-to-image"}
    assert "[image]" in refused(bedrock, SD3, text)["Error"]["Message"]


def test_strength_without_a_picture_is_refused(bedrock):
    said = refused(bedrock, "stability.stable-image-ultra-v1:1", {"prompt": "a", "strength": 0.2})
    assert "[strength]" in said["Error"]["Message"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_answers_and_bills_its_price(emulator, bedrock, picture, opened, service):
    asked = {"prompt": "a"} | PAIRED.get(service, {})
    if service in UNPROMPTED:
        del asked["prompt"]
    if "style-transfer" in service:
        asked |= {"init_image": picture(128, 96), "style_image": picture()}
    else:
        asked |= {"image": picture(128, 96)}
    assert isinstance(opened(invoke(bedrock, f"us.{service}", asked)), Image.Image)
    line = emulator.billed()[-1]
    assert (line["model"], line["usd"], line["token"]) == (service, SERVICES[service], None)


def test_a_call_is_billed_once_with_its_request_id_and_metadata(emulator, bedrock):
    before = len(emulator.billed())
    tag = json.dumps({"attempt": "at_1"})
    response = invoke(bedrock, SD3, {"prompt": "a"}, requestMetadata=tag)
    lines = emulator.billed()[before:]
    request_id = response["ResponseMetadata"]["RequestId"]
    assert lines == [
        {
            "request_id": request_id,
            "model": SD3,
            "usd": 0.08,
            "token": None,
            "metadata": {"attempt": "at_1"},
        }
    ]


def test_a_refused_call_is_not_billed(emulator, bedrock):
    before = emulator.billed()
    error = refused(bedrock, SD3, {"prompt": "a", "n": 2})
    assert error["Error"]["Code"] == "ValidationException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["ResponseMetadata"]["RequestId"]
    assert emulator.billed() == before


def test_each_invocation_is_logged_where_its_picture_can_be_found_again(emulator, bedrock, s3):
    response = invoke(bedrock, SD3, {"prompt": "a"}, requestMetadata='{"attempt": "at_2"}')
    request_id = response["ResponseMetadata"]["RequestId"]
    rows = s3.get_paginator("list_objects_v2").paginate(
        Bucket=emulator.bucket, Prefix="invocation-logs/"
    )
    keys = [row["Key"] for page in rows for row in page["Contents"]]
    (key,) = [key for key in keys if key.endswith(f"{request_id}.json")]
    record = json.loads(s3.get_object(Bucket=emulator.bucket, Key=key)["Body"].read())
    assert record["schemaType"] == "ModelInvocationLog"
    assert (record["requestId"], record["modelId"]) == (request_id, SD3)
    assert record["requestMetadata"] == {"attempt": "at_2"}
    place = record["output"]["outputBodyS3Path"].removeprefix(f"s3://{emulator.bucket}/")
    logged = s3.get_object(Bucket=emulator.bucket, Key=place)["Body"].read()
    assert logged == response["body"].read()


@pytest.mark.parametrize(
    "tag",
    [
        "nonsense",
        "{}",
        '{"a": 1}',
        '{"a": "§"}',
        json.dumps(dict.fromkeys(map(str, range(17)), "b")),
    ],
)
def test_metadata_that_is_no_map_of_short_strings_is_refused(bedrock, tag):
    with pytest.raises(ClientError, match=r"ValidationException|metadata"):
        invoke(bedrock, SD3, {"prompt": "a"}, requestMetadata=tag)


def test_a_region_that_does_not_offer_the_model_refuses_it(emulator):
    east = emulator.client("bedrock-runtime", region_name="us-east-1")
    assert "identifier is invalid" in refused(east, SD3, {"prompt": "a"})["Error"]["Message"]


def test_the_services_answer_in_another_us_region(emulator, picture):
    east = emulator.client("bedrock-runtime", region_name="us-east-2")
    invoke(east, STYLE, {"prompt": "a", "image": picture()})


def test_a_retired_model_is_gone(bedrock):
    error = refused(bedrock, "amazon.nova-canvas-v1:0", {"taskType": "TEXT_IMAGE"})
    assert error["Error"]["Code"] == "ResourceNotFoundException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_guardrail_leaves_its_mark_in_the_body(bedrock):
    guard = {"guardrailIdentifier": "gr12345", "guardrailVersion": "1", "trace": "ENABLED"}
    body = json.loads(invoke(bedrock, SD3, {"prompt": "a"}, **guard)["body"].read())
    assert body["amazon-bedrock-guardrailAction"] == "NONE"
    assert "guardrail" in body["amazon-bedrock-trace"]
    assert len(body["images"]) == 1


def test_half_a_guardrail_is_refused(bedrock):
    error = refused(bedrock, SD3, {"prompt": "a"}, guardrailIdentifier="gr12345")
    assert "together" in error["Error"]["Message"]


def test_other_tiers_and_content_types_are_refused(bedrock):
    for option in ({"serviceTier": "flex"}, {"contentType": "text/plain"}):
        assert (
            "enum value set" in refused(bedrock, SD3, {"prompt": "a"}, **option)["Error"]["Message"]
        )


def test_a_body_over_25_megabytes_is_refused(bedrock):
    error = refused(bedrock, SD3, {"prompt": "a", "image": "A" * 25_000_000})
    assert "less than or equal to 25000000" in error["Error"]["Message"]


def test_the_state_counts_posts_without_a_signature(emulator, bedrock):
    import httpx

    def posts():
        return httpx.get(f"{emulator.endpoint}/_circletake/state").json()["posts"].get(SD3, 0)

    before = posts()
    invoke(bedrock, SD3, {"prompt": "a"})
    assert posts() == before + 1


def test_an_unknown_path_is_an_unknown_operation(emulator):
    import httpx

    answer = httpx.post(f"{emulator.endpoint}/model/{SD3}/dream")
    assert answer.status_code == 404
    assert answer.headers["x-amzn-errortype"].startswith("UnknownOperationException")


def test_the_control_plane_tells_what_lives_in_a_region(emulator):
    west, east = emulator.client("bedrock"), emulator.client("bedrock", region_name="us-east-1")
    here = {row["modelId"] for row in west.list_foundation_models()["modelSummaries"]}
    there = {row["modelId"] for row in east.list_foundation_models()["modelSummaries"]}
    assert here - there >= {SD3, "luma.ray-v2:0"}
    card = west.get_foundation_model(modelIdentifier=SD3)["modelDetails"]
    assert card["modelLifecycle"]["status"] == "ACTIVE"
    with pytest.raises(west.exceptions.ResourceNotFoundException):
        west.get_foundation_model(modelIdentifier="amazon.nova-reel-v1:1")
