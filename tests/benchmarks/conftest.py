"""What tests of pictures and of repairs share."""

import pytest

from benchmarks.pictures.pixels import Darkroom


@pytest.fixture(scope="module")
def darkroom():
    room = Darkroom()
    yield room
    room.close()


@pytest.fixture
def repairer(stage, darkroom):
    return stage.repairer(darkroom)
