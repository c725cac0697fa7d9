"""Asking a file where it came from: its signature, the bytes kept here, and its looks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from router.decoding.decode import Decoder
from router.domain.take import Source, Take
from router.provenance import beside, content, exr, likeness, sidecar
from router.provenance.standing import Found, Match, Signature, Standing, stand
from router.settings import Settings
from router.uploads.kinds import CLIPS, HEAD, kind_of

MIME_OF = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "exr": "image/x-exr",
    "mp4": "video/mp4",
    "matroska": "video/x-matroska",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The takes of a home, and where their bytes lie."""

    takes: tuple[Take, ...] = ()
    path_of: Callable[[Take], Path] = lambda take: Path(take.media.sha256)

    def with_bytes(self, sha256: str) -> Take | None:
        """Give a take that has exactly these bytes; first one that gives back what came in."""
        same = [t for t in self.takes if t.media.sha256 == sha256]
        return next((t for t in same if is_given_back(t)), same[0] if same else None)


def mime_of(path: Path) -> str:
    """Tell what a file is by its beginning; raises NotTaken for what is no picture or clip."""
    with path.open("rb") as file:
        return MIME_OF[kind_of(file.read(HEAD))]


def signature_of(path: Path, anchors: bytes, now: datetime) -> Signature | None:
    """Read and check the signature in a file, else the one beside it; None where there is none.

    Raises:
        NotTaken: it is no picture or clip.
        BadInput: the file beside it is no signature.
    """
    return content.read(path, mime_of(path), anchors) or sidecar.read(path, anchors, now)


def header_of(path: Path) -> dict[str, str]:
    """Give what an EXR says in its header; nothing for other files. It is unsigned text."""
    return exr.marks(path) if mime_of(path) == "image/x-exr" else {}


def verify(path: Path, anchors: bytes, archive: Archive, now: datetime) -> Found:
    """Judge a file: by its signature; without one by its bytes, its pixels and its looks.

    Raises:
        NotTaken: it is no picture or clip.
        BadInput: the file beside it is no signature.
    """
    signature = signature_of(path, anchors, now)
    if signature is not None:
        return stand(signature, (), is_kept=False)
    same = archive.with_bytes(sidecar.sha256_of_file(path))
    if same is not None:
        if is_given_back(same):
            return Found(standing=Standing.HANDED_IN, match=_whole(same))
        return stand(None, (_whole(same),), is_kept=True)
    listed = beside.proxy(path)
    shown = archive.with_bytes(listed.of) if listed else None
    if listed and shown:
        return Found(standing=Standing.PROXY, match=_whole(shown, exact=False))
    return stand(None, _alike(path, archive), is_kept=False)


def is_given_back(take: Take) -> bool:
    """Say whether a take is what was handed in, given back by the control that does nothing."""
    return take.source is Source.CONTROL and take.operation == "do_nothing"


def _whole(take: Take, *, exact: bool = True) -> Match:
    return Match(partner=take.partner, take=take.id, exact=exact, distance=0.0, worst_part=0.0)


@contextmanager
def archive_of(here: Settings, known: Sequence[str]) -> Iterator[Archive]:
    """Open the takes of a home; a home without records has none."""
    from router.leaving import opening
    from router.store import takes
    from router.store.database import connect, reading
    from router.vault.columns import attach

    if here.database_url is None and not here.database.exists():
        yield Archive()
        return
    with opening.site(here, known) as site:
        engine = connect(here.records)
        attach(engine, site.vault)
        found: list[Take] = []
        for partner in known:
            with reading(engine, partner) as connection:
                found += takes.find(connection, partner)
        try:
            yield Archive(takes=tuple(found), path_of=_paths(here))
        finally:
            engine.dispose()


def _paths(here: Settings) -> Callable[[Take], Path]:
    """Find media in the folder of the home, or in the bucket that the environment names."""
    from router.media_folder import MediaFolder

    if here.media_url is None:
        folder = MediaFolder(root=here.media)
        return lambda take: folder.path(take.partner, take.media.sha256)
    from router.cloud import aws
    from router.media_s3 import MediaBucket, place_of

    place = place_of(here.media_url)
    bucket = MediaBucket(
        client=aws.clients_of(here).archive(here.region),
        bucket=place.bucket,
        prefix=place.prefix,
        copies=here.media,
    )
    return lambda take: bucket.path(take.partner, take.media.sha256)


def _alike(path: Path, archive: Archive) -> tuple[Match, ...]:
    if not archive.takes:
        return ()
    moves = mime_of(path) in {MIME_OF[kind] for kind in CLIPS}
    with Decoder(threads=1) as decoder:
        asked = likeness.look(path, decoder)
        if asked is None:
            return ()
        candidates = likeness.kept(archive.takes, archive.path_of, moves=moves)
        return likeness.nearest(asked, candidates, decoder)
