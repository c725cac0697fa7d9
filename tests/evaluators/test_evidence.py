"""Evidence pictures are small, and show what the verdict rests on."""

import io

import numpy as np
import pytest
from PIL import Image

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.verdict import AcceptanceLine
from evaluators.evidence import MARK, pictures
from evaluators.exhibits.paper import BAR, WIDTH
from evaluators.measuring import Measurer
from evaluators.verdicts import sheet


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, person):
    """Verdicts on a take with a dyed coat and a spill outside the matte, and their pictures."""
    folder = tmp_path_factory.mktemp("evidence")

    def put(name, pixels):
        Image.fromarray(pixels).save(folder / name)
        return folder / name

    matte = np.zeros(person.shape[:2], np.uint8)
    matte[300:400, 50:200] = 255
    take = person.copy()
    take[300:400, 50:200] = (20, 60, 140)
    take[10:60, 380:470] = 255 - take[10:60, 380:470]
    plate = put("plate.png", person)
    brief = Brief(
        row=0, take="t", path=put("take.png", take), refs=(plate,), kind=Kind.PERSON,
        costume_refs=(plate,), plate=plate, mask=put("mask.png", matte),
    )  # fmt: skip
    kinds = ("identity", "wardrobe", "colour", "untouched_region", "technical", "camera")
    lines = [
        AcceptanceLine(number=i, criterion=k, kind=k, must=True) for i, k in enumerate(kinds, 1)
    ]
    measurer = Measurer()
    scores = measurer.score(brief).scores
    measurer.close()
    verdicts = sheet(lines, "t", scores)
    pngs = pictures(brief, verdicts)
    return verdicts, {n: np.asarray(Image.open(io.BytesIO(p))) for n, p in pngs.items()}


def test_pictures_fit_a_report_and_unmeasured_lines_have_none(drawn):
    _, shown = drawn
    assert sorted(shown) == [1, 2, 3, 4, 5]
    assert all(p.shape[1] <= WIDTH and p.shape[0] <= 300 + BAR for p in shown.values())


def test_the_region_is_boxed_in_the_colour_of_the_ruling(drawn):
    verdicts, shown = drawn
    for verdict in verdicts[:2]:
        found = (shown[verdict.line.number] == MARK[verdict.ruling]).all(axis=2)
        assert found.sum() > 50


def test_a_spill_outside_the_matte_lights_up_in_the_difference(drawn):
    _, shown = drawn
    height = shown[4].shape[0] - 2 * BAR
    third = shown[4][BAR : BAR + height, 2 * shown[4].shape[1] // 3 + 6 :].astype(int)
    rows, columns = np.nonzero(third[..., 1] - third[..., 2] > 60)  # yellow and green, not blue
    share = [columns.mean() / third.shape[1], rows.mean() / third.shape[0]]
    assert share == pytest.approx([425 / 512, 35 / 512], abs=0.05)
    quiet = third[height // 3, third.shape[1] // 2]
    assert quiet.max() - quiet.min() < 3  # grey: nothing changed there


def test_an_unreadable_take_has_no_picture(drawn, tmp_path):
    verdicts, _ = drawn
    assert pictures(Brief(row=0, take="t", path=tmp_path / "none.png"), verdicts) == {}


def test_what_stood_in_the_plate_is_shown_beside_what_stands_there_now(gallery, put, person):
    spoilt = person.copy()
    spoilt[40:260, 340:] = 128
    brief = Brief(row=0, take="t", path=put("t.png", spoilt), plate=put("p.png", person))
    measurer = Measurer(("plate_structure",))
    line = AcceptanceLine(
        number=1, criterion="as it stood", kind="x", must=True, metric="plate_structure"
    )
    (png,) = pictures(brief, sheet([line], "t", measurer.score(brief).scores)).values()
    measurer.close()
    shown = np.asarray(Image.open(io.BytesIO(png)))
    assert shown.shape[1] > 1.8 * (shown.shape[0] - BAR)
