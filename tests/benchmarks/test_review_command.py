"""`review` on a home that has lived: build, sheet and gap, again and again."""

import json

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.commands import review
from benchmarks.testing.home import lived_in
from router.console import Console

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    return root, lived_in(root)


def said(home, *words, code=0):
    app = typer.Typer()
    app.callback()(lambda: None)
    review.register(app)
    told = ["review", *words, "--campaign", home[1]]
    ended = CliRunner().invoke(app, told, obj=Console(home=home[0], json=True))
    assert ended.exit_code == code, (ended.exception, ended.stdout)
    return json.loads(ended.stdout)


def test_every_take_is_built_once_and_named_by_shot_and_version(home, tmp_path):
    out = tmp_path / "out"
    body = said(home, "build", "--out", str(out))
    assert body["left_out"] == []
    assert "SQ010_SH0010_genai_v001_review.png" in body["files"]
    before = {p.name: p.stat().st_mtime_ns for p in out.iterdir() if p.suffix == ".png"}
    assert set(before) == set(body["files"])
    assert said(home, "build", "--out", str(out)) == body
    assert {p.name: p.stat().st_mtime_ns for p in out.iterdir() if p.suffix == ".png"} == before
    assert said(home, "build", "--out", str(out), "--circled")["files"] == {}
    assert set(json.loads((out / "review.json").read_text())["files"]) == set(before)


@pytest.mark.parametrize("by", ["takes", "recipes"])
def test_the_same_sheet_has_the_same_bytes(home, tmp_path, by):
    first = said(home, "sheet", "--out", str(tmp_path / "a" / "s.pdf"), "--by", by)
    again = said(home, "sheet", "--out", str(tmp_path / "b" / "s.pdf"), "--by", by)
    assert first == again
    assert first["pages"] >= 1


def test_the_gap_names_every_take(home):
    body = said(home, "gap")
    assert body["takes"] == len(body["by_take"])
    assert {n for k in body["kinds"] for n in k["takes"]} == {r["name"] for r in body["by_take"]}
