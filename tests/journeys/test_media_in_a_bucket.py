"""A campaign whose media lie in a bucket: made, measured, shown and reported as from a folder."""

import json
import shutil

import pytest

from benchmarks.bootstrap import Wire, studio
from benchmarks.demo import build as demonstration
from dashboard.testing.console import Terminal

pytestmark = pytest.mark.slow
PARTNER = "northlight_pictures"


def crossed_without_fetching_a_take(home, campaign):
    """A season's takes are not fetched for what was remembered of them; for what was lost, yes."""
    with studio(home, Wire.NONE) as here:
        case = here.case(campaign)
        remembered = here.crossings(case)
        assert any(s.value is not None for one in remembered for s in one.found.scores)
        assert not (home / "media").exists()
        shutil.rmtree(home / "scores")
        assert here.crossings(case) == remembered
        takes = {t for one in remembered for t in one.takes}
        assert all(here.media.place(PARTNER, case.takes[t].media.sha256).is_file() for t in takes)


def test_a_campaign_keeps_its_media_in_the_bucket_and_reads_them_there(s3, tmp_path, monkeypatch):
    bucket = s3.bucket()
    for name, value in s3.environment(bucket).items():
        monkeypatch.setenv(name, value)
    terminal = Terminal(tmp_path / "home")
    shutil.copytree(demonstration.partner_folder(), terminal.home / "partners")
    pack = demonstration.build(tmp_path / "packs", PARTNER)
    ended = terminal.run(
        "campaign", "run", str(pack), "--partner", PARTNER, "--budget", "20",
        "--recipes", "init_image", "--takes", "1", "--simulate",
    )  # fmt: skip
    assert (ended.code, ended.answer["state"]) == (0, "done"), ended.errors
    keys = s3.keys(bucket)
    assert len(keys) > ended.answer["trials"]["done"]
    assert all(key.startswith(f"media/{PARTNER}/") for key in keys)
    shutil.rmtree(terminal.home / "media")  # local copies only: nothing is lost with them
    crossed_without_fetching_a_take(terminal.home, ended.answer["campaign"])
    report = tmp_path / "report"
    words = ("report", "build", "--campaign", ended.answer["campaign"], "--out", str(report))
    told = terminal.run(*words)
    assert told.code == 0, told.errors
    shutil.rmtree(terminal.home / "media")
    assert terminal.run(*words).code == 0
    assert not (terminal.home / "media").exists(), "what was derived once asks for no take again"
    document = json.loads((report / "findings.json").read_text(encoding="utf-8"))
    assert document["simulated"] is True
