"""A campaign from order to report on a shared PostgreSQL, with nothing but the command line."""

import json
import shutil

import pytest
from sqlalchemy import select

from benchmarks.demo import build as demonstration
from benchmarks.store.tables import metadata as ours
from dashboard.testing.console import Terminal
from router.store import database
from router.store.database import reading
from router.store.tables import metadata

pytestmark = pytest.mark.slow
PARTNER, OTHER = "northlight_pictures", "quayside_animation"


@pytest.fixture
def terminal(tmp_path, postgres_empty, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(demonstration.partner_folder(), home / "partners")
    monkeypatch.setenv("CIRCLETAKE_DATABASE", postgres_empty.url)
    monkeypatch.setenv("CIRCLETAKE_DATABASE_ADMIN", postgres_empty.admin_url)
    return Terminal(home)


def test_a_campaign_runs_to_its_report_and_only_its_partner_can_see_it(
    terminal, postgres_empty, tmp_path
):
    pack = demonstration.build(tmp_path / "packs", PARTNER)
    order = (
        "campaign", "run", str(pack), "--partner", PARTNER, "--budget", "20",
        "--recipes", "init_image", "--takes", "1", "--simulate",
    )  # fmt: skip
    refused = terminal.run(*order)
    assert refused.code == 3
    assert "circletake database migrate" in refused.answer["error"]["expected"]
    for _ in range(2):
        assert terminal.run("database", "migrate").code == 0

    ended = terminal.run(*order)
    assert ended.code == 0, ended.errors
    campaign = ended.answer["campaign"]
    out = tmp_path / "report"
    report = terminal.run("report", "build", "--campaign", campaign, "--out", str(out))
    assert report.code == 0, report.errors
    findings = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    assert findings["takes"]

    ledger = terminal.run("ledger", "show", campaign, "--partner", PARTNER).answer
    billed = terminal.billed()
    paid = [e for e in ledger["entries"] if e["kind"] == "settle" and e["usd"]]
    assert len(paid) == len(billed) > 0
    assert ledger["spend_usd"] == pytest.approx(sum(e["usd"] for e in paid))
    assert not list(terminal.home.glob("*.db"))

    assert seen(postgres_empty, PARTNER) == {PARTNER}
    assert seen(postgres_empty, OTHER) == set()


def seen(made, partner):
    """Name whose rows a transaction in a partner's name can see, in any table."""
    engine = database.connect(made.url)
    tables = [*metadata.tables.values(), *ours.tables.values()]
    found = set()
    with reading(engine, partner) as connection:
        for table in tables:
            if "partner" in table.c:
                found |= set(connection.scalars(select(table.c.partner)))
    engine.dispose()
    return found
