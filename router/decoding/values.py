"""Read a plate's own values; runs inside the decode jail.

OpenEXR, DPX, TIFF and PNG at every depth, as floats: integers are divided by their largest value,
nothing is shown through a view and nothing is rounded. Which light the values stand for is not in
them; whoever asks has to say it. Colour under straight alpha is given straight, colour of OpenEXR
as it lies over black.
"""

from typing import Any

import numpy as np

from router.decoding.exr import EXR, chosen, complaint, finite, framed
from router.decoding.tags import Unusable

KINDS = {
    EXR: "openexr", b"SDPX": "dpx", b"XPDS": "dpx", b"II*\0": "tiff", b"MM\0*": "tiff",
    b"II+\0": "tiff", b"MM\0+": "tiff", b"\x89PNG": "png",
}  # fmt: skip
MIMES = {"openexr": "image/x-exr", "dpx": "image/x-dpx", "tiff": "image/tiff", "png": "image/png"}
SIZES = {"uint8": 8, "uint16": 16, "half": 16, "float": 32}

Array = np.ndarray[Any, Any]


def read_values(path: str, start: bytes) -> tuple[dict[str, Any], Array]:
    """Give the facts, and float32 (height, width, 3).

    Raises:
        Unusable: damaged, of another kind, deep, without colour, or larger than 64 Mpx.
    """
    import OpenImageIO as oiio  # noqa: N813 - the name that its own manual uses

    oiio.attribute("threads", 1)
    oiio.attribute("limits:imagesize_MB", 1024)
    kind = KINDS.get(start[:4])
    if kind is None:
        raise Unusable("not a plate that we accept (OpenEXR, DPX, TIFF, PNG)")
    wanted = oiio.ImageSpec()
    wanted.attribute("oiio:UnassociatedAlpha", 1)
    reader = oiio.ImageInput.open(path, wanted)
    trouble = complaint(reader, oiio)
    if "ubsampled" in trouble:
        raise Unusable(f"luminance/chroma OpenEXR; export R, G, B ({trouble})")
    if reader is None or trouble or reader.format_name() != kind:
        raise Unusable(f"a damaged {kind} file ({trouble or 'it cannot be opened'})")
    spec = reader.spec()
    places = chosen(spec)
    facts = _facts(spec, reader, kind)
    colour = [i for name, i in places.items() if name != "A"]
    first, last = min(colour), max(colour) + 1
    pixels = reader.read_image(0, 0, first, last, oiio.FLOAT)
    trouble = complaint(reader, oiio)
    if pixels is None or trouble:
        raise Unusable(f"a damaged {kind} file ({trouble or 'no pixels'})")
    pixels = np.asarray(pixels).reshape(spec.height, spec.width, last - first)
    values = framed(finite(pixels[..., [i - first for i in colour]], facts), spec)
    if values.shape[2] == 1:
        values = np.repeat(values, 3, axis=2)
    return facts, np.ascontiguousarray(values, np.float32)


def _facts(spec: Any, reader: Any, kind: str) -> dict[str, Any]:
    form = str(spec.format)
    if form not in SIZES:
        raise Unusable(f"samples of type {form}; expected 8 or 16 bits, half or float")
    if spec.getattribute("tiff:ColorSpace") == "CMYK":
        raise Unusable("CMYK; a plate is RGB")
    depth = int(spec.getattribute("oiio:BitsPerSample") or SIZES[form])
    notes = [f"{depth} bits only"] if depth <= 8 else []
    if "A" in spec.channelnames:
        notes.append("alpha is left out")
    if spec.getattribute("ICCProfile") is not None:
        notes.append("its ICC profile is not used; the colour space that was named is")
    if (spec.width, spec.height) != (spec.full_width, spec.full_height):
        notes.append("data window laid into the display window")
    if reader.seek_subimage(1, 0):
        notes.append("several parts, the first one is read")
        reader.seek_subimage(0, 0)
    reader.geterror()  # that there is no second part is no error
    tagged = spec.getattribute("chromaticities")
    return {
        "still": True,
        "mime": MIMES[kind],
        "width": spec.full_width,
        "height": spec.full_height,
        "codec": kind,
        "pixel_format": f"{form} {'/'.join(spec.channelnames[:4])}",
        "bit_depth": depth,
        "primaries": None if tagged is None else [float(v) for v in tagged],
        "notes": notes,
    }
