"""Events are heard once each, over broken connections, until the one that is the end."""

import httpx
import pytest

from router.calling import ServiceAway, ServiceSaysNo
from router.hearing import events, hear
from router.testing.calling import Script, problem

HEAD = {"Content-Type": "text/event-stream"}
ONE = 'id: 1\nevent: progress\ndata: {"n": 1}\n\n'
TWO = 'id: 2\nevent: progress\ndata: {"n": 2}\n\n'
LAST = 'id: 2.end\nevent: end\ndata: {"n": 2}\n\n'


def stream(text):
    return httpx.Response(200, text=text, headers=HEAD)


def heard(*answers):
    script = Script(answers)
    return [e.data.get("n") for e in hear(script.service(), "/v1/e")], script


def test_all_is_heard_until_the_end():
    found, script = heard(stream(ONE + TWO + LAST))
    assert (found, len(script.asked)) == ([1, 2, 2], 1)


@pytest.mark.parametrize("breaks", [httpx.ReadError("cut"), problem(503), stream(": alive\n\n")])
def test_after_a_break_it_goes_on_after_what_was_heard(breaks):
    found, script = heard(stream(ONE), breaks, stream(TWO + LAST))
    assert found == [1, 2, 2]
    assert [r.headers.get("Last-Event-ID") for r in script.asked] == [None, "1", "1"]


def test_an_event_cut_short_is_none():
    found, script = heard(stream(ONE + TWO[:-5]), stream(TWO + LAST))
    assert found == [1, 2, 2]
    assert script.asked[1].headers["Last-Event-ID"] == "1"


def test_who_has_heard_the_end_is_told_that_nothing_comes():
    found, _ = heard(stream(ONE), httpx.Response(204))
    assert found == [1, None]


def test_nobody_there_ends_the_patience():
    with pytest.raises(ServiceAway):
        heard(stream(ONE), *[httpx.ConnectError("gone")] * 4)


def test_an_event_renews_the_patience():
    gone = [httpx.ConnectError("gone")] * 2
    assert heard(*gone, stream(ONE), *gone, stream(LAST))[0] == [1, 2]


def test_what_may_not_be_heard_is_refused_at_once():
    with pytest.raises(ServiceSaysNo):
        heard(problem(404), stream(LAST))


def test_comments_and_unknown_fields_say_nothing():
    lines = ": hello\n\nretry: 5\nid:7\ndata:{}\n\n".splitlines()
    assert [(e.id, e.kind) for e in events(lines)] == [("7", "message")]
