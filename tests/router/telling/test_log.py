"""The log tells ids, sizes, codes, durations and counts; nothing that anybody wrote."""

import json
import logging
import os
from pathlib import Path

import pytest

from router.telling import log, words

CANARY = "CANARY the heroine dies"
TAKE = "0f" * 16


@pytest.fixture(autouse=True)
def quiet_afterwards():
    yield
    log.close_log()
    words.demand(strict=True)


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "home" / "circletake.log"
    sink = log.open_log(path)

    def read():
        assert sink.flush()
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read


def test_a_line_says_what_happened_to_which_take(lines):
    log.tell("settled", take=TAKE, attempt="ab" * 16, seconds=1.5, musd=40_000, code="ok")
    (line,) = lines()
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "settled",
        "level": "info",
        "take": TAKE,
        "attempt": "ab" * 16,
        "seconds": 1.5,
        "musd": 40_000,
        "code": "ok",
    }


def bare(line):
    return set(line) == {"event", "at", "level"}


@pytest.mark.parametrize("field", ["prompt", "partner", "title", "path", "name", "key"])
def test_a_field_that_is_not_listed_is_a_mistake_under_test_and_left_out_at_work(lines, field):
    words.demand(strict=True)
    with pytest.raises(words.Unlisted) as told:
        log.tell("settled", **{field: CANARY})
    assert CANARY not in str(told.value)
    words.demand(strict=False)
    log.tell("settled", **{field: CANARY})
    assert bare(*lines())


@pytest.mark.parametrize(
    "field",
    [
        {"take": CANARY},
        {"code": CANARY},
        {"seconds": CANARY},
        {"model": f"a {CANARY}"},
        {"campaign": "simulated:the heroine dies"},
        {"route": "/v1/takes/Somebody's Name"},
        {"where": "/home/northlight/reel.mov"},
        {"status": {"nested": CANARY}},
    ],
    ids=str,
)
def test_a_value_that_is_not_of_its_shape_is_left_out(lines, field):
    log.tell("settled", **field)
    assert bare(*lines())


def test_what_a_library_says_is_told_without_its_words(lines):
    for name in ("dbos", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).warning("GET /v1/takes?title=%s", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("dbos").exception(f"workflow of {CANARY} broke")  # noqa: G004
    told = lines()
    assert CANARY not in json.dumps(told)
    assert [t["logger"] for t in told] == ["dbos", "uvicorn.error", "uvicorn.access", "dbos"]
    assert told[-1]["kind"] == "ValueError"
    assert told[-1]["where"].startswith("test_log.test_what_a_library_says")


def test_our_own_sentence_is_told_without_what_was_filled_in_and_with_listed_fields(lines):
    logger = logging.getLogger("circletake.jobs")
    logger.warning("gave up %s", CANARY, extra={"attempt": TAKE, "prompt": CANARY})
    (line,) = lines()
    assert (line["event"], line["attempt"], line["level"]) == ("gave up %s", TAKE, "warning")
    assert CANARY not in json.dumps(line)


@pytest.mark.parametrize("sink", ["/dev/full", "/proc/nothing/there"])
def test_a_log_that_takes_nothing_loses_lines_counts_them_and_stops_nobody(sink):
    opened = log.open_log(Path(sink))
    for _ in range(5):
        log.tell("settled", take=TAKE)
    assert opened.flush()
    assert opened.dropped == 5


def test_a_pipe_that_nobody_reads_stops_nobody():
    reads, writes = os.pipe()
    opened = log.Sink(Path(f"/proc/self/fd/{writes}"), _lines=log.queue.Queue(50))
    for _ in range(2000):
        opened.put("x" * 4000)
    assert opened.dropped > 1000
    os.set_blocking(reads, False)
    os.close(writes)
    os.close(reads)


def test_a_log_that_is_moved_away_is_begun_anew(lines, tmp_path):
    log.tell("first")
    assert len(lines()) == 1
    (tmp_path / "home" / "circletake.log").rename(tmp_path / "old.log")
    log.tell("second")
    assert [line["event"] for line in lines()] == ["second"]
