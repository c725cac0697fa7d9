"""A cut becomes a shot pack, and a re-cut brings to it what is new and changes nothing."""

import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from benchmarks.domain.cut import Cut, CutClip
from benchmarks.editorial import growing, jailed, naming, packing, recut
from benchmarks.editorial.recut import Place
from benchmarks.packs import check as checking
from benchmarks.testing.cut import SHOTS, cut, plates, written
from benchmarks.testing.cut import recut as recut_
from benchmarks.testing.pack import png
from router.domain.errors import BadInput, Conflict
from router.domain.mistake import BadFile

TODAY = date(2026, 11, 21)


def a_clip(number, name="", used=(1009, 1056), media="", shot=""):
    return CutClip(
        number=number, name=name, track=1, used=used, record=number * 100, media=media, shot=shot
    )


def a_cut(*clips):
    return Cut(name="x", rate=Fraction(24), clips=clips)


def ids(*names, how=naming.BY_NAME):
    clips = (a_clip(n, name) for n, name in enumerate(names, start=1))
    return list(naming.named(a_cut(*clips), how))


def test_shots_are_found_in_the_names_that_studios_give():
    names = ("SHOW_sq010_sh0020_comp_v003", "sc01_sh030_anim.mov", "ZZ100_504C (LAY1)")
    assert ids(*names) == ["SQ010_SH0020", "SC01_SH030", "ZZ100_504C"]


def test_a_camera_roll_or_a_version_is_no_shot():
    assert ids("A001_C003_0914", "V7_310821", "SH0010_v002") == [
        "SQ010_SH0010",
        "SQ010_SH0020",
        "SQ010_SH0030",
    ]


def test_a_shot_that_the_cut_comes_back_to_has_an_id_of_its_own():
    assert ids("SQ010_SH0010", "SQ010_SH0020", "SQ010_SH0010") == [
        "SQ010_SH0010",
        "SQ010_SH0020",
        "SQ010_SH0010B",
    ]


def test_a_clip_that_was_counted_keeps_its_shot_when_another_comes_between():
    before = naming.named(
        a_cut(a_clip(1, media="a.mov"), a_clip(2, media="b.mov")), naming.BY_ORDER
    )
    known = {s: naming.Known(shot=s, key=naming.key(c), used=c.used) for s, c in before.items()}
    new = a_cut(a_clip(1, media="a.mov"), a_clip(2, media="x.mov"), a_clip(3, media="b.mov"))
    assert list(naming.named(new, naming.BY_ORDER, known)) == [
        "SQ010_SH0010",
        "SQ010_SH0015",
        "SQ010_SH0020",
    ]


@pytest.mark.parametrize(
    ("span", "said", "lacks"),
    [
        ((1001, 1064), recut.COVERS, (0, 0)),
        ((1009, 1056), recut.CUT_ONLY, (8, 8)),
        ((1009, 1050), recut.SHORT, (8, 14)),
        (None, recut.STILL, (0, 0)),
    ],
)
def test_a_take_covers_cut_and_handles_or_says_how_many_frames_it_lacks(span, said, lacks):
    spot = Place(used=(1009, 1056), handles=(8, 8))
    (found,) = recut.coverage("SQ010_SH0010", spot, [("t", span)])
    assert (found.covers, found.lacks) == (said, lacks)


def test_a_take_without_handles_begins_with_the_cut():
    spot = Place(used=(1009, 1056), handles=(8, 8))
    assert recut.laid(spot, 48) == (1009, 1056)
    assert recut.laid(spot, 64) == (1001, 1064)


@pytest.mark.parametrize(
    ("speed", "needed"), [(1.0, (1001, 1064)), (2.0, (1001, 1112)), (0.0, (1001, 1017))]
)
def test_a_retimed_plate_is_needed_for_the_frames_that_it_shows(speed, needed):
    retimed = replace(a_clip(1), speed=speed)
    spot = recut.place(retimed, 8)
    assert recut.frames_of_plate(retimed, spot) == needed


def test_new_shots_stand_at_the_end_and_every_other_letter_stays(tmp_path):
    before = "# mine\nshots:\n- id: A   # first\n  note: x\n\n# after\nother: {a: 1}\n"
    path = tmp_path / "p.yaml"
    path.write_text(before)
    after = growing.grown(path, [{"id": "B"}])
    assert yaml.safe_load(after)["shots"] == [{"id": "A", "note": "x"}, {"id": "B"}]
    lines = after.splitlines()
    assert [line for line in before.splitlines() if line not in lines] == []


def test_a_list_in_brackets_is_left_alone(tmp_path):
    (tmp_path / "p.yaml").write_text("shots: [{id: A}]\n")
    with pytest.raises(BadInput, match="in brackets"):
        growing.grown(tmp_path / "p.yaml", [{"id": "B"}])


def wish(file, **more):
    return packing.Wish(file=file, **more)


@pytest.fixture
def handed_in(tmp_path):
    """Give a cut with two of its three plates beside it, and the pack of it."""
    folder = tmp_path / "from_editor"
    folder.mkdir()
    file = written(cut(movie=False), folder / "cut.otio")
    for shot in (SHOTS[0], SHOTS[2]):
        plates(folder, shot)
    pack = tmp_path / "pack"
    return file, pack, packing.start(jailed.read(file), wish(file), pack)


@pytest.mark.slow
def test_a_cut_becomes_a_pack_that_is_valid_as_it_is(handed_in):
    _, pack, taken = handed_in
    checked = checking.check(pack, today=TODAY)
    assert checked.errors == ()
    assert [s.id for s in checked.pack.shots] == list(SHOTS)
    first, second, third = checked.pack.shots
    assert (checked.pack.fps, checked.pack.raster) == (24.0, (1024, 576))
    assert (first.cut_in, first.cut_frames, first.handles) == (1009, 48, (8, 8))
    assert first.input("x.plate").frame_range == (1001, 1064)
    assert third.input("x.plate").frame_range == (1004, 1059)
    assert second.input("x.plate") is None
    assert first.director_notes == "Frame 1012 (red): wire: take it out"
    assert "<Slope>1.1 1 0.9</Slope>" in (pack / f"colour/{SHOTS[0]}.cc").read_text()
    assert (pack / "editorial/cut.otio").exists()
    (missing,) = taken.warnings
    assert (missing.code, missing.field) == ("missing_media", f'clip 2 "{SHOTS[1]}" media')


@pytest.mark.slow
def test_a_folder_with_something_in_it_is_never_written_to(handed_in):
    file, pack, _ = handed_in
    before = (pack / "shotpack.yaml").read_bytes()
    with pytest.raises(Conflict, match="nothing is overwritten"):
        packing.start(jailed.read(file), wish(file), pack)
    assert (pack / "shotpack.yaml").read_bytes() == before


@pytest.mark.slow
def test_a_recut_adds_what_is_new_reports_what_changed_and_can_be_run_again(handed_in):
    file, pack, _ = handed_in
    path = pack / "shotpack.yaml"
    said = "The harbour at dawn, a man with a lamp;"
    mine = path.read_text().replace("SQ010_SH0010: 48 frames of the cut;", said)
    assert said in mine
    path.write_text(mine)
    new = written(recut_(), file.with_name("recut.otio"))
    taken = packing.extend(jailed.read(new), wish(new), pack, today=TODAY)
    assert taken.added == ("SQ010_SH0040",)
    (change,) = taken.changed
    assert (change.shot, change.before.used, change.after.used) == (
        SHOTS[0],
        (1009, 1056),
        (1005, 1060),
    )
    assert taken.same == SHOTS[1:]
    after = path.read_text()
    assert after.startswith(mine.rstrip("\n"))
    assert checking.check(pack, today=TODAY).errors == ()
    assert (pack / "editorial/cut_v002.otio").exists()
    again = packing.extend(jailed.read(new), wish(new), pack, today=TODAY)
    assert (again.added, again.written, path.read_text()) == ((), (), after)


@pytest.mark.slow
def test_a_plate_with_holes_is_named_and_nothing_is_half_written(handed_in, tmp_path):
    file, _, _ = handed_in
    for frame in (1020, 1021):
        (file.parent / f"plates/{SHOTS[0]}/{SHOTS[0]}.{frame}.png").unlink()
    with pytest.raises(BadFile) as caught:
        packing.start(jailed.read(file), wish(file), tmp_path / "other")
    (wrong,) = caught.value.mistakes
    assert (wrong.code, wrong.found) == ("missing_frames", "frames missing: 1020, 1021")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["from_editor", "pack"]
    taken = packing.start(jailed.read(file), wish(file, plates=False), tmp_path / "other")
    assert taken.added == SHOTS


@pytest.mark.slow
def test_a_recut_at_another_rate_is_refused_and_the_pack_stays(handed_in):
    file, pack, _ = handed_in
    new = written(cut(movie=False, rate=Fraction(25)), file.with_name("at25.otio"))
    before = sorted((p, p.stat().st_size) for p in Path(pack).rglob("*"))
    with pytest.raises(BadFile, match="24 frames per second, as the pack"):
        packing.extend(jailed.read(new), wish(new), pack, today=TODAY)
    assert sorted((p, p.stat().st_size) for p in Path(pack).rglob("*")) == before


@pytest.mark.slow
def test_the_plates_of_a_bundle_are_taken_out_of_it(tmp_path):
    made = cut(movie=False)
    written(made, tmp_path / "cut.otio")
    with zipfile.ZipFile(tmp_path / "cut.otioz", "w") as archive:
        archive.write(tmp_path / "cut.otio", "content.otio")
        for frame in range(1001, 1065):
            archive.writestr(f"media/{SHOTS[1]}.{frame}.png", png(320, 180, str(frame)))
    file = tmp_path / "cut.otioz"
    packing.start(jailed.read(file), wish(file), tmp_path / "pack")
    assert checking.check(tmp_path / "pack", today=TODAY).errors == ()
    found = sorted(p.name for p in (tmp_path / f"pack/plates/{SHOTS[1]}").iterdir())
    assert (len(found), found[0]) == (64, f"{SHOTS[1]}_PL01_v001.1001.png")
    assert (tmp_path / "pack/editorial/cut.otio").exists()


def test_the_library_that_parses_foreign_cuts_is_loaded_in_the_child_only():
    code = (
        "import sys\n"
        "import benchmarks.commands.timeline, benchmarks.editorial.packing\n"
        "import benchmarks.editorial.export\n"
        "sys.exit('opentimelineio' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
