"""Stills through litellm: one request, an explicit seed, nothing dropped in silence."""

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from router import catalog
from router.backends import litellm_image
from router.cloud import aws
from router.domain.request import Input
from router.ports import Backend, Call, Delivered, Setback
from router.testing.asking import picture, request
from router.testing.language import endpoint_of, spoken
from router.testing.wire import asked_of

# litellm imports parts of itself late, and pydantic remarks on its types.
pytestmark = pytest.mark.filterwarnings("ignore:.*on TypedDict class:UserWarning")

ROWS = """schema: catalog/1
as_of: 2026-11-21
parameters: {grow_mask: {kind: integer, low: 0, high: 20}}
families:
  any:
    profile_id: null
    provider: maker
    modality: image
    dialect: litellm_image
    regions: [us-west-2]
    price: {unit: image, usd: "0.10", source: a test, as_of: 2026-11-21}
    quota: {requests_per_minute: null, in_flight: 1, source: a test}
    lifecycle: {status: active}
    licence: a test
    indemnified: false
    limits: {prompt_chars: 1000, negative_chars: 1000, aspects: ["16:9"], seed_max: 4294967294}
models:
  - key: maker
    family: any
    alias: Emulated Y
    model_id: stability.sd3-5-large-v1:0
    operations: [text_to_image]
    options: {litellm.model: "bedrock/stability.sd3-5-large-v1:0", send.output_format: png}
  - key: editor
    family: any
    alias: Emulated Z
    model_id: stability.stable-image-inpaint-v1:0
    profile_id: us.stability.stable-image-inpaint-v1:0
    operations: [inpaint]
    pictures: {init_image: image, mask: mask}
    parameters: [grow_mask]
    options: {litellm.model: "bedrock/us.stability.stable-image-inpaint-v1:0"}
  - key: elsewhere
    family: any
    alias: Emulated X
    model_id: gpt-image-9
    operations: [text_to_image]
    options: {litellm.model: openai/gpt-image-9, "size.16:9": 1536x1024}
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path: Path = tmp_path_factory.mktemp("rows") / "catalog.yaml"
    path.write_text(ROWS)
    return catalog.load(path)


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    with spoken(tmp_path_factory.mktemp("litellm")) as it:
        yield it


@pytest.fixture
def backend(there):
    yield litellm_image.build(there.clients, there.loop)
    there.wire.fault(None)


def png(colour=(9, 90, 30)):
    out = io.BytesIO()
    Image.new("RGB", (640, 640), colour).save(out, "PNG")
    return out.getvalue()


def asked(rows, key="maker", **changes) -> Call:
    model = rows[key]
    wanted = request(model, model.operations[0], data=png(), **changes)
    return asked_of(model, wanted, f"{key}{changes}", png())


slow = pytest.mark.slow  # litellm takes seconds to import


def test_it_is_a_backend_that_opens_nothing_before_the_first_call(rows):
    backend = litellm_image.build(aws.Clients(), None)
    assert isinstance(backend, Backend)
    assert backend.find(asked(rows)) is None
    assert backend.poll(asked(rows), "").code == "no_jobs"


def test_what_the_row_says_is_what_litellm_is_asked(rows):
    call = asked(rows, aspect="16:9", negative="rain", seed=None)
    said = litellm_image.written(call)
    assert said.pop("seed") == litellm_image.seed(call) > 0
    assert said == {
        "model": "bedrock/stability.sd3-5-large-v1:0",
        "prompt": call.request.prompt,
        "negative_prompt": "rain",
        "aspect_ratio": "16:9",
        "output_format": "png",
    }
    assert litellm_image.written(asked(rows, "elsewhere", aspect="16:9"))["size"] == "1536x1024"


def test_a_second_picture_that_litellm_would_drop_is_refused(rows):
    model = replace(
        rows["editor"], options=(*rows["editor"].options, ("picture.reference", "mask"))
    )
    call = asked(rows, "editor")
    more = Input(role="reference", media=picture(png()))
    wanted = replace(call.request, inputs=(*call.request.inputs, more))
    found = litellm_image.written(
        replace(call, model=model, request=wanted, pictures={**call.pictures, "reference": png()})
    )
    assert (found.kind, found.code) == ("rejected", "configuration")


def test_a_row_without_litellms_name_is_refused(rows):
    found = litellm_image.written(replace(asked(rows), model=replace(rows["maker"], options=())))
    assert (found.kind, found.code) == ("rejected", "configuration")


class Answer:
    """An answer as litellm gives it."""

    def __init__(self, *pictures):
        self.data = [type("Picture", (), {"b64_json": p}) for p in pictures]


@pytest.mark.parametrize(
    ("pictures", "code"),
    [
        ((), "no_picture"),
        ((base64.b64encode(png()).decode(),) * 2, "no_picture"),
        ((None,), "no_picture"),
        (("iVBORw0KGgo",), "bad_base64"),
        ((base64.b64encode(b"words").decode(),), "not_a_picture"),
    ],
)
def test_row55_an_answer_without_exactly_one_whole_picture_was_billed_and_is_of_no_use(
    rows, pictures, code
):
    found = litellm_image.read(asked(rows), Answer(*pictures), simulated=True)
    assert (found.kind, found.code, found.billed) == ("undecodable", code, True)


@slow
def test_a_picture_comes_with_the_seed_that_makes_it_again(there, backend, rows):
    one, again = (backend.send(asked(rows, seed=11, aspect="16:9")) for _ in range(2))
    assert isinstance(one, Delivered), one
    assert one.data == again.data
    assert (one.mime, one.seed, one.simulated) == ("image/png", 11, True)


@slow
def test_an_edit_sends_its_picture_and_its_matte(there, backend, rows):
    found = backend.send(asked(rows, "editor", parameters=(("grow_mask", 5),)))
    assert isinstance(found, Delivered), found
    assert Image.open(io.BytesIO(found.data)).size == (640, 640)


FAULTS = {
    "throttle": ("busy", "throttled"),
    "internal": ("ambiguous", "internal"),
    "model_error": ("ambiguous", "model_error"),
    "eol": ("rejected", "gone"),
    "filter_prompt": ("refused", "filtered"),
    "filter_output": ("refused", "filtered"),
    "inference_error": ("ambiguous", "inference_error"),
    "drop_after": ("ambiguous", "connection_lost"),
    "truncated_body": ("ambiguous", "connection_lost"),
    "empty_images": ("undecodable", "no_picture"),
    "truncated_base64": ("undecodable", "bad_base64"),
    "not_an_image": ("undecodable", "not_a_picture"),
}


@slow
@pytest.mark.parametrize("key", ["maker", "editor"])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_means_the_same_as_over_boto3_and_is_asked_once(
    there, backend, rows, fault, key
):
    call = asked(rows, key)
    before = there.wire.posts(call.model)
    there.wire.fault(fault, on="InvokeModel")
    found = backend.send(call)
    assert isinstance(found, Setback), found
    assert (found.kind, found.code) == FAULTS[fault]
    assert there.wire.posts(call.model) == before + 1


@slow
def test_our_deadline_holds(there, backend, rows):
    call = asked(rows)
    there.wire.fault("slow", on="InvokeModel", seconds=3)
    found = backend.send(replace(call, model=replace(call.model, timeout_s=0.5)))
    assert (found.kind, found.code) == ("ambiguous", "read_timeout")


@slow
def test_a_provider_that_no_emulator_stands_in_for_is_never_asked_in_a_simulation(
    there, backend, rows
):
    found = backend.send(asked(rows, "elsewhere"))
    assert (found.kind, found.code) == ("rejected", "not_emulated")


@slow
def test_nobody_there_means_that_nothing_was_sent(there, rows):
    nobody = aws.Clients(endpoint_of(there.wire, bedrock_url="http://127.0.0.1:9"))
    found = litellm_image.build(nobody, there.loop).send(asked(rows))
    assert (found.kind, found.code) == ("not_sent", "connect")
