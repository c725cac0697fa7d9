"""The second face network: laid by five points, aware of the cast, never from a test's file."""

import numpy as np
import pytest

from evaluators import weights
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.embedders.embedding import Embedder, opened
from evaluators.embedders.network import Network
from evaluators.measuring import metric
from evaluators.metrics.id_learned import REJECT, given, seen_by
from evaluators.views import Gallery
from evaluators.vision.detectors import nobody
from evaluators.vision.faces import find
from evaluators.weights import NoWeights
from router.decoding.decode import Decoder


@pytest.fixture
def gallery():
    """A gallery of its own: the shared one remembers references as another detector saw them."""
    with Decoder() as decoder:
        yield Gallery(decoder)


@pytest.fixture
def with_yunet(shelf):
    weights.use(shelf)
    yield
    weights.use(None)


@pytest.fixture
def eye():
    """A double: the picture itself, small and without its mean, is what tells faces apart."""

    def forward(crops):
        small = np.stack([c[::8, ::8].astype(np.float32).ravel() for c in crops])
        return np.resize(small - small.mean(axis=1, keepdims=True), (len(crops), 512))

    row = weights.row("auraface")
    return Embedder(weights=row, network=Network(forward=forward, precision="fp32"))


@pytest.fixture
def look(gallery, eye):
    def run(take, *refs, kind=Kind.PERSON, **said):
        brief = Brief(row=0, take="t", path=take, refs=refs, kind=kind, **said)
        return seen_by(eye, gallery.fresh(take), brief)

    return run


def test_without_its_weights_it_says_which_file_is_absent(measure, put, person, tmp_path):
    weights.use(tmp_path / "empty")
    path = put("a.png", person)
    got = measure("id_learned", path, refs=(path,), kind=Kind.PERSON)["id_ref.learned"]
    weights.use(None)
    assert got.status is Status.NOT_MEASURED
    assert "auraface/glintr100.onnx" in got.reason
    assert "circletake weights fetch auraface" in got.reason


def test_an_animal_gets_no_face_verdict(measure, put, cat):
    path = put("a.png", cat)
    got = measure("id_learned", path, refs=(path,), kind=Kind.CREATURE)["id_ref.learned"]
    assert (got.status, "for persons" in got.reason) == (Status.NOT_APPLICABLE, True)


def test_random_weights_for_tests_reach_no_reading(tmp_path, with_yunet, gallery, put, person):
    pytest.importorskip("onnxruntime", reason="extra `learned` is not installed")
    from evaluators.testing import weights as testing_weights

    row = testing_weights.tiny_face(tmp_path, dimension=512)
    random = opened(row, weights.checked(row, tmp_path))
    path = put("a.png", person)
    brief = Brief(row=0, take="t", path=path, refs=(path,), kind=Kind.PERSON)
    with pytest.raises(NoWeights, match="for tests only"):
        seen_by(random, gallery.fresh(path), brief)


def test_the_five_points_lie_in_the_face_from_the_pictures_left(with_yunet, person):
    (face,) = find(person)
    x, y, width, height = face.box
    points = np.array(face.points)
    assert points.shape == (5, 2)
    assert ((points > (x, y)) & (points < (x + width, y + height))).all()
    left_eye, right_eye, nose, *mouth = points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert all(corner[1] > nose[1] for corner in mouth)


def test_the_same_face_turned_and_smaller_reads_nearly_one(with_yunet, look, put, person):
    small = person[::2, ::2]
    turned = np.ascontiguousarray(np.pad(small, ((60, 60), (60, 60), (0, 0)), mode="edge"))
    got = look(put("take.png", turned), put("ref.png", person))
    assert got.value > 0.9
    assert (got.n_used, got.n_expected) == (1, 1)
    assert "auraface@" in got.made_by


def test_a_face_below_the_limit_is_nobodys_and_a_rival_takes_its_own():
    assert given(np.array([[REJECT - 0.01]])) == [None]
    assert given(np.array([[REJECT + 0.01]])) == [0]
    assert given(np.array([[0.6, 0.9], [0.5, 0.4]])) == [1, 0]


def test_without_a_face_nothing_is_measured(with_yunet, look, put, person, cat):
    got = look(put("take.png", cat[:200, :200]), put("ref.png", person))
    assert (got.value, got.reason) == (None, nobody())


def test_it_stands_in_the_learned_tier_and_may_not_fail_a_line():
    plug_in = metric("id_learned")
    assert (plug_in.tier, plug_in.deterministic) == ("learned", False)
