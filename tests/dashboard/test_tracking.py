"""Syncing with a tracker: what is planned, that nothing is written twice, what people said."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.testing.tracker import PROJECT, MemoryDouble, TrackerDouble
from dashboard.tracking import marks
from dashboard.tracking.nouns import Card, Kind, Listed, Remark, Sending, Shown, Standing, Version
from dashboard.tracking.opening import opened
from dashboard.tracking.plan import known, plan
from dashboard.tracking.pull import Ear, heard
from dashboard.tracking.push import Diary, Load, Push
from router.domain.errors import BadInput, Conflict, UnknownName

OWNER = marks.owner_of("lantern")
MEDIA = {f"t{n}": f"bytes of take {n}".encode() for n in (1, 2, 3)}
EAR = Ear(partner="lantern", campaign="c1", tracker="Kitsu")


def card(shot):
    return Card(shot=shot, sequence="SQ010", description="A door", frames=(1009, 1056), count=48,
                fps=24.0)  # fmt: skip


def version(take, shot, number, scores="1 must-line open"):
    name = f"{shot}_genai_v{number:03d}"
    mark, text = marks.marked("take", OWNER, take, f"{name}\n{scores}", of=scores)
    sha256 = hashlib.sha256(MEDIA[take]).hexdigest()
    return Version(take=take, shot=shot, name=name, text=text, mark=mark, sha256=sha256,
                   size=len(MEDIA[take]), mime="image/png", simulated=True)  # fmt: skip


def scores(take, shot, said="1 must-line open"):
    mark, text = marks.marked("scores", OWNER, take, f"again\n{said}", of=said)
    return Remark(shot=shot, take=take, text=text, mark=mark)


def circled(take, shot):
    mark, text = marks.marked("decision", OWNER, "d1", "CIRCLED by Ann Lee (director)")
    return Remark(shot=shot, take=take, text=text, mark=mark, standing=Standing.APPROVED)


def ours(said="1 must-line open"):
    takes = (("t1", "SQ010_SH0010", 1), ("t2", "SQ010_SH0010", 2), ("t3", "SQ010_SH0020", 1))
    return Sending(
        owner=OWNER,
        cards=(card("SQ010_SH0010"), card("SQ010_SH0020")),
        versions=tuple(version(*take, said) for take in takes),
        remarks=(*(scores(t, s, said) for t, s, _ in takes), circled("t2", "SQ010_SH0010")),
    )


def sync(tracker, memory, sending=None, *, again=False):
    """Do as the command does: look, plan, write."""
    sending = sending or ours()
    board = tracker.board(PROJECT)
    laid = plan(sending, board, memory.rows, again=again)
    by_sum = {hashlib.sha256(data).hexdigest(): data for data in MEDIA.values()}
    load = Load(original=by_sum.__getitem__, preview=lambda take: (f"{take}.png", b"a picture"))
    diary = Diary(partner="lantern", campaign="c1", memory=memory,
                  now=lambda: datetime(2026, 11, 21, tzinfo=UTC))  # fmt: skip
    outcome = Push(tracker, board, sending, load, diary).run(laid, lambda _line: None)
    return laid, outcome


def standing(tracker):
    """Give everything that a person would see, without ids and times."""
    names = {s.id: s.name for s in tracker.shots}
    return (
        sorted((s.sequence, s.name, bool(s.task)) for s in tracker.shots),
        sorted(
            (names[e.shot], e.text, e.shown, tuple((f.name, tracker.files[f.id]) for f in e.files))
            for e in tracker.entries
        ),
    )


@pytest.fixture(scope="module")
def whole():
    tracker = TrackerDouble()
    sync(tracker, MemoryDouble())
    return tracker


def test_a_sync_brings_shots_takes_media_and_decisions(whole):
    assert [s.name for s in whole.shots] == ["SH0010", "SH0020"]
    takes = [e for e in whole.entries if e.mark.kind == "take"]
    assert [(e.shown, [whole.files[f.id] for f in e.files]) for e in takes] == [
        (Shown.YES, [MEDIA[t]]) for t in ("t1", "t2", "t3")
    ]
    assert [e.mark.kind for e in whole.entries if e.mark.kind != "take"] == ["decision"]


def test_a_second_sync_writes_nothing():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    before = list(tracker.writes)
    laid, _ = sync(tracker, memory)
    assert (laid.steps, laid.same, tracker.writes) == ((), 3, before)


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("forgets", [False, True], ids=["told", "killed_before_it_was_told"])
def test_a_tracker_that_breaks_at_any_write_gets_the_rest_and_nothing_twice(whole, how, forgets):
    for number in range(1, len(whole.writes) + 1):
        tracker, memory = TrackerDouble(breaks={number: how}), MemoryDouble(forgets=forgets)
        _, outcome = sync(tracker, memory)
        assert outcome.stopped is not None
        _, outcome = sync(tracker, MemoryDouble(rows=memory.rows))
        assert outcome.stopped is None
        assert standing(tracker) == standing(whole)
        assert sorted(tracker.writes) == sorted(whole.writes)


def test_memory_that_is_lost_altogether_pushes_nothing_again():
    tracker = TrackerDouble()
    sync(tracker, MemoryDouble())
    before = list(tracker.writes)
    laid, outcome = sync(tracker, MemoryDouble())
    # The bytes are read back once more, for nobody remembers that they were.
    assert {step.kind for step in laid.steps} == {Kind.CHECK}
    assert (outcome.left_out, tracker.writes) == ([], before)


def test_what_a_person_deleted_stays_deleted_until_it_is_asked_for():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    gone = next(e for e in tracker.entries if e.mark.key == "take t1")
    tracker.delete(gone.id)
    laid, _ = sync(tracker, memory)
    assert (laid.gone, laid.steps) == (("take t1",), ())
    laid, _ = sync(tracker, memory, again=True)
    assert {step.kind for step in laid.steps} == {Kind.VERSION, Kind.ORIGINAL, Kind.PREVIEW}
    assert sync(tracker, memory)[0].steps == ()


def test_a_comment_whose_mark_a_person_edited_away_is_known_by_its_id():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    entry = next(e for e in tracker.entries if e.mark.key == "take t3")
    tracker.rewrite(entry.id, "our own words")
    assert sync(tracker, memory)[0].steps[1:] == ()
    assert sum(e.text == "our own words" for e in tracker.entries) == 1


def test_a_verdict_that_changes_is_said_once_each_time():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    for said in ("all pass", "1 must-line open", "all pass"):
        laid, _ = sync(tracker, memory, ours(said))
        assert [s.remark.mark.key for s in laid.steps] == [f"scores t{n}" for n in (1, 2, 3)]
        assert sync(tracker, memory, ours(said))[0].steps == ()


def test_shots_of_the_studio_are_found_by_their_name_and_left_as_they_are():
    theirs = [
        Listed(id="a", sequence="SQ010", name="SH0010"),
        Listed(id="b", sequence="sq010", name="SQ010_SH0020"),
        Listed(id="c", sequence="SQ020", name="SH0010"),
    ]
    tracker = TrackerDouble(shots=list(theirs))
    sync(tracker, MemoryDouble())
    assert [w for w in tracker.writes if w.startswith("shot")] == []
    assert [replace(s, task=None) for s in tracker.shots] == theirs
    assert {e.shot for e in tracker.entries} == {"a", "b"}


def test_a_shot_that_was_renamed_there_is_found_again():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    tracker.shots[0] = replace(tracker.shots[0], name="SH0011", shot=None)
    assert sync(tracker, memory)[0].steps == ()


def test_two_shots_of_one_name_are_told_and_the_others_go_on():
    twice = [Listed(id=i, sequence="SQ010", name="SH0010") for i in ("a", "b")]
    tracker = TrackerDouble(shots=twice)
    laid, _ = sync(tracker, MemoryDouble())
    (problem,) = laid.problems
    assert problem.shot == "SQ010_SH0010"
    assert "(a)" in problem.found
    assert "(b)" in problem.found
    assert {step.shot for step in laid.steps} == {"SQ010_SH0020"}


def test_an_omitted_shot_gets_nothing():
    shot = Listed(id="a", sequence="SQ010", name="SH0010", omitted=True)
    tracker = TrackerDouble(shots=[shot])
    laid, _ = sync(tracker, MemoryDouble())
    assert [p.found for p in laid.problems] == ["omitted in the tracker"]
    assert "a" not in {e.shot for e in tracker.entries}


def test_a_project_with_takes_of_another_partner_is_refused_before_a_write():
    tracker = TrackerDouble()
    _, text = marks.marked("take", marks.owner_of("neighbour"), "x1", "theirs")
    tracker.hear("s", text, by="circletake")
    with pytest.raises(Conflict) as refused:
        sync(tracker, MemoryDouble())
    assert "neighbour" not in str(refused.value)
    assert tracker.writes == []


def test_an_attachment_that_arrived_otherwise_is_named_and_not_sent_twice():
    name = "SQ010_SH0010_genai_v001.png"
    tracker, memory = TrackerDouble(spoils=frozenset({name})), MemoryDouble()
    for _ in range(2):
        _, outcome = sync(tracker, memory)
        assert [line.partition(":")[0] for line in outcome.left_out] == [name]
    assert sum(w == f"file {name}" for w in tracker.writes) == 1


def test_a_preview_that_the_tracker_cannot_read_stops_nothing_else():
    tracker, memory = TrackerDouble(unreadable=frozenset({"t1.png"})), MemoryDouble()
    _, outcome = sync(tracker, memory)
    assert len(outcome.left_out) == 1
    assert "t1.png" in outcome.left_out[0]
    tracker.unreadable = frozenset()
    sync(tracker, memory)
    assert sum(w == "record t1.png" for w in tracker.writes) == 1
    assert sync(tracker, memory)[0].steps == ()


def listen(tracker, memory):
    board = tracker.board(PROJECT)
    there, _ = known(ours(), board, memory.rows)
    return heard(EAR, ours(), board, there)


def test_notes_come_back_on_the_take_that_they_answer_or_the_latest_of_then():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    first = next(e for e in tracker.entries if e.mark.key == "take t1")
    tracker.hear(first.shot, "The scar drifts.", about=first.id)
    tracker.hear(first.shot, "Warmer, please.", by="Grace Hopper")
    found = listen(tracker, memory).observations
    assert [(o.by, o.text, o.takes, o.role, o.severity) for o in found] == [
        ("Ada Lovelace", "The scar drifts.", ("t1",), "supervisor in Kitsu", "note"),
        ("Grace Hopper", "Warmer, please.", ("t2",),
         "supervisor in Kitsu, on the latest revision of then", "note"),
    ]  # fmt: skip
    assert [o.id for o in listen(tracker, memory).observations] == [o.id for o in found]


def test_what_we_wrote_never_comes_back_as_a_persons_words():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    entry = next(e for e in tracker.entries if e.mark.key == "take t3")
    tracker.rewrite(entry.id, "a person took the mark away")
    assert listen(tracker, memory).observations == ()


def test_a_status_is_a_wish_and_names_who_must_decide():
    tracker, memory = TrackerDouble(), MemoryDouble()
    sync(tracker, memory)
    shot = tracker.shots[0].id
    for one in (Standing.CHANGES, Standing.OTHER, Standing.APPROVED):
        tracker.turn(shot, one)
    tracker.turn("a shot of somebody else", Standing.APPROVED)
    found = listen(tracker, memory)
    (wish,) = found.wishes
    assert (wish.take, wish.standing, wish.by) == ("t2", Standing.APPROVED, "Ada Lovelace")
    assert "circletake circle t2 --by" in wish.what_now
    assert found.observations == ()


def test_a_mark_counts_only_as_the_last_line():
    mark, text = marks.marked("take", OWNER, "t1", "Hello @Ada, look")
    assert marks.found(text) == mark
    assert marks.found(text + "\nso I said") is None
    assert marks.found(f"> {text}") == mark
    assert "@Ada" not in text


def test_the_same_words_give_the_same_mark_and_others_another():
    one, same, other = (marks.marked("take", OWNER, "t1", w)[0] for w in ("a", "a", "b"))
    assert one == same
    assert one.digest != other.digest


@pytest.fixture
def own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("CIRCLETAKE_KITSU", "CIRCLETAKE_KITSU_TOKEN", "CIRCLETAKE_FLOW_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "circletake").mkdir()
    return tmp_path / "circletake"


@pytest.mark.parametrize(
    ("site", "field"),
    [
        (None, "--site"),
        ("http://kitsu.example", "--site"),
        ("ftp://kitsu.example", "--site"),
        ("https://ann:open-sesame@kitsu.example", "--site"),
        ("https://kitsu.example", "CIRCLETAKE_KITSU_TOKEN"),
    ],
)
def test_a_secret_never_travels_in_the_open(own, site, field):
    with pytest.raises(BadInput) as refused:
        opened("kitsu", site)
    assert refused.value.field == field
    assert "open-sesame" not in str(refused.value)


def test_a_token_file_that_others_may_read_is_refused(own):
    token = own / "kitsu"
    token.write_text("a token", encoding="utf-8")
    token.chmod(0o644)
    with pytest.raises(BadInput) as refused:
        opened("kitsu", "https://kitsu.example")
    assert refused.value.found == "mode 0644"


def test_an_unknown_tracker_names_those_there_are(own):
    with pytest.raises(UnknownName) as refused:
        opened("ftrack", "https://x.example")
    assert "kitsu" in refused.value.expected
