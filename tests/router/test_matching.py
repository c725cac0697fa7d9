"""Every model says whether it can, and if not, the one thing that helps to hear."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import catalog, tasks
from router.admission import gate
from router.admission.matching import KEY_FRAMES, MASK, Asker, Fit, Matched, Need, match, needed_for
from router.domain.errors import BadInput, UnknownName
from router.domain.request import Input
from router.operations import MOVING, OPERATIONS, STILL
from router.testing.asking import TODAY, US, clearance, partner, picture, request

CATALOGUE = catalog.load()
TASKS = tasks.load()
SPOKEN = ("bedrock_invoke", "bedrock_async", "local")
ASKER = Asker(partner=partner(), clearance=clearance(), today=TODAY, runnable_dialects=SPOKEN)
PAID = {key for key, model in CATALOGUE.items() if model.dialect != gate.LOCAL}


def asked(task: str, *, who: Asker = ASKER, **needs) -> Matched:
    return match(replace(needed_for(TASKS.operations(task), CATALOGUE), **needs), CATALOGUE, who)


def able(task: str, *, who: Asker = ASKER, **needs) -> set[str]:
    return {fit.model.key for fit in asked(task, who=who, **needs).can}


def why(task: str, key: str, *, who: Asker = ASKER, **needs) -> tuple[str, str]:
    found = next(u for u in asked(task, who=who, **needs).cannot if u.model.key == key)
    return found.code, found.reason


# A need differs from the least in a few ways; in many at once, nothing would ever match.
WAYS = {
    "references": st.integers(0, 3),
    "mask": st.booleans(),
    "key_frames": st.integers(0, 2),
    "seconds": st.sampled_from([5, 6, 9]),
    "aspect": st.sampled_from(["16:9", "1:1", "21:9", "7:5"]),
    "resolution": st.sampled_from(["540p", "720p", "8k"]),
    "size": st.sampled_from([(640, 640), (1920, 1080), (32, 32), (9000, 300)]),
    "seeded": st.booleans(),
    "makes": st.sampled_from([STILL, MOVING]),
    "regions": st.sampled_from([("us-west-2",), ("us-east-1",), US, ("eu-west-1",)]),
    "indemnified": st.booleans(),
    "budget_musd": st.sampled_from([0, 50_000, 100_000, 5_000_000]),
}
CHANGES = st.lists(st.sampled_from(sorted(WAYS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: WAYS[name] for name in names})
)
NEEDS = st.builds(
    lambda task, changes: replace(needed_for(TASKS.operations(task), CATALOGUE), **changes),
    st.sampled_from(TASKS.names),
    CHANGES,
)
ASKERS = st.builds(
    Asker,
    partner=st.builds(
        partner,
        regions=st.sampled_from([US, US, ("us-west-2",), ()]),
        providers=st.sampled_from([(), (), ("luma",), ("stability", "luma")]),
    ),
    clearance=st.builds(
        clearance,
        permitted=st.sampled_from([("still_image", "moving_image"), ("still_image",)]),
        regions=st.sampled_from([(), ("us-west-2", "us-east-1")]),
    ),
    today=st.sampled_from([TODAY, TODAY, TODAY + timedelta(days=1000)]),
    runnable_dialects=st.sampled_from([SPOKEN, ("bedrock_invoke",)]),
)


def stating(need: Need, fit: Fit, who: Asker):
    """Write a request that states the need to this model, as a caller would."""
    operation = OPERATIONS[fit.operation]
    data = b"png"
    width, height = need.size or (640, 640)
    free = [
        role
        for role in (*operation.needs, *operation.may)
        if role != MASK and role not in KEY_FRAMES and role in fit.model.references
    ]
    roles = [*[MASK] * need.mask, *KEY_FRAMES[: need.key_frames], *free[: need.references]]
    assert len(roles) == need.mask + need.key_frames + need.references
    return request(
        fit.model,
        fit.operation,
        inputs=tuple(
            Input(role=role, media=picture(data, width=width, height=height)) for role in roles
        ),
        clearance=who.clearance,
        aspect=need.aspect if operation.aspect else None,
        seconds=fit.seconds,
        resolution=fit.resolution,
        seed=7 if need.seeded else None,
    )


@settings(max_examples=300)
@given(need=NEEDS, who=ASKERS)
def test_what_matches_passes_the_gate_and_meets_the_need(need: Need, who: Asker):
    for fit in match(need, CATALOGUE, who).can:
        gate.check(
            who.partner,
            fit.model,
            stating(need, fit, who),
            today=who.today,
            runnable_dialects=who.runnable_dialects,
        )
        assert not need.regions or fit.region in need.regions
        assert fit.model.indemnified or not need.indemnified
        assert need.budget_musd is None or fit.worst_musd <= need.budget_musd
        assert need.seconds in {None, fit.seconds}
        assert need.resolution in {None, fit.resolution}
        assert need.makes in {None, OPERATIONS[fit.operation].makes}


@given(need=NEEDS, who=ASKERS)
def test_every_paid_model_answers_once_and_nobody_refuses_without_a_reason(need: Need, who: Asker):
    matched = match(need, CATALOGUE, who)
    answered = [fit.model.key for fit in matched.can] + [u.model.key for u in matched.cannot]
    assert sorted(answered) == sorted(PAID)
    assert all(u.reason and u.code for u in matched.cannot)
    near = {u.model.key for u in matched.nearest}
    assert near <= {u.model.key for u in matched.cannot}
    assert len(near) <= 3


@given(need=NEEDS)
def test_the_order_of_the_catalogue_changes_nothing(need: Need):
    turned = dict(reversed(CATALOGUE.items()))
    assert match(need, turned, ASKER) == match(need, CATALOGUE, ASKER)


@given(need=NEEDS, who=ASKERS)
def test_to_need_more_never_helps(need: Need, who: Asker):
    more = match(replace(need, seeded=True, regions=("us-west-2",)), CATALOGUE, who)
    less = match(replace(need, regions=()), CATALOGUE, who)
    assert {fit.model.key for fit in more.can} <= {fit.model.key for fit in less.can}


def test_a_task_brings_what_all_its_models_need():
    need = needed_for(TASKS.operations("erase"), CATALOGUE)
    assert (need.references, need.mask, need.key_frames) == (1, True, 0)
    need = needed_for(TASKS.operations("image_to_video"), CATALOGUE)
    assert (need.references, need.mask, need.key_frames) == (0, False, 1)
    need = needed_for(TASKS.operations("inpaint_cleanup"), CATALOGUE)
    assert not need.mask  # one of its operations finds what to replace by words
    assert needed_for(TASKS.operations("lookdev_text_to_image"), CATALOGUE).references == 0


def test_more_references_than_a_model_takes_is_the_reason_that_is_told():
    code, reason = why("reference_to_image", "stability-style-guide", references=2)
    assert (code, reason) == ("references", "style_guide takes at most 1, not 2")
    assert not able("reference_to_image", references=2) & {
        key for key in PAID if CATALOGUE[key].dialect == "bedrock_invoke"
    }


def test_too_few_references_are_told_as_a_number():
    matched = asked("style_transfer", references=1)
    found = next(u for u in matched.cannot if u.model.key == "stability-style-transfer")
    assert [m.reason for m in found.misses] == ["style_transfer needs 2, not 1"]


def test_pictures_that_are_too_small_or_too_long_are_a_miss():
    assert why("upscale", "stability-creative-upscale", size=(32, 32))[0] == "inputs.init_image"
    assert able("upscale", size=(32, 32)) == {"stability-fast-upscale"}
    assert why("erase", "stability-erase", size=(9000, 300))[0] == "inputs.init_image"


def test_nobody_can_is_an_answer_with_the_nearest():
    matched = asked("reference_to_image", references=1, indemnified=True)
    assert matched.can == ()
    assert {m.code for u in matched.nearest for m in u.misses} == {"indemnity"}


def test_the_nearest_miss_the_fewest_needs():
    matched = asked("erase", seconds=5, regions=("us-west-2",))
    assert [u.model.key for u in matched.nearest] == ["stability-erase", "stability-inpaint"]
    assert {m.code for m in matched.nearest[0].misses} == {"seconds", "region"}
    closer = asked("text_to_video", seconds=7)
    assert [m.code for m in closer.nearest[0].misses] == ["seconds"]
    assert "5, 9" in closer.nearest[0].reason


def test_what_is_retired_or_does_other_work_never_comes_near():
    matched = asked("outpaint", indemnified=True)
    assert [u.model.key for u in matched.nearest] == ["stability-outpaint"]
    assert why("outpaint", "nova-canvas", indemnified=True)[0] == "lifecycle"
    assert why("outpaint", "luma-ray2", indemnified=True)[0] == "operation"


def test_a_profile_cannot_be_held_in_one_region_and_says_so():
    code, reason = why("erase", "stability-erase", regions=("us-west-2",))
    assert code == "region"
    assert reason.startswith("works in any of us-west-2, us-east-1, us-east-2")
    assert "stability-erase" in able("erase", regions=US)


def test_partner_and_consent_forbid_here_as_they_do_at_the_gate():
    closed = replace(ASKER, partner=partner(providers=("luma",)))
    assert why("erase", "stability-erase", who=closed)[0] == "provider"
    ended = replace(ASKER, clearance=clearance(expires_on=TODAY - timedelta(days=1)))
    assert why("erase", "stability-erase", who=ended)[0] == "clearance.expires_on"
    assert asked("erase", who=ended).nearest


def test_a_mask_that_a_model_cannot_use_is_a_miss():
    assert "stability-search-replace" in able("inpaint_cleanup")
    assert why("inpaint_cleanup", "stability-search-replace", mask=True)[0] == "inputs.mask"
    assert able("inpaint_cleanup", mask=True) >= {"stability-inpaint", "stability-erase"}


def test_a_film_with_a_seed_is_promised_by_nobody_who_takes_none():
    assert why("text_to_video", "luma-ray2", seeded=True)[0] == "seed"


def test_what_follows_its_picture_has_any_shape_that_the_picture_has():
    fits = {f.model.key: f for f in asked("reference_to_image", aspect="16:9").can}
    assert "give it as 16:9" in fits["sd35-large"].notes[0]
    assert fits["stability-style-guide"].notes == ()
    wide = able("reference_to_image", aspect="16:9", size=(1920, 1080))
    assert "sd35-large" in wide
    code, reason = why("reference_to_image", "sd35-large", aspect="16:9", size=(1024, 1024))
    assert code == "aspect"
    assert "1024x1024" in reason


def test_a_budget_counts_against_the_worst_case():
    assert able("upscale", budget_musd=30_000) == {"stability-fast-upscale"}
    assert why("upscale", "stability-creative-upscale", budget_musd=500_000) == (
        "budget",
        "costs up to 0.60 USD; the budget of a take is 0.50 USD",
    )


def test_moving_pictures_are_not_made_by_those_that_make_stills():
    need = Need(operations=("text_to_image", "text_to_video"), makes=MOVING)
    matched = match(need, CATALOGUE, ASKER)
    assert [f.operation for f in matched.can] == ["text_to_video"]
    assert any(u.reason == "makes still_image, not moving_image" for u in matched.cannot)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("references", -1),
        ("key_frames", 3),
        ("seconds", 0),
        ("aspect", "wide"),
        ("size", (0, 5)),
        ("makes", "music"),
        ("budget_musd", -1),
        ("operations", ()),
    ],
)
def test_a_need_that_means_nothing_is_refused(field, wrong):
    with pytest.raises(BadInput) as caught:
        asked("erase", **{field: wrong})
    assert caught.value.field == field


def test_an_unknown_operation_lists_those_that_are_known():
    with pytest.raises(UnknownName, match="text_to_image"):
        match(Need(operations=("telepathy",)), CATALOGUE, ASKER)
