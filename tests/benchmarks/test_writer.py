"""A written prompt holds the canonical words, says what it cost, and is never cut or replaced."""

import json
from dataclasses import replace

import pytest

from benchmarks import testing
from benchmarks.prompts import canonical
from benchmarks.writer import NotWritten, write
from router import catalog
from router.domain.errors import NotEntitled
from router.language import Said, Spoilt
from router.ports import Setback
from router.testing_language import Answering, bill, spoken

CATALOGUE = catalog.load()
MODEL = CATALOGUE["judge-nova-2-lite"]
LIMITS = CATALOGUE["sd35-large"].limits
WORDS = "At dusk a lamp is lit beside the quay; a slow push in."


@pytest.fixture
def pack(tmp_path):
    return testing.pack(tmp_path / "pack")


@pytest.fixture
def shot(pack):
    return next(s for s in pack.shots if s.appearances)


def said(words):
    answer = {"prompt": words}
    return Said(text=json.dumps(answer), parsed=answer, bill=bill())


def ask(shot, pack, client, *, model=MODEL, limits=LIMITS, **changes):
    everywhere = ("us-west-2", "us-east-1", "us-east-2", "us-west-1")
    partner = replace(testing.partner(), regions=everywhere)
    return write(
        shot,
        pack,
        partner=replace(partner, **changes),
        model=model,
        limits=limits,
        client=client,
        today=testing.NOW.date(),
    )


def written(shot, pack, *answers, limits=LIMITS):
    client = Answering(*answers)
    return ask(shot, pack, client, limits=limits), client


def test_the_canonical_words_follow_verbatim_what_the_model_wrote(shot, pack):
    found, _ = written(shot, pack, said(WORDS))
    assert canonical(shot, pack)
    assert found.text == f"{WORDS} {canonical(shot, pack)}"


def test_what_was_asked_and_what_it_cost_are_kept(shot, pack):
    found, client = written(shot, pack, said(WORDS))
    (question,) = client.questions
    assert shot.description.rstrip(".") in question.text
    assert found.asked == f"{question.system}\n\n{question.text}"
    kept = found.as_dict()
    assert kept["cost_musd"] == bill().cost_musd
    assert kept["model"] == MODEL.key
    assert json.loads(json.dumps(kept))["asked"] == found.asked


def test_the_same_question_has_the_same_hash_and_another_shot_another(shot, pack):
    first, _ = written(shot, pack, said(WORDS))
    again, _ = written(shot, pack, said("Other words for the very same shot, and no fewer."))
    other, _ = written(replace(shot, description="A storm at sea."), pack, said(WORDS))
    assert first.prompt_hash == again.prompt_hash != other.prompt_hash


@pytest.mark.parametrize("words", ["", "   ", "x" * 10_001])
def test_a_text_that_cannot_be_used_as_it_is_is_refused_with_its_cost(shot, pack, words):
    with pytest.raises(NotWritten) as caught:
        written(shot, pack, said(words))
    assert caught.value.code == "unusable_text"
    assert caught.value.cost_musd == bill().cost_musd


def test_without_room_for_the_shot_nobody_is_asked(shot, pack):
    tight = replace(LIMITS, prompt_chars=len(canonical(shot, pack)) + 10)
    with pytest.raises(NotWritten) as caught:
        written(shot, pack, Setback(kind="busy", code="must_not_be_asked", reason=""), limits=tight)
    assert caught.value.code == "no_room"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"providers": ("stability",)}, "provider"), ({"regions": ("us-west-2",)}, "region")],
)
def test_a_language_model_that_may_not_read_the_words_is_never_asked(shot, pack, changes, field):
    client = Answering(said(WORDS))
    with pytest.raises(NotEntitled) as caught:
        ask(shot, pack, client, **changes)
    assert caught.value.field == field
    assert client.questions == []


REFUSED = {"kind": "refused", "code": "filtered", "reason": "the filter stopped the answer"}


@pytest.mark.parametrize(
    ("answer", "code", "cost"),
    [
        (Setback(kind="busy", code="throttled", reason="later"), "throttled", 0),
        (Spoilt(**REFUSED, billed=True, bill=bill()), "filtered", 605),
    ],
)
def test_a_refusal_is_the_reason_of_the_cell_and_nothing_takes_the_prompts_place(
    shot, pack, answer, code, cost
):
    with pytest.raises(NotWritten) as caught:
        written(shot, pack, answer)
    assert (caught.value.code, caught.value.cost_musd) == (code, cost)
    assert answer.reason in str(caught.value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*on TypedDict class:UserWarning")
def test_every_family_writes_over_the_wire(shot, pack, tmp_path):
    writers = [m for m in CATALOGUE.values() if m.dialect == "converse"]
    assert len(writers) >= 4
    with spoken(tmp_path / "wire") as there:
        for model in writers:
            found = ask(shot, pack, there.client, model=model)
            assert found.text.startswith("emulated")
            assert found.simulated
            assert found.cost_musd > 0
        assert len(there.wire.emulator.billed()) == len(writers)
