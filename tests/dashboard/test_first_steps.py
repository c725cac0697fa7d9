"""What a stranger does first: a fresh home is theirs alone, and a wrong file is their own news."""

import stat

import pytest

from benchmarks.demo.guests import welcome
from dashboard import console


@pytest.mark.parametrize("words", [["partners", "new", "my_studio"], ["campaign", "status"]])
def test_only_its_owner_looks_into_a_new_home(words, tmp_path, capsys):
    home = tmp_path / "not" / "there" / "yet"
    assert console.run([*words, "--home", str(home)]) == 0, capsys.readouterr()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_only_its_owner_looks_into_the_home_of_the_demonstration(tmp_path):
    home = tmp_path / "not" / "there" / "yet"
    welcome(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_home_that_is_shared_on_purpose_stays_shared(tmp_path):
    home = tmp_path / "shared"
    home.mkdir(mode=0o750)
    home.chmod(0o750)
    assert console.run(["campaign", "status", "--home", str(home)]) == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o750


def test_a_folder_in_place_of_a_file_is_asked_wrongly_and_not_broken(tmp_path, capsys):
    home = tmp_path / "home"
    assert console.run(["votes", "rank", str(tmp_path), "--home", str(home), "--json"]) == 2
    assert str(tmp_path) in capsys.readouterr().out
    assert not (home / "circletake.log").exists()
