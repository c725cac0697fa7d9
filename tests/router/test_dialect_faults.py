"""Everything that can go wrong on the wire has one meaning, and nothing is paid twice."""

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from router import catalog
from router.backends import bedrock_async
from router.cloud import aws
from router.domain.model import Model
from router.emulator.faults import FAULTS
from router.ports import Delivered, Outcome, Running, Setback
from router.testing.asking import request
from router.testing.wire import Wire, asked_of, wired

pytestmark = pytest.mark.slow

CATALOGUE = catalog.load()
STILL = CATALOGUE["stable-image-core"]
FILM = CATALOGUE["luma-ray2"]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with wired(tmp_path_factory.mktemp("emulator")) as shared:
        yield shared


@pytest.fixture
def request_id(request: pytest.FixtureRequest) -> str:
    return str(request.node.nodeid)


# fault → kind, code of the outcome; None = delivered all the same
SYNC: dict[str, tuple[str, str] | None] = {
    "throttle": ("busy", "throttled"),
    "unavailable": ("busy", "unavailable"),
    "not_ready": ("busy", "not_ready"),
    "internal": ("ambiguous", "internal"),
    "model_timeout": ("ambiguous", "model_timeout"),
    "model_error": ("ambiguous", "model_error"),
    "eol": ("rejected", "gone"),
    "legacy": ("rejected", "no_access"),
    "no_access": ("rejected", "no_access"),
    "validation": ("rejected", "validation"),
    "quota": ("rejected", "quota"),
    "expired_token": ("not_sent", "expired_credentials"),
    "slow": ("ambiguous", "read_timeout"),
    "drop_before": ("ambiguous", "connection_lost"),
    "drop_after": ("ambiguous", "connection_lost"),
    "truncated_body": ("ambiguous", "answer_cut"),
    "truncated_base64": ("undecodable", "bad_base64"),
    "wrong_size": None,
    "not_an_image": ("undecodable", "not_a_picture"),
    "empty_images": ("undecodable", "no_picture"),
    "nan_seed": ("undecodable", "bad_seed"),
    "filter_prompt": ("refused", "filtered"),
    "filter_output": ("refused", "filtered"),
    "inference_error": ("ambiguous", "inference_error"),
}
STILLS_ONLY = {"truncated_base64", "empty_images", "nan_seed"}
JOBS: dict[str, tuple[str, str] | None] = {
    **{name: found for name, found in SYNC.items() if name not in STILLS_ONLY},
    "not_an_image": ("undecodable", "not_a_film"),
    "inference_error": ("rejected", "job_failed"),
    "job_failed": ("rejected", "job_failed"),
    "job_stuck": ("running", ""),
    "output_missing": ("busy", "output_missing"),
}
# Faults after which the emulator has billed nothing.
UNBILLED = {
    *("throttle", "unavailable", "not_ready", "internal", "model_timeout", "model_error", "eol"),
    *("legacy", "no_access", "validation", "quota", "expired_token", "drop_before"),
    *("filter_prompt", "filter_output", "inference_error", "job_failed"),
}


def test_every_fault_that_the_emulator_knows_is_met_here():
    assert set(SYNC) | set(JOBS) == FAULTS


LATE_S = 4.0


def impatient(model: Model, fault: str) -> Model:
    """Wait for a second only where the answer is to come late."""
    return replace(model, timeout_s=1.0 if fault == "slow" else 60.0)


def shown(outcome: Outcome | None) -> tuple[str, str] | None:
    match outcome:
        case Setback():
            return outcome.kind, outcome.code
        case Running():
            return "running", ""
        case Delivered():
            return None
        case None:
            return "no trace", ""


@pytest.mark.parametrize("name", sorted(SYNC))
def test_a_fault_of_a_sync_call_has_one_meaning_and_costs_one_request(
    wire: Wire, request_id: str, name: str
):
    model = impatient(STILL, name)
    sent = asked_of(model, request(model, "text_to_image"), request_id, b"")
    backend = wire.backends["bedrock_invoke"]
    posts, billed = wire.posts(model), len(wire.emulator.billed())
    wire.fault(name, seconds=LATE_S)
    found = backend.send(sent)
    wire.fault(None)
    assert shown(found) == SYNC[name]
    assert wire.posts(model) == posts + 1
    paid = wire.emulator.billed()[billed:]
    assert len(paid) == (0 if name in UNBILLED else 1)
    if isinstance(found, Setback) and found.kind in {"busy", "not_sent", "rejected", "refused"}:
        assert paid == []  # what is called unpaid is unpaid
    if isinstance(found, Setback) and found.code not in {"connection_lost", "read_timeout"}:
        assert found.simulated


@pytest.mark.parametrize("name", ["slow", "drop_after", "truncated_body"])
def test_a_lost_answer_is_found_again_without_paying_twice(wire: Wire, request_id: str, name: str):
    model = impatient(STILL, name)
    sent = asked_of(model, request(model, "text_to_image"), request_id, b"")
    backend = wire.backends["bedrock_invoke"]
    billed = len(wire.emulator.billed())
    wire.fault(name, seconds=LATE_S)
    lost = backend.send(sent)
    wire.fault(None)
    assert isinstance(lost, Setback)
    found, until = backend.find(sent), time.monotonic() + 20
    while found is None and time.monotonic() < until:
        time.sleep(0.1)
        found = backend.find(sent)
    assert isinstance(found, Delivered)
    assert found.simulated
    assert found.seed == 7
    assert len(wire.emulator.billed()) == billed + 1


def test_a_packed_record_among_others_is_found_as_aws_writes_it(wire: Wire, request_id: str):
    wire.fault(None)
    sent = asked_of(STILL, request(STILL, "text_to_image"), request_id, b"")
    refusal = {"finish_reasons": ["Filter reason: output image"]}
    records = [
        {"requestMetadata": {"attempt": attempt}, "output": {"outputBodyJson": refusal}}
        for attempt in ("somebody-elses", sent.attempt)
    ]
    lines = ["not a record", "[]", *map(json.dumps, records)]
    wire.emulator.client("s3").put_object(
        Bucket=wire.emulator.bucket,
        Key="invocation-logs/AWSLogs/1/BedrockModelInvocationLogs/us-west-2/2026/11/21/10/a.json.gz",
        Body=gzip.compress("\n".join(lines).encode()),
    )
    assert shown(wire.backends["bedrock_invoke"].find(sent)) == ("refused", "filtered")


def test_what_never_arrived_leaves_no_trace(wire: Wire, request_id: str):
    sent = asked_of(STILL, request(STILL, "text_to_image"), request_id, b"")
    backend = wire.backends["bedrock_invoke"]
    wire.fault("drop_before")
    assert isinstance(backend.send(sent), Setback)
    wire.fault(None)
    assert backend.find(sent) is None


def test_a_log_that_cannot_be_read_is_not_taken_for_no_trace(wire: Wire, request_id: str):
    sent = asked_of(STILL, request(STILL, "text_to_image"), request_id, b"")
    wire.fault("internal", on="ListObjectsV2")
    found = wire.backends["bedrock_invoke"].find(sent)
    wire.fault(None)
    assert isinstance(found, Setback)
    assert (found.kind, found.code) == ("ambiguous", "cannot_look")


@pytest.mark.parametrize("name", sorted(set(JOBS) - {"job_stuck"}))
def test_a_fault_of_a_job_has_one_meaning_and_never_pays_twice(
    wire: Wire, request_id: str, name: str
):
    backend, model = wire.backends["bedrock_async"], impatient(FILM, name)
    sent = asked_of(model, request(model, "text_to_video"), request_id, b"")
    billed = len(wire.emulator.billed())
    wire.fault(name, seconds=LATE_S)
    first = backend.send(sent)
    wire.fault(None)
    assert shown(wire.end_of(sent, first)) == JOBS[name]
    assert len(wire.emulator.billed()) - billed == (0 if name in UNBILLED else 1)
    if isinstance(first, Setback) and first.kind == "ambiguous":
        patient = replace(sent, model=FILM)
        again = wire.end_of(sent, backend.send(patient))  # the same token: the same job
        assert isinstance(again, Delivered)
        assert len(wire.emulator.billed()) - billed == 1


def test_a_started_job_is_found_by_its_token(wire: Wire, request_id: str):
    wire.fault("drop_after")
    sent = asked_of(FILM, request(FILM, "text_to_video"), request_id, b"")
    backend = wire.backends["bedrock_async"]
    lost = backend.send(sent)
    wire.fault(None)
    assert isinstance(lost, Setback)
    found = backend.find(sent)
    assert isinstance(found, Running | Delivered)
    assert isinstance(wire.end_of(sent, found), Delivered)
    assert backend.find(replace(sent, token="neverused")) is None


def test_a_token_that_was_used_for_something_else_leads_to_its_job(wire: Wire, request_id: str):
    wire.fault(None)
    backend = wire.backends["bedrock_async"]
    first = asked_of(FILM, request(FILM, "text_to_video"), request_id, b"")
    assert isinstance(wire.end_of(first, backend.send(first)), Delivered)
    other = replace(first, request=replace(first.request, prompt="Something else"))
    billed = len(wire.emulator.billed())
    assert isinstance(wire.end_of(other, backend.send(other)), Delivered)
    assert len(wire.emulator.billed()) == billed


def test_a_job_that_is_stuck_keeps_running_and_throttles_the_next(tmp_path: Path):
    """On an emulator of its own: the job keeps the only place there is."""
    with wired(tmp_path) as own:
        backend = own.backends["bedrock_async"]
        own.fault("job_stuck")
        first = asked_of(FILM, request(FILM, "text_to_video"), "1", b"")
        started = backend.send(first)
        own.fault(None)
        assert shown(started) == JOBS["job_stuck"]
        assert isinstance(started, Running)
        assert backend.poll(first, started.provider_ref) == started
        second = asked_of(FILM, request(FILM, "text_to_video"), "2", b"")
        assert shown(backend.send(second)) == ("busy", "throttled")


def test_a_job_that_the_service_does_not_know_is_never_called_unpaid(wire: Wire, request_id: str):
    sent = asked_of(FILM, request(FILM, "text_to_video"), request_id, b"")
    arn = "arn:aws:bedrock:us-west-2:111122223333:async-invoke/abcdefghijkl"
    assert shown(wire.backends["bedrock_async"].poll(sent, arn)) == ("ambiguous", "job_unknown")


TROUBLE = ["throttle", "internal", "no_access", "expired_token", "drop_before", "truncated_body"]


@pytest.mark.parametrize("name", TROUBLE)
@pytest.mark.parametrize("operation", ["GetAsyncInvoke", "ListObjectsV2", "GetObject"])
def test_trouble_while_asking_after_a_job_never_ends_it(
    wire: Wire, request_id: str, name: str, operation: str
):
    wire.fault(None)
    sent = asked_of(FILM, request(FILM, "text_to_video"), request_id, b"")
    backend = wire.backends["bedrock_async"]
    started = backend.send(sent)
    assert isinstance(started, Running)
    assert isinstance(wire.end_of(sent, started), Delivered)
    wire.fault(name, on=operation)
    found = backend.poll(sent, started.provider_ref)
    wire.fault(None)
    assert isinstance(found, Setback)
    assert found.kind == "busy"
    assert isinstance(backend.poll(sent, started.provider_ref), Delivered)


@pytest.mark.parametrize("name", TROUBLE)
def test_a_job_list_that_cannot_be_read_is_not_taken_for_no_trace(
    wire: Wire, request_id: str, name: str
):
    sent = asked_of(FILM, request(FILM, "text_to_video"), request_id, b"")
    wire.fault(name, on="ListAsyncInvokes")
    found = wire.backends["bedrock_async"].find(sent)
    wire.fault(None)
    assert shown(found) == ("ambiguous", "cannot_look")


def test_a_token_that_the_service_would_refuse_is_not_sent(wire: Wire, request_id: str):
    sent = asked_of(FILM, request(FILM, "text_to_video"), request_id, b"")
    posts = wire.posts(FILM)
    for token in ("with_underscore", "-first", "last-", ""):
        found = wire.backends["bedrock_async"].send(replace(sent, token=token))
        assert shown(found) == ("rejected", "validation")
    assert wire.posts(FILM) == posts


def test_without_a_bucket_no_job_is_started():
    sent = asked_of(FILM, request(FILM, "text_to_video"), "no bucket", b"")
    found = bedrock_async.build(aws.Clients()).send(sent)
    assert shown(found) == ("rejected", "no_bucket")


@pytest.mark.parametrize("key", ["nova-canvas", "titan-image-2", "sd3-large"])
def test_a_retired_model_is_gone_on_the_wire_as_well(wire: Wire, request_id: str, key: str):
    model = CATALOGUE[key]
    asked = replace(request(STILL, "text_to_image"), model=model.key)
    found = wire.backends["bedrock_invoke"].send(asked_of(model, asked, request_id, b""))
    assert shown(found) == ("rejected", "gone")


def test_a_service_cannot_be_called_without_its_profile(wire: Wire, request_id: str):
    model = replace(CATALOGUE["stability-erase"], profile_id=None)
    asked = request(model, "erase")
    found = wire.backends["bedrock_invoke"].send(asked_of(model, asked, request_id, b""))
    assert shown(found) == ("rejected", "validation")
    assert isinstance(found, Setback)
    assert "stability" not in found.reason
