"""Faults as a real boto3 client meets them, and what they cost."""

import base64
import io
import json
import time

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from PIL import Image

from router.emulator.faults import ERRORS
from router.testing.emulator import running_emulator

SD3 = "stability.sd3-5-large-v1:0"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "faults.json").write_text("[]")
    options = {"instant": True, "faults": folder / "faults.json"}
    with running_emulator(folder / "state", **options) as it:
        yield it


@pytest.fixture
def plant(emulator):
    """Plant one fault for the next matching call."""
    path = emulator.ledger.parent.parent / "faults.json"

    def write(fault, **row):
        path.write_text(json.dumps([{"fault": fault, "model": SD3} | row]))
        return len(emulator.billed())

    yield write
    path.write_text("[]")


def paid(emulator, before):
    return len(emulator.billed()) - before


def invoke(client):
    return client.invoke_model(modelId=SD3, body=json.dumps({"prompt": "a", "seed": 5}))


def body(client):
    return json.loads(invoke(client)["body"].read())


@pytest.mark.parametrize("fault", sorted(ERRORS))
def test_an_error_answer_has_its_status_type_and_no_bill(emulator, bedrock, plant, fault):
    before = plant(fault)
    with pytest.raises(ClientError) as caught:
        invoke(bedrock)
    status, code, _ = ERRORS[fault]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert caught.value.response["Error"]["Code"] == code
    assert paid(emulator, before) == 0
    invoke(bedrock)
    assert paid(emulator, before) == 1


def test_an_error_answer_may_come_after_the_bill(emulator, bedrock, plant):
    before = plant("internal", args={"billed": True})
    with pytest.raises(bedrock.exceptions.InternalServerException):
        invoke(bedrock)
    assert paid(emulator, before) == 1


@pytest.mark.parametrize(("fault", "bills"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_costs_what_was_done(emulator, bedrock, plant, fault, bills):
    before = plant(fault)
    with pytest.raises(ConnectionClosedError):
        invoke(bedrock)
    assert paid(emulator, before) == bills
    invoke(bedrock)


def test_a_truncated_body_breaks_while_it_is_read(emulator, bedrock, plant):
    before = plant("truncated_body")
    response = invoke(bedrock)
    with pytest.raises(ResponseStreamingError):
        response["body"].read()
    assert paid(emulator, before) == 1


def test_a_slow_answer_outlasts_the_client_and_is_billed(emulator, plant):
    before = plant("slow", args={"seconds": 2})
    hasty = emulator.client("bedrock-runtime", read_timeout=0.3)
    with pytest.raises(ReadTimeoutError):
        invoke(hasty)
    assert paid(emulator, before) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("filter_prompt", "Filter reason: prompt"),
        ("filter_output", "Filter reason: output image"),
        ("inference_error", "Inference error"),
    ],
)
def test_a_filtered_call_is_a_success_without_picture_and_bill(
    emulator, bedrock, plant, fault, reason
):
    before = plant(fault)
    assert body(bedrock) == {"finish_reasons": [reason]}
    assert paid(emulator, before) == 0


def test_spoilt_pictures_are_billed(emulator, bedrock, plant):
    before = plant("truncated_base64")
    with pytest.raises(ValueError, match=r"base64|padding|characters"):
        base64.b64decode(body(bedrock)["images"][0], validate=True)
    plant("not_an_image")
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(io.BytesIO(base64.b64decode(body(bedrock)["images"][0])))
    plant("wrong_size", args={"width": 96, "height": 64})
    wrong = Image.open(io.BytesIO(base64.b64decode(body(bedrock)["images"][0])))
    assert wrong.size == (96, 64)
    plant("empty_images")
    assert body(bedrock)["images"] == []
    plant("nan_seed")
    (seed,) = body(bedrock)["seeds"]
    assert seed != seed
    assert paid(emulator, before) == 5


def job(emulator, bedrock):
    film = {"prompt": "a cat", "resolution": "540p"}
    place = {"s3OutputDataConfig": {"s3Uri": f"s3://{emulator.bucket}/jobs"}}
    arn = bedrock.start_async_invoke(
        modelId="luma.ray-v2:0", modelInput=film, outputDataConfig=place
    )["invocationArn"]
    return arn, bedrock.get_async_invoke(invocationArn=arn)


def test_a_job_can_fail_or_lose_its_film(emulator, bedrock, s3, plant):
    before = plant("job_failed", model="luma.ray-v2:0", args={"message": "out of paint"})
    _, failed = job(emulator, bedrock)
    assert (failed["status"], failed["failureMessage"]) == ("Failed", "out of paint")
    assert paid(emulator, before) == 0
    plant("output_missing", model="luma.ray-v2:0")
    arn, done = job(emulator, bedrock)
    assert done["status"] == "Completed"
    prefix = f"jobs/{arn.rpartition('/')[2]}"
    assert s3.list_objects_v2(Bucket=emulator.bucket, Prefix=prefix)["KeyCount"] == 0
    assert paid(emulator, before) == 1


def test_a_stuck_job_stays_open_and_holds_the_quota(emulator, bedrock, plant):
    plant("job_stuck", model="luma.ray-v2:0")
    _, stuck = job(emulator, bedrock)
    time.sleep(0.1)
    assert stuck["status"] == "InProgress"
    with pytest.raises(bedrock.exceptions.ThrottlingException):
        job(emulator, bedrock)


def test_a_polling_client_can_be_throttled_by_model(emulator, bedrock, plant):
    plant("throttle", model="luma.ray-v2:0", operation="ListAsyncInvokes")
    bedrock.list_async_invokes()
    plant("throttle", model="*", operation="ListAsyncInvokes")
    with pytest.raises(bedrock.exceptions.ThrottlingException):
        bedrock.list_async_invokes()


def test_storage_can_fail_by_name(emulator, s3, plant):
    plant("unavailable", model=emulator.bucket, operation="PutObject")
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        s3.put_object(Bucket=emulator.bucket, Key="k", Body=b"v")
    s3.put_object(Bucket=emulator.bucket, Key="k", Body=b"v")
