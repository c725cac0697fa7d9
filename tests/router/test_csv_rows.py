"""Tables that people hand in: whatever is wrong is said with its row."""

import pytest

from router.domain.errors import BadInput
from router.files.csv_rows import rows


@pytest.fixture
def read(tmp_path):
    def reading(data):
        path = tmp_path / "t.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return list(rows(path, ("a", "b")))

    return reading


def test_rows_keep_their_numbers_over_empty_ones_and_their_other_columns(read):
    told = read("\ufeffb, a ,c\n 1 ,2,3\n\n,,\n4,5,6\n")
    assert told == [(2, {"b": "1", "a": "2", "c": "3"}), (5, {"b": "4", "a": "5", "c": "6"})]


def test_a_row_that_breaks_lines_inside_quotes_is_one_row(read):
    assert read('a,b\n"x\ny",1\nz,2\n')[1] == (3, {"a": "z", "b": "2"})


@pytest.mark.parametrize(
    ("data", "field", "found"),
    [
        ("", "t.csv: a", "an empty file"),
        ("a,a,b\n1,2,3\n", "t.csv: a", "a, a, b"),
        ("a,b\n", "t.csv", "no rows"),
        ("a,b\n1,2\n3\n", "row 3", "1 cells"),
        (b"a,b\n\xff,1\n", "t.csv", "byte 0xff"),
        ('a,b\n"1,2\n', "t.csv", "unexpected end of data"),
    ],
)
def test_a_bad_table_says_where_and_what_was_found(read, data, field, found):
    with pytest.raises(BadInput) as error:
        read(data)
    assert (error.value.field, error.value.found) == (field, found)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(BadInput, match="a CSV file that can be read"):
        list(rows(tmp_path, ("a",)))
