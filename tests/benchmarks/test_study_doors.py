"""Studies by command and over HTTP; a killed import loses nothing and doubles nothing."""

import csv
import json
import os
import signal
import subprocess
import sys
from functools import partial

import httpx
import pytest
import typer
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from typer.testing import CliRunner

from benchmarks.api import studies
from benchmarks.bootstrap import studio
from benchmarks.commands import study as study_command
from benchmarks.commands import votes
from benchmarks.testing.home import lived_in
from benchmarks.voting.booth import booth_of
from benchmarks.voting.usher import Usher
from router.api import problems
from router.api.links import Signer, Unwatched
from router.api.permit import Owner
from router.clock import SystemClock
from router.console import Console

pytestmark = pytest.mark.slow
TELLING = {"take", "recipe", "model", "cost", "usd", "seed", "latency", "provider"}
RECIPES = ("init_image", "canonical_text", "sheet_start")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    return root, lived_in(root, RECIPES)


def run(home, *words):
    app = typer.Typer()
    votes.register(app)
    study_command.register(app)
    return CliRunner().invoke(app, list(words), obj=Console(home=home[0], json=True))


def answer(home, *words):
    ended = run(home, *words)
    assert ended.exit_code == 0, ended.exception
    return json.loads(ended.stdout)


def opened(home, *raters, votes="8"):
    named = [word for r in raters for word in ("--raters", r)]
    return answer(home, "study", "open", "--campaign", home[1], "--votes", votes, *named)["study"]


def test_from_plan_to_result_by_command(home, tmp_path):
    assert answer(home, "study", "plan", "--shots", "60")["cannot_say"]
    study = opened(home, "Ines@lantern", "Bo@lantern")
    asked = answer(home, "votes", "cast", study, "--rater", "Ines")
    words = ("--slot", str(asked["slot"]), "--outcome", "left", "--seconds", "9")
    assert answer(home, "votes", "cast", study, "--rater", "Ines", *words)["new"]
    assert isinstance(run(home, "study", "result", study).exception, Exception)
    sheet = tmp_path / "bo.csv"
    rows = answer(home, "study", "sheet", study, "--rater", "Bo", "--out", str(sheet))["rows"]
    filled(sheet, "right")
    told = answer(home, "votes", "import", study, str(sheet))
    assert (told["new"], told["known"]) == (rows, 0)
    assert answer(home, "votes", "import", study, str(sheet))["known"] == rows
    assert answer(home, "study", "status", study)["votes"] == rows + 1
    answer(home, "study", "close", study)
    found = answer(home, "study", "result", study)
    assert found["simulated"]
    assert {m["name"] for m in found["kept"]["models"]} == set(RECIPES)


def filled(sheet, outcome):
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["outcome"] = outcome
    with sheet.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0].keys())
        out.writeheader()
        out.writerows(rows)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("Ines,1,LEFT", "row 2 outcome"),
        ("Nobody,1,left", "row 2 rater"),
        ("Ines,99,left", "row 2 slot"),
        ("Ines,one,left", "row 2 slot"),
        ("Ines,1,left\nInes,1,right", "row 3 outcome"),
        ("Ines,1", "row 2"),
        ("", "v.csv"),
    ],
)
def test_a_bad_row_is_named_and_nothing_of_the_file_is_kept(home, tmp_path, row, field):
    study = opened(home, "Ines@lantern", votes="7")
    file = tmp_path / "v.csv"
    file.write_text(f"rater,slot,outcome\n{row}\n", encoding="utf-8")
    ended = run(home, "votes", "import", study, str(file))
    assert ended.exception.field == field
    assert answer(home, "study", "status", study)["votes"] == 0


def test_a_code_of_another_slot_was_never_shown_there(home, tmp_path):
    study = opened(home, "Ines@lantern", votes="7")
    file = tmp_path / "v.csv"
    file.write_text("rater,slot,outcome,left\nInes,1,left,abcdefabcdef\n", encoding="utf-8")
    assert run(home, "votes", "import", study, str(file)).exception.field == "row 2 left"


class Http:
    """A blocking client that speaks to an app without a socket."""

    def __init__(self, portal, app):
        transport = httpx.ASGITransport(app=app)
        self._portal = portal
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    def get(self, url, **given):
        return self._portal.call(partial(self._client.get, url, **given))

    def post(self, url, **given):
        return self._portal.call(partial(self._client.post, url, **given))


def words(answer):
    """Every word of every name in an answer."""
    if isinstance(answer, list):
        return set().union(*map(words, answer))
    if not isinstance(answer, dict):
        return set()
    return set().union(*(name.split("_") for name in answer), *map(words, answer.values()))


def test_the_service_shows_pairs_blind_and_keeps_votes_once(home):
    study = opened(home, "Ines@lantern", "Kim", votes="6")
    with studio(home[0]) as here:
        booth = booth_of(here)
        app = FastAPI()
        problems.install(app)
        app.state.witness = Unwatched()
        app.state.doorkeeper = Owner(frozenset(here.partners))
        app.include_router(studies.routes(Usher(booth), Signer(b"k" * 32, SystemClock())))
        with start_blocking_portal() as portal:
            http = Http(portal, app)
            at = f"/v1/studies/{study}"
            asked = http.get(f"{at}/next", params={"rater": "Kim"})
            assert [recipe for recipe in RECIPES if recipe in asked.text] == []
            assert "Emulated" not in asked.text  # as models are called here
            assert TELLING.isdisjoint(words(asked.json()))
            for lesson in range(1, 5):
                said = {"rater": "Kim", "lesson": lesson, "outcome": "tie"}
                http.post(f"{at}/lessons", json=said)
            asked = http.get(f"{at}/next", params={"rater": "Kim"})
            assert "lantern" not in asked.text  # whose shot it is
            reference = http.get(asked.json()["references"][0]["link"])
            assert (reference.status_code, reference.headers["content-type"]) == (200, "image/jpeg")
            picture = http.get(asked.json()["left"]["link"])
            assert picture.status_code == 200
            assert picture.headers["content-type"] == "image/png"
            unsigned = asked.json()["left"]["link"].partition("&s=")[0]
            assert http.get(f"{unsigned}&s=x").status_code == 403
            body = {"rater": "Kim", "slot": asked.json()["slot"], "outcome": "tie", "seconds": 5}
            assert [http.post(f"{at}/votes", json=body).json()["new"] for _ in range(2)] == [
                True,
                False,
            ]
            assert http.post(f"{at}/votes", json={**body, "outcome": "left"}).status_code == 409
            assert http.post(f"{at}/votes", json={**body, "outcome": "A"}).status_code == 422
            assert http.get(f"{at}/next", params={"rater": "Who"}).status_code == 404
            assert http.get(at).json()["votes"] == 1
        booth.darkroom.close()


KILLED = """
import sys
from pathlib import Path
from benchmarks.voting import sheets
from benchmarks.voting.booth import booth_of
from benchmarks.bootstrap import studio
from benchmarks.store import studies

studies.BATCH = 1
home, study, file = sys.argv[1:]
with studio(Path(home)) as here:
    booth = booth_of(here)
    casts = sheets.read(Path(file), booth.given(study), here.clock.now())
    def told(done):
        print(done, flush=True)
        if done == 3:
            sys.stdin.read()
    here.store.studies.cast(casts, told)
"""


def test_an_import_that_was_killed_is_completed_by_the_same_file(home, tmp_path):
    study = opened(home, "Bo@lantern", votes="5")
    sheet = tmp_path / "bo.csv"
    rows = answer(home, "study", "sheet", study, "--rater", "Bo", "--out", str(sheet))["rows"]
    assert rows > 3
    filled(sheet, "left")
    words = [sys.executable, "-c", KILLED, str(home[0]), study, str(sheet)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **pipes) as child:
        assert [child.stdout.readline().strip() for _ in range(3)] == ["1", "2", "3"]
        os.kill(child.pid, signal.SIGKILL)
    assert answer(home, "study", "status", study)["votes"] == 3
    told = answer(home, "votes", "import", study, str(sheet))
    assert (told["new"], told["known"]) == (rows - 3, 3)
    assert answer(home, "study", "status", study)["votes"] == rows
