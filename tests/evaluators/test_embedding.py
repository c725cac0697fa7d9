"""Embeddings: right numbers, the same every time, and never from weights that nobody knows."""

import dataclasses

import numpy as np
import pytest

from evaluators import weights
from evaluators.cache import Cache
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.domain.weights import Backend
from evaluators.embedders import embedding
from evaluators.embedders.embedding import Embedder, opened
from evaluators.embedders.embedding_store import Crop, Store
from evaluators.embedders.network import Network
from evaluators.measuring import metric
from evaluators.weights import NoWeights

BACKENDS = {"dino": "transformers", "siglip": "transformers", "face": "onnxruntime"}


@pytest.fixture(scope="session", params=BACKENDS)
def tiny(request, tmp_path_factory):
    """A network of random numbers: its row, folder and embedder."""
    pytest.importorskip(BACKENDS[request.param], reason="extra `learned` is not installed")
    from evaluators.testing import weights as testing_weights

    folder = tmp_path_factory.mktemp(request.param)
    row = getattr(testing_weights, f"tiny_{request.param}")(folder)
    return row, folder, opened(row, weights.checked(row, folder))


def pictures(person, cat, cup):
    return [person[40:220, 140:320], cat[30:200, 60:300], cup, person[:64, :100]]


def a_double(row=None, forward=None):
    row = row or weights.row("mobilenet_v2")
    calls = []

    def count(crops):
        calls.append(len(crops))
        return np.stack([np.resize(c.mean(axis=(0, 1)) + 1, row.dimension) for c in crops])

    return Embedder(weights=row, network=Network(forward=forward or count, precision="fp32")), calls


def test_every_vector_has_its_dimension_and_length_one(tiny, person, cat, cup):
    row, _, embedder = tiny
    rows = embedder.embed(pictures(person, cat, cup))
    assert rows.shape == (4, row.dimension)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_neither_batch_nor_order_changes_a_vector(tiny, person, cat, cup):
    *_, embedder = tiny
    crops = pictures(person, cat, cup)
    rows = embedder.embed(crops)
    alone = np.concatenate([embedder.embed([c]) for c in crops])
    assert np.allclose(rows, alone, atol=1e-5)
    assert np.allclose(rows, embedder.embed(crops[::-1])[::-1], atol=1e-5)
    assert np.array_equal(rows, embedder.embed(crops))


def test_a_network_opened_again_gives_the_same_numbers(tiny, person):
    row, folder, embedder = tiny
    again = opened(row, weights.checked(row, folder))
    assert np.array_equal(again.embed([person]), embedder.embed([person]))
    assert again.version == embedder.version
    assert f"/{embedder.network.precision}/" in again.version


def test_no_crop_gives_no_row(tiny):
    row, _, embedder = tiny
    assert embedder.embed([]).shape == (0, row.dimension)


def test_texts_and_pictures_share_a_space_where_the_network_reads_them(tiny, person):
    row, _, embedder = tiny
    if row.backend is not Backend.SIGLIP:
        with pytest.raises(NoWeights, match="reads no text"):
            embedder.embed_text(["a cat"])
        return
    rows = embedder.embed_text(["A cat", "a cat", "a coat and something quite unknown"])
    assert np.array_equal(rows[0], rows[1])
    assert not np.allclose(rows[0], rows[2], atol=1e-3)
    assert rows.shape[1] == embedder.embed([person]).shape[1]


def test_random_numbers_never_reach_a_score(tiny, person):
    *_, embedder = tiny
    crop = Crop(sha256="a", frame=0, box=(0, 0, 64, 64), picture=person)
    with pytest.raises(NoWeights, match="for tests only"):
        Store().of(embedder, [crop])


def test_a_metric_with_random_numbers_is_not_measured(tiny, person, put, gallery, monkeypatch):
    *_, embedder = tiny
    monkeypatch.setattr(embedding, "of", lambda name: embedder)
    path = put("a.png", person)
    brief = Brief(row=0, take="a.png", path=path, refs=(path,), kind=Kind.OBJECT)
    plug_in = metric("ref_embed")
    for score in plug_in.scores(plug_in.measure(gallery.fresh(path), brief), brief):
        assert score.status is Status.NOT_MEASURED
        assert "for tests only" in score.reason


def test_a_changed_byte_is_refused(tiny, tmp_path):
    row, folder, _ = tiny
    for one in row.files:
        target = tmp_path / one.file
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((folder / one.file).read_bytes())
    assert weights.checked(row, tmp_path)
    with (tmp_path / row.files[0].file).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x7f")
    with pytest.raises(NoWeights, match="another hash"):
        weights.checked(row, tmp_path)


def test_a_file_that_is_no_network_is_told(tmp_path, weighted):
    row = weights.row("mobilenet_v2")
    path = tmp_path / "net.tflite"
    path.write_bytes(b"no network" * 100)
    with pytest.raises(NoWeights, match="could not be loaded"):
        opened(row, path)


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda crops: np.stack([c[0, 0, :].astype(float) - 128 for c in crops]), "3 numbers"),
        (lambda crops: np.stack([np.full(1280, np.nan) for _ in crops]), "not finite"),
        (lambda crops: np.stack([np.ones(1280) for _ in crops]), "self-test"),
    ],
    ids=["dimension", "nan", "blind"],
)
def test_a_network_that_is_wrongly_fed_or_broken_fails_its_self_test(forward, said):
    made, _ = a_double(forward=forward)
    with pytest.raises(NoWeights, match=said):
        embedding._test(made)


def test_the_same_crop_is_embedded_once(person, tmp_path):
    made, calls = a_double()
    crops = [
        Crop(sha256=sha, frame=frame, box=(x, 0, 50, 50), picture=person)
        for sha, frame, x in [("a", 0, 0), ("a", 0, 9), ("a", 1, 0), ("b", 0, 0), ("a", 0, 0)]
    ]
    first = Store(Cache(tmp_path))
    rows = first.of(made, crops)
    assert calls == [4]
    assert np.array_equal(first.of(made, crops), rows)
    assert np.array_equal(Store(Cache(tmp_path)).of(made, crops), rows)
    assert calls == [4]


@pytest.mark.parametrize(
    "change",
    [{"preprocessing": "other"}, {"sha256": "0" * 64}, {"precision": "bf16"}, {"id": "other"}],
)
def test_another_version_never_uses_stored_numbers(person, tmp_path, change):
    made, _ = a_double()
    crop = Crop(sha256="a", frame=0, box=(0, 0, 50, 50), picture=person)
    Store(Cache(tmp_path)).of(made, [crop])
    row = made.weights
    if "sha256" in change:
        row = dataclasses.replace(row, files=(dataclasses.replace(row.files[0], **change),))
    elif "precision" not in change:
        row = dataclasses.replace(row, **change)
    other, calls = a_double(row)
    if "precision" in change:
        other = dataclasses.replace(other, network=dataclasses.replace(other.network, **change))
    Store(Cache(tmp_path)).of(other, [crop])
    assert calls == [1]


@pytest.mark.parametrize(("name", "dimension"), [("mobilenet_v2", 1280), ("mobilenet_v1", 1024)])
def test_a_real_network_knows_a_mirrored_face_from_a_cup(weighted, person, cup, name, dimension):
    embedder = embedding.of(name)
    face = person[40:220, 140:320]
    rows = embedder.embed([face, face[:, ::-1], cup])
    assert rows.shape == (3, dimension)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert rows[0] @ rows[1] > 0.8 > rows[0] @ rows[2]
    assert np.array_equal(rows[1:2], embedder.embed([face[:, ::-1]]))
    assert embedding.of(name) is embedder


def test_a_detector_embeds_nothing(weighted):
    with pytest.raises(NoWeights, match="detector"):
        embedding.of("yunet")


def test_five_points_lay_a_face_onto_the_template(person):
    from evaluators.embedders.embedding_onnx import TEMPLATE, aligned

    angle, scale = np.deg2rad(20), 1.7
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    picture = np.zeros((400, 400, 3), np.uint8)
    points = TEMPLATE @ turn.T + (120, 60)
    for x, y in points:
        picture[round(y) - 3 : round(y) + 4, round(x) - 3 : round(x) + 4] = 255
    laid = aligned(picture, points)
    assert laid.shape == (112, 112, 3)
    assert all(laid[round(y), round(x)].min() > 200 for x, y in TEMPLATE)
