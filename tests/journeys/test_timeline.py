"""From a campaign back into the edit: circled, exported, read back by OpenTimelineIO itself."""

import json
import zipfile

import av
import numpy as np
import opentimelineio as otio
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bootstrap import studio
from benchmarks.commands import takes, timeline
from benchmarks.testing.cut import clip, cut, span, written
from benchmarks.testing.home import lived_in
from router.console import Console
from router.domain.errors import BadInput, Conflict

pytestmark = pytest.mark.slow
CLIP, STILL = "SQ010_SH0050", "SQ010_SH0010"
ALIVE = []
VENDORS = ("stability", "luma", "amazon", "bedrock", "nova")


def run(home, *words):
    app = typer.Typer()
    takes.register(app)
    timeline.register(app)
    return CliRunner().invoke(app, list(words), obj=Console(home=home[0], json=True))


def told(home, *words, code=0):
    ended = run(home, *words)
    assert ended.exit_code == code, ended.exception
    return json.loads(ended.stdout)


def filmed(path, frames):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for i in range(frames):
            picture = np.full((180, 320, 3), 40 + i, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Give a home with a campaign, a clip of 112 frames brought in, and two circled takes."""
    root = tmp_path_factory.mktemp("home")
    here = root, lived_in(root)
    folder = tmp_path_factory.mktemp("clip")
    filmed(folder / "a.mp4", 112)
    head = "shot,file,label,tool,made_by,minutes,cost_usd,declared"
    (folder / "m.csv").write_text(f"{head}\n{CLIP},a.mp4,by hand,paint box,Ada,90,,yes\n")
    rows = told(here, "takes", "import", str(folder / "m.csv"), "--campaign", here[1],
                "--simulated")["takes"]  # fmt: skip
    moving = rows[0]["take"]
    still = told(here, "takes", "list", "--campaign", here[1], "--shot", STILL)["takes"][1]["take"]
    told(here, "circle", still, "--by", "Ines", "--role", "director")
    told(here, "circle", moving, "--by", "Ines")
    told(here, "takes", "use", moving, "--frames", "10-69", "--by", "Ada")
    return *here, moving, still


@pytest.fixture(scope="module")
def exported(home, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "edit"
    said = told(
        home, "timeline", "export", "--campaign", home[1], "--out", str(out), "--with-media"
    )
    return out, said


def clips(path):
    """Give clips by name; the timeline stays alive with them, or its metadata would not."""
    found = otio.adapters.read_from_file(str(path))
    ALIVE.append(found)
    return {c.name: c for c in found.find_clips()}


def frames(given):
    return given.start_time.value, given.duration.value


def test_the_circled_take_is_active_and_its_used_frames_are_the_source_range(home, exported):
    out, _ = exported
    found = clips(out / "DEMO.otio")
    moving = found[CLIP]
    reference = moving.media_reference
    assert reference.metadata["circletake"]["take"] == home[2]
    assert moving.active_media_reference_key == "take_2"  # the second of its shot
    assert "plate" in moving.media_references()
    assert frames(reference.available_range) == (1001, 112)
    assert frames(moving.source_range) == (1001 + 10, 60)
    still = found[STILL]
    assert still.media_reference.metadata["circletake"]["take"] == home[3]
    assert frames(still.source_range) == (1001, 96)
    assert still.active_media_reference_key.startswith("take_")


def test_every_take_of_a_shot_is_an_alternative_whose_media_lies_beside_the_cut(home, exported):
    out, _ = exported
    listed = told(home, "takes", "list", "--campaign", home[1])["takes"]
    for name, each in clips(out / "DEMO.otio").items():
        references = {k: r for k, r in each.media_references().items() if k.startswith("take_")}
        mine = {t["take"] for t in listed if t["shot"] == name}
        assert {r.metadata["circletake"]["take"] for r in references.values()} == mine
        assert all((out / r.target_url).stat().st_size for r in references.values())


def test_a_reference_says_what_made_it_who_circled_it_and_what_was_measured(home, exported):
    out, _ = exported
    told_ = clips(out / "DEMO.otio")[STILL].media_reference.metadata["circletake"]
    assert told_["simulated"] is True
    assert (told_["circled_by"], told_["circled_as"]) == ("Ines", "director")
    assert told_["model"].startswith("Emulated")
    assert sum(told_["verdicts"][r] for r in ("pass", "fail", "unsure", "not_measured")) == 2
    text = (out / "DEMO.otio").read_text().lower()
    assert [v for v in VENDORS if v in text] == []


def test_open_must_lines_are_markers_on_the_circled_take(home, exported):
    out, _ = exported
    listed = told(home, "takes", "list", "--campaign", home[1], "--circled")["takes"]
    found = clips(out / "DEMO.otio")
    assert any(t["open_must"] for t in listed)
    for take in listed:
        marks = found[take["shot"]].markers
        assert len(marks) == take["open_must"]
        assert all(m.name.startswith("MUST 1 Same face") for m in marks)


def test_shots_without_a_circled_take_are_listed_and_are_gaps_in_edl_and_xml(exported):
    out, said = exported
    (pack,) = said["packs"]
    assert set(pack["circled"]) == {STILL, CLIP}
    assert pack["uncircled"] == ["SQ010_SH0020", "SQ010_SH0030", "SQ010_SH0040"]
    assert sum("no circled take" in note for note in pack["notes"]) == 3
    edl = otio.adapters.read_from_file(str(out / "DEMO.edl"), rate=24)
    xml = otio.adapters.read_from_file(str(out / "DEMO.xml"))
    for cut_ in (edl, xml):
        found = [(c.name, frames(c.source_range)) for c in cut_.find_clips()]
        assert found[1] == (f"{CLIP}_genai_v002", (1011, 60))
        assert found[0][0].startswith(f"{STILL}_genai_v")
    assert "01:00:16:00 01:00:18:12" in (out / "DEMO.edl").read_text()


def test_the_bundle_opens_and_holds_all_media(exported):
    out, _ = exported
    bundle = otio.adapters.read_from_file(str(out / "DEMO.otioz"))
    with zipfile.ZipFile(out / "DEMO.otioz") as archive:
        names = set(archive.namelist())
    for each in bundle.find_clips():
        for key, reference in each.media_references().items():
            assert key == "plate" or reference.target_url in names


def test_an_export_can_be_run_again_and_never_over_what_a_person_changed(home, exported, tmp_path):
    out, said = exported
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    words = ("timeline", "export", "--campaign", home[1], "--out", str(out), "--with-media")
    assert told(home, *words) == said
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    edl = out / "DEMO.edl"
    edl.write_text("mine")
    refused = run(home, *words)
    assert isinstance(refused.exception, Conflict)
    assert edl.read_text() == "mine"
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    edl.write_bytes(before[edl])


def the_edit(folder):
    """Give an editor's cut with the two shots, another one, and a reference of their own."""
    made = cut()
    made.tracks[0][0] = clip(STILL, 1009, 1056)
    made.tracks[0][1] = clip(CLIP, 1009, 1056)
    first = made.tracks[0][0]
    own = {k: r.clone() for k, r in first.media_references().items()}
    own["temp"] = otio.schema.ExternalReference(
        target_url="temp.mov", available_range=span(1001, 1064)
    )
    first.set_media_references(own, "temp")
    return written(made, folder / "original.otio")


def test_takes_go_into_the_cut_that_came_in_three_times_without_a_crash(home, tmp_path):
    original = the_edit(tmp_path)
    words = ("--campaign", home[1], "--timeline")
    for number in (1, 2, 3):
        out = tmp_path / f"out{number}"
        said = told(home, "timeline", "export", *words, str(original), "--out", str(out))
        original = out / "DEMO.otio"
        found = clips(original)
        keys = set(found[STILL].media_references())
        assert keys >= {"plate", "take_1", "take_2"}
        assert frames(found[CLIP].source_range) == (1009 + 10, 60)
        assert found[STILL].media_references()["plate"].target_url == "temp.mov"
        assert [m.name for m in found[STILL].markers].count("wire") == 1
        assert "SQ010_SH0030" in found
    notes = said["packs"][0]["notes"]
    assert "SQ010_SH0020: not in the original cut; left out" in notes


def test_a_recut_says_which_takes_still_cover_it(home, tmp_path):
    made = otio.schema.Timeline(name="Demo")
    made.tracks.append(otio.schema.Track(kind="Video"))
    made.tracks[0].append(clip(CLIP, 1009, 1056))
    pack, words = tmp_path / "pack", ("--handles", "0", "--no-plates")
    first = written(made, tmp_path / "a.otio")
    told(home, "timeline", "import", str(first), "--out", str(pack), *words)
    words = (*words, "--pack", str(pack), "--campaign", home[1])
    covers = {t["take"]: t for t in told(home, "timeline", "import", str(first), *words)["takes"]}
    assert covers[home[2]]["covers"] == "cut and handles"
    made.tracks[0][0].media_reference.available_range = span(1001, 1200)
    made.tracks[0][0].source_range = span(1009, 1120)
    longer = written(made, tmp_path / "b.otio")
    said = told(home, "timeline", "import", str(longer), *words, code=1)
    short = next(t for t in said["takes"] if t["take"] == home[2])
    assert (short["covers"], short["lacks"]) == ("too short", [0, 1120 - 1112])
    assert [c["shot"] for c in said["changed"]] == [CLIP]


def test_a_still_is_held_for_as_long_as_a_longer_cut_wants(home, tmp_path):
    made = otio.schema.Timeline(name="Demo")
    made.tracks.append(otio.schema.Track(kind="Video"))
    made.tracks[0].append(clip(STILL, 1009, 1056))
    made.tracks[0][0].media_reference.available_range = span(1001, 1300)
    made.tracks[0][0].source_range = span(1009, 1280)
    path, out = written(made, tmp_path / "longer.otio"), tmp_path / "out"
    said = told(home, "timeline", "export", "--campaign", home[1], "--timeline", str(path),
                "--out", str(out))  # fmt: skip
    held = clips(out / "DEMO.otio")[STILL]
    assert held.media_reference.metadata["circletake"]["take"] == home[3]
    assert frames(held.source_range) == (1009, 1280 - 1008)
    first, length = frames(held.media_reference.available_range)
    assert first <= 1009
    assert first + length > 1280
    assert not [n for n in said["packs"][0]["notes"] if STILL in n]


def test_a_cut_without_a_shot_of_the_pack_is_refused_and_nothing_is_written(home, tmp_path):
    made = cut()
    for number, each in enumerate(made.find_clips()):
        each.name = f"AB100_{number:04d}"
    path = written(made, tmp_path / "other.otio")
    ended = run(home, "timeline", "export", "--campaign", home[1], "--timeline", str(path),
                "--out", str(tmp_path / "out"))  # fmt: skip
    assert isinstance(ended.exception, BadInput)
    assert not (tmp_path / "out").exists()


def test_a_withdrawn_circle_gives_the_place_back_to_the_plate(home, tmp_path):
    with studio(home[0]) as here:
        here.decide(home[3], by="Ines", withdraw=True)
    out = tmp_path / "out"
    told(home, "timeline", "export", "--campaign", home[1], "--out", str(out))
    assert clips(out / "DEMO.otio")[STILL].active_media_reference_key == "plate"
