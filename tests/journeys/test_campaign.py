"""A campaign on the fictional live-action pack: planted order, kills, budgets, mixed wires."""

import json
import os
import shutil
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.demo import build as demonstration
from dashboard.testing.console import Terminal
from router import emulation

pytestmark = pytest.mark.slow
PARTNER = "northlight_pictures"
STILLS = ("--recipes", "init_image", "init_image_alt", "style_guide")
IDS = {
    "init_image": "stability.sd3-5-large-v1:0",
    "init_image_alt": "stability.stable-image-ultra-v1:1",
    "style_guide": "stability.stable-image-style-guide-v1:0",
}
PLANTED = json.loads(Path("router/emulator/profiles.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return demonstration.build(tmp_path_factory.mktemp("packs"), PARTNER)


@pytest.fixture
def terminal(tmp_path):
    home = tmp_path / "home"
    shutil.copytree(demonstration.partner_folder(), home / "partners")
    return Terminal(home)


def order(pack, *, budget="20", recipes=STILLS, takes="1"):
    return (
        "campaign", "run", str(pack), "--partner", PARTNER, "--budget", budget, *recipes,
        "--takes", takes, "--simulate",
    )  # fmt: skip


def likeness(report: Path) -> dict[str, float]:
    document = json.loads((report / "findings.json").read_text(encoding="utf-8"))
    (found,) = [
        c
        for c in document["comparisons"]
        if (c["metric"], c["task"]) == ("id_ref", "reference_to_image")
    ]
    return {arm["recipe"]: arm["mean"] for arm in found["arms"] if not arm["control"]}


@pytest.mark.parametrize("swapped", [False, True], ids=["as planted", "best and worst swapped"])
def test_the_comparison_recovers_the_planted_order_of_the_models(
    pack, terminal, tmp_path, swapped, monkeypatch
):
    """Only the emulator knows the profiles; the platform sees pictures."""
    expected = ["init_image", "init_image_alt", "style_guide"]
    if swapped:
        best, worst = IDS["init_image"], IDS["style_guide"]
        profiles = tmp_path / "profiles.json"
        profiles.write_text(json.dumps({best: PLANTED[worst], worst: PLANTED[best]}))
        monkeypatch.setenv("CIRCLETAKE_EMULATOR_PROFILES", str(profiles))
        expected.reverse()
    ended = terminal.run(*order(pack))
    assert ended.code == 0, ended.errors
    assert ended.answer["state"] == "done"
    report = tmp_path / "report"
    built = terminal.run(
        "report", "build", "--campaign", ended.answer["campaign"], "--out", str(report)
    )
    assert built.code == 0, built.errors
    means = likeness(report)
    assert sorted(means, key=lambda r: -means[r]) == expected


def test_three_kills_lose_nothing_and_pay_nothing_twice(pack, terminal):
    recipes = ("--recipes", "init_image", "erase_matte", "video_from_key", "face_again")
    asked = order(pack, recipes=recipes, takes="2")
    campaign, still_open = None, []
    for pause in (5.0, 4.0, 3.0):
        words = asked if campaign is None else ("campaign", "resume", campaign)
        process = terminal.start(*words)
        deadline = time.monotonic() + 60
        while not settled(terminal.home) and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(pause / 2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        wait_for_the_emulator_to_end(terminal.home)
        listed = terminal.run("campaign", "status").answer["campaigns"]
        campaign = listed[0]["campaign"]
        still_open.append(listed[0]["trials"]["open"])
    ended = terminal.run("campaign", "resume", campaign)
    trials = ended.answer["trials"]
    assert min(still_open) > 0, "a kill came too late to interrupt anything"
    assert trials["open"] == 0
    assert trials["done"] + trials["unknown"] == trials["total"], ended.answer
    assert_ledgers_agree(terminal, ended.answer)


def assert_ledgers_agree(terminal, answer):
    """Each billed call is one of our attempts, once; what is not known stays reserved."""
    bill = terminal.billed()
    attempts = [line["token"] or (line["metadata"] or {}).get("attempt") for line in bill]
    assert len(attempts) == len(set(attempts))
    with sqlite3.connect(terminal.home / "circletake.db") as database:
        rows = database.execute(
            "select token, id, state, spent_musd, reserved_musd from attempts"
            " where region != 'local'"
        ).fetchall()
    ours = {name: row for row in rows for name in (row[0], row[1])}
    assert set(attempts) <= set(ours)
    paid = sum(round(line["usd"] * 1e6) for line in bill)
    unknown = {row[1] for row in rows if row[2] == "unknown"}
    in_doubt = sum(row[3] + row[4] for row in rows if row[1] in unknown)
    spent = sum(row[3] for row in rows if row[1] not in unknown)
    assert spent <= paid <= spent + in_doubt
    assert answer["spend_usd"] == pytest.approx(spent / 1e6)


def wait_for_the_emulator_to_end(home: Path) -> None:
    """It ends with the process that started it, however that one ended."""
    deadline = time.monotonic() + 20
    while emulators(home):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def emulators(home: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"router.emulator" in words and str(home / "emulator").encode() in words:
            found.append(int(process.name))
    return found


def settled(home: Path) -> int:
    if not (home / "circletake.db").exists():
        return 0
    with sqlite3.connect(home / "circletake.db") as database:
        try:
            return database.execute("select count(*) from attempts where state='sent'").fetchone()[
                0
            ]
        except sqlite3.OperationalError:
            return 0


def test_a_reached_budget_parks_trials_and_a_larger_one_lets_them_go_on(pack, terminal):
    recipes = ("--recipes", "init_image")
    first = terminal.run(*order(pack, budget="0.2", recipes=recipes))
    assert first.code == 1
    assert first.answer["state"] == "budget_reached"
    assert first.answer["trials"]["parked"] > 0
    assert first.answer["spend_usd"] <= 0.2
    campaign = first.answer["campaign"]
    second = terminal.run("campaign", "resume", campaign, "--budget", "5")
    assert second.code == 0, second.errors
    assert second.answer["state"] == "done"
    assert second.answer["trials"]["parked"] == 0


def test_without_credentials_a_real_run_stops_and_says_both_ways(
    pack, terminal, monkeypatch, tmp_path
):
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    words = [w for w in order(pack) if w != "--simulate"]
    refused = terminal.run(*words)
    assert refused.code == 2
    assert "--simulate" in refused.answer["error"]["expected"]
    assert "credentials" in refused.answer["error"]["field"]


FAULTS = [
    {"model": IDS[recipe], "operation": "InvokeModel", "after": after, "count": n, "fault": fault}
    for recipe, after, n, fault in (
        ("init_image", 0, 1, "throttle"),
        ("init_image", 1, 1, "filter_output"),
        ("init_image", 2, 1, "truncated_base64"),
        ("init_image_alt", 0, -1, "eol"),
        ("style_guide", 1, 1, "drop_after"),
        ("style_guide", 2, 1, "no_access"),
    )
]


def test_bad_news_is_kept_with_its_reason_and_a_lost_answer_is_found_again(
    pack, terminal, tmp_path
):
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps(FAULTS))
    state = terminal.home / "emulator"
    words = emulation.arguments(state=state, faults=faults, speed=40)
    with emulation.running(words, ledger=state / "billing.jsonl"):
        ended = terminal.run(*order(pack))
        assert ended.code == 1, "failed and unknown trials are bad news"
        trials = ended.answer["trials"]
        assert (trials["open"], trials["refused"], trials["unknown"]) == (0, 1, 1)
        assert sum(n for state, n in trials.items() if state != "total") == trials["total"]
        campaign = ended.answer["campaign"]
        report = tmp_path / "report"
        terminal.run("report", "build", "--campaign", campaign, "--out", str(report))
        told = json.loads((report / "findings.json").read_text(encoding="utf-8"))["failures"]
        codes = {row["code"] for row in told}
        assert codes >= {"filtered", "bad_base64", "gone", "connection_lost", "no_access"}
        assert all(row["reason"] for row in told)
        resumed = terminal.run("campaign", "resume", campaign)
        assert resumed.answer["trials"]["unknown"] == 0, "the invocation log had the answer"
        assert resumed.answer["trials"]["done"] == trials["done"] + 1
    assert_ledgers_agree(terminal, resumed.answer)


def test_of_two_partners_at_once_the_one_that_ends_first_takes_nothing_from_the_other(
    pack, terminal, tmp_path
):
    other = next(name for name in demonstration.PARTNERS if name != PARTNER)
    theirs = demonstration.build(tmp_path / "packs", other)
    long = order(pack, recipes=("--recipes", "init_image", "init_image_alt"), takes="3")
    short = (
        "campaign", "run", str(theirs), "--partner", other, "--budget", "20",
        "--recipes", "init_image", "--takes", "1", "--simulate",
    )  # fmt: skip
    with ThreadPoolExecutor(2) as commands:
        first = commands.submit(terminal.run, *short)
        second = commands.submit(terminal.run, *long)
        ended = first.result(), second.result()
    assert [said.answer["state"] for said in ended] == ["done", "done"], [s.errors for s in ended]
    assert [said.code for said in ended] == [0, 0]
