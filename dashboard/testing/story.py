"""Who and what the sample document is about: two partners, their shots, lines and recipes."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One recipe of the sample."""

    recipe: str
    title: str
    model: str
    operation: str
    drift: float  # planted, 0..1
    usd: float
    seconds: float
    takes: int = 2
    control: bool = False


REFERENCE = (
    Cell(recipe="init_image", title="Plate as start picture", model="Emulated B",
         operation="image_to_image", drift=0.12, usd=0.08, seconds=6.2),
    Cell(recipe="style_guide", title="Style guide from the plate", model="Emulated D",
         operation="style_guide", drift=0.22, usd=0.04, seconds=5.1),
    Cell(recipe="keyed_prompt", title="Structured prompt", model="Emulated A",
         operation="text_to_image", drift=0.45, usd=0.08, seconds=7.4),
    Cell(recipe="text_only", title="Prompt alone, cheapest model", model="Emulated C",
         operation="text_to_image", drift=0.8, usd=0.04, seconds=3.0),
    Cell(recipe="do_nothing", title="Do nothing", model="Do nothing", operation="do_nothing",
         drift=0.0, usd=0.0, seconds=0.0, takes=1, control=True),
    Cell(recipe="paste_reference", title="Paste the reference", model="Paste reference",
         operation="paste_reference", drift=0.9, usd=0.0, seconds=0.1, takes=1, control=True),
)  # fmt: skip
ERASE = (
    Cell(recipe="erase_matte", title="Erase inside the matte", model="Emulated E",
         operation="erase", drift=0.05, usd=0.07, seconds=4.4),
    Cell(recipe="classical_inpaint", title="Classical inpainting", model="Classical inpaint",
         operation="classical_inpaint", drift=0.02, usd=0.0, seconds=0.2, takes=1, control=True),
)  # fmt: skip
VIDEO = (
    Cell(recipe="video_from_key", title="Clip from the key frame, 540p", model="Emulated F",
         operation="image_to_video", drift=0.3, usd=3.75, seconds=94.0, takes=1),
)  # fmt: skip
CELLS = {"reference_to_image": REFERENCE, "erase": ERASE, "image_to_video": VIDEO}

PARTNERS = (
    ("northlight_pictures", "Northlight Pictures", "HARBOUR", "The Harbour Job", (
        ("SQ010_SH0010", "reference_to_image", "Mara waits under the arch at dusk."),
        ("SQ010_SH0020", "reference_to_image", "Mara turns; rim light from camera left."),
        ("SQ010_SH0030", "reference_to_image", "Reverse: Mara against the warehouse front."),
        ("SQ020_SH0010", "erase", "Remove the safety wire over the street. Nothing else moves."),
        ("SQ020_SH0020", "erase", "Remove the wire; keep the lit windows behind it."),
        ("SQ030_SH0010", "image_to_video", "Five seconds from the key, camera locked."),
    )),
    ("paper_lantern", "Paper Lantern", "LAMP", "The Lamplighter", (
        ("SQ100_SH0010", "reference_to_image", "The Lamplighter on his round, street wide."),
        ("SQ100_SH0020", "reference_to_image", "He looks up at the third lamp."),
        ("SQ100_SH0030", "reference_to_image", "Coat detail: bottle green, brass buttons."),
        ("SQ110_SH0010", "reference_to_image", "Storm light, same street."),
        ("SQ120_SH0010", "image_to_video", "The flame catches; five seconds, no camera move."),
    )),
)  # fmt: skip
LINES = {
    "reference_to_image": (
        (1, "Same face: the scar on the left cheek reads.", "identity", True, "id_ref", 0.7),
        (2, "The coat stays bottle green, four brass buttons.", "wardrobe", True,
         "costume_colour", 6.0),
        (3, "Dusk light as in the plate, within a third of a stop.", "lighting", False,
         "colour_match.stops", 0.33),
        (4, "Framing as boarded.", "composition", False, None, None),
    ),
    "erase": (
        (1, "The wire is gone.", "artefact", True, "colour_match.w1", 1.5),
        (2, "Nothing outside the matte moves.", "untouched_region", True, "outside_mask", 0.001),
        (3, "Delivery raster as asked.", "technical", True, "spec_checks.passed", 1.0),
    ),
    "image_to_video": (
        (1, "Mara stays Mara on every frame.", "identity", True, "id_ref", 0.7),
        (2, "No flicker in the sky.", "artefact", True, "temporal.flicker", 0.02),
        (3, "Locked camera.", "camera", False, None, None),
    ),
}  # fmt: skip
UNITS = {
    "id_ref": ("similarity", "higher", "Likeness to the reference sheet"),
    "costume_colour": ("delta_e", "lower", "Costume colour against its reference"),
    "colour_match.stops": ("stops", "lower", "Exposure against the plate"),
    "colour_match.w1": ("delta_e", "lower", "Colour distance to the clean plate"),
    "outside_mask": ("share", "lower", "Picture changed outside the matte"),
    "spec_checks.passed": ("share", "higher", "Delivery checks passed"),
    "temporal.flicker": ("share", "lower", "Flicker between frames"),
}
