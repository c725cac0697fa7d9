"""A suite becomes a shot pack to fill: valid as it is, with placeholders for pictures."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from benchmarks.packs import starter
from benchmarks.suites.suite import Placed, Suite
from router.files.yaml_file import parse

Json = dict[str, Any]

HERO, COAT = "sample_hero", "green_coat"
PLATE = {"path": "plates/SQ010_SH0020/plate.png", "functional_type": "x.plate"}
MATTE = {"path": "plates/SQ010_SH0020/wire_matte.png", "functional_type": "matte"}
KEY = {"path": "looks/key_frame.png", "functional_type": "x.lookdev"}
LOOK = {"path": "looks/evening.png", "functional_type": "x.style"}
INPUTS = {
    "erase": (PLATE, MATTE),
    "inpaint_cleanup": (PLATE, MATTE),
    "outpaint": (PLATE,),
    "upscale": (PLATE,),
    "relight_colour_match": (PLATE, LOOK),
    "style_transfer": (PLATE, LOOK),
    "image_to_video": (KEY,),
}
EVENING = (0.62, 0.86, 1.12)  # BGR gains
CUT_IN = 1009


def start(suite: Suite, folder: Path) -> tuple[str, ...]:
    """Write a pack with a suite's shots into a new or empty folder; gives what was written.

    Character, colour and rights are those of the starter pack, to be replaced.

    Raises:
        Conflict: there is something in the folder already; nothing is overwritten.
    """
    written = starter.start(folder)
    plate = cv2.imread(str(folder / PLATE["path"]))
    if plate is None:
        raise RuntimeError("the starter pack has no plate")
    pictures = {KEY["path"]: plate, LOOK["path"]: np.clip(plate * EVENING, 0, 255).astype(np.uint8)}
    for name, picture in pictures.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    sheet = folder / "shotpack.yaml"
    pack = parse(sheet.read_text(encoding="utf-8"), sheet.name).data
    pack["production"] |= {"title": suite.title}
    pack["shots"] = [_shot(placed) for placed in suite.shots]
    head = (
        f"# {suite.title}: {suite.purpose}\n"
        "# Replace pictures, character and descriptions by yours; keep what lines fit.\n"
    )
    body = yaml.safe_dump(pack, sort_keys=False, allow_unicode=True, width=100)
    sheet.write_text(head + body, encoding="utf-8")
    return (*written, *pictures)


def _shot(placed: Placed) -> Json:
    template = placed.template
    shot: Json = {
        "id": placed.id,
        "sequence": placed.sequence,
        "shot": placed.shot,
        "order": placed.order,
        "task": template.task,
        "description": template.description,
        "location": "room",
        "camera": {"framing": placed.framing, "angle": "eye", "movement": placed.movement},
        "aspect": "16:9",
        "acceptance": [line.model_dump(exclude_none=True) for line in template.lines],
        "takes_wanted": template.takes,
    }
    if template.cast:
        shot["characters"] = [{"character": HERO, "wardrobe": COAT}]
    if template.frames:
        shot["timing"] = {"cut_in": CUT_IN, "cut_out": CUT_IN + template.frames - 1}
    if template.task in INPUTS:
        shot["inputs"] = [dict(file) for file in INPUTS[template.task]]
    return shot
