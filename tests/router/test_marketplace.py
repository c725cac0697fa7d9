"""Endpoints of Bedrock Marketplace are asked by ARN, in the Region of the ARN, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import pytest

from router import catalog
from router.admission import gate
from router.cloud import refreshing
from router.domain.errors import NotEntitled
from router.domain.mistake import BadFile
from router.ports import Delivered, Setback
from router.testing.asking import TODAY, clearance, partner, request
from router.testing.wire import asked_of, wired

ARN = "arn:aws:sagemaker:us-west-2:111122223333:endpoint/marketplace-still-endpoint"
ROW = """
  - key: own-still
    alias: Emulated Z
    model_id: {arn}
    profile_id: {profile}
    provider: self-hosted
    modality: image
    dialect: {dialect}
    operations: [text_to_image]
    {regions}
    limits: {{prompt_chars: 10000, aspects: ["16:9"], seed_max: 4294967294}}
    price: {{unit: image, usd: "0.03", source: test, as_of: 2026-11-21}}
    quota: {{requests_per_minute: null, in_flight: 1, source: test}}
    lifecycle: {{status: active}}
    licence: test
    indemnified: false
    retention: {{keeps: none, source: an endpoint of your own account}}
"""


def load(folder, arn=ARN, *, profile="null", dialect="bedrock_invoke", regions=""):
    said = Path(catalog.__file__).with_name("catalog.yaml").read_text(encoding="utf-8")
    row = ROW.format(arn=arn, profile=profile, dialect=dialect, regions=regions)
    file = folder / "catalog.yaml"
    file.write_text(said + row.replace("    \n", ""), encoding="utf-8")
    return catalog.load(file)["own-still"]


def test_the_region_of_an_endpoint_is_taken_from_its_arn(tmp_path):
    model = load(tmp_path)
    assert model.regions == ("us-west-2",)
    assert model.wire_id == ARN
    assert load(tmp_path, regions="regions: [us-west-2]").regions == ("us-west-2",)
    assert not refreshing.is_listed(model)
    asked = request(model, "text_to_image")
    gate.check(partner(), model, asked, today=TODAY, runnable_dialects=("bedrock_invoke",))
    with pytest.raises(NotEntitled, match="us-west-2"):
        gate.region_for(partner(regions=("us-east-1",)), model, clearance())


@pytest.mark.parametrize(
    "wrong",
    [
        {"arn": ARN.replace(":111122223333:", ":1111:")},
        {"arn": ARN.replace("endpoint/", "model/")},
        {"arn": ARN + "_x"},
        {"regions": "regions: [us-east-1]"},
        {"regions": "regions: [us-west-2, us-east-1]"},
        {"profile": "us.own-still"},
        {"dialect": "bedrock_async"},
    ],
    ids=str,
)
def test_a_row_that_is_no_endpoint_is_refused_with_its_line(tmp_path, wrong):
    with pytest.raises(BadFile) as caught:
        load(tmp_path, **wrong)
    assert {m.code for m in caught.value.mistakes} == {"endpoint"}
    assert all(m.line for m in caught.value.mistakes)


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    with wired(tmp_path_factory.mktemp("marketplace")) as emulated:
        yield emulated


def ask(wire, model, region="us-west-2", node="marketplace"):
    call = asked_of(model, request(model, "text_to_image"), f"{node}-{model.model_id}", b"")
    return wire.backends["bedrock_invoke"].send(replace(call, region=region))


def test_an_endpoint_paints_and_is_billed_and_its_answer_is_found_in_the_log(wire, tmp_path):
    model = load(tmp_path)
    said = ask(wire, model)
    assert isinstance(said, Delivered)
    assert said.simulated
    last = wire.emulator.billed()[-1]
    assert (last["model"], last["usd"]) == ("marketplace-still-endpoint", 0.03)
    call = asked_of(model, request(model, "text_to_image"), f"marketplace-{ARN}", b"")
    found = wire.backends["bedrock_invoke"].find(replace(call, region="us-west-2"))
    assert isinstance(found, Delivered)
    assert found.data == said.data


@pytest.mark.parametrize(
    ("arn", "region", "code"),
    [
        (ARN, "us-east-1", "validation"),
        (ARN.replace("111122223333", "444455556666"), "us-west-2", "no_access"),
        (ARN.replace("still", "other"), "us-west-2", "validation"),
        (ARN.replace("endpoint/", "endpoint/-"), "us-west-2", "validation"),
        (ARN.replace(":111122223333:", ":1:"), "us-west-2", "validation"),
    ],
    ids=["region", "account", "nothing there", "name", "no account"],
)
def test_what_is_no_endpoint_of_this_account_and_region_is_refused_unbilled(
    wire, tmp_path, arn, region, code
):
    model = replace(load(tmp_path), model_id=arn)
    billed = len(wire.emulator.billed())
    said = ask(wire, model, region)
    assert isinstance(said, Setback)
    assert (said.kind, said.code) == ("rejected", code)
    assert len(wire.emulator.billed()) == billed
    assert arn not in said.reason
