"""A scene becomes a shot pack: characters with turnarounds, the shot with camera and passes."""

import json
import re

from . import link

COLOUR = {
    "config": "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4",
    "working_space": "ACEScg",
    "model_display": "sRGB - Display",
    "model_view": "ACES 1.0 - SDR Video",
}
LINEAR = "Linear Rec.709 (sRGB)"  # what Blender's scene-linear is called there
DATA = "Raw"  # depth is no colour
TASKS = ("reference_to_image", "image_to_video", "inpaint_cleanup", "background_plate")
# What the rendered frame is to a task: the picture to stay close to, or the one to start from.
ROLES = {"image_to_video": "x.lookdev"}
NEEDS_MATTE = {"inpaint_cleanup"}
SHOT = re.compile(r"^[A-Z0-9]{2,8}_[A-Z0-9]{2,8}$")
CODE = re.compile(r"^[A-Z][A-Z0-9]{2,11}$")
RATES = ("23.976", "24", "25", "29.97", "30", "48", "50", "59.94", "60")


def pack(words, camera, passes, figures):
    """Make a pack.

    Args:
        words: what the artist said: partner, code, title, owner, cleared, shot, task, description,
            lines, fps, raster, frames (first, last), wants_exr.
        camera: the pack's `camera` of the shot.
        passes: what `passes.shot` gave, and `picture`, `mattes` (one for each figure).
        figures: dicts with id, name, kind, description and views: (degrees, name, PNG bytes).

    Returns:
        name inside the pack → bytes, `shotpack.yaml` among them.
    """
    shot, files = words["shot"], {}
    characters = [_character(figure, files) for figure in figures]
    inputs = _inputs(words, passes, figures, files)
    sequence, _, number = shot.partition("_")
    document = {
        "shotpack": "1.0",
        "production": {
            "code": words["code"],
            "title": words["title"],
            "title_type": "working",
            "partner": words["partner"],
            "fps": words["fps"],
            "raster": list(words["raster"]),
            "delivery": {"review": "h264_1080", "master": "png8"},
        },
        "rights": {
            "owner": words["owner"],
            "use": "evaluation_only",
            "training": "not_allowed",
            "retention_days": 90,
            "disclosure_tier": "ideation",
            "inputs_cleared": words["cleared"],
        },
        "colour": COLOUR,
        "characters": characters,
        "shots": [
            {
                "id": shot,
                "sequence": sequence,
                "shot": number,
                "task": words["task"],
                "description": words["description"],
                "characters": [{"character": figure["id"]} for figure in figures],
                "camera": camera,
                "timing": {"cut_in": words["frames"][0], "cut_out": words["frames"][1]},
                "inputs": inputs,
                "acceptance": words["lines"],
            }
        ],
    }
    # JSON is YAML: any reader of packs takes it, and the standard library writes it.
    files["shotpack.yaml"] = (json.dumps(document, indent=2) + "\n").encode("utf-8")
    return files


def identifier(name):
    """Make an id of a name: small letters, digits and _, a letter first."""
    found = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
    return found if len(found) > 1 and found[0].isalpha() else "c_" + (found or "character")


def wrong(words, figures):
    """Say what is missing before anything is rendered; "" = all is there."""
    rate = "frames a second: {} is no rate of a cut".format(words["fps"])
    checks = (
        (figures, "no character: tick `Is a character` for its collection"),
        (words["cleared"], "say that you may hand this in: tick `Inputs are cleared`"),
        (
            len(words["description"]) >= 20,
            "the description: 20 characters on what is seen, or more",
        ),
        (SHOT.match(words["shot"]), "the shot's name: sequence_shot, such as SQ010_SH0010"),
        (CODE.match(words["code"]), "the show's code: 3 to 12 capitals and digits"),
        (words["fps"] in RATES, rate),
        (words["lines"], "one acceptance line at least, of 8 characters or more"),
        (min(words["raster"]) >= 256, "the raster: 256 pixels or more each way"),
    )
    return next((said for fine, said in checks if not fine), "")


def _character(figure, files):
    references = []
    for degrees, view, data in figure["views"]:
        path = "refs/{}/{:03.0f}.png".format(figure["id"], degrees)
        files[path] = data
        row = {
            "path": path,
            "functional_type": "x.turnaround",
            "source_type": "digitalCreation",
        }
        references.append(dict(row, view=view) if view else row)
    row = {"id": figure["id"], "name": figure["name"], "kind": figure["kind"]}
    if figure["description"]:
        row["description"] = figure["description"]
    return dict(row, references=references)


def _inputs(words, passes, figures, files):
    base, task = "shots/" + words["shot"], words["task"]
    role = ROLES.get(task, "x.plate")
    rows = []
    if words["wants_exr"] and role == "x.plate":
        files[base + "/frame.exr"] = passes["exr"]["Image"]
        rows.append(_row(base + "/frame.exr", role, colour_space=LINEAR))
    else:
        files[base + "/frame.png"] = passes["picture"]
        rows.append(_row(base + "/frame.png", role))
    files[base + "/depth.exr"] = passes["exr"]["Depth"]
    rows.append(_row(base + "/depth.exr", "x.previs", colour_space=DATA))
    files[base + "/ids.exr"] = passes["exr"]["IndexOB"]
    rows.append(_row(base + "/ids.exr", "x.previs", colour_space=DATA))
    for figure, matte in zip(figures, passes["mattes"]):
        path = "{}/matte_{}.png".format(base, figure["id"])
        files[path] = matte
        if task in NEEDS_MATTE:
            rows.append(_row(path, "matte"))
            break  # one matte says what may change: the first character's
    legend = ["{} = {}".format(n, f["id"]) for n, f in enumerate(figures, 1)]
    told = "\n".join(["depth.exr: metres along the lens axis, 0 = nothing there", *legend]) + "\n"
    files[base + "/passes.txt"] = told.encode("utf-8")
    rows.append(_row(base + "/passes.txt", "document"))
    return rows


def _row(path, kind, **more):
    return dict({"path": path, "functional_type": kind}, **more)


def request(words):
    """Make the request that goes with a pack into an inbox."""
    said = {
        "partner": words["partner"],
        "budget_usd": words["budget_usd"],
        "simulate": words["simulate"],
        "pack": "pack",
        "application": "Blender",
    }
    if words["recipes"]:
        said["recipes"] = words["recipes"]
    if words["takes"]:
        said["takes"] = words["takes"]
    return said


def submit(inbox, words, files):
    """Drop a pack into an inbox; gives the request's folder."""
    inside = {"pack/" + name: data for name, data in files.items()}
    return link.drop(inbox, "{}_{}".format(words["code"], words["shot"]), request(words), inside)
