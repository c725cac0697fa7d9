"""Planning: the same order gives the same ids, and what cannot be asked says why, for free."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.commands.campaign import told
from benchmarks.domain.unwritten import SAY_HERE
from benchmarks.planning import recipes
from benchmarks.planning.laid import reasons, refuse_empty
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from router import catalog, tasks
from router.domain.errors import BadInput, NotEntitled
from router.domain.model import LifecycleStatus

CATALOGUE = catalog.load()
RECIPES = recipes.load(CATALOGUE, tasks.load())


@pytest.fixture
def pack(tmp_path):
    return doubles.pack(tmp_path / "pack")


@pytest.fixture
def stock(tmp_path, pack):
    media = doubles.taken_in(doubles.FolderMedia(tmp_path / "media"), pack)
    dialects = ("bedrock_invoke", "bedrock_async", "local")
    return Stock(catalogue=CATALOGUE, media=media, dialects=dialects)


def order(pack, *names, takes=2, **changes):
    asked = Order(
        partner=doubles.partner(),
        packs=[pack],
        recipes=recipes.choose(RECIPES, names or ["init_image", "init_image_alt"]),
        takes=takes,
        budget_musd=50_000_000,
        simulated=True,
    )
    return replace(asked, **changes)


def test_the_same_order_is_the_same_campaign_and_a_larger_budget_does_not_change_it(pack, stock):
    first = plan(order(pack), stock, now=doubles.NOW)
    later = doubles.NOW + timedelta(days=3)
    again = plan(order(pack, budget_musd=90_000_000), stock, now=later)
    assert first.campaign.id == again.campaign.id
    assert [t.id for t in first.trials] == [t.id for t in again.trials]
    assert len({r.id for r in first.requests}) == len(first.requests)


def test_another_seal_another_take_count_or_another_recipe_row_is_another_campaign(pack, stock):
    orders = [
        order(pack),
        order(replace(pack, seal="f" * 32)),
        order(pack, takes=3),
        order(pack, recipes=[replace(RECIPES["init_image"], parameters=(("strength", 0.6),))]),
        order(pack, simulated=False),
    ]
    assert len({plan(o, stock, now=doubles.NOW).campaign.id for o in orders}) == len(orders)


def test_recipes_are_compared_on_the_same_seeds_and_takes_differ(pack, stock):
    found = plan(order(pack), stock, now=doubles.NOW)
    seeds = {}
    for trial, request in zip(found.trials, found.requests, strict=True):
        if request.seed is not None:
            seeds.setdefault((trial.shot, trial.number), set()).add(request.seed)
    assert all(len(s) == 1 and min(s) > 0 for s in seeds.values())
    assert len({min(s) for s in seeds.values()}) == len(seeds)


def test_a_control_is_asked_once_a_shot_and_costs_nothing(pack, stock):
    found = plan(order(pack, takes=4), stock, now=doubles.NOW)
    controls = [t for t in found.trials if RECIPES[t.recipe].control]
    assert {(t.number, t.worst_case_musd) for t in controls} == {(1, 0)}
    assert len(controls) == len({(t.shot, t.recipe) for t in controls})


def test_without_a_number_stills_get_what_the_shot_wants_and_clips_one(pack, stock):
    found = plan(order(pack, "init_image", "video_from_key", takes=None), stock, now=doubles.NOW)
    numbers = {}
    for trial in found.trials:
        if not RECIPES[trial.recipe].control:
            numbers[trial.recipe] = max(numbers.get(trial.recipe, 0), trial.number)
    assert numbers == {"init_image": 2, "video_from_key": 1}


def test_the_plan_names_the_worst_case_and_the_day_before_a_cent_is_spent(pack, stock):
    found = plan(order(pack, "video_from_key", "video_from_key_hd"), stock, now=doubles.NOW)
    told = found.as_json()
    by_recipe = {r["recipe"]: r["worst_case_usd"] for r in told["by_recipe"]}
    assert by_recipe == {"video_from_key": 7.5, "video_from_key_hd": 15.0, "do_nothing": 0.0}
    assert told["worst_case_usd"] == 22.5
    assert told["forecast_finish"] == "2027-03-15T09:10:00Z"  # four clips, one at a time


def test_an_unsealed_pack_is_refused(pack, stock):
    with pytest.raises(BadInput, match="pack seal"):
        plan(order(replace(pack, sealed=False)), stock, now=doubles.NOW)


def test_a_pack_that_is_named_twice_is_not_paid_twice(pack, stock):
    with pytest.raises(BadInput, match="each pack once"):
        plan(order(pack, packs=[pack, pack]), stock, now=doubles.NOW)


def test_another_partners_pack_is_refused(pack, stock):
    with pytest.raises(NotEntitled, match="a pack of lantern"):
        plan(order(replace(pack, partner="other")), stock, now=doubles.NOW)


def test_a_budget_above_the_partners_own_is_refused(pack, stock):
    with pytest.raises(BadInput, match="at most lantern's 200"):
        plan(order(pack, budget_musd=200_000_001), stock, now=doubles.NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"consents": ()}, "no_consent"),
        ({"regions": ("eu-central-1",)}, "region"),
        ({"providers": ("nobody",)}, "provider"),
    ],
)
def test_a_cell_that_the_gate_refuses_is_reported_and_never_asked(pack, stock, change, code):
    found = plan(order(replace(pack, **change)), stock, now=doubles.NOW)
    paid = [r for r in found.refused if not RECIPES[r.recipe].control]
    shown = [r for r in paid if code != "no_consent" or r.shot != "SQ010_SH0030"]
    assert {r.code for r in shown} == {code}
    assert not any(t.worst_case_musd for t in found.trials)


def test_consent_for_stills_alone_refuses_the_clip_and_lets_the_stills_pass(pack, stock):
    still = replace(pack.consents[0], permitted=("evaluate_only", "still_image"))
    asked = order(replace(pack, consents=(still,)), "init_image", "video_from_key")
    found = plan(asked, stock, now=doubles.NOW)
    assert {r.recipe for r in found.refused} >= {"video_from_key"}
    assert {t.recipe for t in found.trials} >= {"init_image"}


def test_a_missing_matte_is_a_refusal_with_its_shot(pack, stock):
    shots = tuple(replace(s, inputs=s.inputs[:1]) if s.task == "erase" else s for s in pack.shots)
    found = plan(order(replace(pack, shots=shots), "erase_matte"), stock, now=doubles.NOW)
    refused = {(r.recipe, r.shot, r.code) for r in found.refused}
    assert ("erase_matte", "SQ010_SH0030", "missing_input") in refused


def test_a_cut_longer_than_the_clip_is_a_refusal(pack, stock):
    shots = tuple(replace(s, cut_frames=24 * 7) for s in pack.shots)
    found = plan(order(replace(pack, shots=shots), "video_from_key"), stock, now=doubles.NOW)
    assert [r.code for r in found.refused if r.recipe == "video_from_key"] == ["too_long"]


def test_a_retired_model_is_a_refusal_that_explains_itself(pack, stock):
    model = CATALOGUE["sd35-large"]
    retired = replace(
        model, lifecycle=replace(model.lifecycle, status=LifecycleStatus.RETIRED, note="gone")
    )
    gone = replace(stock, catalogue=dict(CATALOGUE) | {"sd35-large": retired})
    found = plan(order(pack, "init_image"), gone, now=doubles.NOW)
    assert {r.code for r in found.refused} == {"lifecycle"}


def test_a_recipe_that_no_shot_asks_for_is_said(pack, stock):
    found = plan(order(pack, "upscale_fast", "init_image"), stock, now=doubles.NOW)
    assert ("upscale_fast", "*") in {(r.recipe, r.shot) for r in found.refused}


def test_prompts_repeat_the_characters_description_verbatim(pack, stock):
    found = plan(order(pack, "init_image", "video_from_key"), stock, now=doubles.NOW)
    mara = pack.characters[0]
    paid = [r for r in found.requests if r.operation in {"image_to_image", "image_to_video"}]
    assert paid
    assert all(mara.description in r.prompt and mara.invariants[0] in r.prompt for r in paid)


def test_what_shall_not_be_seen_is_said_in_words_to_a_model_without_a_field_for_it(pack, stock):
    found = plan(order(pack, "init_image", "video_from_key"), stock, now=doubles.NOW)
    said = {r.operation: (r.negative, "Avoid: other people" in r.prompt) for r in found.requests}
    assert said["image_to_image"] == ("other people", False)
    assert said["image_to_video"] == ("", True)


def test_several_references_are_always_different_pictures(tmp_path):
    stage = Stage(tmp_path)
    sheet = stage.pack.characters[0]
    costume = replace(sheet.costumes[0], references=sheet.references)
    bare = tuple(replace(s, inputs=()) for s in stage.pack.shots)
    same = replace(stage.pack, shots=bare, characters=(replace(sheet, costumes=(costume,)),))
    stage.pack = same
    refused = stage.plan("multi_reference").refused
    stage.engine.dispose()
    reason = next(r.reason for r in refused if r.recipe == "multi_reference")
    assert "no other plate or prop_ref or costume_ref" in reason
    assert "that no other reference is" in reason


def test_a_plan_says_once_who_takes_several_references(tmp_path):
    stage = Stage(tmp_path)
    told = [w for w in stage.plan("multi_reference").warnings if "several references" in w]
    stage.engine.dispose()
    assert len(told) == 1
    assert "endpoint of your own" in told[0]


def test_where_the_account_shares_data_every_paid_cell_is_refused_and_says_so(pack, stock):
    shared = replace(stock, modes=lambda _region: "provider_data_share", notes=("read today",))
    found = plan(order(pack), shared, now=doubles.NOW)
    assert {r.code for r in found.refused} >= {"data_retention"}
    assert all(CATALOGUE[r.model].dialect == "local" for r in found.requests)
    assert found.warnings[0] == "read today"
    free = plan(order(pack), replace(stock, modes=lambda _region: "none"), now=doubles.NOW)
    assert "data_retention" not in {r.code for r in free.refused}


def test_a_plan_breaks_its_cost_down_and_its_worst_provider_is_the_worst_case(pack, stock):
    body = plan(order(pack), stock, now=doubles.NOW).as_json()
    parts = {row["part"]: row for row in body["costs"]["lines"]}
    assert list(parts) == ["provider", "judge", "evaluation_cpu", "evaluation_gpu", "storage"]
    assert parts["provider"]["worst_usd"] == body["worst_case_usd"]
    assert parts["evaluation_gpu"]["worst_usd"] is None
    counted = [row["worst_usd"] for row in parts.values() if row["worst_usd"] is not None]
    assert body["costs"]["total"]["worst_usd"] == pytest.approx(sum(counted))
    text = told(body, verbose=True)
    assert "together" in text
    assert "not counted: GPU" in text


def test_a_shot_that_nobody_has_written_is_told_to_no_model(pack, stock):
    first, *rest = pack.shots
    bare = replace(first, description=f"SH010: 24 frames of the cut; {SAY_HERE}")
    found = plan(order(replace(pack, shots=(bare, *rest))), stock, now=doubles.NOW)
    assert first.id not in {t.shot for t in found.trials}
    assert {r.code for r in found.refused if r.shot == first.id} == {"unwritten"}


def test_a_take_that_cannot_have_the_shape_of_its_shot_is_told_before_it_is_paid(pack, stock):
    shots = [s for s in pack.shots if s.task == "reference_to_image"]
    tall = {
        sha256: replace(ref, width=512, height=640) if ref.width else ref
        for sha256, ref in stock.media.items()
    }
    bare = tuple(replace(s, inputs=(), aspect="16:9") for s in shots)
    asked = order(replace(pack, shots=bare), "sheet_start", "style_guide")
    told_of = [
        text
        for text in plan(asked, replace(stock, media=tall), now=doubles.NOW).warnings
        if "512x640" in text
    ]
    assert told_of
    assert all(text.startswith("sheet_start × ") for text in told_of)  # a style guide takes aspects
    wide = {s: replace(ref, width=1600, height=900) for s, ref in tall.items()}
    found = plan(asked, replace(stock, media=wide), now=doubles.NOW)
    assert not [text for text in found.warnings if "shape of the picture" in text]


def test_a_plan_says_what_the_budget_caps_and_names_the_rest_beside_it(pack, stock):
    body = plan(order(pack), stock, now=doubles.NOW).as_json()
    headline, beside, *rest = told(body).splitlines()
    usd = f"{body['worst_case_usd']:.2f} USD for the models"
    assert f"at most {usd}, which the budget of 50.00 USD caps" in headline
    assert "outside this budget: judges" in beside
    assert not [line for line in rest if "at worst" in line]  # one sum of money, not two
    assert "--verbose" in rest[-1]


def test_in_short_what_is_free_and_has_nothing_to_work_on_is_one_line(pack, stock):
    body = plan(order(pack), replace(stock, media={}), now=doubles.NOW).as_json()
    short = [line for line in told(body).splitlines() if "not asked" in line]
    whole = [line for line in told(body, verbose=True).splitlines() if "not asked" in line]
    assert len(whole) == len(body["refused"]) > len(short)
    assert sum("free controls" in line for line in short) == 1


def test_where_no_recipe_fits_the_plan_names_the_tasks_and_the_recipes_that_do(pack, stock):
    clips = replace(pack, shots=tuple(s for s in pack.shots if s.task == "image_to_video"))
    asked = order(clips, "video_from_text")
    body = plan(asked, replace(stock, recipes=RECIPES.values()), now=doubles.NOW).as_json()
    (only,) = [r for r in body["refused"] if r["shot"] == "*"]
    assert "no shot asks for text_to_video" in only["reason"]
    assert "asks for image_to_video, which video_from_key" in only["reason"]
    assert only["reason"] in reasons(body["refused"])


def test_nothing_to_ask_is_an_error_of_the_order_and_makes_no_campaign(pack, stock):
    clips = replace(pack, shots=tuple(s for s in pack.shots if s.task == "image_to_video"))
    bare = replace(clips, shots=tuple(replace(s, task="upscale", inputs=()) for s in clips.shots))
    empty = plan(order(bare, "upscale_fast"), stock, now=doubles.NOW)
    with pytest.raises(BadInput, match=r"nothing to ask: upscale_fast × .*found no plate or start"):
        refuse_empty(empty.as_json())
