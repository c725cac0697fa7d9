"""Manifests come in with all their mistakes told at once; JSON goes out as the contract says."""

import json

import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Score, Scored, Status
from evaluators.scoring import as_json, parse_spec, read_manifest, unreadable
from router.domain.errors import BadInput


@pytest.fixture
def manifest(tmp_path):
    def write(text):
        path = tmp_path / "m.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_every_column_arrives_and_paths_are_relative_to_the_manifest(manifest, tmp_path):
    text = (
        "take,refs,character,kind,costume_refs,plate,mask,shot,sequence,order,spec\n"
        'a.png,r1.png; r2.png,mara,person,c.png,p.png,m.png,S1,Q1,20,"{""width"": 512}"\n'
        "b.mp4,,,,,,,,,,\n"
    )
    full, bare = read_manifest(manifest(text))
    assert full.path == tmp_path / "a.png"
    assert full.refs == (tmp_path / "r1.png", tmp_path / "r2.png")
    assert (full.character, full.kind, full.order) == ("mara", Kind.PERSON, 20)
    assert (full.shot, full.sequence, full.spec) == ("S1", "Q1", {"width": 512})
    assert (full.plate, full.mask) == (tmp_path / "p.png", tmp_path / "m.png")
    assert (bare.row, bare.refs, bare.kind, bare.plate) == (1, (), None, None)


def test_who_and_what_else_is_in_the_take_arrives(manifest, tmp_path):
    cast = json.dumps({"iven": ["i.png"], "rook": {"kind": "creature", "refs": ["r.png"]}})
    quoted = cast.replace('"', '""')
    (got,) = read_manifest(
        manifest(f'take,cast,props,used\na.mp4,"{quoted}",bell.png;key.png,12-60\n')
    )
    iven, rook = got.cast
    assert (iven.character, iven.kind, iven.refs) == ("iven", Kind.PERSON, (tmp_path / "i.png",))
    assert (rook.kind, rook.refs) == (Kind.CREATURE, (tmp_path / "r.png",))
    assert got.props == (tmp_path / "bell.png", tmp_path / "key.png")
    assert got.used == (12, 60)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("cast", "iven"), ("cast", "[]"), ("cast", '{"i": "a.png"}'), ("cast", '{"i": [1]}'),
        ("cast", '{"i": {"kind": "ghost", "refs": []}}'), ("cast", '{"i": {}}'),
        ("used", "12"), ("used", "60-12"), ("used", "-3-9"), ("used", "a-b"), ("used", "1.5-2"),
    ],
)  # fmt: skip
def test_a_cast_or_a_used_range_that_cannot_be_read_is_told_by_column(manifest, column, cell):
    quoted = cell.replace('"', '""')
    with pytest.raises(BadInput) as told:
        read_manifest(manifest(f'take,{column}\na.png,"{quoted}"\n'))
    assert f"row 0 column {column}: found" in told.value.expected


def test_all_mistakes_are_told_at_once_by_row_and_column(manifest):
    text = "take,kind,order,spec,ref\na.png,ghost,two,{,\n,,,[],\nc.png,,,,,,\n"
    with pytest.raises(BadInput) as told:
        read_manifest(manifest(text))
    said = told.value.expected
    for part in (
        "column ref", "row 0 column kind: found ghost", "row 0 column order: found two",
        "row 0 column spec", "row 1 column take", "row 1 column spec", "row 2: found 7 cells",
    ):  # fmt: skip
        assert part in said
    assert told.value.found == "7 mistakes"
    assert told.value.exit_code == 2


@pytest.mark.parametrize(
    "text", ["", "refs\na.png\n", b"take\n\xff\xfe.png\n", 'take\n"open\n', "take,take\na,b\n"]
)
def test_what_is_no_manifest_is_refused(manifest, text):
    with pytest.raises(BadInput):
        read_manifest(manifest(text))


def test_a_manifest_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="a CSV file"):
        read_manifest(tmp_path / "none.csv")


def test_a_spreadsheets_mark_and_empty_lines_are_no_mistakes(manifest):
    briefs = read_manifest(manifest("\ufefftake\r\na.png\r\n\r\n,\r\n"[:-3]))
    assert [b.take for b in briefs] == ["a.png"]


@pytest.mark.parametrize(
    "text",
    [
        '{"width": "wide"}', '{"width": 1.5}', '{"fps": 0}', '{"fps": "?"}', '{"aspect": "16:0"}',
        '{"seconds": -1}', '{"box": [1, 2, 3]}', '{"box": [1, 2, 3, "a"]}', '{"audio": 1}',
        '{"codec": 264}', '{"feather": -1}', '{"fps": NaN}', "[]", "7", '"{}"', "{" * 9,
        '{"max_duplicates": -1}',
    ],
)  # fmt: skip
def test_a_spec_of_the_wrong_type_is_refused(text):
    with pytest.raises(ValueError, match="expected"):
        parse_spec(text)


def test_a_good_spec_is_taken_as_it_is():
    text = '{"width": 640, "fps": "23.976", "aspect": "2.39:1", "box": [0, 0.1, 1, 0.5], "x": 1}'
    assert parse_spec(text) == json.loads(text)


def test_the_answer_has_the_shape_of_the_contract():
    score = Score(
        metric="id_ref", unit="similarity", direction=Direction.HIGHER, status=Status.MEASURED,
        value=0.91, character="mara", coverage=1.0, n_used=16, n_expected=16,
    )  # fmt: skip
    silent = Score(
        metric="tech.blur", unit="share", direction=Direction.LOWER, status=Status.FAILED,
        reason="unreadable take",
    )  # fmt: skip
    scored = Scored(row=0, take="a.png", sha256="f", shot="S1", flags=(), scores=(score, silent))
    body = json.loads(json.dumps(as_json(scored), allow_nan=False))
    assert list(body) == ["take", "sha256", "row", "shot", "flags", "scores"]
    assert body["scores"][0] == {
        "metric": "id_ref", "character": "mara", "value": 0.91, "unit": "similarity",
        "direction": "higher", "status": "measured", "reason": None, "coverage": 1.0, "n_used": 16,
        "n_expected": 16, "tier": "embedded", "version": "1", "evidence": {},
    }  # fmt: skip
    assert body["scores"][1]["value"] is None
    assert not unreadable(scored)
    assert unreadable(Scored(row=0, take="a", sha256=None, shot=None, flags=(), scores=(silent,)))
