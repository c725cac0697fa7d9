"""Recipes: read strictly, refused with every mistake at once, chosen with their controls."""

import pytest

from benchmarks.planning import recipes
from router import catalog, tasks
from router.domain.errors import UnknownName
from router.domain.mistake import BadFile


@pytest.fixture(scope="module")
def catalogue():
    return catalog.load()


@pytest.fixture(scope="module")
def known_tasks():
    return tasks.load()


@pytest.fixture(scope="module")
def shipped(catalogue, known_tasks):
    return recipes.load(catalogue, known_tasks)


def written(tmp_path, *rows):
    path = tmp_path / "recipes.yaml"
    path.write_text("schema: recipes/1\nrecipes:\n" + "\n".join(rows), encoding="utf-8")
    return path


GOOD = """  - name: words
    title: Words only
    model: sd35-large
    operation: text_to_image
    tasks: [lookdev_text_to_image]
    template: plain/1"""


def test_every_task_has_two_paid_recipes_where_the_catalogue_has_the_services(shipped, known_tasks):
    paid = {
        t: sum(t in r.tasks and not r.control for r in shipped.values()) for t in known_tasks.names
    }
    assert {t: n for t, n in paid.items() if n < 2} == {"outpaint": 1}


def test_every_task_that_has_a_picture_has_a_free_control(shipped, known_tasks):
    controlled = {t for r in shipped.values() if r.control for t in r.tasks}
    from_nothing = {"text_to_video", "background_plate"}
    assert controlled == set(known_tasks.names) - from_nothing


def test_choosing_recipes_brings_the_controls_of_their_tasks(shipped):
    chosen = [r.name for r in recipes.choose(shipped, ["erase_matte"])]
    assert chosen == ["erase_matte", "do_nothing", "classical_inpaint"]


def test_a_recipe_that_nobody_wrote_is_named_with_those_that_exist(shipped):
    with pytest.raises(UnknownName, match="erase_matte"):
        recipes.choose(shipped, ["erase_mat"])


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path, catalogue, known_tasks):
    bad = GOOD.replace("sd35-large", "sd36-large").replace("plain/1", "plain/9")
    path = written(tmp_path, bad, GOOD)
    with pytest.raises(BadFile) as caught:
        recipes.load(catalogue, known_tasks, path)
    told = {(m.field, m.code): m.line for m in caught.value.mistakes}
    assert told == {
        ("recipes[0].model", "unknown"): 5,
        ("recipes[0].template", "unknown"): 8,
        ("recipes[0].name", "duplicate"): 3,
        ("recipes[1].name", "duplicate"): 9,
    }


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("text_to_image\n", "erase\n", "operation"),
        ("[lookdev_text_to_image]", "[erase]", "unknown"),
        ("Words only", "Words only, by Stability", "vendor_name"),
        ("template: plain/1", "template: plain/1\n    control: true", "control"),
        ("template: plain/1", "template: plain/1\n    colour: red", "unknown_field"),
        (
            "template: plain/1",
            "template: plain/1\n    conditioning: {init_image: moon}",
            "unknown",
        ),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(tmp_path, catalogue, known_tasks, old, new, code):
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(BadFile) as caught:
        recipes.load(catalogue, known_tasks, path)
    assert code in {m.code for m in caught.value.mistakes}


CHAIN = """  - name: chained
    title: Words, then larger
    tasks: [lookdev_text_to_image]
    steps:
      - model: sd35-large
        operation: text_to_image
        template: plain/1
      - model: stability-conservative-upscale
        operation: upscale_conservative
        template: plain/1
        conditioning: {init_image: previous_step}"""


def told(tmp_path, catalogue, known_tasks, row):
    with pytest.raises(BadFile) as caught:
        recipes.load(catalogue, known_tasks, written(tmp_path, row))
    return {(m.field, m.code, m.line) for m in caught.value.mistakes}


def test_a_chain_is_read_with_its_steps_in_order(tmp_path, catalogue, known_tasks):
    (chain,) = recipes.load(catalogue, known_tasks, written(tmp_path, CHAIN)).values()
    assert [c.operation for c in chain.calls] == ["text_to_image", "upscale_conservative"]
    assert recipes.needs(chain, catalogue) == "needs nothing but words"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("previous_step", "plate", ("recipes[0].steps[1].conditioning", "unconnected", 13)),
        ("previous_step", "step.2", ("recipes[0].steps[1].conditioning.init_image", "source", 13)),
        (
            "previous_step",
            "face_region",
            ("recipes[0].steps[1].conditioning.init_image", "source", 13),
        ),
        (
            "title: Words, then larger",
            "title: Words, then larger\n    model: sd35-large",
            ("recipes[0].model", "both", 5),
        ),
        (
            "title: Words, then larger",
            "title: Words, then larger\n    control: true",
            ("recipes[0].control", "control", 5),
        ),
        ("sd35-large", "sd36-large", ("recipes[0].steps[0].model", "unknown", 7)),
    ],
)
def test_a_chain_that_cannot_work_is_refused_with_the_line(
    tmp_path, catalogue, known_tasks, old, new, mistake
):
    assert mistake in told(tmp_path, catalogue, known_tasks, CHAIN.replace(old, new))


def test_an_upscale_comes_last(tmp_path, catalogue, known_tasks):
    head, first, last = CHAIN.replace("      - ", "      * ").split("      * ")
    turned = f"{head}      - {last}\n      - {first.rstrip()}".replace(
        "        template: plain/1\n        conditioning: {init_image: previous_step}",
        "        template: plain/1",
    )
    found = told(tmp_path, catalogue, known_tasks, turned)
    assert ("recipes[0].steps[0].operation", "not_last", 8) in found


def test_a_single_call_names_its_model_operation_and_template(tmp_path, catalogue, known_tasks):
    bare = GOOD.replace("    model: sd35-large\n", "")
    assert ("recipes[0].model", "missing", 3) in told(tmp_path, catalogue, known_tasks, bare)


def test_each_recipe_says_what_it_needs(shipped, catalogue):
    said = {name: recipes.needs(shipped[name], catalogue) for name in shipped}
    assert said["canonical_text"] == "needs nothing but words"
    assert said["previous_shot"] == "needs a circled still of the shot before it"
    assert said["face_again"] == (
        "needs a picture of a character; a face that is found in the take of the step before"
    )
    assert said["multi_reference"].startswith("needs an endpoint of your own; ")
    assert "first frame" in said["video_between"]
