"""A request in a folder: handed in once, answered beside it, whatever dies in between."""

import atexit
import functools
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import pytest

from benchmarks.packs import starter
from dashboard.folders import inbox as inboxes
from dashboard.folders.answers import seen
from dashboard.folders.steps import Steward
from dashboard.testing.folders import ServiceDouble
from router.afar import There
from router.calling import ServiceAway
from router.console import Console
from router.domain.errors import Conflict

SHOT = {
    "task": "erase",
    "description": "Remove the wire above the figure.",
    "plate": "plate.png",
    "matte": "matte.png",
    "lines": [{"criterion": "Nothing outside the matte moves", "kind": "untouched_region"}],
    "rights": {"owner": "My Studio", "inputs_cleared": True},
}
ASKED = {
    "schema": "circletake-folder/1",
    "partner": "my_studio",
    "budget_usd": 5,
    "simulate": True,
}


class Killed(BaseException):
    """The process is gone: nothing runs after it."""


def steward(service, **more):
    there = There(said=Console(), service=service.service())
    return Steward(there=there, now=lambda: "2026-11-21T12:00:00Z", **more)


@functools.cache
def started():
    folder = Path(tempfile.mkdtemp(prefix="circletake-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    starter.start(folder / "pack")
    return folder


def dropped(root, name="one", ready=True, **body):
    folder = root / name
    shutil.copytree(started(), folder)
    plates = folder / "pack" / "plates" / "SQ010_SH0020"
    shutil.copy(plates / "plate.png", folder / "plate.png")
    shutil.copy(plates / "wire_matte.png", folder / "matte.png")
    asked = ASKED | ({"shot": SHOT} if not {"pack", "repair", "shot"} & set(body) else {}) | body
    (folder / "request.json").write_text(json.dumps(asked, indent=1))
    if ready:
        (folder / "ready").touch()
    return folder


def said(folder, name="state.json"):
    return json.loads((folder / name).read_text())


def to_the_end(service, folder, most=20):
    for _ in range(most):
        told = steward(service).advance(folder)
        if told["state"] in {"done", "bad", "ended_badly"}:
            return told
    raise AssertionError(told)


def test_nothing_is_looked_at_before_the_mark_is_there(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path, ready=False)
    assert steward(service).advance(folder) is None
    assert inboxes.stands(folder)["state"] == "writing"
    assert service.asked == []


@pytest.mark.parametrize("body", [{"shot": SHOT}, {"pack": "pack"}], ids=["short", "pack"])
def test_takes_and_what_they_are_are_laid_beside_the_request(tmp_path, body):
    service, folder = ServiceDouble(), dropped(tmp_path, **body)
    told = to_the_end(service, folder)
    assert (told["state"], told["simulated"], told["campaign"]) == ("done", True, "c0")
    assert "(simulated)" in told["words"]
    answers = said(folder, "answers.json")
    assert [row["take"] for row in answers["takes"]] == ["c0t0", "c0t1"]
    for row in answers["takes"]:
        data = (folder / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
        assert (row["encoding"], row["colour_space"]) == ("display", "sRGB - Display")
    assert said(folder, "verdicts.json") == {"takes": []}
    assert not list(folder.glob("takes/*.part"))


def test_an_ended_request_asks_nobody_until_it_is_told_to(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path)
    to_the_end(service, folder)
    asked = len(service.asked)
    assert steward(service).advance(folder)["state"] == "done"
    assert len(service.asked) == asked
    service.circled.add("c0t1")
    (folder / "refresh").touch()
    steward(service).advance(folder)
    assert [row["circled"] for row in said(folder, "answers.json")["takes"]] == [False, True]
    assert not (folder / "refresh").exists()


def steps_of(tmp_path):
    """Every request that a whole run makes; each is a place to die at."""
    service = ServiceDouble()
    to_the_end(service, dropped(tmp_path, "counted"))
    return len(service.asked)


@pytest.mark.slow  # thirty runs, and each step is on disk before the next
def test_whoever_dies_at_any_answer_pays_once_and_loses_nothing(tmp_path):
    whole = steps_of(tmp_path)
    assert whole > 8
    for place in range(1, whole + 1):
        service, folder = ServiceDouble(), dropped(tmp_path, f"dies{place}")

        def die(_method, _path, service=service, place=place):
            if len(service.asked) == place:
                raise Killed

        service.dies = die
        try:
            to_the_end(service, folder)
        except Killed:
            told = to_the_end(service, folder)
            assert told["state"] == "done", place
        assert len(service.paid) == 1, place
        assert len(said(folder, "answers.json")["takes"]) == 2


def test_notes_that_were_lost_pay_nothing_twice(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path)
    to_the_end(service, folder)
    (folder / ".circletake.json").unlink()
    (folder / "state.json").unlink()
    assert to_the_end(service, folder)["campaign"] == "c0"
    assert len(service.paid) == 1


def test_a_repair_is_asked_for_once_and_its_child_is_fetched(tmp_path):
    body = {"repair": {"take": "c0t0", "lines": [1]}, "by": "Ada"}
    service, folder = ServiceDouble(), dropped(tmp_path, **body)
    told = to_the_end(service, folder)
    assert (told["state"], told["repair"]) == ("done", "r0")
    assert [row["take"] for row in said(folder, "answers.json")["takes"]] == ["c0t9"]
    (folder / ".circletake.json").unlink()
    (folder / "state.json").unlink()
    to_the_end(service, folder)
    assert list(service.paid.values()) == ["r0"]


BAD = {
    "no file": (None, "request.json", "no file"),
    "no JSON": ("{", "", "not YAML"),
    "two wishes": (ASKED | {"pack": "pack", "shot": SHOT}, "", "pack and shot"),
    "none": (ASKED, "", "none of them"),
    "an unknown word": (ASKED | {"shot": SHOT, "bugdet": 1}, "bugdet", "bugdet"),
    "no budget": (ASKED | {"shot": SHOT, "budget_usd": 0}, "budget_usd", "0"),
    "real or simulated unsaid": (
        {k: v for k, v in ASKED.items() if k != "simulate"} | {"shot": SHOT}, "simulate", "nothing",
    ),
    "another schema": (ASKED | {"shot": SHOT, "schema": "circletake-folder/2"}, "schema", "/2"),
    "no picture": (ASKED | {"shot": SHOT | {"plate": "x.png"}}, "shot.plate", "no such file"),
    "out of the folder": (
        ASKED | {"shot": SHOT | {"plate": "../../etc/passwd"}}, "shot.plate", "no such file|leads",
    ),
    "a picture half copied": (
        ASKED | {"shot": SHOT, "files": [{"path": "plate.png", "bytes": 9}]}, "files[0].path",
        "bytes",
    ),
    "no pack": (ASKED | {"pack": "nope"}, "pack", "nope"),
    "a person in short": (
        ASKED | {"shot": SHOT | {"characters": [
            {"id": "jo", "name": "Jo", "kind": "person", "references": ["plate.png"]}]}},
        "shot.characters[0].kind", "person",
    ),
    "an EXR plate without its space": (
        ASKED | {"shot": SHOT | {"plate": "plate.exr"}}, "request.json shot.plate_colour_space", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "field", "found"), BAD.values(), ids=BAD)
def test_a_bad_folder_gets_a_located_error_and_asks_nobody(tmp_path, body, field, found):
    service, folder = ServiceDouble(), dropped(tmp_path)
    (folder / "plate.exr").write_bytes(b"\x76\x2f\x31\x01")
    (folder / "request.json").unlink()
    if body is not None:
        text = body if isinstance(body, str) else json.dumps(body, indent=1)
        (folder / "request.json").write_text(text)
    assert steward(service).advance(folder)["state"] == "bad"
    (first, *_) = said(folder, "error.json")["errors"]
    assert field in {first["field"], first["file"]}
    assert any(part in f"{first['found']}" for part in found.split("|"))
    assert first["expected"]
    assert not (folder / "ready").exists()
    assert service.paid == {}


def test_every_mistake_is_told_with_its_line(tmp_path):
    folder = dropped(tmp_path, budget_usd=-1, takes=99, colour="red")
    steward(ServiceDouble()).advance(folder)
    errors = {one["field"]: one["line"] for one in said(folder, "error.json")["errors"]}
    lines = (folder / "request.json").read_text().splitlines()
    assert set(errors) == {"budget_usd", "takes", "colour"}
    for name, line in errors.items():
        assert f'"{name}"' in lines[line - 1]


def test_a_mended_folder_counts_again_once_it_is_marked_anew(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path, budget_usd=-1)
    steward(service).advance(folder)
    (folder / "request.json").write_text(json.dumps(ASKED | {"shot": SHOT}))
    assert steward(service).advance(folder) is None, "not marked yet"
    (folder / "ready").touch()
    assert to_the_end(service, folder)["state"] == "done"
    assert not (folder / "error.json").exists()
    assert not (folder / "not_ready").exists()


def test_mistakes_that_the_service_finds_in_a_pack_are_all_in_the_error_file(tmp_path):
    wrong = {"file": "shotpack.yaml", "line": 4, "found": "x", "expected": "y", "code": "c"}
    service = ServiceDouble(mistakes=[wrong | {"field": "a"}, wrong | {"field": "b"}])
    folder = dropped(tmp_path, pack="pack")
    assert "(and 1 more)" in steward(service).advance(folder)["words"]
    found = said(folder, "error.json")["errors"]
    assert [(e["file"], e["field"], e["line"]) for e in found] == [
        ("shotpack.yaml", "a", 4), ("shotpack.yaml", "b", 4),
    ]  # fmt: skip


def test_simulated_stays_the_user_s_word(tmp_path):
    service = ServiceDouble(simulated=False)
    told = steward(service).advance(dropped(tmp_path))
    assert (told["state"], service.paid) == ("bad", {})
    assert "reaches models, and pays" in told["words"]


def test_a_budget_above_what_the_inbox_allows_is_refused(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path, budget_usd=50)
    assert steward(service, most_usd=10.0).advance(folder)["state"] == "bad"
    assert service.asked == []


def test_a_request_that_was_changed_after_it_was_sent_is_not_sent_again(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path)
    steward(service).advance(folder)
    (folder / "request.json").write_text(json.dumps(ASKED | {"shot": SHOT, "takes": 9}))
    assert steward(service).advance(folder)["state"] == "bad"
    assert len(service.paid) == 1


def test_a_service_that_is_away_is_not_the_folder_s_fault(tmp_path):
    service, folder = ServiceDouble(away=True), dropped(tmp_path)
    with pytest.raises(ServiceAway):
        steward(service).advance(folder)
    assert (said(folder)["state"], (folder / "ready").exists()) == ("waiting", True)
    assert not (folder / "error.json").exists()
    service.away = False
    assert to_the_end(service, folder)["state"] == "done"


def test_one_watcher_at_a_time_and_hidden_or_linked_folders_are_no_requests(tmp_path):
    dropped(tmp_path, "b")
    dropped(tmp_path, ".half")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    (tmp_path / "other").mkdir()
    assert [path.name for path in inboxes.requests(tmp_path)] == ["b"]
    with inboxes.alone(tmp_path), pytest.raises(Conflict), inboxes.alone(tmp_path):
        pass
    with inboxes.alone(tmp_path):
        pass


def test_takes_are_not_written_through_a_link(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    service, folder = ServiceDouble(), dropped(tmp_path)
    (folder / "takes").symlink_to(elsewhere)
    assert steward(service).advance(folder)["state"] == "bad"
    assert list(elsewhere.iterdir()) == []


def test_a_picture_for_a_display_is_never_called_linear():
    colour = {"working_space": "ACEScg", "model_display": "sRGB - Display", "model_view": "SDR"}
    for mime in ("image/png", "image/jpeg", "video/mp4", "image/webp", ""):
        assert seen(mime, colour)["encoding"] == "display"
        assert seen(mime, colour)["colour_space"] == "sRGB - Display"
    assert seen("image/x-exr", colour)["colour_space"] == "ACEScg"
    assert seen("image/png", None)["colour_space"] is None
