"""One character over the shots of a sequence: gated, paired, and honest about what it left out."""

import json
from dataclasses import replace

import numpy as np
import pytest

from evaluators.across.xshot_id import METRIC as XSHOT_ID
from evaluators.across.xshot_look import METRIC as XSHOT_LOOK
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Scored, Status
from evaluators.measuring import Measurer
from evaluators.scoring import as_json, group_json
from evaluators.together import together


def seen(row, place=0.0, *, id_ref=0.8, lab=None, **said):
    """A take in which a character was seen, as a point on a line of faces."""
    brief = Brief(
        **{
            "row": row, "take": f"{row}.mp4", "path": f"{row}.mp4", "character": "mara",
            "kind": Kind.PERSON, "sequence": "Q1", "shot": f"S{row}", "order": row * 10, **said,
        }
    )  # fmt: skip
    face = {"embedding": [place, *[0.0] * 127], "id_ref": id_ref}
    kept = {"xshot_id": face}
    if lab is not None:
        weave = ["AQIDBA==", "BAMCAQ=="]
        look = {"lab": [[v * 10 for v in lab]] * 80, "id_ref": id_ref, "texture": weave}
        kept["xshot_look"] = look
    return brief, Scored(
        row=row, take=brief.take, sha256="a", shot=brief.shot, flags=(), scores=(), kept=kept
    )


def of(takes, **how):
    (group,) = together(takes, **how)
    return group, {s.metric: s for s in group.scores}


def test_one_face_everywhere_is_the_ideal_and_another_one_is_not():
    _, same = of([seen(0), seen(1), seen(2)])
    assert same["xshot_id"].value == pytest.approx(1.0)
    assert same["xshot_id"].n_used == 3
    assert same["xshot_id.gated_out"].value == 0.0
    _, other = of([seen(0), seen(1), seen(2, 0.6)])
    assert other["xshot_id"].value == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert set(other["xshot_id"].evidence["worst"]["rows"]) >= {2}


def test_likeness_that_falls_with_the_gap_has_a_slope():
    _, got = of([seen(i, 0.12 * i) for i in range(4)])
    assert got["xshot_id.slope"].value == pytest.approx(-0.01)
    _, flat = of([seen(i, 0.12 * i, order=None) for i in range(4)])
    assert flat["xshot_id.slope"].status is Status.NOT_MEASURED
    assert flat["xshot_id.slope"].reason == "no order is given"


def test_shots_that_are_all_wrong_are_not_consistent_but_left_out():
    group, got = of([seen(0, id_ref=0.4), seen(1, id_ref=0.4), seen(2)])
    assert got["xshot_id"].status is Status.NOT_MEASURED
    assert got["xshot_id"].reason == (
        "only 1 of 3 shots shows the character well enough; a comparison needs 2"
    )
    assert got["xshot_id.gated_out"].value == pytest.approx(2 / 3)
    assert got["xshot_id.gated_out"].evidence["gated_out_rows"] == [0, 1]
    assert group.rows == (0, 1, 2)


def test_a_costume_seen_from_behind_is_no_failed_face():
    """Where no face was seen the gate has no answer: the shot is not compared, and not wrong."""
    red = (50, 60, 40)
    behind = seen(0, id_ref=None, lab=red)
    _, got = of([behind, seen(1, lab=red), seen(2, lab=red)])
    assert got["xshot_look.gated_out"].value == 0.0
    assert got["xshot_look.gated_out"].n_used == 2
    told = got["xshot_look"].evidence
    assert (told["rows"], told["gated_out_rows"]) == ([1, 2], [])
    assert told["not_seen"] == {"0": "id_ref was not measured, so that the gate cannot be asked"}


def test_a_shot_that_is_compared_with_none_is_not_counted():
    red = (50, 60, 40)
    takes = [seen(0, lab=red), seen(1, lab=red), seen(2, lab=red, costume_refs=("other",))]
    _, got = of(takes)
    assert (got["xshot_look"].n_used, got["xshot_look"].n_expected) == (2, 3)
    assert got["xshot_look"].evidence["alone"] == [2]


def test_of_a_shot_the_circled_take_stands_else_the_first():
    takes = [seen(0), seen(1, shot="S0", order=0), seen(2)]
    assert of(takes)[0].rows == (0, 2)
    assert of(takes, circled=("1.mp4",))[0].rows == (1, 2)


def test_the_order_of_the_takes_changes_nothing():
    takes = [seen(0), seen(1, 0.1), seen(2, 0.3), seen(3, 0.2)]
    assert together(takes) == together(takes[::-1])


def test_recipes_sequences_and_characters_are_never_mixed():
    takes = [seen(0), seen(1), seen(2, character="iven"), seen(3, character="iven"),
             seen(4, sequence="Q2"), seen(5, sequence=None)]  # fmt: skip
    told = together(takes)
    assert [(g.group["character"], g.rows) for g in told] == [("mara", (0, 1)), ("iven", (2, 3))]
    split = together(takes[:2], series=lambda brief: f"recipe {brief.row}")
    assert split == ()


def test_an_animal_has_no_face_from_shot_to_shot():
    _, got = of([seen(0, kind=Kind.CREATURE), seen(1, kind=Kind.CREATURE)])
    assert got["xshot_id"].status is Status.NOT_APPLICABLE


def test_another_dye_is_seen_between_shots_and_another_costume_is_not_compared():
    red, blue = (50, 60, 40), (30, 20, -60)
    _, same = of([seen(0, lab=red), seen(1, lab=red)])
    assert same["xshot_look"].value == pytest.approx(0.0, abs=1e-6)
    _, dyed = of([seen(0, lab=red), seen(1, lab=blue)])
    assert dyed["xshot_look"].value > 18
    _, changed = of([seen(0, lab=red, costume_refs=("a",)), seen(1, lab=blue, costume_refs=("b",))])
    for name in ("xshot_look", "xshot_look.texture"):
        assert changed[name].status is Status.NOT_MEASURED
        assert "no two shots have the same costume references" in changed[name].reason
        assert "2 of 2" not in changed[name].reason


def test_the_weave_is_compared_from_shot_to_shot_whatever_its_colour(gallery, put, person, cup):
    """What is kept of a texture is a byte a number: it must tell what the whole numbers tell."""
    pictures = {"same": person, "dyed": person[..., [2, 0, 1]], "other": cup[:400, :400]}
    shown = {name: put(f"{name}.png", pixels) for name, pixels in pictures.items()}
    spec = {"box": [0.2, 0.3, 0.6, 0.6]}

    def kept(row, name):
        brief, scored = seen(row, kind=Kind.OBJECT)
        memory = XSHOT_LOOK.keep(gallery.open(shown[name]), replace(brief, spec=spec))
        json.dumps(memory)
        return brief, replace(scored, kept={"xshot_look": memory})

    def weave(first, second):
        return of([kept(0, first), kept(1, second)])[1]["xshot_look.texture"].value

    assert weave("same", "same") == pytest.approx(1.0, abs=1e-6)
    assert weave("same", "dyed") > 0.97
    assert weave("same", "other") < 0.9


def test_a_metric_that_was_not_asked_for_is_not_spoken_of():
    _, got = of([seen(0), seen(1)])
    assert not any(name.startswith("xshot_look") for name in got)


def test_a_face_is_remembered_in_memory_and_in_the_cache_and_written_nowhere(put, person, tmp_path):
    path = put("a.png", person)
    brief = Brief(
        row=0, take="a", path=path, refs=(path,), character="mara", sequence="Q1", kind=Kind.PERSON
    )
    measurer = Measurer(("id_ref", "costume_colour"), tmp_path / "cache")
    first = measurer.score(brief)
    reads = []
    measurer.decoder.read = lambda path, **_: reads.append(path)
    again = measurer.score(brief)
    alone = measurer.score(replace(brief, sequence=None))
    measurer.close()
    assert set(first.kept) == {"xshot_id", "xshot_look"}
    assert (again.kept, reads) == (first.kept, [])
    assert alone.kept == {}
    assert "embedding" not in json.dumps(as_json(first))
    group = together([(brief, first), (replace(brief, row=1, shot="S1"), replace(first, row=1))])
    body = json.dumps(group_json(group[0]), allow_nan=False)
    assert "embedding" not in body
    assert json.loads(body)["group"] == {"character": "mara", "sequence": "Q1"}


@pytest.mark.parametrize("metric", [XSHOT_ID, XSHOT_LOOK])
def test_group_metrics_explain_themselves(metric):
    said = __import__(f"evaluators.across.{metric.name}", fromlist=["x"]).__doc__
    assert said.startswith(metric.name)
    assert "is better" in said
    assert "lind to" in said
    assert metric.edition.startswith(metric.version)


@pytest.mark.slow
def test_real_shots_of_one_man_agree_and_a_stranger_is_left_out(material, gallery, put):
    ref = put("ref.png", gallery.open(material / "footage/again.mkv").frames[0])
    measurer = Measurer(("id_ref", "costume_colour"))
    takes = []
    for row, name in enumerate(("again", "help", "yes", "book")):
        brief = Brief(
            row=row, take=name, path=material / f"footage/{name}.mkv", refs=(ref,), shot=name,
            character="mara", kind=Kind.PERSON, sequence="Q1", order=row,
        )  # fmt: skip
        takes.append((brief, measurer.score(brief)))
    measurer.close()
    _, got = of(takes)
    assert got["xshot_id"].value > 0.8
    assert got["xshot_id.gated_out"].value == 0.25
    assert got["xshot_id"].evidence["gated_out_rows"] == [3]
    assert np.isfinite(got["xshot_look"].value)
