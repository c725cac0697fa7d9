"""litellm as it is, against the emulator: what works, and what it leaks into the body."""

import json
import os
import subprocess
import sys

import pytest

from router.testing.emulator import running_emulator

pytestmark = pytest.mark.slow

SCRIPT = """
import asyncio, io, json, os
import litellm
from PIL import Image

SD3 = "bedrock/stability.sd3-5-large-v1:0"
REACH = json.loads(os.environ["REACH"])


def picture():
    out = io.BytesIO()
    Image.new("RGB", (640, 640), (9, 90, 30)).save(out, "PNG")
    out.seek(0)
    return out


async def outcome(call):
    try:
        response = await call
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error)}
    if hasattr(response, "choices"):
        return {"text": response.choices[0].message.content}
    return {"pictures": len(response.data), "cost": response._hidden_params["response_cost"]}


async def main():
    make, edit = litellm.aimage_generation, litellm.aimage_edit
    asked = {"model": SD3, "prompt": "a castle", **REACH}
    plain = {"prompt": "a castle", **REACH}
    inpaint = "bedrock/us.stability.stable-image-inpaint-v1:0"
    calls = {
        "picture": make(seed=42, aspect_ratio="16:9", **asked),
        "extra_headers": make(extra_headers={"X-Amzn-Bedrock-Trace": "ENABLED"}, **asked),
        "guardrail": make(guardrailIdentifier="gr1", guardrailVersion="1", **asked),
        "edit": edit(model=inpaint, image=picture(), mask=picture(), grow_mask=5, **plain),
        "judge": litellm.acompletion(
            model="bedrock/us.amazon.nova-2-lite-v1:0",
            messages=[{"role": "user", "content": "Is it the same cat?"}],
            num_retries=0,
            **REACH,
        ),
        "stranger": make(**(asked | {"aws_access_key_id": "CTEMUNOBODY"})),
        "video": litellm.avideo_generation(model="bedrock/luma.ray-v2:0", **plain),
    }
    print(json.dumps({name: await outcome(call) for name, call in calls.items()}))


asyncio.run(main())
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    with running_emulator(tmp_path_factory.mktemp("litellm"), instant=True) as emulator:
        reach = {
            "aws_bedrock_runtime_endpoint": emulator.endpoint,
            "aws_region_name": emulator.region,
            "aws_access_key_id": emulator.access_key,
            "aws_secret_access_key": emulator.secret_key,
        }
        world = {
            **os.environ,
            "REACH": json.dumps(reach),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [sys.executable, "-W", "ignore", "-c", SCRIPT]
        done = subprocess.run(command, capture_output=True, text=True, env=world, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        found = json.loads(done.stdout.splitlines()[-1])
        found["billed"] = [line["model"] for line in emulator.billed()]
    return found


def test_a_raw_colon_in_the_path_verifies(outcomes):
    assert outcomes["picture"] == {"pictures": 1, "cost": 0.08}


def test_an_edit_with_a_whole_number_as_float_is_taken(outcomes):
    assert outcomes["edit"]["pictures"] == 1


@pytest.mark.parametrize(
    ("call", "key"), [("extra_headers", "extra_headers"), ("guardrail", "guardrailIdentifier")]
)
def test_what_litellm_leaks_into_the_body_is_refused(outcomes, call, key):
    assert outcomes[call]["error"] == "BadRequestError"
    assert f"extraneous key [{key}] is not permitted" in outcomes[call]["text"]


def test_a_judge_is_answered(outcomes):
    assert outcomes["judge"]["text"].startswith("Emulated answer")


def test_an_unknown_key_is_refused(outcomes):
    assert "security token included in the request is invalid" in outcomes["stranger"]["text"]


def test_litellm_has_no_way_to_a_film(outcomes):
    assert "video generation is not supported for bedrock" in outcomes["video"]["text"]


def test_only_what_was_answered_is_billed(outcomes):
    assert outcomes["billed"] == [
        "stability.sd3-5-large-v1:0",
        "stability.stable-image-inpaint-v1:0",
        "amazon.nova-2-lite-v1:0",
    ]
