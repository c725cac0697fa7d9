"""Bad-input row 45: no word of a partner and no secret in anything that is printed or logged."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from benchmarks.bootstrap import studio
from benchmarks.desk import opened
from benchmarks.farewell import site_of
from benchmarks.packs.intake import take_in
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.running.wire import Wire
from benchmarks.studio import DIALECTS
from benchmarks.testing import doubles
from benchmarks.testing.home import with_partners
from dashboard import service

pytestmark = pytest.mark.slow
WORD = "CANARYWORD4b1d"
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "CANARYSECRETaws0000000000000000000000000",
    "AWS_SESSION_TOKEN": "CANARYSECRETsession",
    "CIRCLETAKE_PROBE": "CANARYSECRETenvironment",
}
BEARER = "ct_beta_CANARYSECRETbearer"

JOURNEY = """
import sys
from pathlib import Path
from tests.journeys.test_log_canary import journey
journey(Path(sys.argv[1]))
"""


def journey(home):
    """Run a campaign whose words are canaries, ask the service for it, and say wrong things."""
    with_partners(home)
    with studio(home, Wire.SIMULATED, emulator=("--instant",)) as here:
        drawn = doubles.pack(home.parent / "pack")
        shots = [replace(s, description=f"She waits {WORD}") for s in drawn.shots[:1]]
        pack = replace(drawn, title=f"A film {WORD}", shots=tuple(shots))
        order = Order(
            partner=here.partner("lantern"),
            packs=[pack],
            recipes=recipes.choose(here.recipes, ["init_image"]),
            takes=1,
            budget_musd=20_000_000,
            simulated=True,
        )
        files = take_in(pack, here.media)
        stock = Stock(catalogue=here.catalogue, media=files, dialects=DIALECTS)
        laid = plan(order, stock, now=here.clock.now())
        here.runner.run(laid, files)
    with opened(home, Wire.SIMULATED) as desk:
        app = service.build(
            desk,
            signing_key=b"k" * 32,
            reports_folder=home / "reports",
            site=site_of(desk.studio),
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400")
        with start_blocking_portal() as portal:
            told = [portal.call(partial(client.request, *w[:2], **w[2])).text for w in _wrong()]
            portal.call(client.aclose)
            assert not [t for t in told if WORD in t], "an error repeats what was sent"


def _wrong():
    head = {"Authorization": f"Bearer {BEARER}"}
    bodies = (
        {"partner": "lantern", "prompt": WORD, "nonsense": WORD},
        {"partner": WORD, "prompt": [WORD]},
        {"confirm": WORD},
    )
    for path in ("/v1/requests", "/v1/campaigns", "/v1/partners/lantern/purge"):
        for body in bodies:
            yield "POST", path, {"json": body, "headers": head}
        broken = {"content": f'{{"a": {WORD}}}', "headers": head}
        broken["headers"] = {**head, "Content-Type": "application/json"}
        yield "POST", path, broken
        yield "POST", f"{path}?partner={WORD}&token={WORD}", {"json": {}, "headers": head}
    for path in (f"/v1/takes/{WORD}", f"/v1/media/{WORD}", f"/v1/audit?partner={WORD.lower()}"):
        yield "GET", path, {"headers": head}


def test_row45_no_word_of_a_partner_and_no_secret_is_printed_or_logged(tmp_path):
    home = tmp_path / "home"
    words = [sys.executable, "-W", "ignore", "-c", JOURNEY, str(home)]
    ran = subprocess.run(
        words, env={**os.environ, **SECRETS}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    logs = [p for p in home.rglob("*") if p.suffix in {".log", ".jsonl"}]
    said = {"stdout": ran.stdout, "stderr": ran.stderr}
    said |= {str(p.relative_to(home)): p.read_text(encoding="utf-8") for p in logs}
    assert len(said) > 3
    for canary in (WORD, "CANARYSECRET"):
        assert [name for name, text in said.items() if canary in text] == [], canary


def test_row45_no_secret_is_kept_in_any_file_of_the_home(tmp_path):
    home = tmp_path / "home"
    words = [sys.executable, "-W", "ignore", "-m", "dashboard.console", "--home", str(home)]
    for command in (["models", "--json"], ["doctor", "--json"], ["partners", "check"]):
        env = {**os.environ, **SECRETS}
        ran = subprocess.run([*words, *command], env=env, capture_output=True, check=False)
        assert b"CANARYSECRET" not in ran.stdout + ran.stderr
    with_partners(home)
    told = json.dumps([p.read_text(errors="replace") for p in home.rglob("*") if p.is_file()])
    assert "CANARYSECRET" not in told
