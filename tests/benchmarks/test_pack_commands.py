"""The three sub-commands of `circletake pack`, as a pipeline TD meets them."""

import json

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.commands import pack
from benchmarks.domain.unwritten import SAY_HERE
from benchmarks.testing.pack import good_pack, png, write
from router.console import Console
from router.domain.errors import BadInput, Conflict


def run(*words, as_json=False):
    app = typer.Typer()
    pack.register(app)
    return CliRunner().invoke(app, ["pack", *map(str, words)], obj=Console(json=as_json))


def test_a_starter_pack_is_valid_and_can_be_sealed_as_it_is(tmp_path):
    folder = tmp_path / "starter"
    started = json.loads(run("new", folder, as_json=True).stdout)
    assert set(started["files"]) == {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    }
    checked = json.loads(run("check", folder, as_json=True).stdout)
    assert (checked["ok"], checked["errors"]) == (True, [])
    assert [w["code"] for w in checked["warnings"]] == ["contact", "unsealed"]
    before = (folder / "shotpack.yaml").read_text()
    sealed = json.loads(run("seal", folder, as_json=True).stdout)
    assert sealed["ok"]
    assert sealed["filled"] == 6
    assert len(sealed["seal"]) == 32
    after = (folder / "shotpack.yaml").read_text()
    assert [c for c in before.splitlines() if c.lstrip().startswith("#")] == [
        c for c in after.splitlines() if c.lstrip().startswith("#")
    ]


def test_a_starter_never_overwrites_what_is_there(tmp_path):
    write(tmp_path / "mine.txt", b"mine")
    result = run("new", tmp_path)
    assert isinstance(result.exception, Conflict)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_good_pack_ends_with_0_and_says_what_comes_next(tmp_path):
    result = run("check", good_pack(tmp_path))
    assert result.exit_code == 0
    assert "3 shots, 5 acceptance lines, 8 files; no mistakes; not sealed" in result.stdout
    assert result.stdout.rstrip().endswith(
        f"What now?  Seal it: `circletake pack seal {tmp_path}`."
    )


def test_a_bad_pack_ends_with_1_and_names_each_place(tmp_path):
    root = good_pack(tmp_path)
    path = root / "shotpack.yaml"
    path.write_text(path.read_text().replace("metric: id_ref", "metric: id_rev"))
    (root / "refs/kite.png").unlink()
    result = run("check", root)
    assert result.exit_code == 1
    assert "shots[0].acceptance[0].metric  [unknown_metric]" in result.stdout
    assert "expected  id_ref? one of:" in result.stdout
    assert "props[0].references[0].path  [missing_file]" in result.stdout
    answer = json.loads(run("check", root, as_json=True).stdout)
    assert not answer["ok"]
    assert set(answer["errors"][0]) == {"file", "field", "line", "found", "expected", "code"}


def test_a_changed_file_is_news_until_it_is_sealed_again(tmp_path):
    root = good_pack(tmp_path)
    assert run("seal", root).exit_code == 0
    write(root / "refs/kite.png", png(64, 36, "another kite"))
    changed = run("check", root)
    assert changed.exit_code == 1
    assert f"seal again: `circletake pack seal {root}`" in changed.stdout
    assert "0 hashes filled in, 1 renewed." in run("seal", root).stdout
    assert run("check", root).exit_code == 0


def test_a_pack_with_mistakes_is_not_sealed(tmp_path):
    root = good_pack(tmp_path)
    (root / "refs/kite.png").unlink()
    before = (root / "shotpack.yaml").read_bytes()
    result = run("seal", root)
    assert result.exit_code == 1
    assert (root / "shotpack.yaml").read_bytes() == before


@pytest.mark.parametrize("command", ["check", "seal"])
def test_a_folder_that_does_not_exist_was_asked_wrongly(tmp_path, command):
    assert isinstance(run(command, tmp_path / "none").exception, BadInput)


def test_an_empty_folder_is_no_pack_and_the_way_out_is_named(tmp_path):
    result = run("check", tmp_path)
    assert result.exit_code == 1
    assert f"circletake pack new {tmp_path}" in result.stdout


def test_a_cut_that_nobody_has_written_on_is_not_sealed_unless_that_is_meant(tmp_path):
    root = good_pack(tmp_path)
    path = root / "shotpack.yaml"
    said = "The kite rises slowly out of the frame."
    path.write_text(path.read_text().replace(said, f"'SH0030: 120 frames; {SAY_HERE}'"))
    checked = json.loads(run("check", root, as_json=True).stdout)
    assert [(w["field"], w["code"]) for w in checked["warnings"]][-1] == (
        "shots[2].description",
        "unwritten",
    )
    before = path.read_bytes()
    refused = run("seal", root)
    assert refused.exit_code == 1
    assert "seal " + str(root) + " --unfinished" in refused.stdout
    assert path.read_bytes() == before
    assert run("seal", root, "--unfinished").exit_code == 0
