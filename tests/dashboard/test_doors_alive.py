"""The doors as processes: they open, do what is asked, and one signal closes them all."""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from benchmarks.testing.home import with_partners
from dashboard import signing, together
from router import settings
from router.domain.errors import Broken, Unreachable

COMMAND = (sys.executable, "-m", "dashboard.console", "--json")
ON_ITS_WAY = ("ready", "intent", "sent", "responded")
WISH = {
    "partner": "lantern",
    "account": "lookdev",
    "budget_usd": 1.0,
    "model": "sd35-large",
    "operation": "text_to_image",
    "prompt": "A harbour at dusk, empty pier.",
    "seed": 7,
    "aspect": "16:9",
    "clearance": {
        "permitted": ["evaluate_only", "still_image"],
        "expires_on": None,
        "evidence_sha256": "0" * 64,
    },
}


@contextlib.contextmanager
def started(*words):
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        process.stdout.close()


def mentioning(home):
    """Name every process whose command line speaks of this home."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(home) in (entry / "cmdline").read_text():
                found.append(int(entry.name))
    return found


def ended(http, link, within=60):
    until = time.monotonic() + within
    while (state := http.get(link).json())["state"] in ON_ITS_WAY:
        assert time.monotonic() < until, state
        time.sleep(0.2)
    return state


@pytest.fixture
def home(tmp_path):
    with_partners(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """A machine without AWS credentials."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PROFILE", "BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.slow
def test_a_wish_becomes_a_take_on_screen_and_one_signal_stops_the_house(home):
    words = ("up", "--simulate", "--home", str(home), "--port", "0", "--dashboard-port", "0")
    with started(*words) as process:
        at = json.loads(process.stdout.readline())
        with httpx.Client(base_url=at["service"], timeout=30) as http:
            asked = http.post("/v1/requests", json=WISH, headers={"Idempotency-Key": "k"})
            assert asked.status_code == 202
            state = ended(http, asked.headers["location"])
            assert (state["state"], state["simulated"]) == ("settled", True)
            take = http.get(f"/v1/takes/{state['take']}").json()
            assert take["model_name"].startswith("Emulated")
            assert http.get("/v1/takes").json()["takes"][0]["take"] == state["take"]
            picture = http.get(take["links"]["media"])
            assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
            assert http.get(take["links"]["thumb"]).content[:3] == b"\xff\xd8\xff"
            unsigned = take["links"]["media"].replace("&s=", "&s=0")
            assert http.get(unsigned).status_code == 403
        assert httpx.get(f"{at['dashboard']}/_stcore/health").text == "ok"
        assert len(mentioning(home)) >= 4  # the command, service, worker, emulator
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert mentioning(home) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(at["dashboard"])


@pytest.mark.slow
def test_the_death_of_one_part_stops_the_others_and_is_named(home):
    words = ("up", "--simulate", "--home", str(home), "--port", "0", "--dashboard-port", "0")
    with started(*words) as process:
        process.stdout.readline()
        (service,) = [p for p in mentioning(home) if b"\0serve\0" in cmdline(p)]
        os.kill(service, signal.SIGKILL)
        assert process.wait(60) == 3
        error = json.loads(process.stdout.readline())["error"]
    assert (error["field"], error["found"]) == ("serve", "ended with exit code -9")
    assert mentioning(home) == []


@pytest.mark.slow
def test_a_house_that_is_killed_leaves_nobody_behind(home):
    words = ("up", "--simulate", "--home", str(home), "--port", "0", "--dashboard-port", "0")
    with started(*words) as process:
        at = json.loads(process.stdout.readline())
        process.kill()
        process.wait(10)
        until = time.monotonic() + 40
        while (left := mentioning(home)) and time.monotonic() < until:
            time.sleep(0.2)
        assert left == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(at["dashboard"])


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_program_on_a_leash_ends_with_who_started_it():
    starter = (
        "import subprocess, sys, time; from dashboard.leash import leashed\n"
        "words = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "print(subprocess.Popen(leashed(words)).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    until = time.monotonic() + 5
    while b"time.sleep(60)" not in cmdline(child) or b"leash" in cmdline(child):
        assert time.monotonic() < until
        time.sleep(0.01)
    parent.kill()
    parent.communicate()
    while Path(f"/proc/{child}").exists() and b"sleep" in cmdline(child):
        assert time.monotonic() < until, "it outlived who started it"
        time.sleep(0.01)


def cmdline(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["worker", "up"])
def test_without_credentials_and_without_simulate_both_ways_are_said(home, alone, command):
    words = [*COMMAND, command, "--home", str(home)]
    run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 2
    error = json.loads(run.stdout)["error"]
    assert "credentials" in error["expected"]
    assert "--simulate" in error["expected"]


@pytest.mark.slow
def test_a_port_that_somebody_has_is_named(home):
    with socket.socket() as door:
        door.bind((together.HOST, 0))
        door.listen()
        port = door.getsockname()[1]
        words = [*COMMAND, "serve", "--home", str(home), "--port", str(port)]
        run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 3
    assert json.loads(run.stdout)["error"]["found"] == f"{port} in use"


def test_a_free_port_is_chosen_for_zero():
    with socket.socket() as door:
        door.bind((together.HOST, together.free_port(0)))
        door.listen()
        with pytest.raises(Unreachable, match="in use"):
            together.free_port(door.getsockname()[1])


def test_a_part_that_ends_before_it_is_ready_is_named(tmp_path):
    house = together.Together(tmp_path / "log")
    house.start("service", [sys.executable, "-c", "print('no')"])
    try:
        with pytest.raises(Broken, match="service: found not ready: no"):
            house.said("service")
    finally:
        house.stop()


def test_only_loopback_is_asked_whether_it_is_up():
    assert not together.is_up("http://192.0.2.1:80/")


def test_the_signing_key_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "home" / "signing.key"
    first = signing.key(path)
    assert len(first) == 32
    assert signing.key(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["signing.key"]


def test_machines_that_share_a_pepper_sign_with_one_key_and_others_do_not(tmp_path):
    pepper = tmp_path / "pepper.key"
    pepper.write_bytes(b"p" * 32)
    pepper.chmod(0o600)
    homes = [settings.read(tmp_path / name) for name in ("one", "other")]
    shared = {signing.key_of(replace(home, pepper_file=pepper)) for home in homes}
    own = {signing.key_of(home) for home in homes}
    assert len(shared) == 1
    assert len(own) == 2
    assert not shared & own
    assert b"p" * 32 not in shared


def test_a_signing_key_that_others_may_read_or_that_is_short_is_refused(tmp_path):
    path = tmp_path / "signing.key"
    signing.key(path)
    path.chmod(0o644)
    with pytest.raises(Broken, match="mode 0644"):
        signing.key(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Broken, match="5 bytes"):
        signing.key(path)
