"""How many pixels an answer has."""

import math
from collections.abc import Mapping
from typing import Any

from router.emulator.pictures import Picture

MEGAPIXEL = 1_048_576
SIZES = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "21:9": (1536, 640),
    "3:2": (1216, 832),
    "5:4": (1088, 896),
    "4:5": (896, 1088),
    "2:3": (832, 1216),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
FILM_RATIOS = {
    "1:1": (1, 1),
    "16:9": (16, 9),
    "9:16": (9, 16),
    "4:3": (4, 3),
    "3:4": (3, 4),
    "21:9": (21, 9),
    "9:21": (9, 21),
}
RESHAPED = {"text_to_image", "style_guide"}


def still_size(operation: str, body: Mapping[str, Any], source: Picture | None) -> tuple[int, int]:
    """Give width and height of the picture that this request asks for."""
    if source is None or operation in RESHAPED:
        return SIZES[body.get("aspect_ratio", "1:1")]
    width, height = source.width, source.height
    if operation == "image_to_image":
        return one_megapixel(width, height)
    if operation == "outpaint":
        across = int(body.get("left", 0)) + int(body.get("right", 0))
        along = int(body.get("up", 0)) + int(body.get("down", 0))
        return width + across, height + along
    if operation == "upscale_fast":
        return width * 4, height * 4
    if operation in {"upscale_conservative", "upscale_creative"}:
        scale = max(1.0, math.sqrt(4 * MEGAPIXEL / (width * height)))
        return round(width * scale), round(height * scale)
    return width, height


def one_megapixel(width: int, height: int) -> tuple[int, int]:
    """Give the size of about one megapixel, sides in steps of 64, nearest to this shape."""
    aspect = math.log(width / height)
    nearest = min(SIZES.values(), key=lambda size: abs(math.log(size[0] / size[1]) - aspect))
    if abs(math.log(nearest[0] / nearest[1]) - aspect) < 0.03:
        return nearest
    wide = math.sqrt(MEGAPIXEL * width / height)
    return _step(wide), _step(MEGAPIXEL / wide)


def film_size(aspect_ratio: str, resolution: str) -> tuple[int, int]:
    """Give width and height of a film; the shorter side is what the resolution names."""
    across, along = FILM_RATIOS[aspect_ratio]
    short = 540 if resolution == "540p" else 720
    long = 2 * round(short * max(across, along) / min(across, along) / 2)
    return (long, short) if across >= along else (short, long)


def _step(side: float) -> int:
    return min(1536, max(640, 64 * round(side / 64)))
