"""Notes over HTTP: what is no note is refused with its place, and another's take is unknown."""

import io
import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from PIL import Image

from benchmarks.desk import opened
from benchmarks.domain.note import Jotted, Mark
from benchmarks.notes.notebook import Notebook
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from dashboard import service
from router.domain.caller import Reach, Role
from router.domain.errors import BadInput, UnknownName
from router.testing.doorkeeper import Porter, key, person

A, B = "northlight_pictures", "neighbour"
CALLERS = {
    "ada": person("Ada", Role.PARTNER_MEMBER, [A]),
    "bea": person("Bea", Role.PARTNER_MEMBER, [B]),
    "pipe": key("a pipeline", Role.PARTNER_MEMBER, [A]),
    "analyst": replace(person("Ann", Role.INTERNAL_ANALYST, [A, B]), looks=Reach(frozenset())),
}
ORDER = {"partner": A, "packs": ["9f" * 16], "recipes": ["init_image"], "budget_usd": 5.0}
STROKE = {"points": [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]], "width": 0.01, "closed": True}
NOTE = {
    "frame": 0,
    "frames": None,
    "region": [0.1, 0.1, 0.3, 0.3],
    "strokes": [STROKE],
    "text": "<b>away</b> <script>alert(1)</script> with it",
    "wish": "erase",
    "line": None,
}


@pytest.fixture
def app(studio, clock, tmp_path):
    return service.build(
        studio,
        signing_key=b"k" * 32,
        reports_folder=tmp_path,
        clock=clock,
        doorkeeper=Porter(CALLERS),
    )


@pytest.fixture
def ask(http):
    def ask(who, method, path, *, idem=None, **given):
        headers = {"Authorization": f"Bearer {who}", **given.pop("headers", {})}
        headers |= {"Idempotency-Key": idem} if idem else {}
        return http.request(method, path, headers=headers, **given)

    return ask


@pytest.fixture
def jot(ask, studio):
    made = ask("pipe", "POST", "/v1/campaigns", json=ORDER, idem="first").json()["campaign"]
    studio.front.takes = {"t1": made}

    def jot(who="ada", take="t1", **changes):
        return ask(who, "POST", f"/v1/takes/{take}/notes", json={**NOTE, **changes})

    return jot


def test_a_note_comes_back_as_it_was_sent_with_who_and_when_and_a_link(jot, ask):
    kept = jot().json()
    (row,) = ask("ada", "GET", "/v1/takes/t1/notes").json()["notes"]
    assert {k: row[k] for k in NOTE} == NOTE
    assert (row["by"], row["id"], row["children"]) == ("Ada", kept["id"], [])
    assert row["at"].endswith("Z")
    assert row["matte_link"].startswith("/v1/media/")


def test_words_alone_have_no_drawing_to_look_at(jot):
    assert jot(region=None, strokes=[]).json()["matte_link"] is None


def test_who_may_not_look_gets_no_link_and_may_not_say(jot, ask):
    jot()
    (row,) = ask("analyst", "GET", "/v1/takes/t1/notes").json()["notes"]
    assert row["matte_link"] is None
    assert jot("analyst").status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"strokes": [{**STROKE, "points": [[0.1, 1.1]]}]}, "strokes[0].points[0][1]"),
        ({"strokes": [{**STROKE, "points": [[-0.1, 0.1]]}]}, "strokes[0].points[0][0]"),
        ({"strokes": [{**STROKE, "points": [[0.1, 0.1, 0.1]]}]}, "strokes[0].points[0]"),
        ({"strokes": [{**STROKE, "points": []}]}, "strokes[0].points"),
        ({"strokes": [{**STROKE, "points": [[0.5, 0.5]] * 4001}]}, "strokes[0].points"),
        ({"strokes": [STROKE] * 201}, "strokes"),
        ({"strokes": [{**STROKE, "colour": "red"}]}, "strokes[0].colour"),
        ({"strokes": [{**STROKE, "width": True}]}, "strokes[0].width"),
        ({"region": [0.1, 0.1, 0.1]}, "region"),
        ({"region": [0.1, 0.1, "0.1", 0.1]}, "region[2]"),
        ({"frame": -1}, "frame"),
        ({"frame": 1.5}, "frame"),
        ({"frames": [1]}, "frames"),
        ({"wish": "explode"}, "wish"),
        ({"line": 0}, "line"),
        ({"text": "x" * 4001}, "text"),
        ({"note": "x"}, "note"),
        ({"by": "Bea"}, "by"),
    ],
)
def test_what_is_no_note_is_refused_with_its_place(jot, changes, field):
    refused = jot(**changes)
    assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text


def test_a_number_that_is_none_is_refused(ask, jot):
    data = json.dumps({**NOTE, "region": [float("nan"), 0, 1, 1]}).encode()
    refused = ask(
        "ada", "POST", "/v1/takes/t1/notes", content=data,
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert refused.json()["code"] == "not_finite"


def test_a_million_points_are_turned_away_at_the_door(ask, jot):
    data = json.dumps({**NOTE, "strokes": [{**STROKE, "points": [[0.5, 0.5]] * 10**6}]})
    refused = ask(
        "ada", "POST", "/v1/takes/t1/notes", content=data,
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert refused.status_code == 413


def test_anothers_take_is_as_unknown_as_one_that_never_was(jot, ask):
    jot()
    for method, path in (
        ("GET", "/v1/takes/{}/notes"),
        ("POST", "/v1/takes/{}/notes"),
        ("POST", "/v1/takes/{}/refinements"),
    ):
        given = {} if method == "GET" else {"json": NOTE if "notes" in path else {"notes": ["n"]}}
        told = [ask("bea", method, path.format(t), idem="k", **given) for t in ("t1", "t2")]
        assert [t.status_code for t in told] == [404, 404]
        bodies = [{**t.json(), "request_id": ""} for t in told]
        assert json.dumps(bodies[0]).replace("t1", "t2") == json.dumps(bodies[1])


def test_notes_are_found_by_frame_and_by_line(jot, ask):
    jot(frame=3, text="on three")
    jot(frame=None, frames=[5, 7], text="on five to seven")
    jot(frame=None, text="on all", line=2)

    def texts(**query):
        rows = ask("ada", "GET", "/v1/takes/t1/notes", params=query).json()["notes"]
        return [row["text"] for row in rows]

    assert texts(frame=3) == ["on three", "on all"]
    assert texts(frame=6) == ["on five to seven", "on all"]
    assert texts(line=2) == ["on all"]


def test_a_refinement_is_one_wish_for_one_key_and_a_dry_run_is_none(jot, ask):
    id_ = jot().json()["id"]
    body = {"notes": [id_], "budget_usd": 1.0}

    def refine(idem, **changes):
        return ask("ada", "POST", "/v1/takes/t1/refinements", json={**body, **changes}, idem=idem)

    planned = refine("k0", dry_run=True)
    assert (planned.status_code, planned.json()["operation"]) == (200, "erase")
    first, again = refine("k1"), refine("k1")
    assert (first.status_code, first.json()["notes"]) == (202, [id_])
    assert first.content == again.content
    assert first.headers["location"] == f"/v1/repairs/{first.json()['repair']}"
    assert refine(None).json()["field"] == "Idempotency-Key"
    assert refine("k2", notes=["n0"]).status_code == 404
    assert refine("k3", notes=[]).status_code == 422


@contextmanager
def book(desk):
    from benchmarks.pictures.pixels import Darkroom

    darkroom = Darkroom()
    try:
        yield Notebook(studio=desk.studio, darkroom=darkroom)
    finally:
        darkroom.close()


def painted(size, level=255):
    data = io.BytesIO()
    Image.new("RGB", size, (level,) * 3).save(data, "PNG")
    return data.getvalue()


@pytest.mark.slow
def test_a_painted_matte_fits_the_take_or_is_refused(tmp_path):
    lived_in(tmp_path)
    everybody = Reach(frozenset({"lantern", "neighbour"}))
    with opened(tmp_path, Wire.SIMULATED) as desk, book(desk) as notes:
        rows = desk.pencil.front.studio.store.campaigns("lantern")
        case = desk.studio.case(rows[0].campaign.id)
        take = next(t for t in case.takes.values() if not t.media.is_video)
        size = (take.media.width, take.media.height)
        kept = notes.painted(take, painted(size))
        assert (kept.width, kept.height) == size
        for data, found in (
            (painted((size[0] + 1, size[1])), "pixels"),
            (painted(size, 0), "no white pixel"),
            (b"no picture", "picture"),
        ):
            with pytest.raises(BadInput, match=found):
                notes.painted(take, data)
        note = desk.pencil.jot(everybody, take.id, Jotted(by="Ann", mark=Mark(), text="only words"))
        with pytest.raises(BadInput, match="nothing drawn"):
            notes.matte_of(take, note["id"])
        assert notes.matte_of(take, "unknown") is None
        with pytest.raises(BadInput, match="frame"):
            desk.pencil.jot(everybody, take.id, Jotted(by="Ann", mark=Mark(frame=99), text="x"))
        with pytest.raises(BadInput, match="words, or a drawing"):
            desk.pencil.jot(everybody, take.id, Jotted(by="Ann", mark=Mark(), text="  "))
        with pytest.raises(UnknownName):
            desk.pencil.jot(everybody, take.id, Jotted(by="Ann", mark=Mark(), text="x", line=999))
        other = Reach(frozenset({"neighbour"}))
        with pytest.raises(UnknownName):
            desk.pencil.notes(other, take.id)
        raw = desk.studio.store._engine.raw_connection()
        body = raw.cursor().execute("select body from notes").fetchall()
        assert body
        assert "only words" not in str(body)  # sealed
