"""What bytes are, by their beginning alone; and what to hand in instead of what is not taken."""

from router.domain.errors import Refused

PICTURES = ("png", "jpeg", "tiff", "webp", "exr")
CLIPS = ("mp4", "matroska")
TAKEN = "a picture (PNG, JPEG, TIFF, WebP, EXR) or a clip (MP4, MOV, WebM, MKV)"
HEAD = 4096  # bytes that are enough to tell
_START: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
)
_STILLS = "a PNG, JPEG or TIFF of it"
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"GIF8", "a GIF", f"{_STILLS}; an animation as a clip (MP4, MOV, WebM)"),
    (b"%!PS", "PostScript (EPS)", _STILLS),
    (b"\xc5\xd0\xd3\xc6", "PostScript (EPS)", _STILLS),
    (b"%PDF", "a PDF", "a PNG, JPEG or TIFF of its page"),
    (b"8BPS", "a Photoshop file", "a flattened PNG or TIFF"),
    (b"BM", "a BMP", _STILLS),
    (b"SDPX", "a DPX", "an EXR, or a 16-bit TIFF"),
    (b"XPDS", "a DPX", "an EXR, or a 16-bit TIFF"),
    (b"\xff\x0a", "a JPEG XL", _STILLS),
    (b"\0\0\0\x0cJXL ", "a JPEG XL", _STILLS),
    (b"PK\x03\x04", "a zip", "its files one by one; a whole pack as kind pack_zip"),
    (b"#EXTM3U", "a playlist", "the clip itself"),
    (b"ffconcat", "a playlist", "the clip itself"),
    (b"FORM", "an IFF file", TAKEN),
)
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_ACTIVE = (b"<svg", b"<!doctype", b"<html", b"<?xml", b"<script", b"<body", b"<head")


class NotTaken(Refused):
    """A file that is not taken in; says what it is, and what to hand in instead."""

    code = "not_taken"

    def __init__(self, found: str, expected: str) -> None:
        """Never repeat content: `found` is our own description of it."""
        super().__init__(field="file", found=found, expected=expected)


def kind_of(head: bytes) -> str:
    """Tell one of PICTURES and CLIPS; raises NotTaken for everything else."""
    if not head:
        raise NotTaken("an empty file", TAKEN)
    for start, kind in _START:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return _riff(head)
    if head[4:8] == b"ftyp":
        return _boxed(head)
    known = next((row for row in _REFUSED if head.startswith(row[0])), None)
    if known:
        raise NotTaken(*known[1:])
    if is_active(head):
        raise NotTaken("a document with markup (SVG, HTML, XML)", _STILLS)
    raise NotTaken("not an image or clip that we accept", TAKEN)


def is_active(head: bytes) -> bool:
    """Say whether a browser could take it for a page or a drawing that runs code."""
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip().lower()
    return text.startswith(_ACTIVE) or b"<svg" in text[:1024] or b"<script" in text[:1024]


def _riff(head: bytes) -> str:
    if head[8:12] == b"WEBP":
        return "webp"
    raise NotTaken("a RIFF file that is no WebP (AVI, WAV)", "a WebP; a clip as MP4, MOV or WebM")


def _boxed(head: bytes) -> str:
    brand = head[8:12].lower()
    if brand in _HEIF:
        raise NotTaken("HEIC is not accepted", "an export as PNG, JPEG or TIFF")
    if brand in {b"avif", b"avis"}:
        raise NotTaken("AVIF is not accepted", "an export as PNG, JPEG or TIFF")
    if brand in {b"crx ", b"jp2 ", b"jpx "}:
        raise NotTaken("a camera raw or JPEG 2000", _STILLS)
    return "mp4"
