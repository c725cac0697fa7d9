"""Nothing is sent that consent, Region, provider, life cycle or the model's limits forbid."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from router import catalog
from router.admission import gate
from router.domain.errors import BadInput, NotEntitled, Refused, UnknownName
from router.domain.model import Lifecycle, LifecycleStatus
from router.domain.request import Input
from router.testing.asking import TODAY, US, clearance, partner, picture, request

CATALOGUE = catalog.load()
SPOKEN = ("bedrock_invoke", "bedrock_async", "local")
STILL = CATALOGUE["sd35-large"]
ERASE = CATALOGUE["stability-erase"]
FILM = CATALOGUE["luma-ray2"]
RUNNABLE = [
    (model, operation)
    for model in CATALOGUE.values()
    if model.dialect in SPOKEN and model.lifecycle.status is not LifecycleStatus.RETIRED
    for operation in model.operations
]


def refusal(model, asked, *, who=None, today=TODAY, spoken=SPOKEN) -> Refused:
    with pytest.raises(Refused) as caught:
        gate.check(who or partner(), model, asked, today=today, runnable_dialects=spoken)
    return caught.value


def field(model, operation, *, who=None, today=TODAY, spoken=SPOKEN, **changes) -> str:
    asked = request(model, operation, **changes)
    return refusal(model, asked, who=who, today=today, spoken=spoken).field


@pytest.mark.parametrize(
    ("model", "operation"), RUNNABLE, ids=[f"{m.key}-{o}" for m, o in RUNNABLE]
)
def test_the_plainest_request_of_every_model_passes(model, operation):
    asked = request(model, operation)
    gate.check(partner(), model, asked, today=TODAY, runnable_dialects=SPOKEN)


def test_a_retired_model_says_since_when():
    canvas = CATALOGUE["nova-canvas"]
    found = refusal(canvas, request(canvas, "text_to_image"))
    assert isinstance(found, NotEntitled)
    assert found.field == "lifecycle"
    assert "2026-09-30" in str(found)


def test_a_model_answers_on_its_last_day_and_not_on_the_next():
    dying = replace(STILL, lifecycle=Lifecycle(status=LifecycleStatus.LEGACY, eol=TODAY))
    asked = request(dying, "text_to_image")
    gate.check(partner(), dying, asked, today=TODAY, runnable_dialects=SPOKEN)
    assert refusal(dying, asked, today=TODAY + timedelta(days=1)).field == "lifecycle"


def test_a_dialect_that_nothing_speaks_is_refused_in_words():
    example = replace(STILL, dialect="telegraph")
    found = refusal(example, request(example, "text_to_image"))
    assert found.field == "dialect"
    assert "nothing here speaks" in str(found)


def test_an_operation_that_the_model_lacks_names_what_it_does():
    found = refusal(STILL, replace(request(STILL, "text_to_image"), operation="erase"))
    assert isinstance(found, UnknownName)
    assert "image_to_image" in str(found)


@pytest.mark.parametrize("who", ["partner", "clearance"])
def test_the_stricter_region_list_wins(who: str):
    narrow = {
        "partner": {"who": partner(regions=("eu-west-1",))},
        "clearance": {"clearance": clearance(regions=("eu-west-1",))},
    }
    assert field(STILL, "text_to_image", **narrow[who]) == "region"


def test_a_partner_without_regions_is_sent_nowhere():
    assert field(STILL, "text_to_image", who=partner(regions=())) == "region"


def test_a_profile_may_work_in_any_of_its_regions_so_all_must_be_allowed():
    assert field(ERASE, "erase", who=partner(regions=("us-west-2",))) == "region"
    assert gate.region_for(partner(), ERASE, clearance()) == "us-west-2"
    assert gate.region_for(partner(regions=("us-west-2",)), STILL, clearance()) == "us-west-2"
    assert gate.region_for(partner(), ERASE, clearance(regions=(*US, "eu-west-1"))) == "us-west-2"


@pytest.mark.parametrize("who", ["partner", "clearance"])
def test_the_stricter_provider_list_wins(who: str):
    narrow = {
        "partner": {"who": partner(providers=("luma",))},
        "clearance": {"clearance": clearance(providers=("luma",))},
    }
    assert field(STILL, "text_to_image", **narrow[who]) == "provider"
    gate.check(
        partner(providers=("luma", "stability")),
        STILL,
        request(STILL, "text_to_image", clearance=clearance(providers=("stability",))),
        today=TODAY,
        runnable_dialects=SPOKEN,
    )


@pytest.mark.parametrize(
    ("model", "operation", "permitted"),
    [
        (STILL, "text_to_image", ("moving_image",)),
        (FILM, "image_to_video", ("still_image",)),
        (STILL, "text_to_image", ("evaluate_only",)),
        (CATALOGUE["control-do-nothing"], "do_nothing", ()),
    ],
)
def test_consent_must_cover_what_is_made_even_by_a_free_control(model, operation, permitted):
    asked = clearance(permitted=permitted)
    assert field(model, operation, clearance=asked) == "clearance.permitted"


def test_consent_ends_with_its_last_day():
    last = clearance(expires_on=TODAY)
    asked = request(STILL, "text_to_image", clearance=last)
    gate.check(partner(), STILL, asked, today=TODAY, runnable_dialects=SPOKEN)
    assert refusal(STILL, asked, today=TODAY + timedelta(days=1)).field == "clearance.expires_on"


def test_what_is_meant_for_the_final_picture_needs_an_approval_even_of_a_free_control():
    final = clearance(disclosure_tier="final_story_or_likeness")
    control = CATALOGUE["control-do-nothing"]
    assert field(STILL, "text_to_image", clearance=final) == "clearance.approval_sha256"
    assert field(control, "do_nothing", clearance=final) == "clearance.approval_sha256"
    approved = request(STILL, "text_to_image", clearance=replace(final, approval_sha256="d" * 64))
    gate.check(partner(), STILL, approved, today=TODAY, runnable_dialects=SPOKEN)


def test_consent_without_evidence_is_none():
    asked = clearance(evidence_sha256="")
    assert field(STILL, "text_to_image", clearance=asked) == "clearance.evidence_sha256"


def test_a_control_needs_no_region_and_no_provider():
    control = CATALOGUE["control-classical-inpaint"]
    nowhere = partner(regions=(), providers=("luma",))
    asked = request(control, "classical_inpaint")
    gate.check(nowhere, control, asked, today=TODAY, runnable_dialects=SPOKEN)
    assert gate.region_for(nowhere, control, clearance()) == "local"


def test_nobody_asks_in_another_partners_name():
    assert field(STILL, "text_to_image", who=partner(name="somebody_else")) == "partner"


def media(**changes):
    return (Input(role="init_image", media=replace(picture(b"png"), **changes)),)


WITH_STRENGTH = {"parameters": (("strength", 0.5),)}


@pytest.mark.parametrize(
    ("model", "operation", "changes", "where"),
    [
        (STILL, "text_to_image", {"prompt": "x" * 10_001}, "prompt"),
        (STILL, "text_to_image", {"prompt": "  "}, "prompt"),
        (STILL, "text_to_image", {"negative": "x" * 10_001}, "negative"),
        (ERASE, "erase", {"prompt": "no prompt is taken"}, "prompt"),
        (FILM, "text_to_video", {"negative": "blur"}, "negative"),
        (STILL, "text_to_image", {"aspect": "4:3"}, "aspect"),
        (STILL, "image_to_image", {"aspect": "16:9"}, "aspect"),
        (STILL, "text_to_image", {"seconds": 5}, "seconds"),
        (FILM, "text_to_video", {"seconds": 6}, "seconds"),
        (FILM, "text_to_video", {"seconds": None}, "seconds"),
        (FILM, "text_to_video", {"resolution": "1080p"}, "resolution"),
        (FILM, "text_to_video", {"resolution": None}, "resolution"),
        (FILM, "text_to_video", {"seed": 7}, "seed"),
        (STILL, "text_to_image", {"seed": 0}, "seed"),
        (STILL, "text_to_image", {"seed": 4_294_967_295}, "seed"),
        (STILL, "image_to_image", {"inputs": ()}, "inputs.init_image"),
        (STILL, "text_to_image", {"inputs": media()}, "inputs.init_image"),
        (STILL, "image_to_image", {"inputs": media() * 2}, "inputs"),
        (STILL, "image_to_image", {"parameters": ()}, "parameters.strength"),
        (STILL, "text_to_image", WITH_STRENGTH, "parameters.strength"),
        (STILL, "image_to_image", {"parameters": (("strength", 1.01),)}, "parameters.strength"),
        (
            STILL,
            "image_to_image",
            {"parameters": (("strength", float("nan")),)},
            "parameters.strength",
        ),
        (ERASE, "erase", {"parameters": (("grow_mask", 5.5),)}, "parameters.grow_mask"),
        (ERASE, "erase", {"parameters": (("grow_mask", True),)}, "parameters.grow_mask"),
        (ERASE, "erase", {"parameters": (("wish", 1),)}, "parameters.wish"),
        (CATALOGUE["stability-outpaint"], "outpaint", {"parameters": (("left", 0),)}, "parameters"),
        (FILM, "text_to_video", {"parameters": (("loop", 1),)}, "parameters.loop"),
    ],
)
def test_what_the_model_does_not_take_is_refused_by_field(model, operation, changes, where):
    asked = request(model, operation, **changes)
    found = refusal(model, asked)
    assert isinstance(found, BadInput)
    assert found.field == where


@pytest.mark.parametrize(
    "changes",
    [
        {"mime": "image/gif"},
        {"width": 63},
        {"width": 4000, "height": 3000},
        {"width": 2600, "height": 1000},
        {"size": 20_000_000},
    ],
)
def test_a_picture_that_the_service_would_refuse_is_refused_before_it_is_sent(changes):
    service = CATALOGUE["stability-control-structure"]
    asked = request(service, "control_structure", inputs=media(**changes))
    assert refusal(service, asked).field.startswith("inputs")


def test_a_picture_of_unknown_size_is_left_to_the_service():
    service = CATALOGUE["stability-control-structure"]
    asked = request(service, "control_structure", inputs=media(width=0, height=0))
    gate.check(partner(), service, asked, today=TODAY, runnable_dialects=SPOKEN)


def test_no_refusal_of_a_live_model_names_its_maker():
    for model, operation in RUNNABLE:
        asked = request(model, operation, clearance=clearance(permitted=()))
        assert model.provider not in str(refusal(model, asked)) or model.provider == "local"


def test_what_is_allowed_can_still_be_worth_a_word():
    legacy = Lifecycle(status=LifecycleStatus.LEGACY, eol=date(2027, 4, 8))
    dying = replace(STILL, lifecycle=legacy)
    said = gate.warnings(partner(), dying, request(dying, "text_to_image"), today=TODAY)
    assert said == ("this model is in its legacy period; it ends on 2027-04-08",)
    long = request(STILL, "text_to_image", prompt="word " * 400)
    assert "256" in gate.warnings(partner(), STILL, long, today=TODAY)[0]
    early = gate.warnings(
        partner(), STILL, request(STILL, "text_to_image"), today=date(2026, 10, 1)
    )
    assert early == ("the window of Northlight Pictures opens on 2026-11-01",)
    assert gate.warnings(partner(), STILL, request(STILL, "text_to_image"), today=TODAY) == ()


def test_everything_that_forbids_a_request_can_be_had_and_the_first_is_what_is_raised():
    asked = replace(
        request(FILM, "image_to_video", seconds=7, aspect="7:5"),
        clearance=clearance(providers=("stability",)),
        inputs=(),
        seed=3,
    )
    found = gate.refusals(partner(), FILM, asked, today=TODAY, runnable_dialects=SPOKEN)
    assert [r.field for r in found] == [
        "inputs.key_frame_start",
        "provider",
        "aspect",
        "seconds",
        "seed",
    ]
    assert str(refusal(FILM, asked)) == str(found[0])
    fine = request(FILM, "image_to_video")
    assert gate.refusals(partner(), FILM, fine, today=TODAY, runnable_dialects=SPOKEN) == ()


def test_where_the_operation_is_unknown_its_limits_are_not_looked_at():
    asked = replace(request(STILL, "text_to_image", seconds=7), operation="erase")
    found = gate.refusals(partner(), STILL, asked, today=TODAY, runnable_dialects=SPOKEN)
    assert [r.field for r in found] == ["operation"]
