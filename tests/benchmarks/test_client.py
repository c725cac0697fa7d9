"""What a pipeline asks of a service about packs, campaigns and takes."""

import json

import httpx
import pytest

from benchmarks.client import Client
from dashboard import console
from evaluators.client import Client as Scores
from router.calling import ServiceSaysNo
from router.testing.calling import Script, problem

ORDER = {"partner": "a", "packs": ["s"], "recipes": [], "takes": None, "budget_usd": 5.0}
RUNNING = {"campaign": "c", "state": "running"}
DONE = {"campaign": "c", "state": "done"}


def ok(body, status=200, **headers):
    return httpx.Response(status, json=body, headers=headers)


def test_a_campaign_is_handed_in_once_however_often_the_answer_is_lost():
    script = Script([httpx.ReadTimeout("x"), ok(RUNNING, 202)])
    assert Client(script.service()).run(**ORDER) == RUNNING
    assert len({r.headers["Idempotency-Key"] for r in script.asked}) == 1


def test_each_repair_is_a_wish_of_its_own():
    script = Script([ok({"repair": "r"}, 202), ok({"repair": "r"}, 202)])
    client = Client(script.service())
    for _ in range(2):
        client.repair("t", [2])
    assert len({r.headers["Idempotency-Key"] for r in script.asked}) == 2


def test_a_campaign_is_watched_to_its_end():
    told = 'event: progress\nid: 1\ndata: {"state": "running"}\n\nevent: end\ndata: {}\n\n'
    stream = httpx.Response(200, text=told, headers={"Content-Type": "text/event-stream"})
    seen = []
    found = Client(Script([stream, ok(DONE)]).service()).watch("c", seen.append)
    assert (found, seen) == (DONE, [{"state": "running"}])


def test_a_decision_is_not_said_twice():
    script = Script([httpx.ReadTimeout("x"), ok({})])
    with pytest.raises(Exception, match="ReadTimeout"):
        Client(script.service()).decide("t", "Ada")
    assert len(script.asked) == 1


def test_a_pack_that_is_not_known_is_none_and_another_refusal_is_one():
    client = Client(Script([problem(404, "unknown_name"), problem(403)]).service())
    assert client.pack("a", "s") is None
    with pytest.raises(ServiceSaysNo):
        client.pack("a", "s")


def test_mistakes_in_a_pack_are_the_answer(tmp_path):
    (tmp_path / "p.zip").write_bytes(b"PK")
    wrong = {"pack": None, "ok": False, "errors": [{"code": "x"}], "warnings": []}
    row = {"upload": "u", "part_bytes": 8, "parts": 1, "received": []}
    answers = [ok(row, 201), ok(row), ok({"upload": "u"}), ok(wrong, 422)]
    assert Client(Script(answers).service()).send_zip("a", tmp_path / "p.zip") == wrong


def test_a_repair_is_waited_for_without_hurry():
    states = [{"repair": "r", "state": s} for s in ("waiting", "running", "done")]
    script = Script(map(ok, states))
    assert Client(script.service()).repaired("r")["state"] == "done"
    assert script.waited == [1.0, 1.0]


def test_scores_come_from_all_pages():
    pages = [{"scores": [{"value": 1.0}], "next": "c"}, {"scores": [{"value": None}], "next": None}]
    found = Scores(Script(map(ok, pages)).service()).scores("c")
    assert [row["value"] for row in found] == [1.0, None]


def test_a_pack_that_nobody_can_read_is_said_before_anything_is_sent(tmp_path, capsys):
    (tmp_path / "shotpack.yaml").write_text("a: [1")
    words = ["pack", "send", str(tmp_path), "--server", "http://127.0.0.1:9", "--json"]
    assert console.run(words) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["pack"], told["errors"][0]["file"]) == (False, None, "shotpack.yaml")
