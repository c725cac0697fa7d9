"""A request in a folder: handed in once, answered beside it, whatever dies in between."""

import atexit
import contextlib
import functools
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from benchmarks.packs import starter
from benchmarks.packs.parcel import parcel
from dashboard.folders import dropped as dropped_files
from dashboard.folders import inbox as inboxes
from dashboard.folders import papers
from dashboard.folders.answers import seen
from dashboard.folders.journal import place_of
from dashboard.folders.steps import Steward
from dashboard.remote import folder as remote
from dashboard.testing.folders import ServiceDouble, id_of
from router.afar import There
from router.calling import ServiceAway, ServiceSaysNo
from router.console import Console
from router.domain.errors import BadInput, Conflict

SHOT = {
    "task": "erase",
    "description": "Remove the wire above the figure.",
    "plate": "plate.png",
    "matte": "matte.png",
    "lines": [{"criterion": "Nothing outside the matte moves", "kind": "untouched_region"}],
    "rights": {"owner": "My Studio", "inputs_cleared": True},
}
CAMPAIGN, TAKE = id_of("c", 0), id_of("a", 0)
ASKED = {
    "schema": "circletake-folder/1",
    "partner": "my_studio",
    "budget_usd": 5,
    "simulate": True,
}


class Killed(BaseException):
    """The process is gone: nothing runs after it."""


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch):
    """The watcher's own state, where no request's folder is."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


def steward(service, inbox, **more):
    there = There(said=Console(), service=service.service())
    kept = place_of(inbox)
    return Steward(there=there, now=lambda: "2026-11-21T12:00:00Z", kept=kept, **more)


def step(service, folder, **more):
    return steward(service, folder.parent, **more).advance(folder)


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
        told = step(service, folder)
        if told["state"] in {"done", "bad", "ended_badly"}:
            return told
    raise AssertionError(told)


def test_nothing_is_looked_at_before_the_mark_is_there(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path, ready=False)
    assert step(service, folder) is None
    assert inboxes.stands(folder)["state"] == "writing"
    assert service.asked == []


@pytest.mark.parametrize("body", [{"shot": SHOT}, {"pack": "pack"}], ids=["short", "pack"])
def test_takes_and_what_they_are_are_laid_beside_the_request(tmp_path, body):
    service, folder = ServiceDouble(), dropped(tmp_path, **body)
    told = to_the_end(service, folder)
    assert (told["state"], told["simulated"], told["campaign"]) == ("done", True, CAMPAIGN)
    assert "(simulated)" in told["words"]
    answers = said(folder, "answers.json")
    assert [row["take"] for row in answers["takes"]] == [TAKE, id_of("a", 0, 1)]
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
    assert step(service, folder)["state"] == "done"
    assert len(service.asked) == asked
    service.circled.add(id_of("a", 0, 1))
    (folder / "refresh").touch()
    step(service, folder)
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
    shutil.rmtree(place_of(tmp_path))
    (folder / "state.json").unlink()
    assert to_the_end(service, folder)["campaign"] == CAMPAIGN
    assert len(service.paid) == 1


def test_a_repair_is_asked_for_once_and_its_child_is_fetched(tmp_path):
    body = {"repair": {"take": TAKE, "lines": [1]}, "by": "Ada"}
    service, folder = ServiceDouble(), dropped(tmp_path, **body)
    told = to_the_end(service, folder)
    assert (told["state"], told["repair"]) == ("done", id_of("e", 0))
    assert [row["take"] for row in said(folder, "answers.json")["takes"]] == [id_of("a", 0, 9)]
    shutil.rmtree(place_of(tmp_path))
    (folder / "state.json").unlink()
    to_the_end(service, folder)
    assert list(service.paid.values()) == [id_of("e", 0)]


BAD = {
    "no file": (None, "request.json", "no file"),
    "no JSON": ("{", "", "not YAML"),
    "two wishes": (ASKED | {"pack": "pack", "shot": SHOT}, "", "pack and shot"),
    "none": (ASKED, "", "none of them"),
    "an unknown word": (ASKED | {"shot": SHOT, "bugdet": 1}, "bugdet", "bugdet"),
    "no budget": (ASKED | {"shot": SHOT, "budget_usd": 0}, "budget_usd", "a number"),
    "real or simulated unsaid": (
        {k: v for k, v in ASKED.items() if k != "simulate"} | {"shot": SHOT}, "simulate", "nothing",
    ),
    "another schema": (ASKED | {"shot": SHOT, "schema": "circletake-folder/2"}, "schema", "text"),
    "no picture": (ASKED | {"shot": SHOT | {"plate": "x.png"}}, "shot.plate", "no such file"),
    "out of the folder": (
        ASKED | {"shot": SHOT | {"plate": "../../etc/passwd"}}, "shot.plate", "leads out",
    ),
    "a picture half copied": (
        ASKED | {"shot": SHOT, "files": [{"path": "plate.png", "bytes": 9}]}, "files[0].path",
        "bytes",
    ),
    "no pack": (ASKED | {"pack": "nope"}, "pack", "no such"),
    "a person in short": (
        ASKED | {"shot": SHOT | {"characters": [
            {"id": "jo", "name": "Jo", "kind": "person", "references": ["plate.png"]}]}},
        "shot.characters[0].kind", "text",
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
    assert step(service, folder)["state"] == "bad"
    (first, *_) = said(folder, "error.json")["errors"]
    assert field in {first["field"], first["file"]}
    assert any(part in f"{first['found']}" for part in found.split("|"))
    assert first["expected"]
    assert not (folder / "ready").exists()
    assert service.paid == {}


def test_every_mistake_is_told_with_its_line(tmp_path):
    folder = dropped(tmp_path, budget_usd=-1, takes=99, colour="red")
    step(ServiceDouble(), folder)
    errors = {one["field"]: one["line"] for one in said(folder, "error.json")["errors"]}
    lines = (folder / "request.json").read_text().splitlines()
    assert set(errors) == {"budget_usd", "takes", "colour"}
    for name, line in errors.items():
        assert f'"{name}"' in lines[line - 1]


def test_a_mended_folder_counts_again_once_it_is_marked_anew(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path, budget_usd=-1)
    step(service, folder)
    (folder / "request.json").write_text(json.dumps(ASKED | {"shot": SHOT}))
    assert step(service, folder) is None, "not marked yet"
    (folder / "ready").touch()
    assert to_the_end(service, folder)["state"] == "done"
    assert not (folder / "error.json").exists()
    assert not (folder / "not_ready").exists()


def test_mistakes_that_the_service_finds_in_a_pack_are_all_in_the_error_file(tmp_path):
    wrong = {"file": "shotpack.yaml", "line": 4, "found": "x", "expected": "y", "code": "c"}
    service = ServiceDouble(mistakes=[wrong | {"field": "a"}, wrong | {"field": "b"}])
    folder = dropped(tmp_path, pack="pack")
    assert "(and 1 more)" in step(service, folder)["words"]
    found = said(folder, "error.json")["errors"]
    assert [(e["file"], e["field"], e["line"]) for e in found] == [
        ("shotpack.yaml", "a", 4), ("shotpack.yaml", "b", 4),
    ]  # fmt: skip


def test_simulated_stays_the_user_s_word(tmp_path):
    service = ServiceDouble(simulated=False)
    told = step(service, dropped(tmp_path))
    assert (told["state"], service.paid) == ("bad", {})
    assert "reaches models, and pays" in told["words"]


def test_a_budget_above_what_the_inbox_allows_is_refused(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path, budget_usd=50)
    assert step(service, folder, most_usd=10.0)["state"] == "bad"
    assert service.asked == []


def test_a_request_that_was_changed_after_it_was_sent_is_not_sent_again(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path)
    step(service, folder)
    (folder / "request.json").write_text(json.dumps(ASKED | {"shot": SHOT, "takes": 9}))
    assert step(service, folder)["state"] == "bad"
    assert len(service.paid) == 1


def test_a_service_that_is_away_is_not_the_folder_s_fault(tmp_path):
    service, folder = ServiceDouble(away=True), dropped(tmp_path)
    with pytest.raises(ServiceAway):
        step(service, folder)
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
    assert step(service, folder)["state"] == "bad"
    assert list(elsewhere.iterdir()) == []


def test_a_picture_for_a_display_is_never_called_linear():
    colour = {"working_space": "ACEScg", "model_display": "sRGB - Display", "model_view": "SDR"}
    for mime in ("image/png", "image/jpeg", "video/mp4", "image/webp", ""):
        assert seen(mime, colour)["encoding"] == "display"
        assert seen(mime, colour)["colour_space"] == "sRGB - Display"
    assert seen("image/x-exr", colour)["colour_space"] == "ACEScg"
    assert seen("image/png", None)["colour_space"] is None


SECRET = "ct_Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"


@pytest.mark.parametrize("text", [SECRET, f"key: {SECRET}", f"{SECRET}: 1", f"by: [{SECRET}]"])
@pytest.mark.parametrize("linked", [True, False], ids=["linked", "dropped"])
def test_what_stands_in_a_wrong_file_is_never_quoted(tmp_path, text, linked):
    (tmp_path / "elsewhere").write_text(text)
    folder = dropped(tmp_path)
    (folder / "request.json").unlink()
    if linked:
        (folder / "request.json").symlink_to(tmp_path / "elsewhere")
    else:
        (folder / "request.json").write_text(text)
    assert step(ServiceDouble(), folder)["state"] == "bad"
    assert all(SECRET[:12] not in (folder / n).read_text() for n in ("error.json", "state.json"))


def foreign(tmp_path):
    """A pack of somebody else, beside the inbox."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    other = dropped(tmp_path, "other", pack="pack")
    return inbox, other / "pack"


@pytest.mark.parametrize("way", ["above", "absolute", "linked", "link below", "linked words"])
def test_a_pack_outside_its_own_folder_is_never_sent(tmp_path, way):
    inbox, private = foreign(tmp_path)
    names = {"above": "../../other/pack", "absolute": str(private), "link below": "in/pack"}
    service, folder = ServiceDouble(), dropped(inbox, pack=names.get(way, "mine"))
    if way == "linked":
        (folder / "mine").symlink_to(private)
    if way == "link below":
        (folder / "in").symlink_to(private.parent)
    if way == "linked words":
        (folder / "mine").mkdir()
        (folder / "mine" / "shotpack.yaml").symlink_to(private / "shotpack.yaml")
    assert step(service, folder)["state"] == "bad"
    assert said(folder, "error.json")["errors"][0]["field"] == "pack"
    assert service.asked == []


@pytest.mark.parametrize("there", [True, False])
def test_whether_a_file_is_there_outside_the_folder_is_not_told(tmp_path, there):
    if there:
        (tmp_path / "x.png").write_bytes(b"x")
    folder = dropped(tmp_path, shot=SHOT | {"plate": "../x.png"})
    step(ServiceDouble(), folder)
    (one,) = said(folder, "error.json")["errors"]
    assert one["found"] == "a path that leads out"


@pytest.mark.parametrize(
    "forged",
    [
        {"campaign": id_of("c", 7), "request": None},
        {"campaign": "x", "root": "/etc", "request": None},
        {"repair": "../admin/keys", "campaign": CAMPAIGN, "request": None},
        {"campaign": CAMPAIGN},
        {"mark": "0" * 32, "campaign": id_of("c", 7)},
    ],
    ids=["a foreign campaign", "a foreign root", "another address", "no request", "a mark"],
)
def test_a_journal_that_somebody_dropped_is_not_believed(tmp_path, forged):
    service, folder = ServiceDouble(), dropped(tmp_path)
    if "request" in forged:
        data = (folder / "request.json").read_bytes()
        forged = forged | {"request": hashlib.sha256(data).hexdigest()}
    (folder / ".circletake.json").write_text(json.dumps(forged))
    (folder / "state.json").write_text('{"state": "done", "words": "x", "campaign": "y"}')
    assert to_the_end(service, folder)["campaign"] == CAMPAIGN
    assert len(service.paid) == 1
    assert not [place for place in service.asked if "admin" in place or id_of("c", 7) in place]


def test_a_folder_that_is_dropped_anew_under_its_old_name_is_another_wish(tmp_path):
    service, folder = ServiceDouble(), dropped(tmp_path)
    to_the_end(service, folder)
    shutil.rmtree(folder)
    told = to_the_end(service, dropped(tmp_path, takes=2))
    assert (told["state"], told["campaign"]) == ("done", id_of("c", 1))


def test_a_repair_names_a_take_and_no_other_address(tmp_path):
    service = ServiceDouble()
    folder = dropped(tmp_path, repair={"take": "../admin/keys", "lines": [1]})
    assert (step(service, folder)["state"], service.asked) == ("bad", [])


def test_the_journal_is_read_by_the_watcher_alone(tmp_path):
    step(ServiceDouble(), dropped(tmp_path))
    kept = place_of(tmp_path)
    assert kept.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept.iterdir())


@pytest.mark.parametrize("what", ["folder", "take", "part"])
def test_a_link_that_is_laid_meanwhile_leads_no_take_elsewhere(tmp_path, what):
    service, folder = ServiceDouble(), dropped(tmp_path)
    to_the_end(service, folder)
    (first, *_) = said(folder, "answers.json")["takes"]
    elsewhere, take = tmp_path / "elsewhere", folder / first["file"]
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("mine")
    if what == "folder":
        shutil.rmtree(folder / "takes")
        (folder / "takes").symlink_to(elsewhere)
    else:
        take.unlink()
        link = take if what == "take" else take.with_name(take.name + ".part")
        link.symlink_to(elsewhere / "precious")
    (folder / "refresh").touch()
    step(service, folder)
    assert [p.name for p in elsewhere.iterdir()] == ["precious"]
    assert (elsewhere / "precious").read_text() == "mine"
    assert (what == "folder") == (said(folder)["state"] == "bad")


def test_a_pack_that_becomes_a_link_after_it_was_sent_tells_nothing(tmp_path):
    inbox, private = foreign(tmp_path)
    service, folder = ServiceDouble(), dropped(inbox, pack="pack")
    step(service, folder)
    shutil.rmtree(folder / "pack")
    (folder / "pack").symlink_to(private)
    to_the_end(service, folder)
    answers = said(folder, "answers.json")
    assert (answers["colour"], answers["plates"]) == (None, [])


def a_pipe(path):
    os.mkfifo(path)


TRAPS = {
    "a state of garbage": ("state.json", lambda p: p.write_bytes(b"\xff{")),
    "a state that is a list": ("state.json", lambda p: p.write_text("[]")),
    "a state without words": ("state.json", lambda p: p.write_text("{}")),
    "a state too deep": ("state.json", lambda p: p.write_text("[" * 200_000)),
    "a state that is a folder": ("state.json", Path.mkdir),
    "an error that is a folder": ("error.json", Path.mkdir),
    "a mark that is a folder": (".circletake.json", Path.mkdir),
    "takes that are a file": ("takes", Path.touch),
    "a request of one number": ("request.json", lambda p: p.write_text("[" + "9" * 5000 + "]")),
    "a budget of many digits": (
        "request.json", lambda p: p.write_text('{"budget_usd": ' + "9" * 400 + "}"),
    ),
    "a name that is half a sign": (
        "request.json",
        lambda p: p.write_text(json.dumps(ASKED | {"shot": SHOT, "by": "\ud800"})),
    ),
    "a request that is a pipe": ("request.json", a_pipe),
    "a state that is a pipe": ("state.json", a_pipe),
    "a mark that is a pipe": (".circletake.json", a_pipe),
    "a plate that is a pipe": ("plate.png", a_pipe),
    "a pack that is a pipe": ("shotpack.yaml", a_pipe),
    "an error that is a pipe": ("error.json", a_pipe),
}  # fmt: skip


@pytest.mark.parametrize(("name", "lay"), TRAPS.values(), ids=TRAPS)
def test_one_folder_stops_the_watch_for_nobody_else(tmp_path, capsys, name, lay):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    trap, good = dropped(inbox, "a\x1b]0;trap\n"), dropped(inbox, "b")
    (trap / name).unlink(missing_ok=True)
    lay(trap / name)
    bad = dropped(inbox, "a")
    (bad / name).unlink(missing_ok=True)
    lay(bad / name)
    there = There(said=Console(), service=ServiceDouble().service())
    with contextlib.suppress(typer.Exit):
        remote.run(there, inbox=inbox, names=None, most=None)
    assert said(good)["state"] == "done"
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert {row["folder"] for row in map(inboxes.row, [bad], [inboxes.stands(bad)])} == {"a"}


def test_a_folder_that_is_skipped_says_why(tmp_path):
    folder, told = dropped(tmp_path), []
    (folder / "error.json").mkdir()
    rows = inboxes.sweep(
        steward(ServiceDouble(), tmp_path), [folder], lambda *row: told.append(row)
    )
    assert [row["state"] for row in rows] == ["skipped"]
    assert "error.json: Is a directory" in told[0][1]["words"]


def test_the_watcher_s_lock_is_no_link_and_no_pipe(tmp_path):
    (tmp_path / ".circletake.lock").symlink_to(tmp_path / "made")
    with pytest.raises(BadInput), inboxes.alone(tmp_path):
        pass
    assert not (tmp_path / "made").exists()


def test_what_is_written_is_never_half_open(tmp_path):
    """Whoever lays a link in the moment of a rename opens nothing else."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    papers.write(tmp_path / "state.json", {"words": "one"})
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o644
    (tmp_path / "state.json").unlink()
    (tmp_path / "state.json").symlink_to(secret)
    papers.write(tmp_path / "state.json", {"words": "two"})
    assert (secret.stat().st_mode & 0o777, secret.read_text()) == (0o600, "x")
    assert not (tmp_path / "state.json").is_symlink()


class Stopped(BaseException):
    """Ctrl-C, after some rounds."""


def watched(inbox, service, rounds=6):
    left = iter(range(rounds))

    def sleep(_seconds):
        if next(left, None) is None:
            raise Stopped

    reached = service.service()
    reached.patience = replace(reached.patience, sleep=sleep)
    with pytest.raises(Stopped):
        remote.watch(There(said=Console(), service=reached), inbox=inbox, most=None, every=2.0)


@pytest.mark.parametrize(("code", "state"), [("not_entitled", "bad"), ("not_allowed", "waiting")])
def test_a_wish_that_is_not_permitted_stops_the_watch_for_nobody_else(tmp_path, code, state):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    service, wish = ServiceDouble(), dropped(inbox, "a", repair={"take": TAKE, "lines": [1]})
    good = dropped(inbox, "b")

    def no(_method, path):
        if path.endswith("/repairs"):
            raise ServiceSaysNo(403, {"code": code, "found": "x", "expected": "y"})

    service.dies = no
    watched(inbox, service)
    assert (said(wish)["state"], said(good)["state"]) == (state, "done")


def test_a_key_that_opens_nothing_ends_the_watch(tmp_path):
    inbox, service = tmp_path / "inbox", ServiceDouble()
    inbox.mkdir()
    dropped(inbox)

    def no(_method, _path):
        raise ServiceSaysNo(401, {"code": "not_known"})

    service.dies = no
    there = There(said=Console(), service=service.service())
    with pytest.raises(ServiceSaysNo):
        remote.watch(there, inbox=inbox, most=None, every=2.0)


def test_a_picture_that_becomes_a_link_after_it_was_looked_at_is_not_sent(tmp_path):
    folder, private = dropped(tmp_path, pack="pack"), tmp_path / "private"
    found = parcel(folder / "pack", "my_studio")
    picture = folder / "pack" / next(name for name in found.files if name != "shotpack.yaml")
    shutil.copytree(picture.parent, private)

    def packed():
        found.packed(tmp_path / "x.zip", lambda n: dropped_files.reached(folder, f"pack/{n}"))

    packed()
    picture.unlink()
    picture.symlink_to(private / picture.name)
    with pytest.raises(BadInput):
        packed()
    shutil.rmtree(picture.parent)
    picture.parent.symlink_to(private)
    with pytest.raises(BadInput):
        packed()
