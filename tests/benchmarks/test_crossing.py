"""A character over the shots of a sequence, as the report shows it."""

from dataclasses import replace

import pytest

from benchmarks.domain.repair import Decision
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from benchmarks.views.crossing import crossing_rows, crossings
from benchmarks.views.veil import Veil
from evaluators.domain.score import Scored


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("stage"))
    stage.finish("init_image", "style_guide")
    yield stage
    stage.engine.dispose()


@pytest.fixture(scope="module")
def case(stage):
    return stage.case()


class Memory:
    """What was remembered of takes; a face is one number, the same for everybody but some."""

    def __init__(self, other=()):
        self.other = set(other)
        self.asked = []

    def __call__(self, partner, briefs):
        assert partner == "lantern"
        self.asked += [b.take for b in briefs]
        for b in briefs:
            face = [0.5] if b.take in self.other else [0.0]
            kept = {"xshot_id": {"embedding": face, "id_ref": 0.9}}
            yield Scored(
                row=b.row, take=b.take, sha256="a", shot=b.shot, flags=(), scores=(), kept=kept
            )


def of(rows, recipe):
    (row,) = (r for r in rows if r["recipe"] == recipe)
    return row


def rows_of(stage, case, memory):
    found = crossings(case, place=stage.media.place, measure=memory)
    return crossing_rows(case, found, case.recipes, Veil(stage.catalogue, simulated=True))


def test_one_take_a_shot_stands_for_its_recipe_and_shots_are_compared(stage, case):
    memory = Memory()
    row = of(rows_of(stage, case, memory), "init_image")
    assert (row["character"], row["sequence"], row["n_shots"]) == ("mara", "SQ010", 3)
    assert row["scores"]["xshot_id"]["value"] == 1.0
    assert {case.trial_of[t].number for t in row["takes"]} == {1}
    assert len(memory.asked) == len(set(memory.asked))


def test_a_circled_take_stands_for_its_shot_instead_of_the_first(stage, case):
    trial, take = next(
        (trial, take)
        for trial, take in case.own_takes()
        if trial.recipe == "init_image" and trial.number == 2
    )
    said = Decision(
        partner="lantern",
        id="d",
        campaign=stage.id,
        take=take.id,
        by="Ann Lee",
        role="director",
        status="circled",
        notes="",
        created_at=doubles.NOW,
    )
    chosen = replace(case, decisions={take.id: said})
    row = of(rows_of(stage, chosen, Memory(other=[take.id])), "init_image")
    assert take.id in row["takes"]
    assert row["scores"]["xshot_id"]["value"] < 1.0
    assert trial.shot in row["scores"]["xshot_id"]["worst"]["shots"]


def test_a_single_shot_is_compared_with_nothing(stage, case):
    shots = {place: replace(s, sequence=s.id) for place, s in case.shots.items()}
    memory = Memory()
    assert rows_of(stage, replace(case, shots=shots), memory) == []
    assert memory.asked == []
