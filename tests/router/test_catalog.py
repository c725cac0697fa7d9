"""The catalogue says what is true, and a wrong row is refused with everything that is wrong."""

from decimal import Decimal
from pathlib import Path

import pytest

from router import catalog, tasks
from router.domain.mistake import BadFile
from router.domain.model import LifecycleStatus
from router.operations import OPERATIONS

CATALOGUE = catalog.load()
LIVE = [m for m in CATALOGUE.values() if m.lifecycle.status is not LifecycleStatus.RETIRED]


def test_every_model_of_the_beta_is_there_with_its_published_price():
    prices = {m.key: (m.price.unit, m.price.usd) for m in LIVE if m.dialect == "bedrock_invoke"}
    assert len(prices) == 16
    assert prices["sd35-large"] == ("image", "0.08")
    assert prices["stable-image-ultra"] == ("image", "0.14")
    assert prices["stability-creative-upscale"] == ("image", "0.60")
    assert dict(CATALOGUE["luma-ray2"].price.by_option) == {"540p": "0.75", "720p": "1.50"}


def test_four_families_of_language_models_can_be_asked_each_at_its_own_price():
    families = {m.provider: dict(m.price.by_option) for m in LIVE if m.dialect == "converse"}
    assert families == {
        "amazon": {"input": "0.33", "output": "2.75"},
        "anthropic": {"input": "2.2", "output": "11.0"},
        "qwen": {"input": "0.53", "output": "2.66"},
        "mistral": {"input": "0.50", "output": "1.50"},
    }


def test_a_language_model_without_a_price_of_what_it_reads_is_refused(tmp_path: Path):
    text = ROW.replace("bedrock_invoke", "converse").replace("text_to_image", "text")
    assert mistakes(tmp_path, text) == [("models[0].price.by_option", "no_price")]


def test_every_price_that_can_be_paid_has_a_source_and_a_day():
    for model in LIVE:
        assert (Decimal(model.price.usd) > 0) == (model.dialect != "local"), model.key
        assert model.price.source, model.key
        assert model.price.as_of.year == 2026, model.key


def test_retired_models_stay_so_that_asking_for_them_explains_itself():
    retired = {m.model_id for m in CATALOGUE.values()} - {m.model_id for m in LIVE}
    assert retired == {
        "amazon.nova-canvas-v1:0",
        "amazon.nova-reel-v1:0",
        "amazon.nova-reel-v1:1",
        "amazon.titan-image-generator-v2:0",
        "amazon.titan-image-generator-v1",
        "stability.sd3-large-v1:0",
    }
    assert str(CATALOGUE["nova-canvas"].lifecycle.eol) == "2026-09-30"


def test_an_alias_names_neither_provider_nor_model():
    vendors = {m.provider for m in LIVE if m.dialect != "local"} | {"nova", "ray", "stable", "sd3"}
    for model in LIVE:
        assert not [v for v in vendors if v in model.alias.lower()], model.alias


def test_no_generator_claims_the_indemnity_that_aws_does_not_give():
    assert {m.key for m in LIVE if m.indemnified} == {"judge-nova-2-lite"}


def test_every_task_can_be_served_by_a_live_model_and_every_control_serves_one():
    known = tasks.load()
    for task in known.names:
        operations = set(known.operations(task))
        assert [m for m in LIVE if m.dialect != "local" and operations & set(m.operations)], task
    for model in LIVE:
        if model.dialect == "local":
            assert known.served_by(model.operations), model.key


def test_an_unknown_task_names_the_known_ones():
    with pytest.raises(Exception, match="lookdev_text_to_image"):
        tasks.load().operations("paint_it")


def test_a_task_that_names_no_operation_is_refused_with_its_line(tmp_path: Path):
    path = tmp_path / "tasks.yaml"
    path.write_text("schema: tasks/1\ntasks:\n  erase: [erase, wish]\n")
    with pytest.raises(BadFile) as caught:
        tasks.load(path)
    assert [(m.field, m.line, m.found) for m in caught.value.mistakes] == [
        ("tasks.erase[1]", 3, "wish")
    ]


ROW = """schema: catalog/1
as_of: 2026-11-21
parameters: {}
families: {}
models:
  - key: one
    alias: Emulated A
    model_id: maker.one-v1:0
    profile_id: null
    provider: maker
    modality: image
    dialect: bedrock_invoke
    operations: [text_to_image]
    regions: [us-west-2]
    price: {unit: image, usd: "0.10", source: the maker's page, as_of: 2026-11-21}
    quota: {requests_per_minute: null, in_flight: 1, source: none}
    lifecycle: {status: active}
    licence: theirs
    indemnified: false
"""


def mistakes(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    path = tmp_path / "catalog.yaml"
    path.write_text(text)
    with pytest.raises(BadFile) as caught:
        catalog.load(path)
    return [(m.field, m.code) for m in caught.value.mistakes]


def test_one_row_is_all_that_a_new_model_costs(tmp_path: Path):
    path = tmp_path / "catalog.yaml"
    path.write_text(ROW)
    assert catalog.load(path)["one"].wire_id == "maker.one-v1:0"


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (
            'price: {unit: image, usd: "0.10", ',
            "price: null\n    #",
            ("models[0].price", "no_price"),
        ),
        ("source: the maker's page, ", "", ("models[0].price.source", "missing")),
        ('"0.10"', '"0"', ("models[0].price.usd", "price")),
        ('"0.10"', "0.10", ("models[0].price.usd", "string_type")),
        ("text_to_image", "wish", ("models[0].operations", "unknown")),
        ("text_to_image", "inpaint", ("models[0].pictures", "missing")),
        ("[us-west-2]", "[]", ("models[0].regions", "missing")),
        ("licence: theirs", "license: theirs", ("models[0].license", "unknown_field")),
        ("indemnified: false", "indemnified: on", ("models[0].indemnified", "bool_type")),
        ("parameters: {}", "parameters: {x: {kind: number}}", ("parameters.x", "value_error")),
        ("provider: maker", "provider: maker\n    family: none", ("models[0].family", "unknown")),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(tmp_path: Path, old: str, new: str, wrong):
    assert old in ROW
    assert wrong in mistakes(tmp_path, ROW.replace(old, new))


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    twice = ROW + ROW.partition("models:\n")[2].replace('"0.10"', '"0"')
    found = mistakes(tmp_path, twice)
    assert ("models[1].price.usd", "price") in found
    assert {f for f, code in found if code == "duplicate"} >= {"models[0].key", "models[1].alias"}


def test_every_operation_of_the_catalogue_is_known():
    assert {o for m in CATALOGUE.values() for o in m.operations} <= set(OPERATIONS)


def test_the_example_of_another_provider_is_refused_until_it_has_a_price(tmp_path: Path):
    whole = (Path(catalog.__file__).with_name("catalog.yaml")).read_text()
    begun = whole.index("  # - key: example-other-provider")
    example = whole[begun : whole.index("\n\n", begun)]
    row = "\n".join("  " + line.removeprefix("  # ") for line in example.splitlines())
    text = whole.replace(example, row)
    assert [code for _, code in mistakes(tmp_path, text)] != []
    path = tmp_path / "priced.yaml"
    path.write_text(text.replace("your price", "0.04"))
    assert catalog.load(path)["example-other-provider"].dialect == "litellm_image"


def test_nothing_is_said_of_training_or_ownership_without_a_source(tmp_path):
    from router.commands.models import as_dict

    rows = [as_dict(m) for m in catalog.load().values()]
    for row in rows:
        data, owned = row["training_data"], row["output_ownership"]
        is_known = {data["disclosed"], data["licensed"]} != {"unknown"}
        assert is_known == (data["as_of"] is not None), row["key"]
        assert (owned["says"] != "unknown") == (owned["as_of"] is not None), row["key"]
    local = {r["key"]: r["training_data"]["disclosed"] for r in rows if r["provider"] == "local"}
    assert set(local.values()) == {"not_applicable"}
