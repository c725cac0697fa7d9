"""The gallery: stored pictures, their thumbnails and the evidence drawn on them."""

import hashlib
import os
from dataclasses import dataclass, field
from threading import BoundedSemaphore

from benchmarks.browsing import lists
from benchmarks.domain.pack import Shot
from benchmarks.pictures.pixels import Darkroom
from benchmarks.pictures.previews import Previews
from benchmarks.running.briefs import brief
from benchmarks.store.store import KeptPack
from benchmarks.studio import Studio
from benchmarks.views.case import Case
from benchmarks.views.pictures import Album, Easel
from evaluators.domain.verdict import Verdict
from router.api.ports import Media as Shown
from router.domain.errors import StoreCorrupt, UnknownName
from router.probe import Prober

MOST_SOUND = 4096


@dataclass(slots=True, kw_only=True)
class Gallery:
    """Pictures of one home; threads may share it. Whoever asks it has asked whether one may."""

    studio: Studio
    darkroom: Darkroom = field(default_factory=Darkroom)
    _sound: dict[tuple[str, int, int], str] = field(default_factory=dict)  # a file that fits → mime
    _easel: Easel = field(default_factory=Easel)
    _decoding: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(max(2, os.cpu_count() or 2))
    )

    def close(self) -> None:
        """End the children that decode."""
        self._easel.close()
        self.darkroom.close()

    def require(self, partner: str, sha256: str) -> None:
        """Raise UnknownName where nothing is stored under this name."""
        if not self.studio.media.has(partner, sha256):
            raise UnknownName("sha256", sha256, ())

    def stored(self, partner: str, sha256: str) -> bytes:
        """Give what is stored; raises UnknownName."""
        self.require(partner, sha256)
        return self.studio.media.get(partner, sha256)

    def original(self, partner: str, sha256: str, prober: Prober) -> Shown:
        """Give the file of what is stored, to be read in parts.

        Players ask range by range: the whole of a file is read once, to see that it is what its
        name says, and then only what is asked for. Raises StoreCorrupt where it is not.
        """
        path = self.studio.media.path(partner, sha256)
        facts = path.stat()
        mark = (str(path), facts.st_size, facts.st_mtime_ns)
        mime = self._sound.get(mark)
        if mime is None:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != sha256:
                raise StoreCorrupt(field="media", found=f"content {found}", expected=sha256)
            said = self.studio.router.mime_of(partner, sha256)
            mime = said or prober.probe(path.read_bytes()).mime
            if len(self._sound) >= MOST_SOUND:
                self._sound.clear()
            self._sound[mark] = mime
        return Shown(path=path, mime=mime)

    def thumb(self, partner: str, sha256: str) -> bytes:
        """Give a small JPEG of it; raises UnknownName."""
        album = self._album()
        with self._decoding:
            name = album.thumb("thumb", partner, sha256)
        if name is None:
            raise UnknownName("thumb", sha256, ())
        return album.assets[name]

    def preview(self, partner: str, sha256: str, viewer: str) -> Shown:
        """Give it written anew, with the viewer's name over it where the partner wants that."""
        here = self.studio
        previews = Previews(here.media, self.darkroom, here.settings.home / "derived")
        seen = (viewer, here.clock.now()) if here.partners[partner].watermark else None
        with self._decoding:
            return previews.preview(partner, sha256, seen)

    def drawn(self, of: lists.Index, thin: Case, verdict: Verdict) -> bytes:
        """Draw the picture behind a verdict; raises UnknownName."""
        trial = of.trial_of[verdict.take]
        kept = self.studio.store.pack(of.partner.name, trial.pack)
        against = brief(
            0,
            thin.takes[verdict.take],
            shot_of(kept, trial.shot),
            kept.pack,
            files=kept.media,
            place=self.studio.media.place,
        )
        album = self._album()
        with self._decoding:
            name = album.evidence("evidence", of.partner.name, against, verdict)
        if name is None:
            raise UnknownName("evidence", verdict.take, ())
        return album.assets[name]

    def _album(self) -> Album:
        folder = self.studio.settings.home / "derived"  # the report's own: made once for both
        return Album(
            media=self.studio.media, darkroom=self.darkroom, draw=self._easel, folder=folder
        )


def shot_of(kept: KeptPack, id_: str) -> Shot:
    """Give a shot of a pack."""
    return next(s for s in kept.pack.shots if s.id == id_)
