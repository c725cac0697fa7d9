"""OMC-JSON: entities of a pack and its takes, each once, and every edge leads somewhere."""

import json
import os
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from benchmarks.decisions.circled import CIRCLED
from benchmarks.domain.repair import Decision
from benchmarks.omc import checking, words
from benchmarks.omc.writing import Made, entities
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from router.domain.errors import BadInput


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("omc"))
    planned = stage.plan("init_image", "inpaint_matte", takes=2)
    stage.runner().run(planned, stage.files)
    stage.found = stage.router.takes("lantern", account=planned.campaign.id)
    yield stage
    stage.engine.dispose()


@pytest.fixture
def made(stage):
    first, *rest = stage.found
    child = replace(first, id="c" * 32, parent=first.id)
    said = Decision(
        partner="lantern", id="d1", campaign="c", take=first.id, by="Ines Ott", role="director",
        status=CIRCLED, notes="", created_at=doubles.NOW,
    )  # fmt: skip
    shot = stage.pack.shots[0].id
    return Made(takes={shot: (first, child, *rest)}, decisions={first.id: said}, simulated=True)


def of_kind(told, kind):
    return [each for each in told if each["entityType"] == kind]


def by_id(told, id_):
    return next(e for e in told if e["identifier"][0]["identifierValue"] == id_)


def value(link):
    return link["identifier"][0]["identifierValue"]


def test_a_pack_alone_is_told_without_takes_and_holds(stage):
    told = entities(stage.pack, Made())
    checking.require(told)
    assert {e["entityType"] for e in told} >= {
        "CreativeWork", "NarrativeScene", "Character", "Asset", "Task", "Context",
    }  # fmt: skip
    assert of_kind(told, "Participant") == []
    assert len(of_kind(told, "Task")) == len(stage.pack.shots)
    assert len(told) == len({value(e) for e in told})


def test_takes_are_alternatives_derived_from_the_plate_and_a_childs_parent_is_revised(stage, made):
    told = entities(stage.pack, made)
    checking.require(told)
    ((first, child, *_),) = made.takes.values()
    parent, revised = by_id(told, f"ast/{first.id}"), by_id(told, f"ast/{child.id}")
    assert value(revised["version"]["RevisionOf"]) == f"ast/{first.id}"
    assert "DerivationOf" not in revised["version"]
    assert f"ast/{child.id}" in map(value, parent["version"]["Alternative"])
    assert parent["tag"] == [{"domain": "circletake", "value": ["simulated", "circled"]}]
    assert parent["assetFC"]["functionalType"] in words.FUNCTIONAL


def test_whoever_circled_a_take_is_its_contributor_by_name_and_role(stage, made):
    told = entities(stage.pack, made)
    ((first, *_),) = made.takes.values()
    context = by_id(told, value(by_id(told, f"ast/{first.id}")["Context"][0]))
    (person,) = context["contributor"]["Participant"]
    who = by_id(told, value(person))["ParticipantSC"]
    assert (who["personName"]["fullName"], who["jobTitle"]) == ("Ines Ott", "director")


def test_no_model_or_vendor_is_named(stage, made):
    text = json.dumps(entities(stage.pack, made)).lower()
    assert [
        w for w in ("stability", "luma", "bedrock", "amazon", "nova", "emulated") if w in text
    ] == []


def test_an_edge_that_leads_nowhere_is_refused(stage, made):
    told = entities(stage.pack, made)
    with pytest.raises(BadInput, match="an edge to"):
        checking.require([e for e in told if e["entityType"] != "NarrativeScene"])


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"assetFC": {"functionalType": "nonsense"}}, "nonsense"),
        ({"mystery": 1}, "mystery"),
        ({"schemaVersion": "v1"}, "schemaVersion"),
        ({"entityType": "Shot"}, "Shot"),
    ],
)
def test_what_is_no_omc_is_refused_with_its_place(stage, change, found):
    told = entities(stage.pack, Made())
    at = next(i for i, e in enumerate(told) if e["entityType"] == "Asset")
    with pytest.raises(BadInput, match=found) as refused:
        checking.require([*told[:at], told[at] | change, *told[at + 1 :]])
    assert refused.value.field.startswith(str(at))


def test_it_holds_against_movielabs_own_schema_where_that_lies_beside(stage, made):
    near = Path(__file__).parents[3] / "shared" / "data"
    data = Path(os.environ.get("CIRCLETAKE_DATA", near))
    found = sorted(data.glob("omc/*.schema.json"))
    if not found:
        pytest.skip("MovieLabs' schema is not beside this house: validity against it is unproven")
    schema = json.loads(found[-1].read_text(encoding="utf-8"))
    jsonschema.Draft201909Validator(schema).validate(entities(stage.pack, made))
