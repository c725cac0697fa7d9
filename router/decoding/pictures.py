"""Read one still picture into upright sRGB, by explicit rules; runs inside the decode jail.

Formats PNG, JPEG, WebP, TIFF and OpenEXR by content, never by name. 16-bit files give their true
values beside the ones rounded to 8 bits (Pillow alone cuts them silently). Alpha is laid over 18 %
grey and its coverage told. An ICC profile is converted to sRGB. What has no unambiguous meaning is
refused.
"""

import io
import os
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from router.decoding.exr import EXR, read_exr
from router.decoding.tags import Unusable, png_tags

MAX_PIXELS = 64_000_000
MAX_BYTES = 512 << 20
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
ROWS = 256  # worked on at a time where every pixel becomes floats
GREY_18 = 118  # sRGB code value of 18 % reflectance
ORIENTATION = 0x0112
BITS_PER_SAMPLE, EXTRA_SAMPLES, SAMPLE_FORMAT = 258, 338, 339
PHOTOMETRIC, SAMPLES_PER_PIXEL = 262, 277
UNKNOWN, PREMULTIPLIED, STRAIGHT = 0, 1, 2  # values of EXTRA_SAMPLES
MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", EXR)
# Orientation tag → (mirror left-right first, quarter turns counter-clockwise after).
UPRIGHT = {
    2: (True, 0),
    3: (False, 2),
    4: (True, 2),
    5: (True, 1),
    6: (False, 3),
    7: (True, 3),
    8: (False, 1),
}

Image.MAX_IMAGE_PIXELS = None  # our own limit below is an error, not a warning

Array = np.ndarray[Any, Any]


def looks_like_picture(start: bytes) -> bool:
    """Tell a still picture from a clip by its first bytes."""
    return start.startswith(MAGIC) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")


def read_picture(
    file: BinaryIO, path: str, *, header_only: bool
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Give the facts and, unless only the header is asked for, the pixels.

    Returns:
        The facts, and by name: `rgb`, uint8 (height, width, 3) sRGB; `alpha`, uint8, where there is
        one; `deep`, uint16 (height, width, 3), of a picture that has more than 8 bits.
    """
    if os.fstat(file.fileno()).st_size > MAX_BYTES:
        raise Unusable("larger than 512 MB")
    data = file.read()
    if data.startswith(EXR):
        facts, values = read_exr(path, header_only=header_only)
        return facts, {} if values is None else _planes(values, facts)
    image = _opened(data)
    depth = _bit_depth(image, data)
    orientation = image.getexif().get(ORIENTATION, 1)
    mirror, turns = UPRIGHT.get(orientation, (False, 0))
    width, height = image.size if turns % 2 == 0 else image.size[::-1]
    facts = {
        "still": True,
        "mime": f"image/{str(image.format).lower()}",
        "width": width,
        "height": height,
        "codec": str(image.format).lower(),
        "pixel_format": image.mode,
        "bit_depth": depth,
        "notes": [f"orientation {orientation} applied"] if (mirror or turns) else [],
        **(png_tags(data) if image.format == "PNG" else {}),
    }
    if header_only:
        _sums_fit(data, facts["codec"])
        return facts, {}
    _load(image)
    planes = _planes(_values(image, data, facts), facts)
    return facts, {
        name: np.ascontiguousarray(np.rot90(p[:, ::-1] if mirror else p, turns))
        for name, p in planes.items()
    }


def _values(image: Image.Image, data: bytes, facts: dict[str, Any]) -> Array:
    """uint8 or uint16, grey, RGB or RGBA, in sRGB."""
    profile = image.info.get("icc_profile")
    if facts["bit_depth"] < 16:
        return _shallow(image, facts)
    if profile and not _is_srgb(profile):
        if image.mode not in {"RGB", "RGBA"}:
            raise Unusable("a 16-bit grey picture with a profile of its own; export it as sRGB")
        facts["notes"].append("16 bits rounded to 8, because its profile had to be converted")
        return _shallow(image, facts)
    return _deep(data, image)


def _opened(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Unusable("not an image we accept (PNG, JPEG, TIFF, WebP)") from error
    except (ValueError, OSError, SyntaxError, TypeError, KeyError) as error:
        raise Unusable(f"the picture's header is damaged ({error})") from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Unusable(f"image is {width}x{height} px; the limit is 64 Mpx")
    if getattr(image, "n_frames", 1) > 1:
        raise Unusable("animated or multi-page images are not accepted; send a clip")
    return image


def _sums_fit(data: bytes, codec: str) -> None:
    """See to the checksums of a PNG's chunks, where its pixels are not decoded."""
    if codec != "png":
        return
    try:
        Image.open(io.BytesIO(data), formats=("PNG",)).verify()
    except (OSError, SyntaxError, ValueError) as error:
        raise Unusable(f"the file ends early or is damaged ({error})") from error


def _load(image: Image.Image) -> None:
    try:
        image.load()
    except ValueError as error:
        raise Unusable(f"metadata too large or damaged ({error})") from error
    except (OSError, SyntaxError, EOFError) as error:
        raise Unusable(f"the file ends early or is damaged ({error})") from error


def _bit_depth(image: Image.Image, data: bytes) -> int:
    if image.format == "PNG":
        return data[24] if len(data) > 24 and data[24] == 16 else 8
    if image.format != "TIFF":
        return 8
    tags: Any = getattr(image, "tag_v2", {})
    if 3 in tuple(tags.get(SAMPLE_FORMAT, ())):
        raise Unusable("floating-point TIFF is scene-linear; export a display-referred picture")
    depth = 16 if max(tags.get(BITS_PER_SAMPLE, (1,))) == 16 else 8
    channels = tags.get(SAMPLES_PER_PIXEL, 1)
    untold = UNKNOWN if channels in {2, 4} and tags.get(PHOTOMETRIC, 2) <= 2 else STRAIGHT
    alpha = tags.get(EXTRA_SAMPLES, (untold,))[0]
    if alpha != STRAIGHT and (alpha != PREMULTIPLIED or depth == 16):
        raise Unusable("TIFF alpha that is premultiplied or of unknown kind; export straight alpha")
    return depth


def _deep(data: bytes, image: Image.Image) -> Array:
    """16-bit values as they are in the file: uint16, RGB or RGBA or grey."""
    values = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    if values.ndim == 3:
        values = values[..., [2, 1, 0, 3][: values.shape[2]]]
    if values.dtype != np.uint16 or values.shape[:2] != image.size[::-1] or values.ndim > 3:
        raise Unusable("a 16-bit picture of a kind that we cannot read without loss")
    return values


def _shallow(image: Image.Image, facts: dict[str, Any]) -> Array:
    """8-bit values as sRGB or sRGB + alpha."""
    profile = image.info.get("icc_profile")
    if image.mode == "CMYK" and not profile:
        raise Unusable("CMYK without an ICC profile: its colours are unknown; export RGB")
    if image.mode not in {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK"}:
        raise Unusable(f"colour mode {image.mode} is not accepted; export RGB")
    alpha, is_grey = image.has_transparency_data, image.mode in {"1", "L", "LA"}
    if image.mode in {"1", "P", "PA", "LA"} or (image.mode in {"L", "RGB"} and alpha):
        image = image.convert("RGBA" if alpha else "RGB")
    if profile:
        image = _in_srgb(image, profile, facts, is_grey=is_grey)
    return np.asarray(image.convert("RGBA" if alpha else "RGB"))


def _in_srgb(
    image: Image.Image, profile: bytes, facts: dict[str, Any], *, is_grey: bool
) -> Image.Image:
    """Convert by the profile; grey is converted by one for grey, or as colour by one for RGB."""
    try:
        if _is_srgb(profile):
            return image
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()
        mode = {"GRAY": "L", "CMYK": "CMYK"}.get(source.profile.xcolor_space.strip(), "RGB")
        bands = (image.convert("RGB") if image.mode == "L" else image).split()
        if (mode == "CMYK") != (image.mode == "CMYK") or (mode == "L" and not is_grey):
            raise Unusable("the picture's ICC profile is for other colours; export it as sRGB")
        colour = Image.merge(mode, bands[: len(mode)])
        turned = ImageCms.profileToProfile(
            colour, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError) as error:
        raise Unusable("the picture's ICC profile is broken; export it as sRGB") from error
    if turned is None:
        raise Unusable("the picture's ICC profile is broken; export it as sRGB")
    facts["notes"].append(f"converted from {name[:60]} to sRGB")
    if image.mode == "RGBA":
        turned.putalpha(bands[3])
    return turned


def _is_srgb(profile: bytes) -> bool:
    """Know sRGB by its name; raises Unusable for a profile that cannot be read."""
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError) as error:
        raise Unusable("the picture's ICC profile is broken; export it as sRGB") from error
    return name.strip().startswith("sRGB")


def _planes(values: Array, facts: dict[str, Any]) -> dict[str, Array]:
    """Split into colour, laid over 18 % grey, and alpha if there is one; 16 bits also as they are.

    Straight alpha: what a picture shows is its colour times alpha, over the grey.
    """
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=2)
    if values.shape[2] == 2:
        values = values[..., [0, 0, 0, 1]]
    top = np.iinfo(values.dtype).max
    colour, planes = values[..., :3], {}
    if values.shape[2] == 4:
        colour = _laid(values, GREY_18 * (top // 255))
        planes["alpha"] = _eight(values[..., 3])
        facts["alpha_coverage"] = float(values[..., 3].mean(dtype=np.float64)) / top
    planes = {"rgb": _eight(colour), **planes}
    return planes if values.dtype == np.uint8 else {**planes, "deep": colour}


def _laid(values: Array, grey: int) -> Array:
    """Lay RGBA over a grey, some rows at a time: floats of a whole picture are gigabytes."""
    out = np.empty((*values.shape[:2], 3), values.dtype)
    for row in range(0, len(values), ROWS):
        part = values[row : row + ROWS]
        share = part[..., 3:].astype(np.float32) / np.iinfo(values.dtype).max
        out[row : row + ROWS] = np.rint(part[..., :3] * share + grey * (1 - share))
    return out


def _eight(values: Array) -> Array:
    """Round to 8 bits: 65535 is 255."""
    if values.dtype == np.uint8:
        return values
    return np.asarray((values.astype(np.uint32) + 128) // 257, np.uint8)
