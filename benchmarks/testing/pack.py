"""A small good pack for tests: everything a pack can say is said once, and nothing is wrong."""

import hashlib
import struct
import zlib
from pathlib import Path

GOOD = """\
# A pack for tests.
shotpack: '1.0'
production:
  code: TEST01
  title: The Kite
  partner: test_studio
  contacts: [{role: director, name: Ana Lindqvist}]
  fps: '24'
  raster: [1344, 768]
  delivery: {review: h264_1080, master: png8}
  editorial: {path: editorial/cut.edl, functional_type: edit}
rights:
  owner: Test Studio
  use: evaluation_only
  training: not_allowed
  retention_days: 90
  disclosure_tier: ideation
  inputs_cleared: true
colour:
  config: ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4
  working_space: ACEScg
  model_display: sRGB - Display
  model_view: ACES 1.0 - SDR Video
participants:
  - {id: ana_player, kind: performer, display_name: Ana}
  - {id: nobody, kind: fictional_only}
consents:
  - participant: ana_player
    basis: self
    scope: Tests of this software with drawn pictures only, shown to nobody outside.
    permitted: [evaluate_only, still_image, moving_image]
    granted_on: 2026-01-01
    expires_on: 2030-01-01
    evidence_sha256: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
characters:
  - id: ana
    name: Ana
    kind: person
    description: A woman of thirty with short red hair.
    portrayed_by: ana_player
    references:
      - path: refs/ana/front.png   # the one that counts
        functional_type: x.turnaround
        view: front
        likeness_of: ana_player
    wardrobe:
      - id: green_coat
        description: A bottle green coat with brass buttons.
        references: [{path: refs/ana/coat.png, functional_type: capture.reference}]
      - id: raincoat
        description: A yellow raincoat.
props:
  - {id: kite, name: Kite, references: [{path: refs/kite.png, functional_type: capture.reference}]}
locations:
  - {id: hill, description: A bare hill above the sea.}
lighting_groups:
  - id: dusk
    description: After sunset, blue.
    key_reference: {path: refs/dusk.png, functional_type: x.style}
shots:
  - id: SQ010_SH0010
    sequence: SQ010
    shot: SH0010
    task: reference_to_image
    description: Ana stands on the hill and holds the kite string.
    characters: [{character: ana, wardrobe: green_coat, screen_position: centre}]
    location: hill
    props: [kite]
    camera: {framing: MS, movement: static}
    aspect: 16:9
    continuity: {same_costume_as: [SQ010_SH0020], lighting_group: dusk}
    acceptance:
      - {criterion: It is Ana, kind: identity, must: true, metric: id_ref, threshold: 0.5}
      - {criterion: The coat stays bottle green, kind: wardrobe}
  - id: SQ010_SH0020
    sequence: SQ010
    shot: SH0020
    task: erase
    description: Remove the wire above the kite and nothing else.
    characters: [{character: ana, wardrobe: green_coat}]
    camera: {framing: WS}
    inputs:
      - {path: plates/wire.png, functional_type: x.plate}
      - {path: plates/wire_matte.png, functional_type: matte}
    acceptance:
      - {criterion: Nothing outside the matte moves, kind: untouched_region, must: true}
      - {criterion: Nothing of the wire is left, kind: artefact, must: true}
    baseline: {hours: 3.5, source: bid, by: The paint team}
  - id: SQ010_SH0030
    sequence: SQ010
    shot: SH0030
    task: image_to_video
    description: The kite rises slowly out of the frame.
    props: [kite]
    camera: {framing: WS}
    timing: {cut_in: 1009, cut_out: 1128}
    inputs:
      - {path: plates/kite.%04d.png, functional_type: x.plate, frame_range: [1001, 1003]}
    acceptance:
      - {criterion: The kite leaves through the top of the frame, kind: action, must: false}
"""

_PICTURES = (
    "refs/ana/front.png", "refs/ana/coat.png", "refs/kite.png", "refs/dusk.png", "plates/wire.png",
    "plates/wire_matte.png", "plates/kite.1001.png", "plates/kite.1002.png", "plates/kite.1003.png",
)  # fmt: skip


def good_pack(folder: Path, text: str = GOOD) -> Path:
    """Write the pack with its files into a folder and give the folder."""
    for name in _PICTURES:
        write(folder / name, png(64, 36, name))
    write(folder / "editorial/cut.edl", b"TITLE: THE KITE\n")
    write(folder / "shotpack.yaml", text.encode("utf-8"))
    return folder


def write(path: Path, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def png(width: int, height: int, seed: str = "") -> bytes:
    """Make a PNG of one grey, which follows from the seed."""
    grey = hashlib.sha256(seed.encode()).digest()[:1]
    rows = (b"\0" + grey * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
