"""Media come whole or not at all: gone on with after a break, believed by their hash."""

import hashlib

import httpx
import pytest

from router.calling import ServiceAway, ServiceSaysNo
from router.domain.errors import BadInput, NotEntitled, StoreCorrupt
from router.fetching import fetch
from router.testing.calling import Script, problem, told

DATA = bytes(range(256)) * 40
SHA = hashlib.sha256(DATA).hexdigest()


class Cut(httpx.SyncByteStream):
    """Half of the bytes, and then nothing more."""

    def __init__(self, data):
        self.data = data

    def __iter__(self):
        yield self.data
        raise httpx.ReadError("cut")


def ranged(request):
    """Answer as the service does."""
    start = int(request.headers.get("Range", "bytes=0-")[6:-1])
    if start >= len(DATA):
        return problem(416, "bad_range")
    if start == 0:
        return httpx.Response(200, content=DATA)
    span = {"Content-Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"}
    return httpx.Response(206, content=DATA[start:], headers=span)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "take.png"


def link():
    return "/v1/media/x?s=1"


def test_bytes_arrive_and_nothing_else_is_left(target):
    assert fetch(told(ranged), link, target, SHA) == SHA
    assert (target.read_bytes(), len(list(target.parent.iterdir()))) == (DATA, 1)


@pytest.mark.parametrize("have", [1, 5000, len(DATA)])
def test_what_is_there_is_not_fetched_again(target, have):
    target.with_name("take.png.part").write_bytes(DATA[:have])
    asked = []

    def answer(request):
        asked.append(request.headers["Range"])
        return ranged(request)

    assert fetch(told(answer), link, target, SHA) == SHA
    assert (target.read_bytes(), asked) == (DATA, [f"bytes={have}-"])


def test_a_break_in_the_middle_goes_on_with_a_fresh_link(target):
    links = iter(["/v1/media/x?s=1", "/v1/media/x?s=2"])
    cut = httpx.Response(200, stream=Cut(DATA[:4000]), headers={"Content-Length": str(len(DATA))})
    rest = {"Content-Range": f"bytes 4000-{len(DATA) - 1}/{len(DATA)}"}
    script = Script([cut, httpx.Response(206, content=DATA[4000:], headers=rest)])
    assert fetch(script.service(), lambda: next(links), target, SHA) == SHA
    assert [r.url.params["s"] for r in script.asked] == ["1", "2"]
    assert script.asked[1].headers["Range"] == "bytes=4000-"


def test_a_link_that_has_ended_is_renewed(target):
    whole = httpx.Response(200, content=DATA)
    assert fetch(Script([problem(403), whole]).service(), link, target, SHA) == SHA


def test_a_wrong_start_is_thrown_away_and_fetched_anew(target):
    target.with_name("take.png.part").write_bytes(b"another picture")
    assert fetch(told(ranged), link, target, SHA) == SHA


def test_other_bytes_than_promised_are_not_kept(target):
    with pytest.raises(StoreCorrupt):
        fetch(told(ranged), link, target, "0" * 64)
    assert list(target.parent.iterdir()) == []


def test_a_file_that_is_there_is_not_fetched(target):
    target.write_bytes(DATA)
    assert fetch(Script([]).service(), link, target, SHA) == SHA


def test_a_preview_never_goes_on_with_a_start_that_nothing_vouches_for(target):
    target.with_name("take.png.part").write_bytes(b"x" * 100)
    assert fetch(told(ranged), link, target) == SHA


def test_who_may_not_look_is_told_so(target):
    with pytest.raises(NotEntitled, match="grant"):
        fetch(Script([]).service(), lambda: None, target)


def test_a_link_to_elsewhere_is_not_followed(target):
    with pytest.raises(BadInput):
        fetch(Script([]).service(), lambda: "https://elsewhere.example/x", target)


def test_it_gives_up_in_the_end(target):
    with pytest.raises(ServiceAway):
        fetch(Script([httpx.ReadError("x")] * 4).service(), link, target, SHA)
    with pytest.raises(ServiceSaysNo):
        fetch(Script([problem(404)]).service(), link, target, SHA)
