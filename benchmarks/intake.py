"""A pack's pictures and clips go into the media store, by the hashes of its seal."""

from benchmarks.domain.pack import PackFile, ShotPack
from benchmarks.ports import Media
from router.domain.errors import BadInput
from router.domain.ids import sha256_of
from router.domain.media import MediaRef
from router.probe import Prober, Undecodable

NO_PICTURES = ("document", "cdl", "lut", "edit", "capture.lidar")


def take_in(pack: ShotPack, media: Media) -> dict[str, MediaRef]:
    """Store every file that can steer or judge a take; sha256 → what was stored.

    Frame sequences and formats that no model takes stay outside: a cell that needs one is refused
    with its name when the campaign is planned.

    Raises:
        BadInput: the pack is not sealed, or a file is not what the seal says.
    """
    if not pack.sealed:
        expected = "a sealed pack; run `circletake pack seal` first"
        raise BadInput(field="pack", found=f"{pack.code} is not sealed", expected=expected)
    prober = Prober()
    try:
        found = (_stored(pack, file, media, prober) for file in pack.files if _wanted(file))
        return {ref.sha256: ref for ref in found if ref}
    finally:
        prober.close()


def _wanted(file: PackFile) -> bool:
    return file.functional_type not in NO_PICTURES and file.frame_range is None


def _stored(pack: ShotPack, file: PackFile, media: Media, prober: Prober) -> MediaRef | None:
    data = file.path.read_bytes()
    if sha256_of(data) != file.sha256:
        expected = "the content that was sealed; run `circletake pack check`"
        raise BadInput(field=f"{pack.code}: {file.name}", found="other content", expected=expected)
    try:
        return media.put(pack.partner, data, prober.probe(data).mime)
    except Undecodable:
        return None
