"""Reading votes: whatever is wrong is said with its row."""

import pytest

from benchmarks.votes import ballots
from router.domain.errors import BadInput

HEAD = "rater,shot,left,right,outcome\n"


@pytest.fixture
def read(tmp_path):
    def reading(text, models=()):
        path = tmp_path / "votes.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return ballots.read(path, models)

    return reading


@pytest.mark.parametrize(
    ("text", "field", "found"),
    [
        (HEAD + "a,s,x,y,left\na,s,x,y,Left\n", "row 3 outcome", "Left"),
        (HEAD + "a,s,x,y,A>B\n", "row 2 outcome", "A>B"),
        (HEAD + "a,s,x,y,\n", "row 2 outcome", "nothing"),
        (HEAD + "a,s,x,nan,left\n", "row 2 right", "nan"),
        (HEAD + ",s,x,y,left\n", "row 2 rater", "nothing"),
        (HEAD + "a,s,x,x,left\n", "row 2 right", "x"),
        (HEAD + "a,s,x,y\n", "row 2", "4 cells"),
        (HEAD, "votes.csv", "no votes"),
        ("", "votes.csv: rater", "an empty file"),
        ("rater,shot,left,right\n", "votes.csv: outcome", "rater, shot, left, right"),
        (b"\xff\xfe", "votes.csv", "byte 0xff"),
        (HEAD + 'a,s,"x,y,left\n', "votes.csv", "unexpected end of data"),
        (
            "simulated,rater,shot,left,right,outcome\ntrue,a,s,x,y,tie\nfalse,a,s,x,y,tie\n",
            "row 3 simulated",
            "false",
        ),
    ],
)
def test_a_bad_file_names_row_and_column_and_what_it_holds(read, text, field, found):
    with pytest.raises(BadInput) as error:
        read(text)
    assert error.value.field == field
    assert error.value.found == found


def test_an_unknown_model_is_refused_where_the_models_are_named(read):
    with pytest.raises(BadInput) as error:
        read(HEAD + "a,s,x,y,left\na,s,x,z,left\n", models=("x", "y"))
    assert (error.value.field, error.value.found) == ("row 3 right", "z")


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(BadInput, match="a CSV file"):
        ballots.read(tmp_path / "none.csv")


def test_columns_come_in_any_order_with_others_between_and_a_byte_order_mark(read):
    found = read("\ufeffoutcome,note,right,left,shot,rater\nleft,?,y,x,s,a\n")
    (vote,) = found.counts
    assert (vote.rater, vote.shot, vote.left, vote.right, vote.outcome) == (
        "a",
        "s",
        "x",
        "y",
        "left",
    )


def test_voting_twice_on_a_pair_is_said_even_with_sides_swapped(read):
    found = read(HEAD + "a,s,x,y,left\na,s,y,x,right\nb,s,x,y,left\n")
    assert found.n == 3
    assert "1 votes repeat a pair" in found.warnings[0]


def test_too_many_rows_are_refused_with_the_figure(read, monkeypatch):
    monkeypatch.setattr(ballots, "MOST_ROWS", 3)
    with pytest.raises(BadInput, match="over 3 rows"):
        read(HEAD + "a,s,x,y,left\n" * 4)
    monkeypatch.setattr(ballots, "MOST_CELLS", 1)
    with pytest.raises(BadInput, match="over 1 different votes by row 3"):
        read(HEAD + "a,s,x,y,left\na,t,x,y,left\n")
