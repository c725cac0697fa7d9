"""Files are handed in part by part: a part is repeated by itself, and none is sent twice."""

import base64
import hashlib
import re

import httpx
import pytest

from router.calling import BrokenOff
from router.client import Client
from router.domain.errors import BadInput
from router.testing.calling import problem, told

PART = 10
DATA = b"0123456789abcdefghijABC"
ID = "9f" * 16


class Hatch:
    """Takes parts of ten bytes; `lost` says how often the answer to a part is lost."""

    def __init__(self, lost=()):
        self.parts, self.sent, self.lost, self.promise = {}, [], list(lost), None

    def row(self):
        parts = -(-len(DATA) // PART)
        return {
            "upload": ID,
            "part_bytes": PART,
            "parts": parts,
            "received": sorted(self.parts),
        }

    def __call__(self, request):
        path = request.url.path
        if match := re.fullmatch(r".*/parts/(\d+)", path):
            return self.part(int(match[1]), request)
        if path.endswith("/complete"):
            assert request.url.params["partner"] == "a"
            whole = b"".join(self.parts[n] for n in sorted(self.parts))
            sha = hashlib.sha256(whole).hexdigest()
            done = {"upload": ID, "sha256": sha, "mime": "image/png", "notes": []}
            return httpx.Response(200, json=done)
        if request.method == "POST":
            self.promise = request.read()
        return httpx.Response(201, json=self.row())

    def part(self, number, request):
        data = request.read()
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        assert request.headers["Content-Digest"] == f"sha-256=:{digest}:"
        assert request.url.params["partner"] == "a"
        self.sent.append(number)
        if self.lost and self.lost[0] == number:
            self.lost.pop(0)
            raise httpx.ReadTimeout("lost")
        self.parts[number] = data
        return httpx.Response(200, json=self.row())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "plate.png"
    path.write_bytes(DATA)
    return path


def test_a_file_arrives_as_it_is_with_progress(file):
    hatch, seen = Hatch(), []
    done = Client(told(hatch)).upload("a", file, told=lambda n, of: seen.append((n, of)))
    assert done["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert hatch.sent == [0, 1, 2]
    assert seen == [(10, 23), (20, 23), (23, 23)]
    assert done["sha256"].encode() in hatch.promise


def test_a_part_whose_answer_was_lost_is_sent_again_by_itself(file):
    hatch = Hatch(lost=[1, 1])
    Client(told(hatch)).upload("a", file)
    assert hatch.sent == [0, 1, 1, 1, 2]


def test_what_was_broken_off_goes_on_with_what_is_missing(file):
    hatch = Hatch(lost=[2] * 4)
    with pytest.raises(BrokenOff) as broken:
        Client(told(hatch)).upload("a", file)
    hatch.sent.clear()
    done = Client(told(hatch)).upload("a", file, upload=broken.value.upload)
    assert hatch.sent == [2]
    assert done["sha256"] == hashlib.sha256(DATA).hexdigest()


def test_another_file_does_not_go_on_with_it(file):
    file.write_bytes(DATA * 3)
    with pytest.raises(BadInput, match="the file that was begun"):
        Client(told(Hatch())).upload("a", file, upload=ID)


def test_an_empty_file_is_refused_before_anything_is_sent(file):
    file.write_bytes(b"")
    with pytest.raises(BadInput, match="empty"):
        Client(told(lambda _: problem(500))).upload("a", file)
