"""Every format of a cut is read in the child, and gives back what it can carry."""

import json
import os
import zipfile
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from benchmarks.editorial import jailed
from benchmarks.editorial.shots import FPS
from benchmarks.testing.cut import GRADE, SHOTS, clip, cut, span, written
from router.domain.mistake import BadFile

pytestmark = pytest.mark.slow
HERE = Path(__file__).parents[2]
DATA = Path(os.environ.get("CIRCLETAKE_DATA", HERE.parent / "shared" / "data")) / "timelines"
NEWER = ("premiere_example", "screening_example")
# What each format carries: the name is the clip's, media path, comment of a marker, handles, grade.
CARRIES = {
    ".otio": ("comment", "marker", "handles", "grade", "start"),
    ".edl": ("marker", "grade"),
    ".xml": ("marker", "handles", "start"),
    ".fcpxml": ("marker", "handles"),
    ".aaf": ("handles", "start"),
}


def mistakes(path, rate=None):
    with pytest.raises(BadFile) as caught:
        jailed.read(path, rate)
    return caught.value.mistakes


def text(path, content):
    path.write_text(content)
    return path


def edited(tmp_path, old, new):
    source = written(cut(), tmp_path / "a.otio").read_text()
    assert old in source
    return text(tmp_path / "b.otio", source.replace(old, new))


@pytest.mark.parametrize("suffix", CARRIES)
def test_a_round_trip_keeps_what_the_format_can_carry(tmp_path, suffix):
    options = {".edl": {"rate": 24, "style": "avid", "reelname_len": 32},
               ".aaf": {"use_empty_mob_ids": True}}  # fmt: skip
    path = written(cut(), tmp_path / f"a{suffix}", **options.get(suffix, {}))
    found = jailed.read(path, Fraction(24) if suffix == ".edl" else None)
    carries = CARRIES[suffix]
    assert [c.name for c in found.clips] == list(SHOTS)
    assert [c.used for c in found.clips] == [(1009, 1056), (1009, 1056), (1012, 1051)]
    assert [c.record for c in found.clips] == [0, 48, 108]
    assert [Path(c.media).name for c in found.clips] == [f"{s}.mov" for s in SHOTS]
    assert (found.clips[2].handles == (11, 13)) == ("handles" in carries)
    assert [len(c.remarks) for c in found.clips] == [int("marker" in carries)] * 3
    assert all(r.frame == c.used[0] + 3 for c in found.clips for r in c.remarks)
    assert all(bool(r.comment) == ("comment" in carries) for c in found.clips for r in c.remarks)
    assert all((c.cdl is not None) == ("grade" in carries) for c in found.clips)
    if "grade" in carries:
        assert found.clips[0].cdl.slope == tuple(GRADE["asc_sop"]["slope"])
        assert found.clips[0].cdl.saturation == GRADE["asc_sat"]
    assert found.start == (86400 if "start" in carries else 0)


def test_an_edl_of_an_editor_has_its_markers_at_record_times(tmp_path):
    lines = [
        "TITLE: reel", "FCM: NON-DROP FRAME", "",
        "001  A001C003 V     C        00:00:42:01 00:00:44:01 01:00:00:00 01:00:02:00",
        "* FROM CLIP NAME:  SQ010_SH0010", "* LOC: 01:00:00:12 RED     WIRE",
        "002  A001C004 V     C        00:00:10:00 00:00:12:00 01:00:02:00 01:00:03:00",
        "M2   A001C004       048.0                00:00:10:00",
    ]  # fmt: skip
    found = jailed.read(text(tmp_path / "a.edl", "\n".join(lines) + "\n"), Fraction(24))
    assert found.start == 86400
    assert (found.clips[0].remarks[0].frame, found.clips[0].reel) == (1009 + 12, "A001C003")
    assert (found.clips[1].speed, found.clips[1].length) == (2.0, 24)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25)])
def test_rates_are_exact(tmp_path, rate):
    found = jailed.read(written(cut(rate=rate), tmp_path / "a.otio"))
    assert (found.rate, found.clips[0].used, found.start) == (
        rate,
        (1009, 1056),
        3600 * round(rate),
    )


def test_a_rounded_rate_is_taken_for_what_it_means(tmp_path):
    found = jailed.read(edited(tmp_path, '"rate": 24.0', '"rate": 23.976'))
    assert found.rate == Fraction(24000, 1001)


@pytest.mark.parametrize("mark", [":", ";"])
def test_drop_frame_counts_as_its_header_says(tmp_path, mark):
    codes = " ".join(f"{t[:8]}{mark}{t[9:]}" for t in
                     ("00:00:59:28", "00:01:00:04", "01:00:00:00", "01:00:00:04"))  # fmt: skip
    edl = f"TITLE: x\nFCM: DROP FRAME\n\n001  A V C {codes}\n"
    found = jailed.read(text(tmp_path / "a.edl", edl), Fraction(30000, 1001))
    assert found.clips[0].used == (1798, 1801)  # 00:01:00;00 and ;01 are no frames


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), Fraction(30)])
def test_drop_frame_at_another_rate_is_a_mistake_with_its_line(tmp_path, rate):
    edl = (
        "TITLE: x\nFCM: DROP FRAME\n\n001  A V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
    )
    (wrong,) = mistakes(text(tmp_path / "a.edl", edl), rate)
    assert (wrong.line, wrong.field, wrong.code) == (2, "FCM", "drop_frame")


def test_an_edl_without_a_rate_asks_for_it(tmp_path):
    (wrong,) = mistakes(written(cut(), tmp_path / "a.edl", rate=24))
    assert (wrong.field, wrong.code) == ("fps", "rate")


def test_a_reel_of_more_than_32_characters_is_named(tmp_path):
    reel = "A" * 33
    edl = f"TITLE: x\n\n001  {reel} V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
    (wrong,) = mistakes(text(tmp_path / "a.edl", edl), Fraction(24))
    assert (wrong.line, wrong.field, wrong.found) == (3, "event 001 reel", reel)


def test_a_clip_that_shows_more_than_its_media_has_is_named(tmp_path):
    made = cut()
    made.tracks[0][1].source_range = span(995, 1070)
    wrong = mistakes(written(made, tmp_path / "a.otio"))
    assert [m.field for m in wrong] == [
        f'clip 2 "{SHOTS[1]}" handles.{s}' for s in ("head", "tail")
    ]
    assert "of -6 frames" in wrong[0].found


def test_a_grade_that_is_none_is_named(tmp_path):
    made = cut()
    made.tracks[0][0].metadata["cdl"] = {"asc_sop": {"slope": [1, 1]}}
    (wrong,) = mistakes(written(made, tmp_path / "a.otio"))
    assert (wrong.field, wrong.code) == (f'clip 1 "{SHOTS[0]}" cdl', "cdl")


def test_nesting_that_crashes_the_library_is_refused_before_it(tmp_path):
    deep = "[" * 200_000 + "]" * 200_000
    path = text(
        tmp_path / "a.otio", f'{{"OTIO_SCHEMA": "Timeline.1", "metadata": {{"a": {deep}}}}}'
    )
    assert mistakes(path)[0].code == "too_deep"
    xml = text(tmp_path / "a.xml", "<xmeml>" + "<a>" * 9_000 + "</a>" * 9_000 + "</xmeml>")
    assert mistakes(xml)[0].code == "too_deep"


def test_xml_with_entities_of_its_own_is_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>\n<xmeml>&c;</xmeml>'
    (wrong,) = mistakes(text(tmp_path / "a.xml", bomb))
    assert (wrong.code, wrong.line) == ("entity", 1)


def test_a_newer_schema_is_named_with_line_and_clip(tmp_path):
    found = mistakes(edited(tmp_path, "Marker.2", "Marker.3"))
    assert [m.found for m in found] == ["Marker.3"] * 3
    assert found[1].field == f'clip "{SHOTS[1]}" OTIO_SCHEMA'
    lines = (tmp_path / "b.otio").read_text().splitlines()
    assert all("Marker.3" in lines[m.line - 1] for m in found)


def test_an_effect_that_nobody_knows_is_named_with_its_clip(tmp_path):
    made = json.loads(written(cut(), tmp_path / "a.otio").read_text())
    track = made["tracks"]["children"][0]
    track["children"][1]["effects"] = [{"OTIO_SCHEMA": "StudioGrain.1", "amount": 1}]
    (wrong,) = mistakes(text(tmp_path / "b.otio", json.dumps(made)))
    assert (wrong.found, wrong.field) == ("StudioGrain.1", f'clip "{SHOTS[1]}" OTIO_SCHEMA')


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.otio", b""),
        ("a.otio", b"null"),
        ("a.otio", b'{"OTIO_SCHEMA":"Timeline.1","tracks":null}'),
        ("a.otio", b'{"OTIO_SCHEMA":"Timeline.1","tracks":{"OTIO_SCHEMA":"Stack.1"}}'),
        ("a.otioz", b"PK\x03\x04"),
        ("a.aaf", b"\0" * 2000),
        ("a.fcpxml", b"<fcpxml><a/></fcpxml>"),
        ("a.xml", b"<xmeml><sequence>"),
        ("a.edl", b"001  A V C 00:00:59:99 00:01:00:00 01:00:00:00 01:00:01:00\n"),
        ("a.mov", b"moov"),
    ],
)
def test_what_is_no_cut_is_an_answer_and_never_a_crash(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    (wrong,) = mistakes(tmp_path / name, Fraction(24))
    assert wrong.file == name
    assert wrong.expected


@pytest.mark.parametrize("limits", [jailed.Limits(memory_mb=4), jailed.Limits(cpu_seconds=1)])
def test_a_reader_that_runs_out_of_memory_or_time_is_an_answer(tmp_path, limits):
    made = cut()
    for number in range(4_000):
        made.tracks[0].append(clip(f"SQ020_SH{number:04d}", 1009, 1056))
    with pytest.raises(BadFile) as caught:
        jailed.read(written(made, tmp_path / "a.otio"), limits=limits)
    (wrong,) = caught.value.mistakes
    assert any(word in wrong.found for word in ("memory", "crashes", "CPU time"))


def test_dissolves_ask_for_the_frames_that_they_show(tmp_path):
    made = cut()
    time = otio.opentime.RationalTime
    made.tracks[0].insert(1, otio.schema.Transition(in_offset=time(10, 24), out_offset=time(6, 24)))
    found = jailed.read(written(made, tmp_path / "a.otio"))
    assert [c.overlap for c in found.clips[:2]] == [(0, 6), (10, 0)]


def test_a_still_may_be_held(tmp_path):
    made = cut()
    made.tracks[0][0].media_reference.available_range = span(0, 0)
    assert jailed.read(written(made, tmp_path / "a.otio")).clips[0].handles is None


def test_an_otioz_is_read_without_its_media(tmp_path):
    source = written(cut(), tmp_path / "a.otio")
    with zipfile.ZipFile(tmp_path / "a.otioz", "w") as archive:
        archive.write(source, "content.otio")
        archive.writestr("media/big.mov", b"0" * 1000)
    assert len(jailed.read(tmp_path / "a.otioz").clips) == 3


def test_clips_on_several_tracks_come_in_the_order_of_the_cut(tmp_path):
    made = cut()
    above = otio.schema.Track(name="V2", kind="Video")
    above.append(otio.schema.Gap(duration=otio.opentime.RationalTime(20, 24)))
    above.append(clip("SQ010_SH0015", 1009, 1020))
    made.tracks.append(above)
    sound = otio.schema.Track(name="A1", kind="Audio")
    sound.append(clip("sound", 1009, 1020))
    made.tracks.append(sound)
    found = jailed.read(written(made, tmp_path / "a.otio"))
    assert [(c.name, c.track, c.record) for c in found.clips][:2] == [
        (SHOTS[0], 1, 0),
        ("SQ010_SH0015", 2, 20),
    ]
    assert len(found.clips) == 4


@pytest.mark.skipif(not DATA.exists(), reason="the public timelines are not on this machine")
@pytest.mark.parametrize("path", sorted(DATA.glob("*.otio")), ids=lambda p: p.stem)
def test_public_timelines_read_as_counted_or_say_where_not(path):
    if path.stem in NEWER:
        found = mistakes(path)
        assert {(m.found, m.code) for m in found} == {("Marker.3", "newer_schema")}
        return
    rows = dict(line.split(",", 1) for line in (DATA / "manifest.csv").read_text().splitlines())
    _, _, tracks, clips, *_ = rows[path.name].split(",")
    found = jailed.read(path)
    pictures = len({c.track for c in found.clips})
    assert pictures <= int(tracks)
    assert 0 < len(found.clips) <= int(clips)


def plan(rate, **shot):
    """Give a plan of one shot with a take of 64 frames, and one shot whose plate is a sequence."""
    take = {"key": "take_1", "name": "SQ010_SH0010_genai_v001", "target": "media/a.mp4",
            "first": 1001, "frames": 64, "metadata": {"take": "t1"}}  # fmt: skip
    plate = {"target": "plates/p.%04d.exr", "first": 1001, "frames": 64, "sequence": True}
    first = {"shot": SHOTS[0], "pack": "DEMO", "clip": None, "slot": [1009, 1056], "used": None,
             "plate": None, "cdl": None, "takes": [take], "active": "take_1",
             "reel": "SQ010SH0010genaiv001", "markers": []}  # fmt: skip
    second = {**first, "shot": SHOTS[1], "plate": plate, "takes": [], "active": None, "reel": ""}
    return {
        "name": "x",
        "rate": [rate.numerator, rate.denominator],
        "start": 3600 * round(rate),
        "metadata": {},
        "shots": [{**first, **shot}, second, {**first, "shot": SHOTS[2]}],
    }


@pytest.mark.parametrize("rate", FPS, ids=FPS.values())
def test_what_is_written_is_read_back_frame_by_frame_at_every_rate_of_a_pack(tmp_path, rate):
    made = jailed.assemble(plan(rate), None, None)
    for suffix, texts in made["files"].items():
        path = text(tmp_path / f"a.{suffix}", texts)
        found = jailed.read(path, rate if suffix == "edl" else None)
        selects = [c for c in found.clips if c.shot != SHOTS[1]]
        assert [(c.used, c.record) for c in selects] == [((1009, 1056), 0), ((1009, 1056), 96)]
        assert (found.rate, found.start) == (rate, 3600 * round(rate))
    drop = "DROP FRAME" if rate in {Fraction(30000, 1001), Fraction(60000, 1001)} else "NON-DROP"
    assert f"FCM: {drop}" in made["files"]["edl"]


def test_an_image_sequence_that_edl_and_xml_cannot_hold_is_said_by_its_shot():
    (note,) = jailed.assemble(plan(Fraction(24)), None, None)["notes"]
    assert note.startswith(f"{SHOTS[1]}: not in EDL and XML: no circled take, and its plate is an")


@pytest.mark.parametrize(("used", "said"), [([1013, 1050], "10 fewer"), ([1005, 1060], "8 more")])
def test_used_frames_of_another_length_are_the_source_range_and_are_said(tmp_path, used, said):
    made = jailed.assemble(plan(Fraction(24), used=used), None, None)
    found = jailed.read(text(tmp_path / "a.otio", made["files"]["otio"]))
    assert found.clips[0].used == tuple(used)
    assert found.clips[1].record == max(48, used[1] - used[0] + 1)
    assert said in made["notes"][0]


def test_a_reel_that_is_too_long_keeps_its_shot_out_of_edl_and_xml():
    made = jailed.assemble(plan(Fraction(24), reel="A" * 33), None, None)
    assert any("longer than 32 characters" in note for note in made["notes"])
    assert SHOTS[0] not in made["files"]["edl"].split("SQ010_SH0010_genai")[0]
