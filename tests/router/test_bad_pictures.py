"""Colours of what comes in: every mode has its rule, told by pixels that are known beforehand."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from router.decoding.decode import Decoder, Unreadable

D50 = (0.9642, 1.0, 0.8249)
RED, GREEN, BLUE = (0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as made:
        yield made


@pytest.fixture
def read(decoder, tmp_path):
    def reading(image, form="PNG", **said):
        path = tmp_path / "in"
        image.save(path, form, **said)
        return decoder.read(path)

    return reading


def profile(space, pcs=b"XYZ ", **tags):
    """Write an ICC profile (version 2) of a few tags."""
    parts = {"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78), **tags}
    at, table, body = 128 + 4 + 12 * len(parts), b"", b""
    for name, content in parts.items():
        data = content + bytes(-len(content) % 4)
        table += name.encode() + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), bytes(4), 0x02400000, b"mntr", space, pcs)
    head += struct.pack(">6H4s", 2027, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + xyz(D50)[8:]
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def xyz(values):
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def gamma(value):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + bytes(2)


def swapped():
    """A profile whose red is sRGB's green, and whose green is its red."""
    curve = gamma(2.2)
    shown = {"rXYZ": xyz(GREEN), "gXYZ": xyz(RED), "bXYZ": xyz(BLUE), "wtpt": xyz(D50)}
    return profile(b"RGB ", **shown, rTRC=curve, gTRC=curve, bTRC=curve)


def linear_grey():
    return profile(b"GRAY", wtpt=xyz(D50), kTRC=gamma(1.0))


def inks():
    """A profile by which black is black, and any other ink half as light as paper (Lab table)."""
    white, grey, black = bytes((255, 128, 128)), bytes((128, 128, 128)), bytes((0, 128, 128))
    unit = b"".join(struct.pack(">i", 65536 if i % 4 == 0 else 0) for i in range(9))
    ramp = bytes(range(256))
    table = white + black + (grey + black) * 7
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + unit + ramp * 4 + table + ramp * 3
    return profile(b"CMYK", b"Lab ", wtpt=xyz(D50), A2B0=lut)


def flat(mode, colour):
    return Image.new(mode, (8, 6), colour)


def sixteen(value):
    return Image.fromarray(np.full((6, 8), value, np.uint16))


GOLDEN = {
    "row14-grey is three equal channels": (flat("L", 77), {}, (77, 77, 77)),
    "row14-one bit is black or white": (flat("1", 1), {}, (255, 255, 255)),
    "row14-palette is its colour": (flat("RGB", (9, 200, 31)).quantize(4), {}, (9, 200, 31)),
    "row14-16 bit is rounded and not cut": (sixteen(30000), {}, (117, 117, 117)),
    "row14-alpha lies over 18 % grey": (flat("RGBA", (200, 0, 0, 102)), {}, (151, 71, 71)),
    "row14-grey with alpha too": (flat("LA", (218, 51)), {}, (138, 138, 138)),
    "row14-sRGB stays": (
        flat("RGB", (12, 34, 56)),
        {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()},
        (12, 34, 56),
    ),
    "row14-a profile moves colours": (
        flat("RGB", (200, 0, 0)),
        {"icc_profile": swapped()},
        (0, 201, 0),
    ),
    "row14-a profile leaves alpha": (
        flat("RGBA", (200, 0, 0, 102)),
        {"icc_profile": swapped()},
        (71, 151, 71),
    ),
    "row14-linear grey is no sRGB": (flat("L", 55), {"icc_profile": linear_grey()}, (128,) * 3),
    "row14-grey by a profile for colours": (
        flat("L", 200),
        {"icc_profile": swapped()},
        (201, 201, 201),
    ),
    "row14-CMYK paper": (
        flat("CMYK", (0, 0, 0, 0)),
        {"icc_profile": inks(), "form": "TIFF"},
        (255, 255, 255),
    ),
    "row14-CMYK ink": (
        flat("CMYK", (255, 0, 0, 0)),
        {"icc_profile": inks(), "form": "TIFF"},
        (119, 119, 119),
    ),
}


@pytest.mark.parametrize(("image", "said", "rgb"), GOLDEN.values(), ids=GOLDEN)
def test_every_mode_comes_out_as_the_colour_it_means(read, image, said, rgb):
    found = read(image, **said)
    assert not isinstance(found, Unreadable), found
    assert np.abs(found.rgb[0].astype(int) - rgb).max() <= 2
    converted = any("converted from test to sRGB" in note for note in found.probe.notes)
    assert converted is (b"test" in said.get("icc_profile", b""))


def test_row14_sixteen_bits_are_kept_for_measuring(read):
    found = read(sixteen(30000))
    assert set(np.unique(found.deep[0])) == {30000}


REFUSED = {
    "row14-CMYK without a profile": (flat("CMYK", 9), {"form": "JPEG"}, "CMYK without an ICC"),
    "row14-broken": (flat("RGB", 9), {"icc_profile": b"x" * 200}, "profile is broken"),
    "row14-broken on grey": (flat("L", 9), {"icc_profile": b"x" * 200}, "profile is broken"),
    "row14-grey's on colours": (flat("RGB", 9), {"icc_profile": linear_grey()}, "other colours"),
    "row14-inks on colours": (flat("RGB", 9), {"icc_profile": inks()}, "other colours"),
    "row14-floats": (flat("F", 0.5), {"form": "TIFF"}, "floating-point TIFF"),
    "row14-Lab": (flat("LAB", (9, 9, 9)), {"form": "TIFF"}, "colour mode LAB"),
}


@pytest.mark.parametrize(("image", "said", "words"), REFUSED.values(), ids=REFUSED)
def test_colours_that_mean_nothing_for_sure_are_refused(read, image, said, words):
    found = read(image, **said)
    assert isinstance(found, Unreadable)
    assert words in found.reason


def test_row14_what_people_see_is_converted_too(tmp_path):
    """The preview is made of the pixels above, never of the file."""
    from benchmarks.pictures.previews import jpeg

    out = io.BytesIO()
    flat("RGB", (200, 0, 0)).save(out, "PNG", icc_profile=swapped())
    (tmp_path / "a.png").write_bytes(out.getvalue())
    with Decoder() as decoder:
        shown = jpeg(decoder.read(tmp_path / "a.png").rgb[0])
    red, green, _ = np.asarray(Image.open(io.BytesIO(shown)))[3, 4]
    assert green > 150 > 50 > red
    assert b"ICC_PROFILE" not in shown
