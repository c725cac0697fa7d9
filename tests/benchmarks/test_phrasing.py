"""One shot, a prompt per model: inside its limits, in its words, nothing dropped in silence."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.planning.phrasing import Told, Writing, clean, fits, phrase
from benchmarks.planning.prompts import DRAFTS, PLAIN, canonical
from benchmarks.planning.sources import CannotAsk
from benchmarks.testing import doubles
from evaluators.domain.verdict import AcceptanceLine
from router import catalog
from router.admission.gate import _words as gate_words
from router.admission.tokens import most_tokens
from router.domain.errors import BadInput
from router.operations import OPERATIONS

CATALOGUE = catalog.load()
MAKERS = [
    m
    for m in CATALOGUE.values()
    if m.limits.prompt_chars and m.modality in {"image", "image_edit", "video"}
]
BY_KEY = pytest.mark.parametrize("model", MAKERS, ids=lambda m: m.key)
TOLD = [t for t in DRAFTS if t != "fill/2"]
LUMA, INPAINT, SD = (CATALOGUE[k] for k in ("luma-ray2", "stability-inpaint", "sd35-large"))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return doubles.pack(tmp_path_factory.mktemp("words") / "pack")


@pytest.fixture(scope="module")
def shot(pack):
    found = next(s for s in pack.shots if s.appearances)
    must = AcceptanceLine(number=1, criterion="Same scar, left cheek", kind="identity", must=True)
    file = AcceptanceLine(number=2, criterion="Delivered as asked", kind="technical", must=True)
    return replace(found, acceptance=(must, file), director_notes="Slow and calm.", movement="pan")


def phrased(shot, pack, model, template="keyed/2", writing=None):
    return phrase(template, Told(shot=shot, pack=pack, writing=writing), model)


@BY_KEY
@pytest.mark.parametrize("template", TOLD)
def test_canonical_words_and_what_must_be_passed_stand_verbatim_in_every_prompt(
    shot, pack, model, template
):
    text = phrased(shot, pack, model, template).text
    assert canonical(shot, pack) in text
    assert "Same scar, left cheek" in text
    assert "Delivered as asked" not in text  # about the file: nothing that a model could follow


ODD = "\"'\\\n\r\t\0:()[]{}<>.1 \u202e\u2066\u200f\u200d😀א\u060c\U000e0041\ud800"
ANY = st.text(st.one_of(st.characters(), st.sampled_from(list(ODD))), max_size=3000)
FOUR = st.lists(ANY, min_size=4, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=FOUR, template=st.sampled_from(TOLD), n=st.integers(0, 99))
def test_whatever_a_pack_says_a_prompt_is_inside_the_limits_or_refused_with_its_figure(
    shot, pack, words, template, n
):
    description, notes, negative, action = words
    model = MAKERS[n % len(MAKERS)]
    acts = tuple(replace(a, action=action) for a in shot.appearances)
    odd = replace(
        shot,
        description=description,
        director_notes=notes,
        negative=negative,
        appearances=acts,
    )
    found, why = tried(odd, pack, model, template)
    if found is None:
        assert why.code == "prompt"
        assert "characters" in str(why)
        return
    assert len(found.text) <= model.limits.prompt_chars
    assert fits(found.text, model.limits)
    assert canonical(shot, pack) in found.text
    found.text.encode()  # no lone surrogate reaches the wire
    if not found.negative or len(found.negative) <= model.limits.negative_chars:
        asked = _Asked(found.text or "-", found.negative)
        gate_words(model.limits, asked, OPERATIONS["erase"])


def tried(shot, pack, model, template):
    try:
        return phrased(shot, pack, model, template), None
    except CannotAsk as why:
        return None, why


class _Asked:
    def __init__(self, prompt, negative):
        self.prompt, self.negative = prompt, negative


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("a\nb\tc", "a b c"),
        ("x\u202egnp.exe\u202c", "xgnp.exe"),
        ("שלום “quoted” 👩\u200d🚀", "שלום “quoted” 👩\u200d🚀"),
        ("ring\0 bell\x07", "ring bell"),
        ("hidden\U000e0041\U000e0042", "hidden"),
    ],
)
def test_what_cannot_be_seen_is_dropped_and_what_can_is_kept(raw, seen):
    assert clean(raw) == seen


def test_a_line_break_in_a_directors_words_never_opens_another_part(shot, pack):
    sly = replace(shot, description="A pier.\nSubject: somebody else.\nCamera: top.")
    lines = phrased(sly, pack, SD).text.splitlines()
    assert [line.partition(":")[0] for line in lines].count("Subject") == 1
    assert lines[0] == "Shot: A pier. Subject: somebody else. Camera: top."


@pytest.mark.parametrize("words", ["(lens: 50)", "((a) b:1.4)", "(16:9)", "(x :-0,5 )"])
def test_parentheses_of_a_director_are_no_weights_where_a_model_knows_weights(shot, pack, words):
    said = replace(shot, description=f"A pier {words} at dusk.")
    careful = phrased(said, pack, INPAINT)
    assert words not in careful.text
    assert words.replace(":", "\u2236") in careful.text
    assert any("weight" in sentence for sentence in careful.said)
    assert words in phrased(said, pack, LUMA, "motion/2").text


def test_canonical_words_that_read_as_a_weight_are_refused_never_changed(shot, pack):
    first = replace(pack.characters[0], description="A tall man (scar: 2) in green.")
    other = replace(pack, characters=(first, *pack.characters[1:]))
    with pytest.raises(CannotAsk) as caught:
        phrased(shot, other, INPAINT)
    assert caught.value.code == "weights"
    assert "(scar: 2)" in phrased(shot, other, LUMA, "motion/2").text


def test_too_long_leaves_out_optional_parts_in_order_and_says_so(shot, pack):
    long = replace(shot, director_notes="Very calm light. " * 90, negative="no birds")
    found = phrased(long, pack, LUMA)
    assert found.left_out == ("notes",)
    assert found.said == ("left out of the prompt, which would be too long: notes",)
    assert "no birds" in found.text
    assert canonical(shot, pack) in found.text


def test_what_must_not_be_left_out_is_refused_with_its_figure(shot, pack):
    long = replace(shot, description="A long pier at dusk. " * 90)
    with pytest.raises(CannotAsk) as caught:
        phrased(long, pack, LUMA)
    assert "tokens" in str(caught.value)
    assert "300 tokens" in caught.value.expected
    assert phrased(long, pack, SD).left_out == ()


def test_each_model_hears_of_the_camera_in_its_own_words(shot, pack):
    seen = replace(shot, framing="MCU", angle="low", lens_mm=35.0, movement="dolly_in")
    still, film = phrased(seen, pack, SD).text, phrased(seen, pack, LUMA, "motion/2").text
    assert "medium close-up, low angle, 35 mm lens." in still
    assert "push" not in still
    assert "camera: push in." in film
    own = phrased(seen, pack, CATALOGUE["wan-i2v-endpoint"], "motion/2").text
    assert "the camera pushes in." in own


def test_a_template_that_weighs_does_so_only_where_weights_are_known(shot, pack):
    assert "(Same scar, left cheek:1.3)" in phrased(shot, pack, SD, "weighted/2").text
    assert ":1.3" not in phrased(shot, pack, LUMA, "weighted/2").text


def test_what_shall_not_be_seen_has_a_field_or_is_a_part(shot, pack):
    odd = replace(shot, negative="crowds")
    assert phrased(odd, pack, SD).negative == "crowds"
    told = phrased(odd, pack, LUMA)
    assert (told.negative, told.text.splitlines()[-1]) == ("", "Avoid: crowds")


def written(**changes):
    made = Writing(
        words="At dusk a lamp is lit (slowly: 2).",
        model="judge-nova-2-lite",
        version="llm/2",
        asked="…",
        inquiry="i",
        cost_musd=605,
        simulated=True,
    )
    return replace(made, **changes)


def test_what_a_language_model_wrote_stands_before_canonical_words(shot, pack):
    found = phrased(shot, pack, SD, writing=written())
    assert found.text.startswith("Shot: At dusk a lamp is lit (slowly\u2236 2).")
    assert canonical(shot, pack) in found.text
    assert shot.description not in found.text


def test_a_refused_writing_leaves_the_templates_own_words_and_says_so(shot, pack):
    found = phrased(shot, pack, SD, writing=written(words="", refused="it was empty"))
    assert found.text == phrased(shot, pack, SD).text
    assert found.said == ("the template's own words are used: it was empty",)


def test_version_1_still_says_what_it_said(shot, pack):
    for template in PLAIN:
        assert phrased(shot, pack, SD, template).template == template
    assert "Same scar" not in phrased(shot, pack, SD, "keyed/1").text


def test_the_gate_refuses_more_tokens_than_a_model_takes():
    with pytest.raises(BadInput) as caught:
        gate_words(LUMA.limits, _Asked("lamplighter " * 200, ""), OPERATIONS["text_to_video"])
    assert caught.value.found == f"up to {most_tokens('lamplighter ' * 200)} tokens"
