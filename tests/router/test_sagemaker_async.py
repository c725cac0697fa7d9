"""Endpoints of one's own: real boto3 clients on a socket, against the strict look-alike of AWS."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from router import catalog, endpoint_template
from router.admission import gate, pricing
from router.attempts.booking import is_idempotent
from router.backends import sagemaker_async
from router.cloud import aws
from router.domain.attempt import AttemptState
from router.domain.model import Model
from router.domain.request import Input
from router.media_folder import MediaFolder
from router.ports import Call, Delivered, Outcome, Running, Setback
from router.testing.asking import TODAY, clearance, partner, picture, request
from router.testing.routing import open_router
from router.testing.wire import Wire, asked_of, wired

pytestmark = pytest.mark.slow

CATALOGUE = catalog.load()
STILL, FILM = CATALOGUE["flux-kontext-endpoint"], CATALOGUE["wan-i2v-endpoint"]
MODELS = [STILL, FILM]
LATE_S = 4.0
P = "north_light"


def drawn(width: int = 640, height: int = 640) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(stream, "PNG")
    return stream.getvalue()


PICTURE = drawn()


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with wired(tmp_path_factory.mktemp("emulator")) as shared:
        yield shared


@pytest.fixture
def node(request: pytest.FixtureRequest) -> str:
    return str(request.node.nodeid)


def asked(model: Model, node: str, **changes: object) -> Call:
    made = request(model, model.operations[0], data=PICTURE, **changes)
    return asked_of(model, made, node, PICTURE)


def backend(wire: Wire) -> sagemaker_async.SageMakerAsync:
    found = wire.backends["sagemaker_async"]
    assert isinstance(found, sagemaker_async.SageMakerAsync)
    return found


def shown(outcome: Outcome | None) -> tuple[str, str]:
    match outcome:
        case Setback():
            return outcome.kind, outcome.code
        case Running():
            return "running", ""
        case Delivered():
            return "delivered", ""
        case None:
            return "no trace", ""


@pytest.mark.parametrize("model", MODELS, ids=[m.key for m in MODELS])
def test_a_take_is_queued_delivered_and_billed_at_its_share_of_the_hour(
    wire: Wire, node: str, model: Model
):
    wire.fault(None)
    sent = asked(model, node)
    gate.check(partner(), model, sent.request, today=TODAY, runnable_dialects={"sagemaker_async"})
    before = len(wire.emulator.billed())
    found = wire.end_of(sent, backend(wire).send(sent))
    assert isinstance(found, Delivered), found
    assert found.simulated
    assert found.seed == sent.request.seed
    assert found.mime == ("video/mp4" if model is FILM else "image/png")
    (line,) = wire.emulator.billed()[before:]
    assert line["token"] == sent.token
    musd = pricing.actual_musd(model, sent.request, found.billed_units)
    worst = pricing.worst_case_musd(model, sent.request)
    assert Decimal(str(line["usd"])) * 1_000_000 == musd == worst


def test_every_role_and_parameter_of_a_row_reaches_the_container(wire: Wire, node: str):
    wire.fault(None)
    roles = ("reference", "reference_2", "reference_3")
    inputs = tuple(Input(role=role, media=picture(PICTURE)) for role in roles)
    wide = asked(STILL, node, inputs=inputs, aspect="16:9", parameters=(("guidance_scale", 3.5),))
    found = wire.end_of(wide, backend(wire).send(wide))
    assert isinstance(found, Delivered)
    assert Image.open(io.BytesIO(found.data)).size == (1344, 768)
    key = f"endpoint-input/{STILL.wire_id}/{wide.token}.json"
    stored = wire.emulator.client("s3").get_object(Bucket=wire.emulator.bucket, Key=key)
    body = json.load(stored["Body"])
    assert (len(body["images"]), body["guidance_scale"], body["seed"]) == (3, 3.5, 7)


def test_every_row_fits_the_template_that_it_names():
    templates = endpoint_template.load()
    rows = [m for m in CATALOGUE.values() if m.dialect == "sagemaker_async"]
    assert {dict(m.options)["template"] for m in rows} == set(templates)
    for model in rows:
        assert endpoint_template.lacks(templates[dict(model.options)["template"]], model) == ()


MEANING: dict[str, tuple[str, str]] = {
    "throttle": ("busy", "throttled"),
    "unavailable": ("busy", "unavailable"),
    "internal": ("ambiguous", "internal"),
    "validation": ("rejected", "validation"),
    "no_access": ("rejected", "no_access"),
    "expired_token": ("not_sent", "expired_credentials"),
    "slow": ("ambiguous", "read_timeout"),
    "drop_before": ("ambiguous", "connection_lost"),
    "drop_after": ("ambiguous", "connection_lost"),
    "model_error": ("rejected", "job_failed"),
    "model_timeout": ("rejected", "job_failed"),
    "job_failed": ("rejected", "job_failed"),
    "job_stuck": ("running", ""),
    "output_missing": ("running", ""),
    "not_an_image": ("undecodable", "not_a_picture"),
    "wrong_size": ("delivered", ""),
    "filter_output": ("refused", "filtered"),
}
UNBILLED = {
    *("throttle", "unavailable", "internal", "validation", "no_access", "expired_token"),
    *("drop_before", "model_error", "model_timeout", "job_failed", "filter_output"),
}


@pytest.mark.parametrize("name", sorted(MEANING))
@pytest.mark.parametrize("model", MODELS, ids=[m.key for m in MODELS])
def test_a_fault_of_an_endpoint_has_one_meaning_and_costs_one_request(
    wire: Wire, node: str, model: Model, name: str
):
    patience = replace(model, timeout_s=1.0 if name == "slow" else 60.0)
    sent, posts = asked(patience, node), wire.posts(model)
    billed = len(wire.emulator.billed())
    wire.fault(name, on="InvokeEndpointAsync", seconds=LATE_S)
    found = backend(wire).send(sent)
    wire.fault(None)
    if name not in {"job_stuck", "output_missing"}:
        found = wire.end_of(sent, found)
    elif isinstance(found, Running):
        found = backend(wire).poll(sent, found.provider_ref)
    kind, code = MEANING[name]
    code = "not_a_film" if model is FILM and code == "not_a_picture" else code
    assert shown(found) == (kind, code)
    assert wire.posts(model) == posts + 1
    assert len(wire.emulator.billed()) - billed == (0 if name in UNBILLED else 1)


def test_a_lost_answer_is_found_by_its_name_and_never_paid_twice(wire: Wire, node: str):
    """Until it is there, it cannot be told from what never arrived; both have no trace."""
    assert not is_idempotent(STILL)
    sent, billed = asked(STILL, node), len(wire.emulator.billed())
    assert backend(wire).find(sent) is None
    wire.fault("drop_after", on="InvokeEndpointAsync")
    assert shown(backend(wire).send(sent)) == ("ambiguous", "connection_lost")
    wire.fault(None)
    until = time.monotonic() + 10
    found = backend(wire).find(sent)
    while found is None and time.monotonic() < until:
        time.sleep(0.05)
        found = backend(wire).find(sent)
    assert isinstance(found, Delivered)
    assert len(wire.emulator.billed()) == billed + 1


def test_asking_twice_is_two_inferences_which_is_why_it_is_never_done(wire: Wire, node: str):
    wire.fault(None)
    sent, billed = asked(STILL, node), len(wire.emulator.billed())
    for _ in range(2):
        wire.end_of(sent, backend(wire).send(sent))
    assert len(wire.emulator.billed()) == billed + 2


def test_a_failure_is_found_as_well_with_what_the_container_said(wire: Wire, node: str):
    sent = asked(STILL, node)
    wire.fault("job_failed", on="InvokeEndpointAsync", message="CUDA out of memory")
    failed = wire.end_of(sent, backend(wire).send(sent))
    wire.fault(None)
    assert isinstance(failed, Setback)
    assert "CUDA out of memory" in failed.reason
    assert shown(backend(wire).find(sent)) == ("rejected", "job_failed")


def test_an_endpoint_that_is_not_deployed_is_said_without_its_name(wire: Wire, node: str):
    wire.fault(None)
    gone = replace(STILL, model_id="torn-down-endpoint")
    found = backend(wire).send(asked(gone, node))
    assert shown(found) == ("rejected", "no_endpoint")
    assert isinstance(found, Setback)
    assert "torn-down" not in found.reason


@pytest.mark.parametrize("name", ["internal", "drop_before", "expired_token", "no_access"])
def test_a_request_that_cannot_be_stored_is_never_called_maybe_paid(
    wire: Wire, node: str, name: str
):
    sent, posts = asked(STILL, node), wire.posts(STILL)
    wire.fault(name, on="PutObject")
    found = backend(wire).send(sent)
    wire.fault(None)
    assert isinstance(found, Setback)
    assert found.kind in {"busy", "not_sent", "rejected"}
    assert wire.posts(STILL) == posts


@pytest.mark.parametrize("name", ["throttle", "internal", "no_access", "drop_before"])
def test_trouble_while_looking_for_the_answer_never_ends_a_take(wire: Wire, node: str, name: str):
    wire.fault(None)
    sent = asked(STILL, node)
    started = backend(wire).send(sent)
    assert isinstance(started, Running)
    wire.fault(name, on="GetObject")
    assert shown(backend(wire).poll(sent, started.provider_ref)) == ("busy", "output_unreachable")
    wire.fault(name, on="ListObjectsV2")
    assert shown(backend(wire).find(sent)) == ("ambiguous", "cannot_look")
    wire.fault(None)
    assert shown(wire.end_of(sent, started)) == ("delivered", "")


def test_what_a_template_cannot_say_is_refused_before_anything_is_sent(wire: Wire, node: str):
    posts = wire.posts(STILL)
    for options, code in (({"template": "wan_i2v"}, "template"), ({}, "no_template")):
        odd = replace(STILL, options=tuple(options.items()))
        assert shown(backend(wire).send(asked(odd, node))) == ("rejected", code)
    assert wire.posts(STILL) == posts


def test_without_a_bucket_nothing_is_queued():
    lone = sagemaker_async.build(aws.Clients())
    sent = asked(STILL, "no bucket")
    assert shown(lone.send(sent)) == ("rejected", "no_bucket")
    assert lone.find(sent) is None


@pytest.mark.parametrize("model", MODELS, ids=[m.key for m in MODELS])
def test_a_lost_answer_holds_its_money_until_a_later_look_books_what_was_billed(
    wire: Wire, tmp_path: Path, model: Model
):
    consent = clearance(evidence_sha256="e" * 64)
    who = partner(name=P, budget_musd=10**9)
    router = open_router(
        tmp_path,
        {"sagemaker_async": backend(wire)},
        models=(model,),
        partners=(who,),
        cap_musd=10**9,
    )
    made = request(model, model.operations[0], partner=P, account="c1", clearance=consent)
    stored = MediaFolder(root=tmp_path / "media").put(P, PICTURE, "image/png")
    inputs = tuple(replace(given, media=stored) for given in made.inputs)
    wire.fault("drop_after", on="InvokeEndpointAsync")
    posts, billed = wire.posts(model), len(wire.emulator.billed())
    (attempt,) = router.submit([replace(made, inputs=inputs)])
    lost = router.advance(P, attempt.id)
    wire.fault(None)
    assert lost.state is AttemptState.UNKNOWN
    held = router.balance(P, "c1").unknown_musd
    report = router.reconcile(P)
    (line,) = wire.emulator.billed()[billed:]
    assert held == router.balance(P, "c1").spent_musd == round(line["usd"] * 1_000_000)
    assert (report.settled, report.unknown) == (1, 0)
    assert wire.posts(model) == posts + 1
    (take,) = router.takes(P)
    assert take.simulated
    assert take.media.is_video == (model is FILM)
