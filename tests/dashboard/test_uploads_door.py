"""Files and packs over HTTP: what the door lets through, and how it says no."""

import base64
import hashlib

import pytest

from router.domain.upload import PART_BYTES

P = "northlight_pictures"
OCTETS = {"Content-Type": "application/octet-stream"}


def digest(data):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def put(http, data, number=0, upload="0" * 32, **headers):
    said = {**OCTETS, "Content-Digest": digest(data), **headers}
    path = f"/v1/uploads/{upload}/parts/{number}"
    return http.put(path, params={"partner": P}, content=data, headers=said)


def test_a_part_of_eight_megabytes_passes_the_door_and_one_byte_more_does_not(http):
    assert put(http, b"x" * PART_BYTES).status_code == 404  # nobody knows this upload
    assert put(http, b"x" * (PART_BYTES + 1)).status_code == 413


def test_row29_every_other_body_stays_small(http):
    big = b'"' + b"x" * 1_000_000 + b'"'
    for path in ("/v1/uploads", "/v1/packs", "/v1/uploads/parts/0"):
        said = http.post(path, content=big, headers={"Content-Type": "application/json"})
        assert said.status_code == 413


def test_row35_a_part_is_octets_and_nothing_else_is(http):
    assert put(http, b"x", **{"Content-Type": "application/json"}).status_code == 415
    assert http.post("/v1/uploads", content=b"x", headers=OCTETS).status_code == 415


@pytest.mark.parametrize("said", ["", "md5=:x:", "sha-256=:!!:", "sha-256=:AAAA:"])
def test_row61_a_part_comes_with_its_digest(http, said):
    answer = put(http, b"x", **{"Content-Digest": said})
    assert (answer.status_code, answer.json()["field"]) == (422, "Content-Digest")


NAMES = ["a\x00b", "a\nb", "\u202egnp.a", "e\u0301", "x" * 201, ""]


@pytest.mark.parametrize("name", NAMES, ids=[f"row24-{i}" for i in range(len(NAMES))])
def test_a_file_has_a_name_on_one_line(http, name):
    body = {"partner": P, "name": name, "bytes": 1, "kind": "file"}
    assert http.post("/v1/uploads", json=body).status_code == 422


@pytest.mark.parametrize("extra", [{"url": "http://169.254.169.254/"}, {"files": []}, {}])
def test_row47_a_pack_is_an_upload_and_never_an_address(http, extra):
    assert http.post("/v1/packs", json={"partner": P, **extra}).status_code == 422


def test_a_pack_of_nobody_is_unknown_in_the_words_of_one_that_never_was(http):
    one = http.get(f"/v1/packs/{'0' * 32}", params={"partner": P}).json()
    other = http.get(f"/v1/packs/{'1' * 32}", params={"partner": P}).json()
    assert {**one, "request_id": ""} == {**other, "request_id": ""}
    assert http.get("/v1/packs", params={"partner": P}).json()["total"] == 0
