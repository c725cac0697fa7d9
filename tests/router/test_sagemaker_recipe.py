"""What our backend sends to an endpoint is what the container of deploy/sagemaker reads."""

import base64
import importlib.util
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from router import catalog, endpoint_template
from router.backends.sagemaker_async import QUEUE_S, WORK_S
from router.endpoint_template import Media
from router.ports import Running, Setback
from router.probe import Prober
from router.testing.asking import request
from router.testing.wire import asked_of, wired

FOLDER = Path(__file__).parents[2] / "deploy/sagemaker"
CATALOGUE = catalog.load()
ROWS = ("flux-kontext-endpoint", "wan-i2v-endpoint")


def loaded():
    spec = importlib.util.spec_from_file_location("inference", FOLDER / "inference.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["inference"] = module
    spec.loader.exec_module(module)
    return module


inference = loaded()


def drawn(width=640, height=640):
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(stream, "PNG")
    return stream.getvalue()


PICTURE = drawn()
TEXT = base64.b64encode(PICTURE).decode()
STILL = {"prompt": "a hat", "images": [TEXT], "seed": 7}
FILM = {"prompt": "a hat", "image": TEXT, "size": "832*480", "frame_num": 17, "seed": 7}


def answered(body, monkeypatch):
    """Let the container work as SageMaker's toolkit lets it."""
    monkeypatch.setenv("CIRCLETAKE_RECIPE", "fake")
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = inference.input_fn(data, "application/json")
    made = inference.predict_fn(asked, inference.model_fn("/nowhere"))
    return inference.output_fn(made, "*/*")


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    """What the backend really put into the bucket for each row, and the call it was for."""
    found = {}
    with wired(tmp_path_factory.mktemp("emulator")) as wire:
        client = wire.emulator.client("s3")
        for key in ROWS:
            model = CATALOGUE[key]
            asked = request(model, model.operations[0], data=PICTURE)
            call = asked_of(model, asked, f"recipe {key}", PICTURE)
            assert isinstance(wire.backends["sagemaker_async"].send(call), Running)
            place = f"endpoint-input/{model.wire_id}/{call.token}.json"
            body = client.get_object(Bucket=wire.emulator.bucket, Key=place)["Body"].read()
            found[key] = (call, body)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("key", ROWS)
def test_what_the_backend_emits_is_read_and_its_answer_is_understood(emitted, monkeypatch, key):
    call, body = emitted[key]
    data, kind = answered(body, monkeypatch)
    template = endpoint_template.load()[dict(call.model.options)["template"]]
    media = endpoint_template.media_of(template, data)
    assert isinstance(media, Media), media
    assert media.mime == ("video/mp4" if template.makes == "video" else "image/png")
    assert kind == ("application/json" if template.form == "json" else "video/mp4")
    prober = Prober()
    facts = prober.probe(media.data)
    prober.close()
    said = json.loads(body)
    if template.makes == "video":
        assert facts.frames == said["frame_num"]
        assert f"{facts.width}*{facts.height}" == said["size"]
    else:
        assert (facts.width, facts.height) == inference.SIZES[said.get("aspect_ratio", "1:1")]
        assert media.seed == said["seed"]


def test_what_the_fake_makes_is_marked_as_simulated_and_the_same_for_a_seed(monkeypatch):
    data, _ = answered(STILL, monkeypatch)
    said = json.loads(data)
    assert said["simulated"] is True
    picture = Image.open(io.BytesIO(base64.b64decode(said["images"][0])))
    assert picture.text[inference.SIMULATED] == "1"
    assert answered(STILL, monkeypatch)[0] == data
    assert answered(STILL | {"seed": 8}, monkeypatch)[0] != data
    assert inference.SIMULATED.encode() in answered(FILM, monkeypatch)[0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (STILL | {"n": 2}, "n"),
        (STILL | {"images": []}, "images"),
        (STILL | {"images": [TEXT] * 5}, "images"),
        (STILL | {"images": ["no base64!"]}, "images[0]"),
        (STILL | {"images": [base64.b64encode(b"GIF89a").decode()]}, "images[0]"),
        (STILL | {"aspect_ratio": "4:3"}, "aspect_ratio"),
        (STILL | {"guidance_scale": True}, "guidance_scale"),
        (STILL | {"seed": 2**32}, "seed"),
        (STILL | {"prompt": " "}, "prompt"),
        (STILL | {"output_format": "tiff"}, "output_format"),
        (FILM | {"frame_num": 18}, "frame_num"),
        (FILM | {"size": "1920*1080"}, "size"),
        (FILM | {"image": 7}, "image"),
    ],
)
def test_a_request_that_is_not_of_the_dialect_is_refused_by_its_field(body, field):
    with pytest.raises(inference.Refused, match=re.escape(field)):
        inference.input_fn(json.dumps(body), "application/json")


@pytest.mark.parametrize("body", [b"\xff", b"[]", b"{"])
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(inference.Refused):
        inference.input_fn(body, "application/json")
    with pytest.raises(inference.Refused, match="content type"):
        inference.input_fn(json.dumps(STILL), "text/plain")


def test_a_failure_that_the_container_says_is_rejected_and_not_asked_again():
    template = endpoint_template.load()["flux_kontext"]
    assert isinstance(endpoint_template.media_of(template, b"Traceback"), Setback)


def test_wan_makes_the_seconds_that_were_asked_for_at_its_own_rate():
    frames = (81 - 1) * inference.WAN_FPS // 16 // 4 * 4 + 1
    assert (frames, (frames - 1) / inference.WAN_FPS) == (121, 5.0)


# --- the stack ---------------------------------------------------------------------------------


class _Any(yaml.SafeLoader):
    """Reads CloudFormation's short forms as what they hold."""


_Any.add_multi_constructor(
    "!",
    lambda loader, _, node: (
        loader.construct_scalar(node)
        if isinstance(node, yaml.ScalarNode)
        else loader.construct_sequence(node, deep=True)
    ),
)
STACK = yaml.load((FOLDER / "endpoint.yaml").read_text(encoding="utf-8"), Loader=_Any)


@pytest.mark.slow
def test_the_template_is_clean_by_cfn_lint():
    lint = str(Path(sys.executable).parent / "cfn-lint")
    words = [lint, str(FOLDER / "endpoint.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_endpoint_answers_where_the_backend_looks():
    config = STACK["Resources"]["Config"]["Properties"]["AsyncInferenceConfig"]
    assert config["OutputConfig"]["S3OutputPath"].endswith("/endpoint-output/${Name}")
    assert config["OutputConfig"]["S3FailurePath"].endswith("/endpoint-failure/${Name}")
    container = STACK["Resources"]["Model"]["Properties"]["PrimaryContainer"]
    assert int(container["Environment"]["TS_DEFAULT_RESPONSE_TIMEOUT"]) == WORK_S == QUEUE_S


def test_it_scales_to_zero_and_wakes_up_for_the_first_take():
    parts = STACK["Resources"]
    assert parts["Scale"]["Properties"]["MinCapacity"] == 0
    tracked = parts["FollowTheBacklog"]["Properties"]["TargetTrackingScalingPolicyConfiguration"]
    metric = tracked["CustomizedMetricSpecification"]["MetricName"]
    assert metric == "ApproximateBacklogSizePerInstance"
    assert parts["WakeUp"]["Properties"]["PolicyType"] == "StepScaling"
    alarm = parts["SomebodyWaits"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("HasBacklogWithoutCapacity", 1)
    assert alarm["AlarmActions"] == ["WakeUp"]


def test_only_recipes_whose_licence_allows_commercial_use_can_be_deployed():
    offered = set(STACK["Parameters"]["Recipe"]["AllowedValues"])
    assert offered == set(inference.RECIPES) - {"fake"}
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for recipe in offered:
        (row,) = re.findall(rf"^\| `{recipe}` \|.*$", page, flags=re.MULTILINE)
        assert "Apache-2.0" in row


def test_the_role_of_the_endpoint_reaches_its_own_folders_only():
    (policy,) = STACK["Resources"]["Role"]["Properties"]["Policies"]
    rows = [r for r in policy["PolicyDocument"]["Statement"] if "Sid" in r]
    for row in rows:
        actions = [row["Action"]] if isinstance(row["Action"], str) else row["Action"]
        assert not any("*" in action for action in actions)
        if any(action.startswith("s3:") and "Object" in action for action in actions):
            places = row["Resource"] if isinstance(row["Resource"], list) else [row["Resource"]]
            assert all("${Name}/" in p or p == "WeightsObject" for p in places)


def test_clients_of_the_sdk_take_the_longest_wait_that_the_service_takes():
    assert 60 <= QUEUE_S <= 21_600
    assert 1 <= WORK_S <= 3_600
