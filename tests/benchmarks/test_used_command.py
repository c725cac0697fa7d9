"""A named person chooses the frames of a clip: kept for good, and its verdicts rest on them."""

import json

import av
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bootstrap import studio
from benchmarks.commands import takes
from benchmarks.testing.home import lived_in
from router.console import Console
from router.domain.errors import BadInput

pytestmark = pytest.mark.slow
CLIP = "SQ010_SH0050"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    return root, lived_in(root)


def run(home, *words):
    app = typer.Typer()
    takes.register(app)
    return CliRunner().invoke(app, list(words), obj=Console(home=home[0], json=True))


def filmed(path, frames=36):
    rng = np.random.default_rng(0)
    wide = np.kron(rng.integers(60, 200, (9, 40, 3)), np.ones((20, 20, 1))).astype(np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for i in range(frames):
            picture = np.ascontiguousarray(wide[:, 4 * i : 4 * i + 320])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())


@pytest.fixture(scope="module")
def clip(home, tmp_path_factory):
    """Bring a clip in; gives its id."""
    folder = tmp_path_factory.mktemp("clip")
    filmed(folder / "a.mp4")
    manifest = folder / "m.csv"
    head = "shot,file,label,tool,made_by,minutes,cost_usd,declared"
    manifest.write_text(f"{head}\n{CLIP},a.mp4,by hand,paint box,Ada,90,,yes\n")
    ended = run(home, "takes", "import", str(manifest), "--campaign", home[1], "--simulated")
    (row,) = json.loads(ended.stdout)["takes"]
    return row["take"]


def test_the_choice_is_kept_named_and_decides_and_an_earlier_one_stays_on_record(home, clip):
    run(home, "circle", clip, "--by", "Ines")
    run(home, "takes", "use", clip, "--frames", "0-20", "--by", "Ada")
    said = json.loads(run(home, "takes", "use", clip, "--frames", "6-30", "--by", "Ann Lee").stdout)
    assert said["used"] == {"range": [6, 30], "by": "Ann Lee", "note": ""}
    with studio(home[0]) as here:
        kept = here.store.decisions("lantern", home[1])
        case = here.case(home[1])
    assert [(d.by, d.used) for d in kept if d.status == "uses"] == [
        ("Ada", (0, 20)), ("Ann Lee", (6, 30)),
    ]  # fmt: skip
    used = case.scored[clip].used
    assert (used.first, used.last, used.chosen) == (6, 30, "by Ann Lee")
    colour = next(v for v in case.verdicts[clip] if v.metric == "colour_match.delta_e")
    assert colour.evidence["range"] == [6, 30]
    assert colour.evidence["chosen"] == "by Ann Lee"
    assert case.decisions[clip].status == "circled"  # which frames says nothing about whether


@pytest.mark.parametrize("frames", ["30-6", "12", "0-36", "5-5", "a-b"])
def test_frames_that_the_clip_does_not_have_are_refused(home, clip, frames):
    refused = run(home, "takes", "use", clip, "--frames", frames, "--by", "Ann").exception
    assert isinstance(refused, BadInput)
    assert refused.field == "frames"


def test_a_still_has_no_frames_to_choose_and_nobody_chooses_namelessly(home, clip):
    with studio(home[0]) as here:
        still = next(t.id for t in here.case(home[1]).takes.values() if not t.media.is_video)
    refused = run(home, "takes", "use", still, "--frames", "0-5", "--by", "Ann").exception
    assert isinstance(refused, BadInput)
    assert refused.field == "take"
    nameless = run(home, "takes", "use", clip, "--frames", "0-5", "--by", " ").exception
    assert isinstance(nameless, BadInput)
    assert nameless.field == "by"
