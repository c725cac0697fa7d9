"""`circletake models match`, as a producer asks it; `circletake models` answers as before."""

import json
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bootstrap import studio
from benchmarks.commands import match
from benchmarks.commands.match import Policy
from benchmarks.testing.home import lived_in, with_partners
from evaluators.domain.verdict import Ruling
from router.admission import policies
from router.commands import models
from router.console import Console
from router.domain.errors import BadInput, NotEntitled, UnknownName

REFERENCE = ("--task", "reference_to_image")


def run(*words, home=None, as_json=True):
    app = typer.Typer()
    models.register(app)
    match.register(app)
    return CliRunner().invoke(app, ["models", *words], obj=Console(home=home, json=as_json))


def asked(*words, home=None):
    ended = run("match", *words, home=home)
    assert ended.exit_code == 0, ended.exception
    return json.loads(ended.stdout)


def keys(rows):
    return [row["key"] for row in rows]


def refused(*words, home=None):
    ended = run("match", *words, home=home)
    assert ended.exception is not None
    return ended.exception


@pytest.fixture
def home(tmp_path):
    with_partners(tmp_path)
    return tmp_path


def test_the_catalogue_is_listed_as_before_there_were_sub_commands():
    rows = json.loads(run("--task", "erase").stdout)["models"]
    assert {"stability-erase", "stability-inpaint"} <= set(keys(rows))
    assert all("erase" in row["tasks"] for row in rows)
    assert len(json.loads(run().stdout)["models"]) > len(rows)


def test_every_model_is_answered_for():
    answer = asked(*REFERENCE)
    assert answer["need"]["references"] == 1
    assert "stability-style-guide" in keys(answer["can"])
    assert all(row["reason"] for row in answer["cannot"])
    assert answer["choice"] is None
    dealt = {*keys(answer["can"]), *keys(answer["cannot"])}
    listed = json.loads(run().stdout)["models"]
    assert dealt == {row["key"] for row in listed if row["modality"] != "control"}


def test_nobody_can_is_an_answer_and_names_the_nearest():
    answer = asked(*REFERENCE, "--indemnified", "--references", "1", "--policy", "cheapest")
    assert (answer["can"], answer["choice"]) == ([], None)
    assert answer["nearest"]
    assert {m["code"] for row in answer["nearest"] for m in row["misses"]} >= {"indemnity"}
    text = run("match", *REFERENCE, "--indemnified", as_json=False).stdout
    assert text.startswith("No backend can do this reference_to_image.\nNearest:\n")


def test_what_is_asked_for_reaches_the_need():
    answer = asked(
        *("--task", "text_to_video", "--seconds", "9", "--aspect", "16:9", "--resolution", "720p"),
        *("--region", "us-west-2", "--region", "us-east-1", "--budget", "13.5"),
    )
    assert answer["can"] == [
        {
            "key": "luma-ray2",
            "operation": "text_to_video",
            "region": "us-west-2",
            "seconds": 9,
            "resolution": "720p",
            "worst_usd": 13.5,
            "training_data": {
                "disclosed": "unknown",
                "licensed": "unknown",
                "source": "no source at hand",
                "as_of": None,
            },
            "output_ownership": {
                "says": "unknown",
                "source": "no source at hand",
                "as_of": None,
            },
            "notes": answer["can"][0]["notes"],
        }
    ]
    assert answer["need"]["regions"] == ["us-west-2", "us-east-1"]
    dear = asked("--task", "text_to_video", "--seconds", "9", "--budget", "1")
    assert {m["code"] for m in dear["nearest"][0]["misses"]} == {"budget"}


def test_a_size_decides_for_what_follows_its_picture():
    square = asked(*REFERENCE, "--aspect", "16:9", "--size", "1024x1024")
    assert "stability-style-guide" in keys(square["can"])
    assert "sd35-large" not in keys(square["can"])


def test_a_choice_comes_with_its_reason_and_a_draw_can_be_repeated(home):
    chosen = asked(*REFERENCE, "--policy", "cheapest")["choice"]
    assert "USD a take at worst" in chosen["reason"]
    assert chosen["draw"] is None
    words = (*REFERENCE, "--policy", "best", "--partner", "lantern")
    first = asked(*words, home=home)["choice"]
    assert first["reason"].startswith("nothing is measured yet")
    again = asked(*words, "--draw", str(first["draw"]), home=home)["choice"]
    assert again == first
    assert not (home / "circletake.db").exists()


def test_lots_and_a_named_model(home):
    weights = ("--weight", "sd35-large=0", "--weight", "stable-image-ultra=2")
    chosen = asked(*REFERENCE, "--policy", "weighted", *weights)["choice"]
    assert chosen["model"] == "stable-image-ultra"
    pinned = asked(*REFERENCE, "--policy", "pinned", "--model", "sd35-large")["choice"]
    assert pinned["model"] == "sd35-large"
    words = (*REFERENCE, "--policy", "pinned", "--model", "luma-ray2")
    assert isinstance(refused(*words), NotEntitled)
    assert isinstance(refused(*REFERENCE, "--policy", "pinned", "--model", "x"), UnknownName)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--size", "wide"), "--size"),
        (("--budget", "nan"), "--budget"),
        (("--policy", "best"), "--partner"),
        (("--policy", "pinned"), "--model"),
        (("--policy", "weighted", "--weight", "sd35-large"), "--weight"),
        (("--policy", "cheapest", "--model", "sd35-large"), "--model"),
        (("--weight", "sd35-large=1"), "--weight"),
        (("--seconds", "0"), "seconds"),
    ],
)
def test_what_was_asked_wrongly_says_which_option(words, field):
    found = refused(*REFERENCE, *words)
    assert isinstance(found, BadInput)
    assert found.field == field


def test_an_unknown_task_and_an_unknown_partner_say_what_is_known(home):
    assert isinstance(refused("--task", "dreaming"), UnknownName)
    assert "lantern" in str(refused(*REFERENCE, "--partner", "nobody", home=home))


@pytest.mark.slow
def test_the_best_and_the_fastest_go_by_what_is_stored(tmp_path):
    """A person rules on the faces, because there is none to measure on flat pictures."""
    campaign = lived_in(tmp_path)
    with studio(tmp_path) as here:
        for found in here.store.verdicts("lantern", campaign).values():
            ruled = replace(found[0], ruling=Ruling.PASS, by="Ann Lee")
            here.store.overrule("lantern", campaign, ruled, here.clock.now())
    words = (*REFERENCE, "--partner", "lantern", "--policy")
    for policy, told in (("best", "kept 1.00 over 2 shots"), ("fastest", "the median of")):
        chosen = asked(*words, policy, "--simulate", home=tmp_path)["choice"]
        said = {row["model"]: row["said"] for row in chosen["considered"]}
        assert told in said["sd35-large"]
        assert told not in said["stability-style-guide"]
        real = asked(*words, policy, home=tmp_path)["choice"]
        assert told not in str(real["considered"])


def test_every_policy_of_the_console_is_one_of_the_house():
    assert all(callable(getattr(policies, policy.value)) for policy in Policy)
