"""Where a step may paint: drawn mattes fit the take, found ones are soft and lie around what is."""

import numpy as np
import pytest
import skimage.data

from benchmarks.pictures.pixels import png
from benchmarks.planning.sources import FITTED, CannotAsk
from benchmarks.running.sight import (
    COSTUME,
    FACE,
    ROOM,
    SOFT,
    Eyes,
    cut_out,
    feathered,
    fitted,
    found_in,
    grown,
)
from benchmarks.testing import doubles


def stored(media, width, height, level=120):
    return media.put("lantern", png(np.full((height, width, 3), level, np.uint8)), "image/png")


def test_a_box_is_white_inside_and_fades_to_black_outside():
    matte = feathered((20, 10, 40, 40), (100, 80))
    assert (matte[10:50, 20:60] == 255).all()
    row = matte[30, 60:70].astype(int)
    assert row[0] < 255
    assert (np.diff(row) <= 0).all()
    assert (row[-1], matte[0, 0]) == (0, 0)


@pytest.mark.parametrize("box", [(-30, -30, 20, 20), (200, 10, 20, 20), (10, 10, 0, 0)])
def test_a_box_outside_the_picture_is_no_matte(box):
    assert not feathered(box, (100, 80)).any()


def test_a_box_grows_to_all_sides_and_is_cut_at_the_frame():
    assert grown((40, 40, 20, 10), 0.5) == (30, 35, 40, 20)
    assert feathered(grown((0, 0, 20, 20), 0.5), (100, 80))[0, 0] == 255


def test_a_drawn_matte_is_scaled_to_the_take_and_keeps_its_place(tmp_path, darkroom):
    media = doubles.FolderMedia(tmp_path)
    drawn = np.zeros((40, 80, 3), np.uint8)
    drawn[:, 40:] = 255
    matte = media.put("lantern", png(drawn), "image/png")
    eyes = Eyes(media=media, darkroom=darkroom)
    found = eyes("lantern", stored(media, 160, 80), FITTED, matte)
    pixels = darkroom.picture(media.get("lantern", found.sha256))
    assert pixels.shape == (80, 160, 3)
    assert (pixels[:, :78].max(), pixels[:, 82:].min()) == (0, 255)
    assert fitted(drawn[..., 0], (80, 40)).shape == (40, 80)


def test_a_take_without_a_face_has_nowhere_to_paint(tmp_path, darkroom):
    media = doubles.FolderMedia(tmp_path)
    eyes = Eyes(media=media, darkroom=darkroom)
    with pytest.raises(CannotAsk, match="no face in the take of the step before") as caught:
        eyes("lantern", stored(media, 320, 240), FACE, None)
    assert caught.value.code == "no_region"


def test_a_drawn_matte_of_another_shape_is_refused_rather_than_stretched(tmp_path, darkroom):
    media = doubles.FolderMedia(tmp_path)
    eyes = Eyes(media=media, darkroom=darkroom)
    with pytest.raises(CannotAsk, match="framing that the matte was drawn for") as caught:
        eyes("lantern", stored(media, 160, 80), FITTED, stored(media, 60, 60))
    assert caught.value.code == "other_shape"


@pytest.fixture(scope="module")
def suit():
    """A photograph of a person in an orange suit, before a pale wall and a flag."""
    return skimage.data.astronaut()


TORSO = (80, 175, 288, 337)  # under the face of that photograph
WALL, CLOTH = np.s_[180:230, 330:380], np.s_[300:360, 150:230]


def test_a_costume_is_repainted_and_the_wall_beside_it_is_not(suit):
    matte = found_in(suit, COSTUME)
    assert matte.shape == suit.shape[:2]
    assert matte[CLOTH].min() == 255
    assert matte[WALL].max() == 0
    assert feathered(TORSO, (512, 512))[WALL].max() == 255


def test_a_costumes_matte_stays_in_the_grown_box_and_is_the_same_every_time(suit):
    matte = found_in(suit, COSTUME)
    assert np.array_equal(matte, found_in(suit, COSTUME))
    x, y, width, height = grown(TORSO, ROOM + SOFT)
    rest = matte.copy()
    rest[max(0, y) : y + height, max(0, x) : x + width] = 0
    assert not rest.any()
    assert 0 < np.count_nonzero((matte > 0) & (matte < 255)) < 0.2 * matte.size


def test_a_cut_that_tells_nothing_gives_way_to_the_box(suit):
    flat = np.full((512, 512, 3), 120, np.uint8)
    assert cut_out(flat, TORSO) is None
    studio = np.full_like(flat, 255)
    studio[200:500, 110:340] = 20
    worn = cut_out(studio, TORSO)
    assert worn is not None
    assert worn[300, 200]
    assert not worn[300, 90]
    assert cut_out(suit, (-40, -40, 800, 800)) is None  # nothing outside to tell it from
    assert cut_out(suit, (600, 600, 50, 50)) is None
