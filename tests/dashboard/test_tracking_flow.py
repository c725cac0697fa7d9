"""Flow (ShotGrid), against mockgun: the double that its own client brings, and no real site.

mockgun takes illegal statuses, knows no uploads and no people; what it lacks is added here.
"""

import pickle
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.testing.tracker import MemoryDouble
from dashboard.tracking import flow, marks
from dashboard.tracking.nouns import Card, Remark, Sending, Standing, Version
from dashboard.tracking.plan import known, plan
from dashboard.tracking.pull import Ear, heard
from dashboard.tracking.push import Diary, Load, Push
from router.domain.errors import BadInput, UnknownName, Unreachable
from router.domain.ids import sha256_of

api = pytest.importorskip("shotgun_api3", reason="the client of Flow is not installed")
mockgun = pytest.importorskip("shotgun_api3.lib.mockgun")

SITE, OWNER, DATA = "https://flow.example", marks.owner_of("lantern"), b"the media as received"
SCRIPT = {"type": "ApiUser", "id": 1, "name": "circletake 1.0"}
ADA = {"type": "HumanUser", "id": 7, "name": "Ada Lovelace"}
FIELDS = {
    "Project": {"name": "text"},
    "Sequence": {"code": "text", "project": "entity"},
    "Shot": {"code": "text", "project": "entity", "sg_sequence": "entity", "description": "text",
             "sg_cut_in": "number", "sg_cut_out": "number", "sg_cut_duration": "number",
             "sg_status_list": "status_list"},
    "Task": {"content": "text", "project": "entity", "entity": "entity"},
    "Version": {"code": "text", "project": "entity", "entity": "entity", "sg_task": "entity",
                "description": "text", "sg_status_list": "status_list", "created_at": "date_time",
                "created_by": "entity", "updated_at": "date_time", "updated_by": "entity",
                "sg_uploaded_movie": "url"},
    "Note": {"subject": "text", "content": "text", "project": "entity", "note_links":
             "multi_entity", "tasks": "multi_entity", "created_at": "date_time",
             "created_by": "entity"},
    "Attachment": {"filename": "text", "file_size": "number", "attachment_links": "multi_entity"},
    "EventLogEntry": {"event_type": "text", "description": "text"},
}  # fmt: skip
LINKS = ["Version", "Shot", "Task"]


def schema(codes):
    def described(kind):
        properties = {"default_value": {"value": None}, "valid_types": {"value": LINKS}}
        if kind == "status_list":
            properties["valid_values"] = {"value": list(codes)}
        return {"data_type": {"value": kind}, "properties": properties}

    return {kind: {name: described(of) for name, of in {**fields, "id": "number"}.items()}
            for kind, fields in FIELDS.items()}  # fmt: skip


class Site(mockgun.Shotgun):
    """mockgun with times, people, names of links and uploads."""

    def __init__(self):
        self.at, self.files, self.breaks, self.who = (
            datetime(2026, 11, 21, tzinfo=UTC),
            {},
            0,
            SCRIPT,
        )
        super().__init__(SITE, script_name="circletake", api_key="a key")

    def create(self, entity_type, data, return_fields=None):
        self.breaks -= 1
        if self.breaks == 0:
            raise api.ProtocolError(SITE, 500, "Internal Server Error", {})
        fields = FIELDS[entity_type]
        self.at += timedelta(seconds=1)
        extra = {"created_at": self.at, "created_by": self.who}
        made = super().create(
            entity_type, {**data, **{k: v for k, v in extra.items() if k in fields}}, return_fields
        )
        row = self._db[entity_type][made["id"]]
        if "created_by" in fields:  # a real site gives the name of what is linked
            row["created_by"] = self.who
        if row.get("sg_sequence"):
            row["sg_sequence"]["name"] = self._db["Sequence"][row["sg_sequence"]["id"]]["code"]
        return made

    def upload(self, entity_type, entity_id, path, field_name=None, display_name=None):
        data, link = Path(path).read_bytes(), {"type": entity_type, "id": entity_id}
        row = {"filename": display_name, "file_size": len(data), "attachment_links": [link]}
        made = self.create("Attachment", row)["id"]
        self.files[made] = data
        if field_name:
            self.update(entity_type, entity_id, {field_name: {"name": display_name}})
        return made

    def download_attachment(self, attachment_id):
        return self.files[attachment_id]


@pytest.fixture
def site(tmp_path):
    def make(codes=("na", "rev", "vwd", "apr", "ip")):
        entities = {kind: {"name": {"value": kind}} for kind in FIELDS}
        for name, content in (("schema", schema(codes)), ("entities", entities)):
            (tmp_path / name).write_bytes(pickle.dumps(content))
        mockgun.Shotgun.set_schema_paths(str(tmp_path / "schema"), str(tmp_path / "entities"))
        made = Site()
        made.create("Project", {"name": "Paper Lantern"})
        return made

    return make


def ours(*, decided=False):
    shot, name = "SQ010_SH0010", "SQ010_SH0010_genai_v001"
    mark, text = marks.marked("take", OWNER, "t1", f"{name} · SIMULATED")
    said, words = marks.marked("decision", OWNER, "d1", "CIRCLED by Ann Lee")
    remark = Remark(shot=shot, take="t1", text=words, mark=said, standing=Standing.APPROVED)
    return Sending(
        owner=OWNER,
        cards=(Card(shot=shot, sequence="SQ010", description="A door", frames=(1009, 1056),
                    count=48, fps=24.0),),
        versions=(Version(take="t1", shot=shot, name=name, text=text, mark=mark,
                          sha256=sha256_of(DATA), size=len(DATA), mime="image/png",
                          simulated=True),),
        remarks=(remark,) if decided else (),
    )  # fmt: skip


def sync(there, memory, sending):
    tracker = flow.Flow(SITE, there, task="GenAI Take")
    board = tracker.board("paper lantern")
    laid = plan(sending, board, memory.rows)
    load = Load(original=lambda _sum: DATA, preview=lambda _take: ("v001.png", b"a picture"))
    diary = Diary(partner="lantern", campaign="c1", memory=memory, now=lambda: there.at)
    return laid, Push(tracker, board, sending, load, diary).run(laid, lambda _line: None)


def count(there):
    return {kind: len(rows) for kind, rows in there._db.items() if kind in FIELDS and rows}


def test_a_take_becomes_a_version_with_its_media_and_a_decision_sets_its_status(site):
    there, memory = site(), MemoryDouble()
    sync(there, memory, ours(decided=True))
    (version,) = there._db["Version"].values()
    assert version["code"] == "SQ010_SH0010_genai_v001"
    assert "SIMULATED" in version["description"]
    assert version["sg_status_list"] == "apr"
    assert version["sg_uploaded_movie"] == {"name": "v001.png"}
    assert DATA in there.files.values()
    (shot,) = there._db["Shot"].values()
    assert (shot["code"], shot["sg_cut_in"], shot["sg_cut_out"]) == ("SQ010_SH0010", 1009, 1056)
    before = count(there)
    laid, _ = sync(there, memory, ours(decided=True))
    assert (laid.steps, count(there)) == ((), before)


def test_a_site_that_breaks_at_any_write_gets_the_rest_and_nothing_twice(site):
    whole = site()
    sync(whole, MemoryDouble(), ours(decided=True))
    for number in range(1, sum(count(whole).values())):
        there, memory = site(), MemoryDouble()
        there.breaks = number + 1
        _, outcome = sync(there, memory, ours(decided=True))
        if outcome.stopped is not None:
            assert outcome.stopped.found == "HTTP 500"
        sync(there, memory, ours(decided=True))
        assert count(there) == count(whole)


def test_notes_and_statuses_of_people_come_back_with_their_names(site):
    there, memory = site(), MemoryDouble()
    sync(there, memory, ours())
    there.who = ADA
    link = {"type": "Version", "id": 1}
    project = {"type": "Project", "id": 1}
    there.create("Note", {"content": "Warmer.", "note_links": [link], "tasks": [],
                          "project": project})  # fmt: skip
    there._db["Version"][1] |= {"sg_status_list": "apr", "updated_by": ADA, "updated_at": there.at}
    board = flow.Flow(SITE, there, task="GenAI Take").board("Paper Lantern")
    found = heard(Ear(partner="lantern", campaign="c1", tracker="Flow"), ours(), board,
                  known(ours(), board, memory.rows)[0])  # fmt: skip
    assert [(o.by, o.text, o.takes) for o in found.observations] == [
        ("Ada Lovelace", "Warmer.", ("t1",))
    ]
    assert [(w.by, w.take, w.standing) for w in found.wishes] == [
        ("Ada Lovelace", "t1", Standing.APPROVED)
    ]


def test_a_site_without_our_status_says_so_before_a_write(site):
    there = site(codes=("na", "apr"))
    before = count(there)
    with pytest.raises(UnknownName) as refused:
        sync(there, MemoryDouble(), ours())
    assert refused.value.found == "rev"
    assert count(there) == before


def test_a_field_that_a_site_lacks_is_told_in_its_words(site):
    there = site()
    tracker = flow.Flow(SITE, there, task="GenAI Take")
    del there._schema["Shot"]["sg_cut_in"]
    with pytest.raises(BadInput) as refused:
        tracker.make_shot("1", ours().cards[0])
    assert "sg_cut_in" in str(refused.value)


def test_its_client_never_sends_a_write_again_by_itself():
    assert flow.client(SITE, "circletake", "a key").config.max_rpc_attempts == 1


def test_without_its_client_a_studio_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "shotgun_api3", None)
    with pytest.raises(BadInput) as refused:
        flow.client(SITE, "circletake", "a key")
    assert "pip install shotgun_api3" in refused.value.expected


def test_a_site_that_is_silent_is_busy(site):
    there = site()
    there.schema_field_read = lambda *_: (_ for _ in ()).throw(TimeoutError())
    with pytest.raises(Unreachable):
        flow.Flow(SITE, there, task="GenAI Take").board("Paper Lantern")
