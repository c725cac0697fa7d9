"""Foreign pictures are decoded in the jail only: no other reader, and so no silent 8 bits.

Pillow and imageio read a 16-bit RGB picture as 8 bits without a word, and OpenCV does unless it is
asked otherwise; so who opens a picture is listed here, with the reason why it is none of others'.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("router", "evaluators", "benchmarks", "dashboard")
FILES = [p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))]
READERS = {"imageio", "tifffile", "OpenEXR", "skimage.io", "matplotlib.image", "rawpy", "pyvips"}
CALLS = ("Image.open", "cv2.imread", "cv2.imdecode", "cv2.VideoCapture", "cv2.imreadmulti")
OPENIMAGEIO = {
    "router/decoding/exr.py": "inside the jail",
    "router/decoding/values.py": "inside the jail",
    "router/provenance/exr_child.py": "a child with limits, which copies pixels as they are",
    "benchmarks/grading/back.py": "writes and reads nothing",
}
OPEN = {
    "router/decoding/pictures.py": "inside the jail, which looks at the depth first",
    "benchmarks/pictures/previews.py": "a preview that we encoded",
    "benchmarks/suites/skeleton.py": "the plate of the starter pack, which is ours",
    "dashboard/pictures.py": "previews for the printed page, made by the service",
}
# The provider's side of the wire, and scripts that other applications run: programs of their own.
ELSEWHERE = ("router/emulator/", "dashboard/applications/")


def read(tree):
    """Name every way of a file to open a picture."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
        else:
            names = []
        yield from (n for n in names if n in READERS or n.partition(".")[0] in READERS)
        yield from (n for n in names if n == "OpenImageIO")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(CALLS):
            yield ast.unparse(node.func)


def allowed(place, name):
    if place.startswith(ELSEWHERE) or "testing" in Path(place).parts:
        return True
    return place in (OPENIMAGEIO if name == "OpenImageIO" else OPEN)


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(ROOT)) for p in FILES])
def test_nothing_opens_a_picture_outside_the_jail(path):
    place = str(path.relative_to(ROOT))
    found = read(ast.parse(path.read_text(encoding="utf-8")))
    assert [name for name in found if not allowed(place, name)] == []


@pytest.mark.parametrize("place", [*OPEN, *OPENIMAGEIO])
def test_who_may_open_pictures_still_does(place):
    assert list(read(ast.parse((ROOT / place).read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "text",
    [
        "import imageio.v3 as iio",
        "from skimage import io",
        "from PIL import Image\nImage.open(path)",
        "import PIL.Image\nPIL.Image.open(path)",
        "cv2.imread(path)",
        "cv2.imdecode(data, 1)",
        "import OpenImageIO as oiio",
    ],
)
def test_the_ban_sees_a_reader(text):
    assert [n for n in read(ast.parse(text)) if not allowed("benchmarks/a.py", n)]
