"""A take leaves the house with where it came from, and the log says who made it."""

import csv
import json
import zipfile

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bootstrap import studio
from benchmarks.commands import copies, takes, timeline
from benchmarks.desk import opened
from benchmarks.editorial.writing import Export, write
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from router.commands import provenance
from router.console import Console
from router.domain.caller import Reach
from router.domain.errors import UnknownName
from router.domain.ids import sha256_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    return root, lived_in(root, ("init_image", "erase_matte", "video_from_key"))


def run(home, *words):
    app = typer.Typer()
    takes.register(app)
    provenance.register(app)
    copies.register(app)
    return CliRunner().invoke(app, list(words), obj=Console(home=home[0], json=True))


def said(home, *words, code=0):
    ended = run(home, *words)
    assert ended.exit_code == code, (ended.exception, ended.stdout)
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def key(home):
    return said(home, "provenance", "keys", "new", "--partner", "lantern")


def take(home, recipe, mime="image/png"):
    rows = said(home, "takes", "list", "--campaign", home[1])["takes"]
    return next(r["take"] for r in rows if r["recipe"] == recipe and r["mime"] == mime)


def test_a_generated_take_leaves_signed_and_its_kept_bytes_stay(home, key, tmp_path):
    id_, out = take(home, "init_image"), tmp_path / "a.png"
    run(home, "circle", id_, "--by", "Ines", "--role", "director")
    with studio(home[0]) as here:
        (kept,) = here.router.takes("lantern", ids=[id_])
        before = here.media.get("lantern", kept.media.sha256)
        prompt = kept.prompt
        request = here.router.request("lantern", kept.request)
    signed = said(home, "provenance", "sign", id_, "--out", str(out))
    assert signed["key"]["origin"] == "test"
    found = said(home, "provenance", "verify", str(out))
    claim = found["signature"]["claim"]
    assert (found["standing"], claim["take"]) == ("trusted", id_)
    assert (claim["simulated"], claim["model_id"], claim["region"]) == (True, "", "")
    assert claim["circled"]["by"] == "Ines"
    assert claim["seed"] == request.seed
    assert [s["source_type"] for s in found["signature"]["steps"]] == ["trainedAlgorithmicMedia"]
    assert [p["relation"] for p in found["signature"]["parts"]] == ["inputTo"]
    data = out.read_bytes()
    assert prompt.encode()[:40] not in data
    for vendor in (b"stability", b"Stability", b"luma", b"us-west-2"):
        assert vendor not in data
    with studio(home[0]) as here:
        assert here.media.get("lantern", kept.media.sha256) == before
    assert run(home, "provenance", "sign", id_, "--out", str(out)).exit_code != 0
    assert out.read_bytes() == data


def test_an_edited_take_opens_its_plate(home, key, tmp_path):
    out = tmp_path / "edit.png"
    said(home, "provenance", "sign", take(home, "erase_matte"), "--out", str(out))
    signature = said(home, "provenance", "show", str(out))["signature"]
    assert [(s["action"], s["source_type"]) for s in signature["steps"]] == [
        ("c2pa.opened", ""),
        ("c2pa.edited", "compositeWithTrainedAlgorithmicMedia"),
    ]
    assert {(p["title"], p["relation"]) for p in signature["parts"]} == {
        ("plate", "parentOf"),
        ("mask", "inputTo"),
    }


def test_a_clip_is_signed_too(home, key, tmp_path):
    out = tmp_path / "clip.mp4"
    said(home, "provenance", "sign", take(home, "video_from_key", "video/mp4"), "--out", str(out))
    assert said(home, "provenance", "verify", str(out))["standing"] == "trusted"


@pytest.fixture(scope="module")
def guest(home, tmp_path_factory):
    """A take with something to see in it: the double's emulator draws flat pictures."""
    folder = tmp_path_factory.mktemp("guest")
    rough = np.random.default_rng(8).integers(0, 255, (9, 16, 3), dtype=np.uint8)
    drawn = cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / "a.png"), drawn)
    manifest = folder / "takes.csv"
    manifest.write_text(
        "shot,file,label,tool,made_by,minutes,cost_usd,declared\n"
        "SQ010_SH0010,a.png,by hand,a paint program,Ada,30,,no\n"
    )
    made = said(home, "takes", "import", str(manifest), "--campaign", home[1], "--simulated")
    return made["takes"][0]["take"]


def test_tampered_stripped_and_re_encoded_takes_are_told_apart(home, key, guest, tmp_path):
    out = tmp_path / "a.png"
    said(home, "provenance", "sign", guest, "--out", str(out))
    signature = said(home, "provenance", "verify", str(out))["signature"]
    assert [(s["action"], s["source_type"]) for s in signature["steps"]] == [("c2pa.opened", "")]
    pixels = cv2.imread(str(out))
    tampered, stripped, again = (tmp_path / n for n in ("t.png", "s.png", "r.jpg"))
    data = bytearray(out.read_bytes())
    data[-500] ^= 1
    tampered.write_bytes(bytes(data))
    cv2.imwrite(str(stripped), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    cv2.imwrite(str(again), pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])
    found = [
        said(home, "provenance", "verify", str(f), code=1) for f in (tampered, stripped, again)
    ]
    assert [f["standing"] for f in found] == [
        "changed_since_signing",
        "stripped",
        "re_encoded",
    ]
    assert [(f["match"]["take"], f["match"]["others"]) for f in found[1:]] == [(guest, 0)] * 2
    noise = tmp_path / "noise.png"
    cv2.imwrite(str(noise), np.random.default_rng(5).integers(0, 255, (90, 160, 3), np.uint8))
    unknown = said(home, "provenance", "verify", str(noise), code=1)
    assert unknown["standing"] == "nothing_known"


def test_a_finished_picture_names_the_take_as_its_parent(home, key, tmp_path):
    id_, painted = take(home, "init_image"), tmp_path / "p.png"
    out = tmp_path / "to" / "come" / "out.png"
    with studio(home[0]) as here:
        (kept,) = here.router.takes("lantern", ids=[id_])
        pixels = cv2.imread(str(here.media.path("lantern", kept.media.sha256)))
    pixels[:20] = 0
    cv2.imwrite(str(painted), pixels)
    said(home, "provenance", "sign", id_, "--out", str(out), "--file", str(painted))
    signature = said(home, "provenance", "show", str(out))["signature"]
    assert signature["claim"]["history"] == "finished"
    assert [(p["title"], p["relation"]) for p in signature["parts"]] == [
        ("take as it was made", "parentOf")
    ]


def test_what_cannot_be_signed_leaves_nothing_behind(home, key, tmp_path):
    id_, bad = take(home, "init_image"), tmp_path / "bad.exr"
    bad.write_bytes(b"\x76\x2f\x31\x01" + bytes(300))
    before = {bad}
    for out, *more in (("out.exr", "--file", str(bad)), ("out.jpg",)):
        ended = run(home, "provenance", "sign", id_, "--out", str(tmp_path / out), *more)
        assert ended.exit_code != 0
        assert set(tmp_path.iterdir()) == before


def test_without_a_key_signing_says_how_to_get_one(home, tmp_path):
    with studio(home[0]) as here:
        partner_key = here.settings.home / "signing" / "lantern"
    away = partner_key.with_name("away")
    if partner_key.exists():
        partner_key.rename(away)
    out = tmp_path / "x.png"
    ended = run(home, "provenance", "sign", take(home, "init_image"), "--out", str(out))
    if away.exists():
        away.rename(partner_key)
    assert "provenance keys new --partner lantern" in str(ended.exception)
    assert not out.exists()


def test_the_log_says_who_asked_chose_and_circled_under_which_consent(home, tmp_path):
    id_ = take(home, "init_image")
    run(home, "circle", id_, "--by", "Ines", "--role", "director", "--note", "=that one")
    out = tmp_path / "to" / "come" / "log.json"
    said(home, "provenance", "log", "--campaign", home[1], "--out", str(out))
    body = json.loads(out.read_text(encoding="utf-8"))
    asked = [row for row in body["log"] if row["event"] == "asked" and row["take"] == id_]
    assert asked[0]["consent_evidence"]
    assert asked[0]["by"] == "the pack's words, laid out by a template"
    circled = [row for row in body["log"] if row["event"] == "circled"]
    assert (circled[-1]["by"], circled[-1]["role"], circled[-1]["take"]) == (
        "Ines",
        "director",
        id_,
    )
    assert [c["participant"] for c in body["consents"]] == ["ann"]
    table = tmp_path / "log.csv"
    said(home, "provenance", "log", "--campaign", home[1], "--out", str(table))
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(body["log"])
    assert [r["what"] for r in rows if r["event"] == "circled"][-1] == "'=that one"


def exported(home, out):
    app = typer.Typer()
    timeline.register(app)
    words = ["timeline", "export", "--campaign", home[1], "--out", str(out), "--with-media"]
    app.command("nothing")(lambda: None)
    ended = CliRunner().invoke(app, words, obj=Console(home=home[0], json=True))
    assert ended.exit_code == 0, (ended.exception, ended.stdout)
    return json.loads(ended.stdout)


def test_without_a_key_media_leave_unsigned_and_that_is_said(tmp_path):
    home = tmp_path / "home", lived_in(tmp_path / "home")
    told = exported(home, tmp_path / "edit")
    assert told["signed"] is None
    assert [n for n in told["packs"][0]["notes"] if "media are unsigned" in n]
    assert "provenance keys new" in str(told["packs"][0]["notes"])


def test_media_of_an_edit_leave_signed_with_who_circled_them_and_again_the_same(
    home, key, tmp_path
):
    id_, out = take(home, "erase_matte"), tmp_path / "edit"
    run(home, "circle", id_, "--by", "Ines", "--role", "director")
    told = exported(home, out)
    assert told["signed"]["name"] == key["name"]
    media = sorted((out / "media").iterdir())
    assert {m.suffix for m in media} == {".png", ".mp4"}
    claims = {}
    for file in media:
        found = said(home, "provenance", "verify", str(file))
        assert found["standing"] == "trusted"
        claims[found["signature"]["claim"]["take"]] = found["signature"]
    assert claims[id_]["claim"]["circled"]["by"] == "Ines"
    assert {p["relation"] for p in claims[id_]["parts"]} == {"parentOf", "inputTo"}
    before = {m.name: m.read_bytes() for m in media}
    exported(home, out)
    assert {m.name: m.read_bytes() for m in media} == before
    with zipfile.ZipFile(next(out.glob("*.otioz"))) as archive:
        assert {n: archive.read(f"media/{n}") for n in before} == before


def test_what_lies_beside_a_signed_copy_goes_with_it_into_the_edit_and_its_bundle(tmp_path):
    (tmp_path / "kept").mkdir()
    for name in ("kept/a", "kept/b.exr", "kept/b.exr.provenance.json"):
        (tmp_path / name).write_bytes(name.encode())
    export = Export(
        code="DEMO",
        texts={"otio": "{}"},
        media={"v1.exr": sha256_of(b"kept/a")},
        told={},
        bundle=True,
        signed=lambda name: tmp_path / "kept" / "b.exr" if name == "v1.exr" else None,
    )
    names = write(tmp_path / "edit", [export], lambda _sha: tmp_path / "kept" / "a").names
    beside = "media/v1.exr.provenance.json"
    assert {"media/v1.exr", beside} <= set(names)
    assert (tmp_path / "edit" / "media" / "v1.exr").read_bytes() == b"kept/b.exr"
    with zipfile.ZipFile(tmp_path / "edit" / "DEMO.otioz") as archive:
        assert archive.read(beside) == b"kept/b.exr.provenance.json"


def test_a_take_over_http_is_signed_and_no_byte_of_the_kept_one_changes(home, key, tmp_path):
    id_ = take(home, "init_image")
    with opened(home[0], Wire.SIMULATED) as desk:
        provenance_ = desk.take(Reach(frozenset({"lantern"})), id_)["provenance"]
        assert provenance_["signing"]["name"] == key["name"]
        first, again = desk.signed("lantern", id_), desk.signed("lantern", id_)
        with pytest.raises(UnknownName):
            desk.signed("neighbour", id_)
    assert (first.mime, first.path.read_bytes()) == ("image/png", again.path.read_bytes())
    (tmp_path / "a.png").write_bytes(first.path.read_bytes())
    found = said(home, "provenance", "verify", str(tmp_path / "a.png"))
    assert (found["standing"], found["signature"]["claim"]["take"]) == ("trusted", id_)
