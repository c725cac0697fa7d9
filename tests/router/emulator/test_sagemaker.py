"""InvokeEndpointAsync: what the service refuses, what containers refuse, and where it is told."""

import base64
import io
import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError
from PIL import Image

from router.testing.emulator import running_emulator

STILL, FILM = "flux-kontext-endpoint", "wan-i2v-endpoint"


@pytest.fixture(scope="module")
def runtime(emulator):
    """A client that lets through what the SDK itself would refuse."""
    return emulator.client("sagemaker-runtime", parameter_validation=False)


@pytest.fixture
def queue(emulator, runtime, s3):
    """Put a request into S3, queue it, and give what the service answered."""

    def queue(body, endpoint=STILL, **said):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        s3.put_object(Bucket=emulator.bucket, Key="in/one.json", Body=data)
        place = f"s3://{emulator.bucket}/in/one.json"
        return runtime.invoke_endpoint_async(EndpointName=endpoint, InputLocation=place, **said)

    return queue


def read(s3, uri):
    """Wait for an object."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    until = time.monotonic() + 10
    while True:
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def refused(act):
    with pytest.raises(ClientError) as caught:
        act()
    return caught.value.response["Error"]


def still(picture, **said):
    return {"prompt": "a lamp", "images": [picture(), picture(800, 500)], **said}


def test_the_answer_is_202_with_both_places_and_the_id_that_was_given(queue, picture):
    answer = queue(still(picture), InferenceId="mine-1", Filename="take")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "mine-1"
    assert answer["OutputLocation"].endswith(f"endpoint-output/{STILL}/take")
    assert f"endpoint-failure/{STILL}/take" in answer["FailureLocation"]


def test_a_path_extension_goes_before_the_name_and_names_are_made_where_none_is_given(
    queue, picture
):
    answer = queue(still(picture), S3OutputPathExtension="shots/one")
    assert f"{STILL}/shots/one/" in answer["OutputLocation"]
    assert answer["OutputLocation"].endswith(".out")


def test_the_picture_lies_in_s3_with_the_seed_that_was_used(queue, s3, picture):
    answer = queue(still(picture, seed=11, aspect_ratio="3:2"))
    said = json.loads(read(s3, answer["OutputLocation"]))
    image = Image.open(io.BytesIO(base64.b64decode(said["images"][0])))
    assert (image.size, said["seed"]) == ((1216, 832), 11)


def test_the_same_inference_id_twice_is_two_inferences(emulator, queue, picture):
    before = len(emulator.billed())
    for _ in range(2):
        queue(still(picture), InferenceId="twice")
    assert [row["token"] for row in emulator.billed()[before:]] == ["twice", "twice"]


def test_a_small_request_may_travel_in_the_call_itself(runtime, s3, picture):
    body = json.dumps(still(picture)).encode()
    answer = runtime.invoke_endpoint_async(EndpointName=STILL, Body=body)
    assert json.loads(read(s3, answer["OutputLocation"]))["images"]


def test_what_the_service_refuses_is_a_validation_error_and_is_not_billed(
    emulator, runtime, queue, picture
):
    before = len(emulator.billed())
    body, place = json.dumps(still(picture)).encode(), f"s3://{emulator.bucket}/in/one.json"
    calls = [
        lambda: queue(still(picture), endpoint="torn-down"),
        lambda: runtime.invoke_endpoint_async(EndpointName=STILL),
        lambda: runtime.invoke_endpoint_async(EndpointName=STILL, Body=body, InputLocation=place),
        lambda: runtime.invoke_endpoint_async(EndpointName=STILL, Body=b"x" * 128_001),
        lambda: queue(still(picture), RequestTTLSeconds=59),
        lambda: queue(still(picture), InvocationTimeoutSeconds=3_601),
        lambda: queue(still(picture), Filename="two.dots.json"),
    ]
    errors = [refused(call) for call in calls]
    assert {error["Code"] for error in errors} == {"ValidationError"}
    assert "Endpoint torn-down of account" in errors[0]["Message"]
    assert len(emulator.billed()) == before


def test_an_endpoint_stands_in_its_region_only(emulator, picture):
    elsewhere = emulator.client("sagemaker-runtime", region_name="us-east-1")
    error = refused(lambda: elsewhere.invoke_endpoint_async(EndpointName=STILL, Body=b"{}"))
    assert "not found" in error["Message"]


@pytest.mark.parametrize(
    ("endpoint", "change", "said"),
    [
        (STILL, {"steps": 3}, "extraneous key [steps]"),
        (STILL, {"images": []}, "1 to 4 items"),
        (STILL, {"images": ["bm8="]}, "unable to decode image"),
        (STILL, {"guidance_scale": 0.5}, "greater or equal to 1"),
        (FILM, {"size": "640*480"}, "not a valid enum value"),
        (FILM, {"frame_num": 80}, "4n + 1"),
        (FILM, {"image": None}, "expected type: String"),
    ],
)
def test_what_the_container_refuses_is_accepted_and_told_in_the_failure(
    emulator, queue, s3, picture, endpoint, change, said
):
    film = {"prompt": "a lamp", "image": picture(), "size": "832*480", "frame_num": 81}
    body = still(picture) if endpoint == STILL else film
    before = len(emulator.billed())
    answer = queue(body | change, endpoint=endpoint)
    failure = read(s3, answer["FailureLocation"]).decode()
    assert failure.startswith("Received client error (400) from primary")
    assert said in failure
    assert len(emulator.billed()) == before


def test_an_input_that_is_not_there_is_told_in_the_failure(emulator, runtime, s3):
    place = f"s3://{emulator.bucket}/in/never.json"
    answer = runtime.invoke_endpoint_async(EndpointName=STILL, InputLocation=place)
    assert "Failed to download" in read(s3, answer["FailureLocation"]).decode()


def test_a_signature_for_another_service_is_refused(emulator, picture):
    import urllib.error
    import urllib.request

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = boto3.Session(
        aws_access_key_id=emulator.access_key, aws_secret_access_key=emulator.secret_key
    )
    url = f"{emulator.endpoint}/endpoints/{STILL}/async-invocations"
    asked = AWSRequest("POST", url, data=b"{}")
    SigV4Auth(session.get_credentials(), "bedrock", "us-west-2").add_auth(asked)
    sent = urllib.request.Request(url, data=b"{}", headers=dict(asked.headers), method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(sent)
    with caught.value as refusal:
        assert refusal.code == 403


@pytest.mark.slow
def test_what_was_queued_is_finished_in_the_next_life(tmp_path, picture):
    options = {"speed": 40, "still_seconds": 80}
    body = json.dumps(still(picture)).encode()
    with running_emulator(tmp_path, **options) as first:
        runtime = first.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint_async(EndpointName=STILL, Body=body)
    with running_emulator(tmp_path, instant=True) as second:
        said = json.loads(read(second.client("s3"), answer["OutputLocation"]))
        assert said["has_nsfw_concepts"] == [False]
        assert len(second.billed()) == 1
