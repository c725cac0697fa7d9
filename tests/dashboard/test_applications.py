"""Scripts for other applications: old grammars, no import of ours, and what each of them does.

The doubles below are written after the public documentation of each application; what runs
against them is proven against them, not in the application.
"""
# ruff: noqa: N802, N815 - the doubles bear the names that the applications gave

import ast
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import pytest

from dashboard import toolbox
from dashboard.folders import ask
from router.domain.errors import Conflict, UnknownName

TAKE = "3c" * 16
ROOT = Path(__file__).parents[2] / "dashboard" / "applications"
PYTHON = sorted(ROOT.rglob("*.py"))
OURS = {"router", "evaluators", "benchmarks", "dashboard", "partner_configs"}
HOSTS = {"bpy", "bpy_extras", "mathutils", "nuke", "DaVinciResolveScript"}
THEIRS = {"numpy", "torch", "PIL"}  # that Blender and ComfyUI bring themselves
COLOUR = {
    "config": "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4",
    "working_space": "ACEScg",
    "model_display": "sRGB - Display",
    "model_view": "ACES 1.0 - SDR Video",
}


def loaded(name, path, **modules):
    """Load a script as its application would, beside doubles of the application's modules."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules.update(modules | {name: module})
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def modules_as_they_were():
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        if name.startswith(("circle_take", "nuke", "DaVinci", "ct_")):
            del sys.modules[name]


def link():
    return loaded("circle_take_link", ROOT / "link" / "circle_take_link.py")


# --- all of them


@pytest.mark.parametrize("minor", [7, 9, 11])
@pytest.mark.parametrize("path", PYTHON, ids=lambda p: p.name)
def test_a_script_is_written_in_the_grammar_of_old_pythons(path, minor):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, minor))


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: p.name)
def test_a_script_imports_the_standard_library_and_its_application_only(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").partition(".")[0])
    assert not names & OURS
    beside = {p.stem for p in PYTHON}
    assert names <= set(sys.stdlib_module_names) | HOSTS | THEIRS | beside


def test_every_script_is_listed_and_says_what_was_proven():
    listed = {source for each in toolbox.applications() for source in each.files}
    there = {str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()}
    shipped = {name for name in there if "/" in name and "__pycache__" not in name}
    assert listed == shipped
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    for each in toolbox.applications():
        assert each.title.split()[0] in page
        assert each.proven.startswith("run in") or "unproven" in each.proven
    assert sum("unproven" not in each.proven for each in toolbox.applications()) == 1


@pytest.mark.parametrize("name", [each.name for each in toolbox.applications()])
def test_an_application_is_installed_twice_and_never_over_somebody_s_own_file(tmp_path, name):
    application = toolbox.named(name)
    written = toolbox.install(application, tmp_path)
    assert all(path.is_file() for path in written)
    assert toolbox.install(application, tmp_path) == written
    written[0].write_text("mine")
    with pytest.raises(Conflict):
        toolbox.install(application, tmp_path)
    assert written[0].read_text() == "mine"
    toolbox.install(application, tmp_path, over=True)
    assert written[0].read_text() != "mine"


def test_the_zip_for_blender_holds_the_package():
    application = toolbox.named("blender")
    names = set(application.files.values())
    with zipfile.ZipFile(io.BytesIO(toolbox._zipped(dict.fromkeys(names, b"x")))) as archive:
        assert set(archive.namelist()) == names
    assert "circle_take/__init__.py" in names
    with pytest.raises(UnknownName):
        toolbox.named("maya")


# --- what they share


def test_a_dropped_request_appears_whole_and_is_one_that_is_read(tmp_path):
    module = link()
    shot = {
        "task": "upscale", "description": "A grey square, nothing else.", "plate": "plate.png",
        "lines": [{"criterion": "It stays a square", "kind": "composition", "must": True}],
        "rights": {"owner": "Us", "inputs_cleared": True},
    }  # fmt: skip
    said = {"partner": "p", "budget_usd": 1.0, "simulate": True, "shot": shot}
    picture = module.png(4, 2, bytes(range(24)))
    first = module.drop(str(tmp_path), "x", said, {"plate.png": picture})
    second = module.drop(str(tmp_path), "x", said, {"plate.png": picture})
    assert [Path(first).name, Path(second).name] == ["x", "x-2"]
    wanted, _ = ask.read(Path(first))
    assert (wanted.shot.task, wanted.files[0].bytes) == ("upscale", len(picture))
    assert (Path(first) / "ready").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x", "x-2"], "no draft is left"


def test_a_png_by_hand_is_read_back_to_the_bit():
    from PIL import Image

    module = link()
    for channels, mode in ((1, "L"), (3, "RGB"), (4, "RGBA")):
        pixels = bytes(n * 7 % 256 for n in range(5 * 3 * channels))
        with Image.open(io.BytesIO(module.png(5, 3, pixels, channels))) as image:
            assert (image.mode, image.size, image.tobytes()) == (mode, (5, 3), pixels)


def test_a_key_crosses_no_network_in_the_clear_and_follows_no_redirect(monkeypatch):
    module = link()
    with pytest.raises(module.Trouble, match="in the clear"):
        module.Service("http://far.example", "secret")
    with pytest.raises(module.Trouble, match="CIRCLETAKE_SERVER"):
        module.Service("ftp://far.example", "secret")
    assert module._StayHere().redirect_request(None, None, 302, "", {}, "http://x") is None


# --- Nuke


def answered(folder, **more):
    """A request's folder as `circletake folder` leaves it: a display take and a linear one."""
    row = {
        "take": "0123456789abcdef", "shot": "SQ010_SH0010", "recipe": "init_image", "number": 1,
        "simulated": True, "frames": 1, "circled": True, "decision": {"by": 'Ada "A" [x] $y'},
        "file": "takes/a b.png", "mime": "image/png", "encoding": "display", "width": 4,
        "height": 2, "colour_space": "sRGB - Display", "view": "ACES 1.0 - SDR Video",
        "model": "Emulated A", "lines": [{"line": 2, "verdict": "fail"}],
    }  # fmt: skip
    linear = row | {
        "take": "fedcba98", "file": "takes/b.exr", "mime": "image/x-exr", "circled": False,
        "encoding": "scene_linear", "colour_space": "ACEScg", "view": None, "decision": None,
        "frames": 24,
    }  # fmt: skip
    plates = [
        {"shot": "SQ010_SH0010", "path": "pl.%04d.exr", "colour_space": "ACES2065-1",
         "functional_type": "x.plate", "frame_range": [1001, 1024]},
        {"shot": "SQ010_SH0020", "path": "pl.exr", "colour_space": None,
         "functional_type": "x.plate", "frame_range": None},
        {"shot": "SQ010_SH0030", "path": "pl.png", "colour_space": None,
         "functional_type": "x.plate", "frame_range": None},
    ]  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "takes").mkdir(exist_ok=True)
    body = {"colour": COLOUR, "plates": plates, "takes": [row, linear], "campaign": "c"} | more
    (folder / "answers.json").write_text(json.dumps(body))
    (folder / "state.json").write_text(json.dumps({"state": "done", "words": "done"}))
    return folder


def nuke():
    sys.modules["circle_take_link"] = link()
    return loaded("circle_take_nuke", ROOT / "nuke" / "circle_take_nuke.py")


WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|\{([^{}]*)\}|([^\s"{}\[\]$;]+))')


def nodes_of(text):
    """Read a .nk text as Nuke does: `Kind {`, knobs each on a line, `}`; Tcl's quoting."""
    found, lines = [], iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        kind = re.fullmatch(r"([A-Z][A-Za-z0-9]*) \{", line)
        assert kind, line
        knobs = {}
        for raw in lines:
            if raw == "}":
                break
            inside = raw
            while inside.count('"') - inside.count('\\"') == 1:
                inside += "\n" + next(lines)
            name = re.match(r" ([A-Za-z_][A-Za-z0-9_]*)", inside)
            value = WORD.fullmatch(inside, name.end())
            assert value, inside
            assert name[1] not in knobs, name[1]
            text_ = next(part for part in value.groups() if part is not None)
            knobs[name[1]] = re.sub(r"\\(.)", r"\1", text_)
        else:
            raise AssertionError("a node that is not closed")
        found.append((kind[1], knobs))
    return found


READ = {
    "inputs", "file_type", "file", "format", "first", "last", "origfirst", "origlast", "colorspace",
    "raw", "name", "label", "xpos", "ypos",
}  # fmt: skip
KNOBS = {
    "Root": {"inputs", "colorManagement", "OCIO_config", "customOCIOConfigPath", "workingSpaceLUT"},
    "Read": READ,
    "OCIODisplay": {"colorspace", "display", "view", "invert", "name", "label", "xpos", "ypos"},
}


def test_a_nuke_script_is_balanced_and_its_knobs_and_names_exist(tmp_path):
    found = nodes_of(nuke().script(str(answered(tmp_path / "r"))))
    for kind, knobs in found:
        assert set(knobs) <= KNOBS[kind]
    names = [knobs["name"] for kind, knobs in found if kind != "Root"]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in names)
    labels = " ".join(knobs.get("label", "") for _, knobs in found)
    assert 'circled by Ada "A" [x] $y' in labels, "what people wrote stays text"


def test_names_of_colour_in_a_nuke_script_are_of_its_config(tmp_path):
    import PyOpenColorIO as ocio  # noqa: N813

    found = nodes_of(nuke().script(str(answered(tmp_path / "r"))))
    root = found[0][1]
    config = ocio.Config.CreateFromFile(root["customOCIOConfigPath"])
    for kind, knobs in found[1:]:
        assert config.getColorSpace(knobs["colorspace"]) is not None
        if kind == "OCIODisplay":
            assert knobs["display"] in config.getDisplays()
            assert knobs["view"] in config.getViews(knobs["display"])
            turn = ocio.DisplayViewTransform(
                src=knobs["colorspace"], display=knobs["display"], view=knobs["view"],
                direction=ocio.TRANSFORM_DIR_INVERSE,
            )  # fmt: skip
            config.getProcessor(turn)  # there is a way back


def test_8_bit_takes_are_never_read_as_linear_and_exr_keeps_its_own_space(tmp_path):
    found = nodes_of(nuke().script(str(answered(tmp_path / "r"))))
    after = {n: found[i + 1][0] if i + 1 < len(found) else None for i, n in enumerate_reads(found)}
    reads = {k["file"].rpartition("/")[2]: k for kind, k in found if kind == "Read"}
    spaces = {name: knobs["colorspace"] for name, knobs in reads.items()}
    assert spaces == {
        "pl.%04d.exr": "ACES2065-1", "pl.exr": "ACEScg", "pl.png": "sRGB - Display",
        "a b.png": "sRGB - Display", "b.exr": "ACEScg",
    }  # fmt: skip
    for name, knobs in reads.items():
        display = name.endswith(".png")
        assert (knobs.get("raw") == "true") == display
        assert (after[name] == "OCIODisplay") == display
    assert (reads["pl.%04d.exr"]["first"], reads["b.exr"]["last"]) == ("1001", "24")


def enumerate_reads(found):
    for place, (kind, knobs) in enumerate(found):
        if kind == "Read":
            yield place, knobs["file"].rpartition("/")[2]


def test_only_circled_takes_and_what_is_not_known_is_said(tmp_path, capsys):
    module, folder = nuke(), answered(tmp_path / "r")
    takes = [k for kind, k in nodes_of(module.script(str(folder), circled=True)) if kind == "Read"]
    assert [k["name"] for k in takes if k["name"].startswith("take_")] == [
        "take_SQ010_SH0010_01234567"
    ]
    assert module.main([str(folder)]) == 0
    assert capsys.readouterr().out.startswith("Root {")
    assert module.main([]) == 2
    answered(folder, colour=None)
    assert module.main([str(folder)]) == 1
    assert "colours" in capsys.readouterr().err


def test_the_nuke_menu_pastes_and_hands_a_plate_in(tmp_path):
    module, folder = nuke(), answered(tmp_path / "r")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "pl.png").write_bytes(sys.modules["circle_take_link"].png(4, 4, bytes(48)))
    said, pasted, commands = [], [], []

    class Knob(str):
        def value(self):
            return str(self)

        evaluate = value

    class Menu:
        addMenu = lambda self, name: self  # noqa: E731
        addCommand = lambda self, name, what: commands.append(what)  # noqa: E731

    class Panel:
        def __init__(self, title):
            self.values = {}

        def add(self, name, value):
            self.values[name] = value

        addFilenameSearch = addSingleLineInput = addBooleanCheckBox = add

        def show(self):
            self.values |= {"Inbox": str(tmp_path / "inbox"), "Inputs are cleared": True}
            self.values["What is seen"] = "A black square, nothing else."
            return True

        def value(self, name):
            return self.values[name]

    double = types.ModuleType("nuke")
    double.getFilename = lambda title, pattern: str(folder / "answers.json")
    double.nodePaste = lambda path: pasted.append(Path(path).read_text())
    double.message = said.append
    double.menu = lambda name: Menu()
    double.Panel = Panel
    node = {"file": Knob(tmp_path / "pl.png"), "colorspace": Knob("sRGB - Display")}
    double.selectedNodes = lambda kind: [node, node]
    sys.modules["nuke"] = double
    module.paste()
    assert pasted[0].startswith("Read {"), "no Root is pasted into somebody's script"
    request = module.submit()
    assert said == []
    wanted, _ = ask.read(Path(request))
    assert (wanted.shot.task, wanted.shot.matte) == ("inpaint_cleanup", "matte.png")
    assert wanted.simulate is True
    loaded("ct_menu", ROOT / "nuke" / "menu.py", nuke=double)
    assert all("circle_take_nuke." in each for each in commands)
    assert len(commands) == 3


# --- Resolve: after the README.txt of its scripting API


class Clip:
    def __init__(self, path):
        self.path, self.metadata, self.properties, self.markers = path, {}, {}, {}

    def SetMetadata(self, key, value):
        self.metadata[key] = value
        return True

    def SetClipProperty(self, key, value):
        self.properties[key] = value
        return True

    def AddMarker(self, frame, colour, name, note, duration, data):
        self.markers[frame] = {
            "color": colour, "duration": duration, "note": note, "name": name, "customData": data,
        }  # fmt: skip
        return True

    def GetMarkers(self):
        return self.markers


class Item:
    def __init__(self, clip, start, end):
        self.GetMediaPoolItem = lambda: clip
        self.GetStart, self.GetEnd = lambda: start, lambda: end


class Timeline:
    def __init__(self, name="cut", items=(), markers=None):
        self.GetName, self.GetStartFrame = lambda: name, lambda: 86400
        self.GetTrackCount = lambda kind: 1
        self.GetItemListInTrack = lambda kind, track: list(items)
        self.GetMarkers = lambda: markers or {}


class Resolve:
    def __init__(self, timeline=None, takes_cut=True):
        self.clips, self.imported = [], []
        project = types.SimpleNamespace(
            GetMediaPool=lambda: types.SimpleNamespace(
                ImportMedia=self._media, ImportTimelineFromFile=self._cut
            ),
            GetCurrentTimeline=lambda: timeline,
        )
        self.takes_cut = takes_cut
        self.GetProjectManager = lambda: types.SimpleNamespace(GetCurrentProject=lambda: project)

    def _media(self, paths):
        self.clips += [Clip(path) for path in paths]
        return self.clips[-len(paths) :]

    def _cut(self, path, options):
        self.imported.append((Path(path).name, options))
        return Timeline() if self.takes_cut or not path.endswith(".otio") else None


def resolve():
    sys.modules["circle_take_link"] = link()
    return loaded("circle_take_resolve", ROOT / "resolve" / "circle_take_resolve.py")


def test_resolve_gets_takes_with_their_words_and_no_display_take_is_linear(tmp_path):
    host = Resolve()
    said = resolve().bring(host, str(answered(tmp_path / "r")))
    assert said == "2 takes are in the media pool"
    display, linear = host.clips
    assert display.properties == {"Input Color Space": "sRGB"}
    assert linear.properties == {"Input Color Space": "ACEScg"}
    assert display.metadata["Shot"] == "SQ010_SH0010"
    assert "failed lines 2" in display.metadata["Comments"]
    assert [m["color"] for m in display.markers.values()] == ["Green"]
    assert linear.markers[0]["customData"] == "circletake:fedcba98"


def test_resolve_gets_the_cut_with_every_take_and_else_the_next_best(tmp_path):
    for name in ("cut.edl", "cut.xml", "cut.otio"):
        (tmp_path / name).touch()
    (tmp_path / "media").mkdir()
    host = Resolve()
    assert "cut.otio" in resolve().bring(host, str(tmp_path))
    assert host.imported[0][1]["sourceClipsPath"] == str(tmp_path / "media")
    older = Resolve(takes_cut=False)
    assert "cut.xml" in resolve().bring(older, str(tmp_path))


def test_markers_go_back_as_notes_on_the_take_that_lies_under_them():
    clip = Clip("a.png")
    clip.AddMarker(0, "Green", "SQ010", "words", 1, "circletake:take1")
    markers = {
        12.0: {"color": "Red", "name": "softer", "note": "on the left", "customData": ""},
        99.0: {"color": "Blue", "name": "", "note": "nothing here", "customData": ""},
        13.0: {"color": "Blue", "name": " ", "note": "", "customData": ""},
        14.0: {"color": "Yellow", "name": "x", "note": "", "customData": "circletake:take2"},
    }
    timeline, sent = Timeline(items=[Item(clip, 86410, 86420)], markers=markers), []
    service = types.SimpleNamespace(observe=lambda *a, **k: sent.append((a, k)))
    module = resolve()
    assert module.notes(Resolve(timeline), service, "c", "Ada") == 3
    assert [(a[1], k["takes"], k["severity"]) for a, k in sent] == [
        ("frame 12: softer on the left", ["take1"], "blocker"),
        ("frame 14: x", ["take2"], "minor"),
        ("frame 99: nothing here", [], "note"),
    ]
    assert {k["by"] for _, k in sent} == {"Ada"}
    assert module.main(["notes", "c"]) == 2


# --- ComfyUI


def comfy():
    package = types.ModuleType("ct_comfy")
    package.__path__ = [str(ROOT / "comfyui")]
    package.link = loaded("ct_comfy.link", ROOT / "link" / "circle_take_link.py", ct_comfy=package)
    return loaded("ct_comfy.nodes", ROOT / "comfyui" / "nodes.py")


def test_comfyui_nodes_have_the_form_that_it_asks_for():
    for name, node in comfy().NODE_CLASS_MAPPINGS.items():
        inputs = node.INPUT_TYPES()
        assert "required" in inputs
        assert callable(getattr(node, node.FUNCTION))
        assert len(node.RETURN_TYPES) == len(node.RETURN_NAMES)
        assert node.CATEGORY
        assert name in comfy().NODE_DISPLAY_NAME_MAPPINGS


def defaults(node):
    return {
        name: options[1]["default"] if len(options) > 1 else options[0][0]
        for name, options in node.INPUT_TYPES()["required"].items()
        if options[0] != "IMAGE"
    }


@pytest.mark.slow  # torch is loaded
def test_comfyui_hands_tensors_in_and_gets_takes_as_a_batch(tmp_path):
    torch = pytest.importorskip("torch")
    from PIL import Image

    nodes = comfy()
    plate = torch.linspace(0, 1, 16 * 8 * 3).reshape(1, 8, 16, 3)
    matte = torch.zeros(1, 8, 16)
    matte[:, 2:5, 3:9] = 1.0
    said = defaults(nodes.CircleTakeSubmit) | {
        "inbox": str(tmp_path), "inputs_cleared": True,
        "description": "A ramp from black to white.",
    }  # fmt: skip
    node = nodes.CircleTakeSubmit()
    (request,) = node.submit(plate=plate, matte=matte, **said)
    wanted, _ = ask.read(Path(request))
    assert (wanted.application, wanted.shot.matte) == ("ComfyUI", "matte.png")
    with Image.open(Path(request) / "matte.png") as image:
        assert (image.mode, image.size) == ("L", (16, 8))
        assert (sum(image.histogram()[255:]), image.getpixel((3, 2))) == (18, 255)
    with pytest.raises(nodes.link.Trouble, match="differ in size"):
        node.submit(plate=plate, matte=matte[:, :4], **said)

    fetch = nodes.CircleTakeFetch()
    with pytest.raises(nodes.link.Trouble, match="nobody looked"):
        fetch.fetch(request, circled_only=False, wait_s=0)
    folder = answered(Path(request))
    (folder / "takes" / "a b.png").write_bytes(nodes.png(plate[0]))
    batch, ids = fetch.fetch(request, circled_only=True, wait_s=0)
    assert (tuple(batch.shape), ids) == ((1, 8, 16, 3), "0123456789abcdef")
    assert float((batch - plate).abs().max()) <= 0.5 / 255 + 1e-6


def test_comfyui_asks_for_a_repair(tmp_path):
    said = {
        "inbox": str(tmp_path),
        "partner": "p",
        "take": f" {TAKE} ",
        "lines": "1 3",
        "by": "Ada",
    }
    (request,) = comfy().CircleTakeRepair().repair(**said, budget_usd=1.0, simulate=True)
    wanted, _ = ask.read(Path(request))
    assert (wanted.repair.take, wanted.repair.lines, wanted.by) == (TAKE, [1, 3], "Ada")


# --- Photoshop


def node():
    found = shutil.which("node")
    if not found:
        pytest.skip("no Node here to run the panel's JavaScript")
    return found


def test_the_panel_s_manifest_asks_for_no_more_than_folders():
    manifest = json.loads((ROOT / "photoshop/manifest.json").read_text())
    assert (manifest["manifestVersion"], manifest["host"]["app"]) == (5, "PS")
    assert manifest["requiredPermissions"] == {"localFileSystem": "request"}
    assert (ROOT / "photoshop" / manifest["main"]).is_file()
    page = (ROOT / "photoshop/index.html").read_text()
    ids = set(re.findall(r'id="([a-zA-Z]+)"', page))
    script = (ROOT / "photoshop/panel.js").read_text()
    bound = set(re.findall(r'bind\("([a-z]+)"', script))
    fields = set(json.loads(re.search(r"const FIELDS = (\[.*?\]);", script)[1]))
    assert bound | fields | {"cleared", "real", "said", "where"} == ids


def test_the_panel_hands_a_selection_in_as_a_matte_and_opens_takes(tmp_path):
    """Run by Node against a double of UXP's storage and of Photoshop's imaging."""
    from PIL import Image

    harness = Path(__file__).parent / "uxp" / "harness.js"
    (tmp_path / "inbox").mkdir()
    done = subprocess.run(
        [node(), harness, ROOT / "photoshop", tmp_path / "inbox"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "Inputs are cleared" in told["uncleared"]
    assert "nobody looked at it yet" in told["early"]
    assert told["opened"] == ["a.png"]
    wanted, _ = ask.read(Path(told["request"]))
    assert (wanted.shot.task, wanted.simulate) == ("inpaint_cleanup", True)
    with Image.open(Path(told["request"]) / "matte.png") as matte:
        assert (matte.mode, matte.size) == ("L", (300, 200))
        assert matte.getbbox() == (10, 20, 14, 23), "the selection lies where it was drawn"
        assert matte.getpixel((10, 20)) == 255
    with Image.open(Path(told["request"]) / "plate.png") as plate:
        assert (plate.mode, plate.size, plate.getpixel((299, 199))) == (
            "RGB",
            (300, 200),
            (9, 8, 7),
        )
    again, _ = ask.read(Path(told["repair"]))
    assert (again.repair.take, again.repair.lines, again.by) == (TAKE, [1, 2], "Ada")
