"""Pictures for the printed page: embedded as data URIs, no larger than they are shown."""

import base64
import io
from collections.abc import Mapping

from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
AS_IT_IS = 48_000  # bytes; larger pictures are encoded again


class Pictures:
    """The pictures of one document, by name."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        """Keep the bytes; each derived form is made once."""
        self._assets = assets
        self._made: dict[tuple[str, int], str | None] = {}

    def uri(self, name: str | None, side: int = 0) -> str | None:
        """Give a picture as a data URI, at most `side` pixels wide or high (0 = its own size).

        None where there is no such picture or it cannot be read: the page then says so.
        """
        if not name:
            return None
        key = (name, side)
        if key not in self._made:
            data = self._assets.get(name)
            self._made[key] = None if data is None else _uri(data, side)
        return self._made[key]


def _uri(data: bytes, side: int) -> str | None:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            mime = Image.MIME[picture.format or "PNG"]
            if len(data) > AS_IT_IS or (side and max(picture.size) > side):
                data, mime = _smaller(picture, side), "image/webp"
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def _smaller(picture: Image.Image, side: int) -> bytes:
    shown = picture.convert("RGB")
    if side:
        shown.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    shown.save(out, "WEBP", quality=82, method=2)
    return out.getvalue()


def small(data: bytes, side: int) -> bytes | None:
    """Encode a picture anew, so that nothing of the file but its pixels is printed."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            picture.draft("RGB", (side, side))
            shown = picture.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    shown.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=80)
    return out.getvalue()
