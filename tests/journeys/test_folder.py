"""Requests in folders at a real service, while the watcher is killed again and again."""

import contextlib
import json
import signal
import subprocess
import time

import pytest

from benchmarks.packs import starter
from benchmarks.testing import home as testing_home
from dashboard.testing.console import Terminal

pytestmark = pytest.mark.slow
PARTNER = "my_studio"
KILLED_AFTER_S = (0.8, 1.2, 1.7)
ASKED = {
    "schema": "circletake-folder/1", "partner": PARTNER, "budget_usd": 5, "simulate": True,
    "recipes": ["erase_matte"], "takes": 1,
    "shot": {
        "task": "erase", "description": "Remove the wire above the figure.",
        "plate": "plate.png", "matte": "wire_matte.png",
        "lines": [{"criterion": "Nothing outside the matte moves", "kind": "untouched_region"}],
        "rights": {"owner": "My Studio", "inputs_cleared": True},
    },
}  # fmt: skip


@contextlib.contextmanager
def at_work(terminal, *words):
    process = subprocess.Popen(
        terminal.command(*words), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def dropped(inbox, name):
    starter.start(inbox / ".pack" / name)
    (inbox / name).mkdir()
    for plate in (inbox / ".pack" / name / "plates" / "SQ010_SH0020").glob("*.png"):
        (inbox / name / plate.name).write_bytes(plate.read_bytes())
    (inbox / name / "request.json").write_text(json.dumps(ASKED))
    (inbox / name / "ready").touch()


def command(terminal, server, *words):
    """A watcher of a studio's machine: a server, no home."""
    line = terminal.command(*words)
    line[line.index("--home") : line.index("--home") + 2] = ["--server", server]
    return line


def test_a_watcher_that_is_killed_again_and_again_loses_nothing_and_pays_once(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    (home / "partners").mkdir(parents=True)
    told = testing_home.PARTNER.format(name=PARTNER, title="My Studio")
    (home / "partners" / f"{PARTNER}.yaml").write_text(told, encoding="utf-8")
    terminal, names = Terminal(home), ("one", "two", "three")
    for name in names:
        dropped(inbox, name)
    serve = ("serve", "--simulate", "--port", "0")
    with at_work(terminal, *serve) as service, at_work(terminal, "worker", "--simulate"):
        for seconds in KILLED_AFTER_S:
            words = ("folder", "watch", str(inbox), "--every", "0.2")
            watcher = subprocess.Popen(
                command(terminal, service["service"], *words), stderr=subprocess.DEVNULL
            )
            time.sleep(seconds)
            watcher.kill()
            watcher.wait()
        words = command(terminal, service["service"], "folder", "run", str(inbox))
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, (done.stdout, done.stderr)
    rows = json.loads(done.stdout)["requests"]
    assert [(row["folder"], row["state"]) for row in rows] == [(n, "done") for n in sorted(names)]
    for name in names:
        takes = json.loads((inbox / name / "answers.json").read_text())["takes"]
        assert sum(take["source"] == "generated" for take in takes) == 1
        assert all((inbox / name / take["file"]).stat().st_size for take in takes)
    assert len(terminal.billed()) == len(names), "each paid trial is billed once"
    assert not list(inbox.rglob("*.part"))
