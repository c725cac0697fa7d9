"""What goes on the wire, and what an answer means."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import catalog
from router.backends import bedrock_invoke
from router.backends.bedrock_invoke import body, read, seed
from router.cloud import aws
from router.ports import Delivered, Setback
from router.testing.asking import call, request

CATALOGUE = catalog.load()
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 60
STILL = CATALOGUE["sd35-large"]
ASKED = call(STILL, request(STILL, "text_to_image"), attempt="a1")


def answered(**changes: object) -> bytes:
    good = {"seeds": [7], "finish_reasons": [None], "images": [base64.b64encode(PNG).decode()]}
    return json.dumps(good | changes).encode()


def judged(data: bytes) -> Delivered | Setback:
    found = read(ASKED, data, "r-1", simulated=True)
    assert isinstance(found, Delivered | Setback)
    assert (found.provider_ref, found.simulated) == ("r-1", True)
    return found


@pytest.mark.parametrize(
    ("key", "operation", "sent"),
    [
        (
            "sd35-large",
            "text_to_image",
            {"prompt", "seed", "output_format", "mode"},
        ),
        (
            "sd35-large",
            "image_to_image",
            {"prompt", "seed", "output_format", "mode", "image", "strength"},
        ),
        ("stable-image-ultra", "image_to_image", {"prompt", "seed", "output_format", "image"}),
        ("stability-erase", "erase", {"seed", "output_format", "image", "mask"}),
        ("stability-fast-upscale", "upscale_fast", {"output_format", "image"}),
        (
            "stability-style-transfer",
            "style_transfer",
            {"prompt", "seed", "output_format", "init_image", "style_image"},
        ),
    ],
)
def test_only_fields_that_the_model_has_are_sent(key: str, operation: str, sent: set[str]):
    model = CATALOGUE[key]
    assert set(body(call(model, request(model, operation), attempt="a1"))) == sent


def test_the_mode_is_said_where_the_model_has_one():
    modes = {
        operation: body(call(STILL, request(STILL, operation), attempt="a1"))["mode"]
        for operation in STILL.operations
    }
    assert modes == {"text_to_image": "text-to-image", "image_to_image": "image-to-image"}


@given(st.text(min_size=1, max_size=40))
def test_without_a_seed_the_attempt_gives_one_that_can_be_sent_again(attempt: str):
    asked = call(STILL, request(STILL, "text_to_image", seed=None), attempt=attempt)
    first = seed(asked)
    assert first == seed(asked) == body(asked)["seed"]
    assert 1 <= (first or 0) <= 4_294_967_294


def test_a_whole_answer_is_delivered_as_it_came():
    found = judged(answered())
    assert isinstance(found, Delivered)
    assert (found.data, found.mime, found.seed, found.billed_units) == (PNG, "image/png", 7, 1.0)


def test_a_refusal_is_an_answer_and_is_not_billed():
    found = judged(b'{"finish_reasons":["Filter reason: prompt"]}')
    assert isinstance(found, Setback)
    assert (found.kind, found.code, found.billed) == ("refused", "filtered", False)
    assert found.reason == "Filter reason: prompt"


def test_an_inference_error_may_have_been_billed():
    found = judged(answered(finish_reasons=["Inference error"], images=[]))
    assert isinstance(found, Setback)
    assert (found.kind, found.code) == ("ambiguous", "inference_error")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"<html>", "not_json"),
        (b"[]", "not_json"),
        (answered()[:-40], "not_json"),
        (answered(images=[]), "no_picture"),
        (answered(images=None), "no_picture"),
        (answered(images=["a", "b"]), "no_picture"),
        (answered(images=[["tuple"]]), "bad_base64"),
        (answered(images=[None]), "bad_base64"),
        (answered(images=[base64.b64encode(PNG).decode()[:-3]]), "bad_base64"),
        (
            answered(images=["data:image/png;base64," + base64.b64encode(PNG).decode()]),
            "bad_base64",
        ),
        (answered(images=[base64.b64encode(b"plain text").decode()]), "not_a_picture"),
        (answered(images=[""]), "not_a_picture"),
        (answered(seeds=[float("nan")]), "bad_seed"),
        (answered(seeds=["7"]), "bad_seed"),
        (answered(seeds=[True]), "bad_seed"),
    ],
)
def test_row55_an_answer_without_a_picture_is_booked_and_kept_for_a_person(data: bytes, code: str):
    found = judged(data)
    assert isinstance(found, Setback)
    assert (found.kind, found.code, found.billed) == ("undecodable", code, True)
    assert found.raw == data


def test_an_answer_without_a_seed_was_made_with_the_one_that_was_sent():
    found = judged(answered(seeds=[]))
    assert isinstance(found, Delivered)
    assert found.seed == ASKED.request.seed


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(["images", "seeds", "finish_reasons"])


@given(st.binary(max_size=80) | st.dictionaries(FIELDS, ANYTHING).map(json.dumps).map(str.encode))
def test_no_answer_breaks_us(data: bytes):
    assert judged(data)


def test_without_a_bucket_there_is_no_log_to_look_into():
    assert bedrock_invoke.build(aws.Clients()).find(ASKED) is None


def test_a_sync_dialect_has_nothing_to_poll():
    found = bedrock_invoke.build(aws.Clients()).poll(ASKED, "ref")
    assert isinstance(found, Setback)
    assert found.kind == "rejected"
