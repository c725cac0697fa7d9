"""Pictures on the wire: strict base64 in, measured and decoded, encoded again on the way out."""

import base64
import binascii
import hashlib
import io
import threading
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from router.emulator.errors import validation

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

KNOWN = 512
MAX_PIXELS = 9_437_184


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an input picture must be like; sides and pixels inclusive."""

    shortest: int = 64
    longest: int = 1_000_000
    fewest: int = 0
    most: int = MAX_PIXELS
    steepest: float | None = 2.5
    """Longer side by shorter side."""
    formats: tuple[str, ...] = ("jpeg", "png", "webp")


ANY = Rule()
INIT = Rule(most=80_000_000, steepest=None)
CREATIVE = Rule(fewest=4_096, most=1_048_576, steepest=None)
FAST = Rule(shortest=32, longest=1_536, fewest=1_024, most=1_048_576, steepest=None)
KEYFRAME = Rule(
    shortest=512, longest=4096, most=4096 * 4096, steepest=None, formats=("jpeg", "png")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An input picture that can be decoded."""

    text: str
    """Base64, as it came."""
    format: str
    width: int
    height: int


_seen: OrderedDict[bytes, tuple[str, int, int]] = OrderedDict()
"""Format, width and height of pictures that decoded lately, by the hash of their text."""
_lock = threading.Lock()


def read(text: Any, member: str, rule: Rule = ANY) -> Picture:
    """Decode a base64 picture and hold it against its rule.

    Raises:
        AwsError: not base64 (a `data:` prefix is none), not a picture, or outside the rule.
    """
    if not isinstance(text, str):
        raise validation(f"Malformed input request: #/{member}: expected type: String")
    known = hashlib.sha256(text.encode()).digest()
    with _lock:
        facts = _seen.get(known)
    if facts is None:
        facts = _measured(text, member)
        with _lock:
            _seen[known] = facts
            while len(_seen) > KNOWN:
                _seen.popitem(last=False)
    picture = Picture(text=text, format=facts[0], width=facts[1], height=facts[2])
    _hold(picture, member, rule)
    return picture


def open_data(data: bytes) -> "Image.Image":
    """Open an encoded picture without decoding it; raises what Pillow raises."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(data))


def pixels(picture: Picture) -> "np.ndarray":
    """Decode to uint8 (H, W, 3) RGB, or (H, W, 4) where the picture carries alpha."""
    import numpy as np

    image = open_data(base64.b64decode(picture.text))
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def encode(image: "Image.Image", format_: str, effort: int = 3) -> bytes:
    """Encode as png (with zlib's `effort`, 1 to 9), jpeg or webp; JPEG has no alpha."""
    out = io.BytesIO()
    if format_ == "jpeg":
        image.convert("RGB").save(out, "JPEG", quality=95)
    elif format_ == "webp":
        image.save(out, "WEBP", quality=95, method=2)
    else:
        image.save(out, "PNG", compress_level=effort)
    return out.getvalue()


def _measured(text: str, member: str) -> tuple[str, int, int]:
    from PIL import Image

    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise validation(f"{member}: invalid base64 ({error})") from error
    try:
        image = open_data(data)
        if image.width * image.height <= INIT.most:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise validation(f"{member}: unable to decode image") from error
    except Image.DecompressionBombWarning as error:
        raise validation(f"{member}: image has too many pixels") from error
    return (image.format or "").lower(), image.width, image.height


def _hold(picture: Picture, member: str, rule: Rule) -> None:
    width, height = picture.width, picture.height
    size = f"found {width}x{height}"
    if picture.format not in rule.formats:
        raise validation(f"{member}: {picture.format} is not one of {', '.join(rule.formats)}")
    if min(width, height) < rule.shortest or max(width, height) > rule.longest:
        said = f"each side must be {rule.shortest} to {rule.longest} pixels"
        raise validation(f"{member}: {said}, {size}")
    if not rule.fewest <= width * height <= rule.most:
        said = f"total pixels must be {rule.fewest} to {rule.most}"
        raise validation(f"{member}: {said}, {size}")
    steep = max(width, height) / min(width, height)
    if rule.steepest is not None and steep > rule.steepest:
        said = f"aspect ratio must be within 1:{rule.steepest:g} and {rule.steepest:g}:1"
        raise validation(f"{member}: {said}, {size}")
