"""Circle Take in Nuke: takes become Read nodes in the right colour space, plates beside them.

`python circle_take_nuke.py REQUEST [--circled] > cut.nk` writes the script without Nuke; inside,
the menu `Circle Take` (menu.py) pastes the same text. Python 3.7 and later; it imports nothing of
ours but `circle_take_link.py` beside it.
"""

import os
import re
import sys

import circle_take_link as link

STEP_X, STEP_Y = 220, 180
MOVIES = (".mov", ".mp4", ".mxf")
FORMATS = {".exr": "exr", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".dpx": "dpx",
           ".tif": "tiff", ".tiff": "tiff", ".mov": "mov", ".mp4": "mov"}  # fmt: skip
SAFE = re.compile(r"[^A-Za-z0-9_]")


def script(folder, circled=False, settings=True):
    """Write the Nuke script of a request's answers.

    A take of 8 bits is a picture for a display: it is read raw and taken back to the working space
    through the inverse of the view that its model saw the plate through. It is never labelled
    linear. A scene-linear EXR keeps the colour space that the pack gives it.

    Args:
        folder: the request's folder.
        circled: only circled takes.
        settings: say the OpenColorIO config in a Root node, too.
    """
    body = link.answers(folder)
    colour = body["colour"]
    if colour is None:
        raise link.Trouble("nothing is known of this request's colours: it had no pack")
    rows = link.takes(folder, circled)
    if not rows:
        raise link.Trouble("no take is circled yet" if circled else "no take is here yet")
    nodes = [_root(colour)] if settings else []
    for column, plate in enumerate(body["plates"]):
        nodes.extend(_seen(_plate(folder, plate, colour), colour, column, -1))
    for column, row in enumerate(rows):
        nodes.extend(_seen(_take(row), colour, column, 1))
    return "\n".join(nodes) + "\n"


def node(kind, **knobs):
    """Write one node; names and words are quoted so that Tcl reads them back as they are."""
    lines = [" {} {}".format(name, _value(value)) for name, value in knobs.items()]
    return "{} {{\n{}\n}}".format(kind, "\n".join(lines))


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    plain = re.match(r"^[A-Za-z0-9_./:%+-]+$", value)
    return value if plain else '"{}"'.format(re.sub(r'([\\"$\[\]{}])', r"\\\1", value))


def _root(colour):
    return node(
        "Root",
        inputs=0,
        colorManagement="OCIO",
        OCIO_config="custom",
        customOCIOConfigPath=colour["config"],
        workingSpaceLUT=colour["working_space"],
    )


def _plate(folder, plate, colour):
    """What a pack leaves unsaid is what it is taken for: EXR the working space, else a display."""
    path = os.path.abspath(os.path.join(folder, plate["path"]))
    space = plate["colour_space"]
    if space is None and path.lower().endswith(".exr"):
        space = colour["working_space"]
    first, last = plate["frame_range"] or (1, 1)
    return {
        "name": "plate_{}".format(plate["shot"]),
        "path": path,
        "frames": (first, last),
        "space": space or colour["model_display"],
        "view": colour["model_view"] if space is None else None,
        "label": "plate of {}\n{}".format(plate["shot"], space or "for a display"),
    }


def _take(row):
    label = "{shot} {recipe} take {number}".format(**row)
    label += "\nsimulated" if row["simulated"] else ""
    label += "\ncircled by {}".format(row["decision"]["by"]) if row["circled"] else ""
    return {
        "name": "take_{}_{}".format(row["shot"], row["take"][:8]),
        "path": row["path"],
        "frames": (1, max(1, row["frames"])),
        "space": row["colour_space"],
        "view": row["view"] if row["encoding"] == "display" else None,
        "label": label,
    }


def _seen(it, colour, column, row):
    """Read a file; with a view it is a picture for a display, and goes home through it."""
    first, last = it["frames"]
    ending, knobs = os.path.splitext(it["path"])[1].lower(), {"inputs": 0}
    if ending in FORMATS:
        knobs["file_type"] = FORMATS[ending]
    knobs.update(
        file=it["path"].replace("\\", "/"), first=first, last=last, origfirst=first,
        origlast=last, colorspace=it["space"],
    )  # fmt: skip
    if it["view"]:
        knobs["raw"] = True
    name, x, y = SAFE.sub("_", it["name"]), column * STEP_X, row * STEP_Y
    yield node("Read", **dict(knobs, name=name, label=it["label"], xpos=x, ypos=y))
    if it["view"]:
        yield node(
            "OCIODisplay",
            colorspace=colour["working_space"],
            display=colour["model_display"],
            view=it["view"],
            invert=True,
            name="home_" + name,
            label="back to {}".format(colour["working_space"]),
            xpos=x,
            ypos=y + STEP_Y // 2,
        )


# --- inside Nuke ---------------------------------------------------------------------------------


def paste(circled=True):
    """Ask for a request's folder, and paste its takes into the open script."""
    import tempfile

    import nuke

    chosen = nuke.getFilename("The request's folder (its answers.json)", "*.json")
    if not chosen:
        return None
    try:
        text = script(os.path.dirname(chosen), circled=circled, settings=False)
    except link.Trouble as trouble:
        nuke.message(str(trouble))
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".nk", delete=False) as file:
        file.write(text)
    try:
        return nuke.nodePaste(file.name)
    finally:
        os.unlink(file.name)


def submit():
    """Hand the selected Read node's picture in as a plate, with a matte if a second is selected."""
    import nuke

    chosen = nuke.selectedNodes("Read")
    panel = nuke.Panel("Circle Take")
    panel.addFilenameSearch("Inbox", os.environ.get("CIRCLETAKE_INBOX", ""))
    for name, said in (("Partner", "my_studio"), ("Owner", "Our studio"), ("What is seen", ""),
                       ("What must hold", "Nothing outside the matte moves"),
                       ("Budget USD", "5")):  # fmt: skip
        panel.addSingleLineInput(name, said)
    panel.addBooleanCheckBox("Inputs are cleared", False)
    panel.addBooleanCheckBox("Real: reaches models, and pays", False)
    if not chosen:
        nuke.message("select the plate's Read node (and the matte's, second)")
        return None
    if not panel.show():
        return None
    try:
        return link.drop(*request(panel, chosen))
    except (link.Trouble, ValueError) as trouble:
        nuke.message(str(trouble))
        return None


def request(panel, chosen):
    """Make inbox, name, request and files of what the panel and the selected nodes say."""
    paths = [each["file"].evaluate() for each in chosen[:2]]
    names = [role + os.path.splitext(path)[1].lower() for role, path in zip(ROLES, paths)]
    shot = {
        "task": "inpaint_cleanup" if len(paths) > 1 else "upscale",
        "description": panel.value("What is seen"),
        "plate": names[0],
        "plate_colour_space": chosen[0]["colorspace"].value(),
        "lines": [
            {"criterion": panel.value("What must hold"), "kind": "untouched_region", "must": True}
        ],
        "rights": {
            "owner": panel.value("Owner"),
            "inputs_cleared": panel.value("Inputs are cleared"),
        },
    }
    if len(paths) > 1:
        shot["matte"] = names[1]
    if names[0].endswith(".exr"):
        shot["raster"] = [chosen[0].width(), chosen[0].height()]
    said = {
        "partner": panel.value("Partner"),
        "budget_usd": float(panel.value("Budget USD")),
        "simulate": not panel.value("Real: reaches models, and pays"),
        "application": "Nuke",
        "shot": shot,
    }
    return panel.value("Inbox"), "nuke", said, dict(zip(names, paths))


ROLES = ("plate", "matte")


def main(words):
    """Write the script of a request to standard output."""
    circled = "--circled" in words
    folders = [word for word in words if not word.startswith("--")]
    if len(folders) != 1:
        sys.stderr.write("python circle_take_nuke.py REQUEST [--circled] > cut.nk\n")
        return 2
    try:
        sys.stdout.write(script(folders[0], circled))
    except link.Trouble as trouble:
        sys.stderr.write("{}\n".format(trouble))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
