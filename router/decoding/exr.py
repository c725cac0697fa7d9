"""Read one OpenEXR picture; runs inside the decode jail, the only module that imports OpenImageIO.

Scene-linear values are not code values, so they are shown through one recorded display transform:
ACES 1.3 SDR video on an sRGB display, out of a built-in configuration that needs no file. That is
our choice and not the studio's: everything measured on such a picture says so (`rendered`), and no
line fails by it. Alpha is associated (premultiplied), as OpenEXR defines it, and divided out.

A reader that reports no error is not trusted: a part that is missing, unknown compression or a
picture without channels is refused with its reason.
"""

from typing import Any

import numpy as np

from router.decoding.tags import Unusable

EXR = b"\x76\x2f\x31\x01"
MAX_PIXELS = 64_000_000
MOST_NOT_NUMBERS = 0.05  # share of samples; above, there is no picture to speak of
CONFIG = "ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3"
SOURCE, DISPLAY, VIEW = "Linear Rec.709 (sRGB)", "sRGB - Display", "ACES 1.0 - SDR Video"
RENDERED = f"scene-linear, shown through {VIEW} on {DISPLAY} ({CONFIG})"
BRIGHTEST = 65504.0  # of a half float
REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
XYZ = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)  # primaries of values that are CIE XYZ themselves
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

Array = np.ndarray[Any, Any]


def read_exr(path: str, *, header_only: bool) -> tuple[dict[str, Any], Array | None]:
    """Give the facts and, unless only the header is asked for, display values.

    Returns:
        The facts, and uint16 (height, width, 3 or 4) sRGB code values with straight alpha.
    """
    import OpenImageIO as oiio  # noqa: N813 - the name that its own manual uses

    oiio.attribute("threads", 1)
    oiio.attribute("limits:imagesize_MB", 1024)
    reader = oiio.ImageInput.open(path)
    trouble = complaint(reader, oiio)
    if reader is None and "ubsampled" in trouble:
        raise Unusable(f"luminance/chroma OpenEXR; export R, G, B ({trouble})")
    if reader is None or trouble or reader.format_name() != "openexr":
        raise Unusable(f"a damaged OpenEXR file ({trouble or 'it cannot be opened'})")
    spec = reader.spec()
    names = chosen(spec)
    facts = _facts(spec, reader)
    if header_only:
        return facts, None
    first, last = min(names.values()), max(names.values()) + 1
    pixels = reader.read_image(0, 0, first, last, oiio.FLOAT)
    trouble = complaint(reader, oiio)
    if pixels is None or trouble:
        raise Unusable(f"a damaged OpenEXR file ({trouble or 'no pixels'})")
    pixels = np.asarray(pixels).reshape(spec.height, spec.width, last - first)
    linear = finite(pixels[..., [i - first for i in names.values()]], facts)
    return facts, _shown(framed(linear, spec), spec, oiio)


def complaint(reader: Any, oiio: Any) -> str:
    """Give the first thing that the library complains of, without the file's name."""
    said = "\n".join(filter(None, (reader.geterror() if reader else "", oiio.geterror())))
    first = next((line for line in said.splitlines() if line.strip()), "")
    first = first.partition("): ")[2] if first.startswith("EXR Error (") else first
    return first.strip()[:160]


def chosen(spec: Any) -> dict[str, int]:
    """Find red, green, blue (or Y for grey) and alpha by their names."""
    if spec.deep:
        raise Unusable("deep OpenEXR; flatten it first")
    places = {name: i for i, name in enumerate(spec.channelnames)}
    colour = "RGB" if {"R", "G", "B"} <= places.keys() else "Y"
    if colour == "Y" and ("Y" not in places or {"RY", "BY"} & places.keys()):
        found = ", ".join(spec.channelnames[:8])
        raise Unusable(f"OpenEXR channels {found}; expected R, G, B (and A) or Y")
    for window in ((spec.width, spec.height), (spec.full_width, spec.full_height)):
        if not 0 < window[0] * window[1] <= MAX_PIXELS:
            raise Unusable(f"image is {window[0]}x{window[1]} px; the limit is 64 Mpx")
    return {c: places[c] for c in (*colour, "A") if c in places}


def _facts(spec: Any, reader: Any) -> dict[str, Any]:
    notes = []
    if spec.getattribute("chromaticities") is None:
        notes.append("primaries not tagged, read as Rec.709")
    if (spec.width, spec.height) != (spec.full_width, spec.full_height):
        notes.append("data window laid into the display window")
    if reader.seek_subimage(1, 0):
        notes.append("several parts, the first one is read")
        reader.seek_subimage(0, 0)
    reader.geterror()  # that there is no second part is no error
    return {
        "still": True,
        "mime": "image/x-exr",
        "width": spec.full_width,
        "height": spec.full_height,
        "codec": "exr",
        "pixel_format": f"{spec.format} {'/'.join(spec.channelnames[:4])}",
        "bit_depth": 32 if str(spec.format) == "float" else 16,
        "rendered": RENDERED,
        "notes": notes,
    }


def finite(pixels: Array, facts: dict[str, Any]) -> Array:
    """Replace what is no number, and say how much of it there was."""
    odd = ~np.isfinite(pixels)
    if not odd.any():
        return pixels
    count = int(odd.sum())
    if count > MOST_NOT_NUMBERS * odd.size:
        raise Unusable(f"{count} of {odd.size} samples are no numbers (NaN or infinite)")
    facts["notes"].append(f"{count} samples are no numbers; NaN shown black, infinite white")
    return np.nan_to_num(pixels, nan=0.0, posinf=BRIGHTEST, neginf=0.0)


def framed(pixels: Array, spec: Any) -> Array:
    """Lay the data window into the display window; outside it there is nothing."""
    window = (spec.full_x, spec.full_y, spec.full_width, spec.full_height)
    if (spec.x, spec.y, spec.width, spec.height) == window:
        return pixels
    out = np.zeros((spec.full_height, spec.full_width, pixels.shape[2]), np.float32)
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    rows = slice(max(0, top), max(0, min(spec.full_height, top + spec.height)))
    columns = slice(max(0, left), max(0, min(spec.full_width, left + spec.width)))
    part = pixels[max(0, -top) :, max(0, -left) :]
    out[rows, columns] = part[: rows.stop - rows.start, : columns.stop - columns.start]
    return np.asarray(out)


def _shown(pixels: Array, spec: Any, oiio: Any) -> Array:
    """Scene-linear to sRGB code values."""
    alpha = pixels[..., -1:] if pixels.shape[2] in {2, 4} else None
    colour = pixels[..., :3] if pixels.shape[2] > 2 else np.repeat(pixels[..., :1], 3, axis=2)
    if alpha is not None:
        alpha = np.clip(alpha, 0.0, 1.0)
        colour = np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 0)
    tagged = spec.getattribute("chromaticities")
    if tagged is not None and colour.shape[2] == 3:
        colour = colour @ _to_rec709(tuple(tagged)).T.astype(np.float32)
    buffer = oiio.ImageBuf(np.ascontiguousarray(np.clip(colour, -BRIGHTEST, BRIGHTEST)))
    done = oiio.ImageBufAlgo.ociodisplay(buffer, DISPLAY, VIEW, SOURCE, colorconfig=CONFIG)
    if done.has_error:
        raise Unusable(f"no display transform for scene-linear values ({done.geterror()[:80]})")
    shown = np.clip(np.nan_to_num(done.get_pixels(oiio.FLOAT)), 0.0, 1.0)
    if alpha is not None:
        shown = np.concatenate([shown, alpha], axis=2)
    return np.asarray(np.rint(shown * 65535.0), np.uint16)


def _to_rec709(chromaticities: tuple[float, ...]) -> Array:
    """Matrix from the file's primaries to linear Rec.709, whites adapted after Bradford.

    CIE XYZ is absolute: its white (1/3, 1/3) is no light, so nothing is adapted there.
    """
    source, goal = _to_xyz(chromaticities), _to_xyz(REC709)
    if np.allclose(chromaticities[:6], XYZ):
        return np.asarray(np.linalg.inv(goal) @ source)
    whites = [BRADFORD @ m.sum(axis=1) for m in (source, goal)]
    adapted = np.linalg.inv(BRADFORD) @ np.diag(whites[1] / whites[0]) @ BRADFORD
    return np.asarray(np.linalg.inv(goal) @ adapted @ source)


def _to_xyz(chromaticities: tuple[float, ...]) -> Array:
    """Matrix from RGB to CIE XYZ (SMPTE RP 177)."""
    x, y = np.array(chromaticities).reshape(4, 2).T
    if (y[:4] == 0).any():
        y = np.where(y == 0, 1e-9, y)
    columns = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    try:
        scale = np.linalg.solve(columns[:, :3], columns[:, 3])
    except np.linalg.LinAlgError as error:
        raise Unusable("OpenEXR chromaticities that span no colours") from error
    return np.asarray(columns[:, :3] * scale)
