"""What the desk does where nothing is as it should be."""

import dataclasses
import json

import pytest

from router.emulator.desk import answer
from router.emulator.options import Options
from router.emulator.server import make_world
from router.emulator.wire import Request

BODY = b'{"prompt": "a"}'


@pytest.fixture
def world(tmp_path):
    it = make_world(Options(state=tmp_path, ledger=tmp_path / "ledger.jsonl", instant=True))
    yield it
    it.jobs.stop()
    it.ledger.close()


def ask(world, path, method="POST"):
    said = {"host": "here", "authorization": f"Bearer {world.keys.secret_key}"}
    return answer(
        world, Request(method=method, raw_path=path, raw_query="", headers=said, body=BODY)
    )


class BrokenStudio:
    def still(self, sitting):
        raise MemoryError("no paint left")

    def film(self, take):
        raise MemoryError("no paint left")


def test_a_mistake_of_the_emulator_is_an_internal_error_and_no_bill(world, capsys):
    broken = dataclasses.replace(world, studio=BrokenStudio())
    found = ask(broken, "/model/stability.sd3-5-large-v1:0/invoke")
    headers = dict(found.headers)
    assert found.status == 500
    assert headers["x-amzn-ErrorType"].startswith("InternalServerException")
    assert headers["x-circletake-simulated"] == "1"
    assert "no paint left" in capsys.readouterr().err
    assert world.ledger.path.read_text() == ""


def test_the_secret_as_a_bearer_key_asks_in_the_default_region(world):
    found = ask(world, "/model/stability.sd3-5-large-v1:0/invoke")
    assert found.status == 200
    assert json.loads(world.ledger.path.read_text())["usd"] == 0.08


def test_what_is_no_path_is_refused(world):
    assert ask(world, "*", "OPTIONS").status == 400


def test_a_deleted_log_bucket_costs_the_log_and_nothing_else(world):
    world.objects.remove(world.options.bucket)
    assert ask(world, "/model/stability.sd3-5-large-v1:0/invoke").status == 200
