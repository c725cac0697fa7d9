"""A pack's pictures and clips go into the media store, by the hashes of its seal.

A picture in a scene-referred space (linear or log) is not what a model accepts: its place is taken
by what the pack's own view shows of it, in 8 bits, with the record of how in its text chunk. On a
plate lies the grade of its shot, where the pack has one.
"""

from collections.abc import Mapping

from benchmarks.domain.pack import PackFile, ShotPack
from benchmarks.domain.rendering import Graded, Showing
from benchmarks.grading import names, own
from benchmarks.grading.plate import shown
from benchmarks.ports import Media
from router.decoding.decode import Decoder, Unreadable
from router.domain.errors import BadInput
from router.domain.ids import sha256_of
from router.domain.media import MediaRef
from router.probe import Prober, Undecodable

NO_PICTURES = ("document", "cdl", "lut", "edit", "capture.lidar")
NO_COLOURS = ("matte",)  # pictures whose values are no light


def take_in(pack: ShotPack, media: Media) -> dict[str, MediaRef]:
    """Store every file that can steer or judge a take; sha256 of the seal → what was stored.

    A scene-referred picture is stored as it is shown, whose own hash is another. Frame sequences
    and formats that no model takes stay outside: a cell that needs one is refused with its name
    when the campaign is planned.

    Raises:
        BadInput: the pack is not sealed, a file is not what the seal says, a scene-referred
            picture is damaged or its colour space unknown, or a plate's grade has no way back.
    """
    if not pack.sealed:
        expected = "a sealed pack; run `circletake pack seal` first"
        raise BadInput(field="pack", found=f"{pack.code} is not sealed", expected=expected)
    grades = own.of_plates(pack)
    prober = Prober()
    try:
        wanted = [file for file in pack.files if _wanted(file)]
        found = ((str(file.sha256), _stored(pack, file, media, prober, grades)) for file in wanted)
        return {sha256: ref for sha256, ref in found if ref}
    finally:
        prober.close()


def _wanted(file: PackFile) -> bool:
    return file.functional_type not in NO_PICTURES and file.frame_range is None


def _stored(
    pack: ShotPack, file: PackFile, media: Media, prober: Prober, grades: Mapping[str, Graded]
) -> MediaRef | None:
    data = file.path.read_bytes()
    if sha256_of(data) != file.sha256:
        expected = "the content that was sealed; run `circletake pack check`"
        raise BadInput(field=f"{pack.code}: {file.name}", found="other content", expected=expected)
    if showing := _showing(pack, file, grades.get(file.sha256 or "")):
        return media.put(pack.partner, _shown(file, showing), "image/png")
    try:
        return media.put(pack.partner, data, prober.probe(data).mime)
    except Undecodable:
        return None


def _showing(pack: ShotPack, file: PackFile, grade: Graded | None) -> Showing | None:
    """Say how models see a scene-referred picture; None = they take it as it is."""
    if pack.colours is None or file.colour_space is None or file.functional_type in NO_COLOURS:
        return None
    if names.encoding(pack.colours, file.colour_space) not in own.SCENE:
        return None
    return Showing(colours=pack.colours, source_space=file.colour_space, grade=grade)


def _shown(file: PackFile, showing: Showing) -> bytes:
    with Decoder() as decoder:
        plate = decoder.values(file.path)
    if isinstance(plate, Unreadable):
        expected = "an OpenEXR, DPX, TIFF or PNG that can be read"
        raise BadInput(field=file.name, found=plate.reason, expected=expected)
    return shown(plate, showing, str(file.sha256)).picture
