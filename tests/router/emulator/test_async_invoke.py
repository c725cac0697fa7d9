"""Films by way of S3, with a real boto3 client on a real socket."""

import time

import pytest
from botocore.exceptions import ClientError

from router.testing.emulator import running_emulator

LUMA = "luma.ray-v2:0"


@pytest.fixture
def start(emulator, bedrock):
    def submit(client=bedrock, **changes):
        uri = changes.pop("uri", f"s3://{emulator.bucket}/films/")
        film = {"prompt": "a cat", "resolution": "540p"} | changes.pop("film", {})
        asked = {
            "modelId": LUMA,
            "modelInput": film,
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": uri}},
        }
        return client.start_async_invoke(**(asked | changes))["invocationArn"]

    return submit


def error(submit, **changes):
    with pytest.raises(ClientError) as caught:
        submit(**changes)
    return caught.value.response["Error"]


def frame(text, kind="image/png"):
    source = {"type": "base64", "media_type": kind, "data": text}
    return {"type": "image", "source": source}


def test_a_film_lands_under_its_id(emulator, bedrock, s3, start):
    arn = start()
    job = bedrock.get_async_invoke(invocationArn=arn)
    assert job["status"] == "Completed"
    assert job["endTime"] >= job["submitTime"]
    key = f"films/{arn.rpartition('/')[2]}/output.mp4"
    found = s3.get_object(Bucket=emulator.bucket, Key=key)
    assert found["ContentType"] == "application/octet-stream"
    assert found["Body"].read(12)[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("film", "usd"),
    [
        ({"resolution": "540p", "duration": "5s"}, 3.75),
        ({"resolution": "720p", "duration": "9s"}, 13.5),
        ({"resolution": "720p"}, 7.5),
    ],
)
def test_a_film_is_billed_by_the_second_with_its_token(emulator, start, film, usd):
    token = f"token-{usd}".replace(".", "-")
    start(film=film, clientRequestToken=token)
    line = emulator.billed()[-1]
    assert (line["model"], line["usd"], line["token"]) == (LUMA, usd, token)


def test_the_same_token_is_the_same_job_and_one_bill(emulator, start):
    first = start(clientRequestToken="again-1")
    billed = emulator.billed()
    assert start(clientRequestToken="again-1") == first
    assert emulator.billed() == billed


def test_the_same_token_for_another_film_is_a_conflict(start):
    start(clientRequestToken="again-2")
    said = error(start, clientRequestToken="again-2", film={"prompt": "a dog"})
    assert said["Code"] == "ConflictException"


@pytest.mark.parametrize("token", ["under_score", "-first", "last-", "a b"])
def test_the_token_is_held_to_what_the_service_really_takes(emulator, start, token):
    billed = emulator.billed()
    said = error(start, clientRequestToken=token)
    assert said["Code"] == "ValidationException"
    assert "[a-zA-Z0-9](-*[a-zA-Z0-9])*" in said["Message"]
    assert emulator.billed() == billed


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"uri": "http://nope"}, "s3Uri"),
        ({"film": {"seed": 1}}, "extraneous key [seed]"),
        ({"film": {"duration": "6s"}}, "6s is not a valid enum value"),
        ({"film": {"aspect_ratio": "3:2"}}, "3:2 is not a valid enum value"),
        ({"film": {"prompt": "a" * 5001}}, "expected maxLength: 5000"),
        ({"film": {"prompt": "word " * 301}}, "at most 300 tokens"),
        ({"film": {"loop": "yes"}}, "expected type: Boolean"),
        ({"tags": [{"key": "§", "value": "b"}]}, "tags.key"),
        ({"modelId": "stability.sd3-5-large-v1:0"}, "asynchronous invocation"),
    ],
)
def test_what_the_service_does_not_take_is_refused_at_once(start, changes, text):
    assert text in error(start, **changes)["Message"]


def test_key_frames_are_checked_before_the_job_is_taken(start, picture):
    start(film={"keyframes": {"frame0": frame(picture()), "frame1": frame(picture())}})
    small = error(start, film={"keyframes": {"frame0": frame(picture(400, 600))}})
    assert "512 to 4096" in small["Message"]
    lie = error(start, film={"keyframes": {"frame0": frame(picture(), "image/jpeg")}})
    assert "does not match image/png" in lie["Message"]
    third = error(start, film={"keyframes": {"frame2": frame(picture())}})
    assert "[frame2]" in third["Message"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"film": {"prompt": ""}}, "prompt is required"),
        ({"uri": "s3://no-such-bucket/films"}, "no-such-bucket does not exist"),
    ],
)
def test_a_doomed_job_is_taken_fails_and_costs_nothing(emulator, bedrock, start, changes, text):
    billed = emulator.billed()
    job = bedrock.get_async_invoke(invocationArn=start(**changes))
    assert job["status"] == "Failed"
    assert text in job["failureMessage"]
    assert emulator.billed() == billed


def test_a_bucket_in_another_region_fails_the_job(emulator, bedrock, start):
    east = emulator.client("s3", region_name="us-east-1")
    east.create_bucket(Bucket="far-away")
    job = bedrock.get_async_invoke(invocationArn=start(uri="s3://far-away/films"))
    assert job["status"] == "Failed"


def test_an_unknown_arn_is_a_validation_error(bedrock):
    for arn in ("arn:aws:bedrock:us-west-2:111122223333:async-invoke/aaaaaaaaaaaa", "nonsense"):
        with pytest.raises(bedrock.exceptions.ValidationException):
            bedrock.get_async_invoke(invocationArn=arn)


def test_jobs_are_listed_in_pages_by_status(bedrock, start):
    arns = [start() for _ in range(3)]
    found = []
    page = {}
    while not page or "nextToken" in page:
        more = {"nextToken": page["nextToken"]} if page else {}
        page = bedrock.list_async_invokes(statusEquals="Completed", maxResults=2, **more)
        assert len(page["asyncInvokeSummaries"]) <= 2
        found += [row["invocationArn"] for row in page["asyncInvokeSummaries"]]
    assert found[:3] == arns[::-1]
    assert len(found) == len(set(found))
    with pytest.raises(ClientError, match="statusEquals"):
        bedrock.list_async_invokes(statusEquals="Cancelled")


@pytest.mark.slow
def test_a_job_takes_its_time_alone_and_outlives_a_restart(tmp_path, start):
    state = tmp_path / "state"
    with running_emulator(state, job_seconds=3) as before:
        client = before.client("bedrock-runtime")
        where = {"uri": f"s3://{before.bucket}/films"}
        arn = start(client, clientRequestToken="one", **where)
        assert client.get_async_invoke(invocationArn=arn)["status"] == "InProgress"
        assert error(start, client=client, clientRequestToken="two", **where)["Code"] == (
            "ThrottlingException"
        )
        assert start(client, clientRequestToken="one", **where) == arn
    with running_emulator(state, job_seconds=3) as after:
        client = after.client("bedrock-runtime")
        assert after.access_key == before.access_key
        deadline = time.monotonic() + 30
        while client.get_async_invoke(invocationArn=arn)["status"] == "InProgress":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert start(client, clientRequestToken="one", **where) == arn
        key = f"films/{arn.rpartition('/')[2]}/output.mp4"
        assert after.client("s3").head_object(Bucket=after.bucket, Key=key)["ContentLength"]
        assert [line["token"] for line in after.billed()] == ["one"]
    assert after.process.returncode == 0
