"""The lines of the page on restoring, carried out: a home by the console, a server by its tools."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.demo import build as demonstration
from benchmarks.seasons.weather import documented, endure
from dashboard.testing.console import Terminal
from router.domain.attempt import RESTORED
from router.testing import doubles
from router.testing.doubles import ScriptedBackend, request
from router.testing.routing import STILL, open_router
from tests.bench import season

pytestmark = pytest.mark.slow
PARTNER = "northlight_pictures"
PAGE = Path(__file__).parents[2] / "deploy/runbook/restore.md"


def block(start):
    """Give the line of the page that begins so."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(start))


def worked(home, backend):
    """Make three takes in a home, and ask for a fourth."""
    shutil.copytree(demonstration.partner_folder(), home / "partners")
    who = (doubles.partner(PARTNER),)
    router = open_router(home, {STILL.dialect: backend}, partners=who, cap_musd=10_000_000)
    router.submit([request(n, partner=PARTNER) for n in range(4)])
    for attempt in router.attempts(PARTNER)[:3]:
        router.advance(PARTNER, attempt.id)
    return router


def words(line, folder):
    """Give what follows `circletake` on a line, for a folder of this test."""
    return line.replace("BACKUP", str(folder)).split()[1:]


def test_a_home_is_copied_lost_and_brought_back_by_the_lines_of_the_page(tmp_path):
    home, copy = tmp_path / "home", tmp_path / "copy"
    router = worked(home, ScriptedBackend())
    terminal = Terminal(home)
    kept = terminal.run(*words(block("circletake database backup"), copy))
    assert (kept.code, kept.answer["takes"]) == (0, 3), kept.errors
    before = router.balance(PARTNER, "c1")
    router.records.dispose()
    media = tmp_path / "media"
    shutil.copytree(home / "media", media)
    shutil.rmtree(home)

    shutil.copytree(demonstration.partner_folder(), home / "partners")
    line = words(block("circletake database restore"), copy)
    bare = terminal.run(*line)
    mine = next(p for p in bare.answer["partners"] if p["partner"] == PARTNER)
    assert bare.code == 1, "media are missing, and that is bad news"
    assert len(mine["media_missing"]) == 3
    assert terminal.run(*line).code == 2, "never over records that are here"

    shutil.copytree(media, home / "media")
    sound = terminal.run(*words(block("circletake database verify"), copy))
    assert sound.code == 0, sound.errors
    mine = next(p for p in sound.answer["partners"] if p["partner"] == PARTNER)
    assert (mine["spend_usd"], mine["accounts_off"]) == (before.spent_musd / 1e6, [])
    again = open_router(home, {}, partners=(doubles.partner(PARTNER),))
    (waits,) = (a for a in again.attempts(PARTNER) if a.state.value != "settled")
    assert waits.code == RESTORED


def test_a_server_is_copied_and_brought_back_with_the_options_of_the_page(
    tmp_path, postgres_server
):
    del postgres_server  # there is one, or the test is skipped
    home = tmp_path / "season"
    home.mkdir()
    endure(home, replace(documented(shots=1, takes=1), seed=2))
    figures = list(season.copied(home, tmp_path / "copies"))
    assert [f.name.partition(":")[0] for f in figures] == ["home"] * 2 + ["PostgreSQL"] * 2
    assert all(f.is_met for f in figures)
    dumped, restored = block("pg_dump"), block("pg_restore")
    for option in re.findall(r'"(--[a-z-]+[^"{]*)"', (Path(season.__file__)).read_text()):
        name = option.partition("=")[0]
        assert name in dumped + restored, option
