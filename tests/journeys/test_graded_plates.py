"""From a scene-linear plate to a model, and from its take back to ACEScg."""

import json
from dataclasses import replace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bootstrap import studio
from benchmarks.commands import grading
from benchmarks.domain.rendering import Colours
from benchmarks.packs.intake import take_in
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.running.wire import Wire
from benchmarks.studio import DIALECTS
from benchmarks.testing import doubles
from benchmarks.testing.home import with_partners
from evaluators.commands import colour
from router.console import Console
from router.decoding.decode import Decoder
from router.domain.ids import sha256_of

oiio = pytest.importorskip("OpenImageIO", reason="OpenImageIO is not installed")
pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
pytestmark = pytest.mark.slow
PLATE = "plates/a.png"


def linear(pack):
    """The small pack, whose plate is a half-float OpenEXR in ACEScg."""
    name = "plates/a.exr"
    path = pack.root / name
    light = 0.18 * 2.0 ** np.linspace(-5, 6, 640, dtype=np.float32)
    values = np.repeat(np.tile(light, (360, 1))[..., None], 3, axis=2)
    oiio.ImageBuf(np.ascontiguousarray(values)).write(str(path), "half")

    def turned(file):
        if file.name != PLATE:
            return file
        sha256 = sha256_of(path.read_bytes())
        return replace(file, path=path, name=name, sha256=sha256, colour_space="ACEScg")

    shots = tuple(replace(s, inputs=tuple(map(turned, s.inputs))) for s in pack.shots)
    files = tuple(map(turned, pack.files))
    return replace(pack, shots=shots, files=files, colours=Colours())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    with_partners(root)
    with studio(root, Wire.SIMULATED, emulator=("--instant",)) as here:
        pack = linear(doubles.pack(root / "pack"))
        order = Order(
            partner=here.partner("lantern"),
            packs=[pack],
            recipes=recipes.choose(here.recipes, ["erase_matte"]),
            takes=1,
            budget_musd=20 * 1_000_000,
            simulated=True,
        )
        files = take_in(pack, here.media)
        stock = Stock(catalogue=here.catalogue, media=files, dialects=DIALECTS)
        laid = plan(order, stock, now=here.clock.now())
        here.runner.run(laid, files)
        landed = here.router.takes("lantern", account=laid.campaign.id)  # in no fixed order
        (take,) = (t for t in landed if t.operation == "classical_inpaint")
        picture = here.media.get("lantern", take.media.sha256)
    (root / "take.png").write_bytes(picture)
    return root, take.id, pack.file("plates/a.exr")


def run(home, *words):
    app = typer.Typer()
    colour.register(app)
    grading.register(app)
    ended = CliRunner().invoke(app, list(map(str, words)), obj=Console(home=home, json=True))
    assert ended.exit_code == 0, (ended.exception, ended.stdout)
    return json.loads(ended.stdout)


def test_a_take_tells_the_view_its_model_saw_and_comes_home_by_it(home, tmp_path):
    root, take, plate = home
    told = run(root, "colour", "record", take, "--out", tmp_path / "r.json")
    assert told["record"]["source_sha256"] == plate.sha256
    assert (tmp_path / "r.ctf").read_text().startswith("<?xml")
    words = ("--record", tmp_path / "r.json", "--out", tmp_path / "take.exr")
    home_again = run(root, "colour", "return", root / "take.png", *words)
    assert home_again["space"] == "ACEScg"
    with Decoder() as decoder:
        there, here = decoder.values(plate.path), decoder.values(tmp_path / "take.exr")
    middle = (there.pixels > 0.05) & (there.pixels < 2)
    middle[80:-80, 100:-100] = False  # where something was taken out
    off = np.abs(np.log2(np.maximum(here.pixels[middle], 1e-6) / there.pixels[middle]))
    assert np.median(off) < 0.05
