"""The doctor names each part, and what to do about a fault."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.testing.home import with_partners
from dashboard.doctor import look
from router import settings

PARTS = [
    *("python", "disk", "clock", "database", "partners", "media", "keys", "jail", "face weights"),
    *("emulator", "left emulators", "workers", "open problems", "encryption"),
]


def run(home, *words):
    command = [sys.executable, "-m", "dashboard.console", "doctor", "--json", "--home", str(home)]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.slow
def test_a_sound_installation_is_ok_part_by_part(tmp_path):
    code, told = run(tmp_path / "home")
    assert [p["part"] for p in told["parts"]] == PARTS
    assert (code, told["ok"]) == (0, True), told


@pytest.mark.slow
def test_a_broken_part_is_bad_news_with_what_to_do_and_the_others_are_looked_at(
    tmp_path, monkeypatch
):
    (tmp_path / "circletake.db").write_bytes(b"this is no database" * 100)
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PROFILE", "BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    code, told = run(tmp_path, "--aws")
    faults = {p["part"]: p["todo"] for p in told["parts"] if not p["ok"]}
    assert (code, told["ok"], set(faults)) == (
        1,
        False,
        {"database", "open problems", "AWS credentials"},
    )
    assert all(faults.values())
    assert len(told["parts"]) == len(PARTS) + 1


@pytest.mark.slow
def test_partner_files_with_mistakes_are_a_fault(tmp_path, monkeypatch):
    with_partners(tmp_path)
    file = Path(tmp_path / "partners" / "lantern.yaml")
    file.write_text(file.read_text().replace("budget_usd: 100", "budget_usd: lots"))
    monkeypatch.setenv("CIRCLETAKE_PARTNERS", str(file.parent))
    parts = {p.name: p for p in look(settings.read(tmp_path), with_aws=False)}
    assert not parts["partners"].ok
    assert "partners check" in parts["partners"].todo
