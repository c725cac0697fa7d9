"""A partner's pipeline at the front door: service and worker are processes, and may be killed."""

import json
import shutil
import signal
import time

import pytest

from benchmarks.bootstrap import studio
from benchmarks.demo import build as demonstration
from benchmarks.packs.intake import take_in
from tests.running import House

pytestmark = pytest.mark.slow
PARTNER = "northlight_pictures"
ENDS = {"done", "budget_reached", "cancelled", "interrupted"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A home with one sealed pack in it, as an upload leaves it; gives the home and the seal."""
    home = tmp_path_factory.mktemp("kept") / "home"
    shutil.copytree(demonstration.partner_folder(), home / "partners")
    root = demonstration.build(home / "packs", PARTNER)
    with studio(home) as here:
        pack = here.pack(root)
        here.store.keep_pack(pack, take_in(pack, here.media))
    shutil.rmtree(root)  # no folder is needed from here on
    return home, pack.seal


@pytest.fixture
def house(kept, tmp_path):
    shutil.copytree(kept[0], tmp_path / "home")
    house = House(tmp_path / "home")
    yield house
    for name in list(house.running):
        house.end(name)


@pytest.fixture
def order(kept):
    return {
        "partner": PARTNER,
        "packs": [kept[1]],
        "recipes": ["erase_matte"],
        "takes": 1,
        "budget_usd": 20.0,
    }


def events(http, campaign, last=None):
    """Listen until the end; gives (id, kind, data) of each event."""
    headers = {"Last-Event-ID": last} if last else {}
    found, id_, kind = [], "", ""
    with http.stream("GET", f"/v1/campaigns/{campaign}/events", headers=headers) as stream:
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            if field == "id":
                id_ = value
            elif field == "event":
                kind = value
            elif field == "data":
                found.append((id_, kind, json.loads(value)))
    return found


def post(http, path, body, key):
    return http.post(path, json=body, headers={"Idempotency-Key": key})


def until_ended(http, path, within=120):
    deadline = time.monotonic() + within
    while (found := http.get(path).json())["state"] in {"waiting", "planned", "running"}:
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
    return found


def sums(http, **more):
    (found,) = http.get("/v1/ledger", params={"partner": PARTNER, **more}).json()["sums"]
    return found


def billed(house):
    lines = house.terminal.billed()
    tokens = [line["token"] or (line["metadata"] or {}).get("attempt") for line in lines]
    assert len(tokens) == len(set(tokens)), "paid twice"
    return round(sum(line["usd"] for line in lines), 6)


def repairable(http, campaign):
    """Give a take where what should go still stands: its matte can be painted anew."""
    rows = http.get("/v1/verdicts", params={"campaign": campaign, "limit": 200}).json()["takes"]
    assert rows
    return next(
        (row["take"], line["line"])
        for row in rows
        for line in row["lines"]
        if line["kind"] == "artefact" and line["verdict"] == "fail"
    )


def test_a_pipeline_plans_runs_watches_circles_repairs_and_reads_the_books(house, order):
    http = house.serve()
    planned = http.post("/v1/campaigns/plan", json=order).json()
    assert planned["simulated"] is True
    asked = post(http, "/v1/campaigns", order, "season-1")
    assert asked.status_code == 202, asked.text
    status = asked.json()
    campaign = status["campaign"]
    assert campaign == planned["campaign"]
    assert status["state"] == "planned"
    assert "circletake worker" in status["note"]

    house.work()
    told = events(http, campaign)
    assert [kind for _, kind, _ in told][-1] == "end"
    assert [kind for _, kind, _ in told][:-1] == ["progress"] * (len(told) - 1)
    assert told[-1][2]["state"] == "done"
    assert told[-1][2]["trials"]["done"] == planned["trials"]
    assert len({id_ for id_, _, _ in told}) == len(told)
    assert events(http, campaign, last=told[-2][0]) == told[-1:]  # only what is new
    ended = http.get(f"/v1/campaigns/{campaign}/events", headers={"Last-Event-ID": told[-1][0]})
    assert ended.status_code == 204

    take, line = repairable(http, campaign)
    said = {"by": "Ada", "role": "director"}
    assert http.post(f"/v1/takes/{take}/decisions", json=said).status_code == 201
    (decision,) = http.get("/v1/decisions", params={"campaign": campaign}).json()["decisions"]
    assert (decision["take"], decision["status"], decision["by"]) == (take, "circled", "Ada")

    before = sums(http)["spend_usd"]
    wish = {"lines": [line], "by": "Ada"}
    repair = post(http, f"/v1/takes/{take}/repairs", wish, "repair-1")
    assert repair.status_code == 202, repair.text
    outcome = until_ended(http, repair.headers["location"])
    assert outcome["state"] == "done", outcome
    (child,) = outcome["outcome"]["children"]
    assert (child["parent"], child["outside_mask"]) == (take, 0.0)
    assert child["spend_usd"] > 0

    again = post(http, "/v1/campaigns", order, "season-1")
    assert (again.status_code, again.json()) == (202, status)  # the stored answer
    assert post(http, f"/v1/takes/{take}/repairs", wish, "repair-1").json() == repair.json()
    assert post(http, "/v1/campaigns", {**order, "takes": 2}, "season-1").status_code == 422
    time.sleep(3)  # whatever a worker would take up, it would have by now

    books = sums(http)
    assert books["reserved_usd"] == 0
    assert books["spend_usd"] == round(before + child["spend_usd"], 6) == billed(house)
    assert sums(http, campaign=campaign) == books
    http.close()


def test_service_and_workers_are_killed_and_every_trial_is_made_and_paid_once(house, order):
    http = house.serve()
    wanted = {**order, "takes": 3}
    campaign = post(http, "/v1/campaigns", wanted, "k").json()["campaign"]
    path = f"/v1/campaigns/{campaign}/status"
    house.work()
    for _ in range(2):
        done = http.get(path).json()["trials"]["done"]
        deadline = time.monotonic() + 60
        while (now := http.get(path).json())["trials"]["done"] == done and now["state"] not in ENDS:
            assert time.monotonic() < deadline, now
            time.sleep(0.1)
        house.end("worker", signal.SIGKILL)
        house.end("serve", signal.SIGKILL)
        http.close()
        http = house.serve()
        again = post(http, "/v1/campaigns", wanted, "k")
        assert (again.status_code, again.json()["campaign"]) == (202, campaign)
        house.work()
    ended = until_ended(http, path)
    trials = ended["trials"]
    assert ended["state"] in {"done", "interrupted"}
    assert trials["done"] + trials["unknown"] == trials["total"], ended
    books = sums(http)
    in_doubt = round(books["spend_usd"] + books["reserved_usd"], 6)
    assert books["spend_usd"] <= billed(house) <= in_doubt
    if not trials["unknown"]:
        assert books["spend_usd"] == billed(house)
    http.close()


def test_two_workers_share_what_is_handed_in_and_a_cancelled_campaign_stays_cancelled(house, order):
    http = house.serve()
    stopped = post(http, "/v1/campaigns", {**order, "takes": 2}, "a").json()["campaign"]
    assert http.post(f"/v1/campaigns/{stopped}/cancel", json={}).json()["state"] == "cancelled"
    campaign = post(http, "/v1/campaigns", order, "b").json()["campaign"]
    house.work()
    first = house.running.pop("worker")
    house.work()
    house.running["first"] = first
    ended = until_ended(http, f"/v1/campaigns/{campaign}/status")
    assert ended["state"] == "done"
    assert sums(http)["spend_usd"] == billed(house)
    assert http.get(f"/v1/campaigns/{stopped}/status").json()["state"] == "cancelled"
    resumed = post(http, f"/v1/campaigns/{stopped}/resume", {}, "c")
    assert resumed.status_code == 409
    http.close()
