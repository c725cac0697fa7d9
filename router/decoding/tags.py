"""What a picture says about its own colours in tags that libraries skip; and how to refuse one."""

import struct
from typing import Any

HDR = {16: "pq", 18: "hlg"}  # transfer characteristics, ITU-T H.273
SRGB_GAMMA = 45455  # gAMA of sRGB-like code values, 1 / 2.2
MOST_CHUNKS = 200  # before the pixels


class Unusable(Exception):
    """The file cannot be measured; says why, and at which frame."""

    def __init__(self, reason: str, *, frame: int | None = None) -> None:
        """Keep the reason as the message."""
        super().__init__(reason)
        self.frame = frame


def png_tags(data: bytes) -> dict[str, Any]:
    """Read cICP and gAMA of a PNG (W3C PNG, third edition).

    Returns:
        `{"transfer": "pq" | "hlg"}` where the picture is HDR, else nothing.

    Raises:
        Unusable: code values that are linear, or follow another curve than sRGB's.
    """
    chunks = _chunks(data)
    if len(cicp := chunks.get(b"cICP", b"")) == 4 and cicp[1] in HDR:
        return {"transfer": HDR[cicp[1]]}
    gamma = chunks.get(b"gAMA", b"")
    if len(gamma) != 4 or {b"cICP", b"iCCP", b"sRGB"} & chunks.keys():
        return {}
    value = struct.unpack(">I", gamma)[0]
    if abs(value - SRGB_GAMMA) > 0.1 * SRGB_GAMMA:
        raise Unusable(f"tagged with gamma {value / 1e5:g} instead of sRGB's; export it as sRGB")
    return {}


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """Give the small chunks that stand before the pixels, by name."""
    found: dict[bytes, bytes] = {}
    at = 8
    for _ in range(MOST_CHUNKS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] in {b"IDAT", b"IEND"}:
            break
        size = int.from_bytes(head[:4], "big")
        found.setdefault(head[4:], data[at + 8 : at + 8 + min(size, 64)])
        at += size + 12
    return found
