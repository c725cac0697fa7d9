"""A drawing on a take becomes another take: by HTTP, a worker makes it, nothing else changes."""

import io
import json
import subprocess
import time

import numpy as np
import pytest
from PIL import Image

from benchmarks.repairing.repair import FEATHER
from benchmarks.testing.home import lived_in
from tests.running import House

pytestmark = pytest.mark.slow
WITHIN_S = 60
STROKE = {"points": [[0.3, 0.3], [0.6, 0.3], [0.5, 0.6]], "width": 0.01, "closed": True}
NOTE = {
    "frame": 0,
    "region": None,
    "strokes": [STROKE],
    "text": "A brass lantern hangs here",
    "wish": "inpaint",
    "line": None,
    "by": "Ann",
}
MARGIN = FEATHER + 2  # pixels that a child may blend over, around what is drawn


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    home = tmp_path_factory.mktemp("refined") / "home"
    home.mkdir()
    lived_in(home, names=("init_image",))
    house = House(home)
    yield house
    for name in list(house.running):
        house.end(name)


@pytest.fixture(scope="module")
def http(house):
    client = house.serve()
    house.work()
    with client:
        yield client


@pytest.fixture(scope="module")
def take(http):
    rows = http.get("/v1/takes", params={"limit": 200}).json()["takes"]
    return next(t for t in rows if t["state"] == "done" and t["mime"] == "image/png")


def jotted(http, take):
    made = http.post(f"/v1/takes/{take['take']}/notes", json=NOTE)
    assert made.status_code == 201, made.text
    return made.json()


def ended(http, path):
    deadline = time.monotonic() + WITHIN_S
    while (found := http.get(path).json())["state"] in {"waiting", "running"}:
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
    return found


def picture(http, link):
    answer = http.get(link)
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)


def failing(http, campaign):
    """Give a still that fails a line, and the line: what passes is not repaired."""
    rows = http.get("/v1/takes", params={"limit": 200}).json()["takes"]
    stills = {t["take"]: t for t in rows if t["state"] == "done" and t["mime"] == "image/png"}
    sheets = http.get("/v1/verdicts", params={"campaign": campaign, "limit": 200}).json()["takes"]
    return next(
        (stills[sheet["take"]], line["line"])
        for sheet in sheets
        for line in sheet["lines"]
        if sheet["take"] in stills and line["verdict"] == "fail"
    )


def around(inside, margin):
    """Give a matte grown by whole pixels."""
    ys, xs = np.nonzero(inside)
    grown = np.zeros_like(inside)
    for y, x in zip(ys, xs, strict=True):
        grown[max(0, y - margin) : y + margin + 1, max(0, x - margin) : x + margin + 1] = True
    return grown


def said(house, http, *words):
    """Run a command at the service; gives how it ended and what it answered."""
    line = house.terminal.command(*words)
    line[line.index("--home") : line.index("--home") + 2] = ["--server", str(http.base_url)]
    ran = subprocess.run(line, capture_output=True, text=True, check=False)
    return ran.returncode, json.loads(ran.stdout)


def test_a_child_stands_under_its_parent_and_differs_inside_the_drawing_only(http, take):
    note = jotted(http, take)
    asked = http.post(
        f"/v1/takes/{take['take']}/refinements",
        json={"notes": [note["id"]], "budget_usd": 1.0, "by": "Ann"},
        headers={"Idempotency-Key": "once"},
    )
    assert asked.status_code == 202, asked.text
    done = ended(http, asked.headers["location"])
    (made,) = done["outcome"]["children"]
    assert (done["state"], made["parent"], made["outside_mask"]) == ("done", take["take"], 0.0)
    assert made["by"] == "Ann"  # as the authorship log names her

    (row,) = http.get(f"/v1/takes/{take['take']}/notes").json()["notes"]
    assert row["children"] == [made["take"]]
    child = http.get(f"/v1/takes/{made['take']}").json()
    assert (child["parent"], child["source"], child["shot"], child["operation"]) == (
        take["take"], "repaired", take["shot"], "inpaint",
    )  # fmt: skip
    before = picture(http, take["links"]["media"])
    after = picture(http, child["links"]["media"])
    drawn = picture(http, row["matte_link"])[..., 0] > 127
    changed = np.abs(before - after).max(axis=-1) > 0
    assert changed[drawn].any()
    assert not (changed & ~around(drawn, MARGIN)).any()


ERASE = ("--region", "0.1", "0.1", "0.2", "0.2", "--wish", "erase", "--by", "Ann")


def test_notes_are_added_and_done_from_the_console_and_listed_there_too(house, take):
    run = house.terminal.run
    note = run("notes", "add", take["take"], "Away with it", *ERASE).answer["id"]
    (child,) = run("notes", "refine", take["take"], "--note", note).answer["children"]
    assert child["outside_mask"] == 0.0
    assert run("notes", "list", take["take"]).answer["notes"][-1]["children"] == [child["take"]]


def test_notes_are_added_and_done_at_a_service(house, http, take):
    code, note = said(house, http, "notes", "add", take["take"], "Away with this", *ERASE)
    assert code == 0
    asked = ("notes", "refine", take["take"], "--note", note["id"], "--by", "Ann")
    code, told = said(house, http, *asked)
    assert (code, [c["outside_mask"] for c in told["children"]]) == (0, [0.0])
    code, told = said(house, http, "notes", "list", take["take"])
    assert note["id"] in [n["id"] for n in told["notes"]]


def test_a_repair_at_a_service_stays_within_a_painted_matte_or_says_what_is_wrong_with_it(
    house, http, take, tmp_path
):
    take, line = failing(http, take["campaign"])
    matte = tmp_path / "matte.png"
    inside = np.zeros((take["height"], take["width"]), np.uint8)
    inside[10:60, 10:60] = 255
    Image.fromarray(inside).save(matte)
    asked = ("repair", take["take"], "--lines", str(line), "--matte", str(matte), "--by", "Ann")
    _, told = said(house, http, *asked)
    assert [c["outside_mask"] for c in told.get("children", ())] == [0.0], told
    Image.new("L", (10, 10), 255).save(matte)
    code, told = said(house, http, *asked)
    assert (code, told["error"]["field"]) == (2, "matte")
