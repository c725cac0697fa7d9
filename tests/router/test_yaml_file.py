"""What is written is what is read, and nothing small becomes large."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.domain.errors import BadInput
from router.domain.mistake import BadFile, Mistake
from router.files.yaml_file import parse, read


def refused(text: str) -> Mistake:
    with pytest.raises(BadFile) as caught:
        parse(text, "pack.yaml")
    return caught.value.mistakes[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on", "on"),
        ("no", "no"),
        ("yes", "yes"),
        ("2027-03-01", "2027-03-01"),
        ("12:30:45", "12:30:45"),
        ("0010", "0010"),
        ("0x1F", "0x1F"),
        ("1e5", "1e5"),
        ("1_000", "1_000"),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("'7'", "7"),
        ('"true"', "true"),
        ("true", True),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("0.25", 0.25),
        ("-.5", -0.5),
        ("1.5e-3", 0.0015),
    ],
)
def test_a_plain_scalar_is_a_number_only_where_it_looks_like_nothing_else(written, meant):
    value = parse(f"x: {written}\n", "a.yaml").data["x"]
    assert value == meant
    assert type(value) is type(meant)


def test_every_field_knows_its_line():
    text = "a: 1\nshots:\n  - id: one\n  - id: two\n    acceptance:\n      - kind: colour\n"
    document = parse(text, "a.yaml")
    assert document.data["shots"][1]["acceptance"] == [{"kind": "colour"}]
    assert document.lines["shots"] == 2
    assert document.lines["shots[1].acceptance[0].kind"] == 6
    assert document.line("shots[1].acceptance[0].missing") == 6
    assert document.line("nowhere") == 1


@pytest.mark.parametrize(
    ("text", "code", "line", "field"),
    [
        ("a: &x 1\n", "anchor", 1, "a"),
        ("a: 1\nb: *x\n", "alias", 2, "b"),
        ("a: !!python/object/apply:os.system [ls]\n", "tag", 1, "a"),
        ("a: !!str 1\n", "tag", 1, "a"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", "tag", 1, ""),
        ("a: 1\nb: 2\na: 3\n", "duplicate_key", 3, "a"),
        ("s:\n  - {k: 1, k: 2}\n", "duplicate_key", 2, "s[0].k"),
        ("a: 1\n---\nb: 2\n", "documents", 2, ""),
        ("<<: {a: 1}\n", "key", 1, ""),
        ("? [a]\n: 1\n", "key", 1, ""),
        ("", "empty", 1, ""),
        ("a: [1\n", "syntax", 2, ""),
        ("a: \x07\n", "syntax", None, ""),
        ("a: 12345678901234567890\n", "number", 1, "a"),
        ("a: " + "9" * 400 + ".0\n", "number", 1, "a"),
        ("[" * 40 + "]" * 40, "too_deep", 1, "[0]" * 33),
        ("{a: " * 40 + "1" + "}" * 40, "too_deep", 1, ".".join("a" * 33)),
        ("- x\n" * 200_001, "too_large", 200_000, "[199999]"),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_line(text, code, line, field):
    mistake = refused(text)
    assert (mistake.code, mistake.line, mistake.field) == (code, line, field)
    assert mistake.file == "pack.yaml"


def test_a_laughing_bomb_is_refused_at_its_first_anchor():
    bomb = 'a: &a ["x","x"]\n' + "".join(f"{n}: &{n} [*a,*a]\n" for n in "bcdefghi")
    before = time.perf_counter()
    assert refused(bomb).code == "anchor"
    assert time.perf_counter() - before < 0.05


def test_a_file_says_what_is_wrong_with_itself(tmp_path: Path):
    cases = {
        "large.yaml": (b"a: " + b"x" * 100, "too_large"),
        "latin.yaml": (b"a: 1\nb: \xe9\n", "encoding"),
    }
    for name, (content, code) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadFile) as caught:
            read(path, max_bytes=50)
        assert caught.value.mistakes[0].code == code
    with pytest.raises(BadInput, match="no file at"):
        read(tmp_path)


def test_a_bad_file_is_bad_input_that_names_place_and_cure(tmp_path: Path):
    path = tmp_path / "pack.yaml"
    path.write_text("a: 1\na: 2\n")
    with pytest.raises(BadInput) as caught:
        read(path)
    said = caught.value.as_dict()
    assert said["code"] == "bad_input"
    assert said["field"] == "pack.yaml:2 a"
    assert said["mistakes"][0]["line"] == 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="ab:-[]{}&*!%#|>'\"?, \n\t<~0.1\u00e9\x00", max_size=60))
def test_any_text_is_either_read_or_refused(text: str):
    try:
        parse(text, "any.yaml")
    except BadFile as bad:
        assert bad.mistakes[0].code  # noqa: PT017 - either end is right, a traceback is not
