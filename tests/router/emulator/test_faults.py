"""The switchboard counts calls and strikes where it was told to."""

import json
import os

import pytest

from router.emulator.faults import FAULTS, FaultsError, Switchboard
from router.emulator.faults import __doc__ as table

SD3 = "stability.sd3-5-large-v1:0"


@pytest.fixture
def board(tmp_path):
    def make(*rows):
        path = tmp_path / "faults.json"
        path.write_text(json.dumps(rows))
        return Switchboard(path), path

    return make


def names(switchboard, calls, model=SD3, operation="InvokeModel"):
    found = (switchboard.strike(model, operation) for _ in range(calls))
    return [fault and fault.name for fault in found]


def test_after_skips_and_count_ends(board):
    it, _ = board({"fault": "throttle", "after": 1, "count": 2})
    assert names(it, 5) == [None, "throttle", "throttle", None, None]


def test_a_count_of_minus_one_never_ends(board):
    it, _ = board({"fault": "unavailable", "count": -1})
    assert names(it, 4) == ["unavailable"] * 4


def test_only_the_named_model_and_operation_are_struck(board):
    it, _ = board({"fault": "throttle", "model": SD3, "operation": "InvokeModel", "count": -1})
    assert names(it, 1, model="stability.stable-image-core-v1:1") == [None]
    assert names(it, 1, operation="Converse") == [None]
    assert names(it, 1) == ["throttle"]


def test_a_profile_and_its_base_id_are_one_model(board):
    it, _ = board({"fault": "throttle", "model": "stability.stable-outpaint-v1:0"})
    assert names(it, 1, model="us.stability.stable-outpaint-v1:0") == ["throttle"]


def test_a_fault_meets_only_calls_that_it_can_spoil(board):
    it, _ = board({"fault": "job_stuck"}, {"fault": "nan_seed"})
    assert names(it, 1, operation="StartAsyncInvoke") == ["job_stuck"]
    assert names(it, 1) == ["nan_seed"]


def test_a_star_leaves_storage_alone(board):
    it, _ = board({"fault": "internal", "count": -1}, {"fault": "slow", "operation": "PutObject"})
    assert names(it, 1, "bucket", "GetObject") == [None]
    assert names(it, 1, "bucket", "PutObject") == ["slow"]


def test_the_file_is_read_again_and_unchanged_rows_go_on_counting(board):
    it, path = board({"fault": "throttle", "count": 1})
    assert names(it, 2) == ["throttle", None]
    path.write_text(json.dumps([{"fault": "throttle", "count": 1}, {"fault": "quota"}]))
    assert names(it, 2) == ["quota", None]
    path.write_text("[]")
    assert names(it, 1) == [None]


def test_a_half_written_file_changes_nothing(board, capsys):
    it, path = board({"fault": "throttle", "count": -1})
    path.write_text('[{"fault": ')
    os.utime(path, ns=(1, 1))
    assert names(it, 1) == ["throttle"]
    assert "faults kept as they were" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ({"fault": "throttle"}, "expected a list"),
        ([{"fault": "gremlin"}], "gremlin"),
        ([{"fault": "throttle", "times": 3}], "times"),
        ([{"fault": "throttle", "after": "1"}], "after"),
        (["throttle"], "expected an object"),
    ],
)
def test_a_wrong_file_is_refused_with_what_would_be_right(tmp_path, rows, text):
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(FaultsError, match=text):
        Switchboard(path)


def test_every_fault_stands_in_the_table_for_readers():
    assert {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")} == FAULTS
