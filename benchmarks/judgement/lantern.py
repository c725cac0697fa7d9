"""Shows takes and references to judges: small slides, decoded in the jailed child, a few kept."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.domain.pack import PackFile, Shot, ShotPack
from benchmarks.pictures.pixels import Darkroom
from benchmarks.ports import Media
from benchmarks.store.store import KeptPack
from evaluators.domain.judging import Guise
from evaluators.judges.pairwise import Seen
from evaluators.judges.slides import disguised, has_text, slide
from router.domain.errors import BadInput
from router.domain.inquiry import Shown
from router.domain.take import Take

FRAMES = 3  # of a clip
MOST_REFERENCES = 2
KEPT = 64  # takes whose slides are remembered


@dataclass(slots=True, kw_only=True)
class Lantern:
    """Shows; threads may share it."""

    partner: str
    media: Media
    darkroom: Darkroom
    takes: Mapping[str, Take]
    shots: Mapping[str, tuple[Shot, KeptPack]]  # by the name that a judging gives them
    _slides: OrderedDict[tuple[str, str], Seen] = field(default_factory=OrderedDict)
    _references: dict[str, tuple[Shown, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, take: str, guise: str) -> Seen:
        """Show a take, as it is or spoilt; raises BadInput where it cannot be decoded."""
        with self._lock:
            known = self._slides.get((take, guise))
        if known is None:
            known = self._developed(self.takes[take], Guise(guise))
            with self._lock:
                self._slides[take, guise] = known
                while len(self._slides) > KEPT:
                    self._slides.popitem(last=False)
        return known

    def references(self, shot: str) -> tuple[Shown, ...]:
        """Show the plate and the first picture of each character; what cannot be read is left."""
        with self._lock:
            known = self._references.get(shot)
        if known is None:
            known = tuple(self._pictures(shot))
            with self._lock:
                self._references[shot] = known
        return known

    def _developed(self, take: Take, guise: Guise) -> Seen:
        count = FRAMES if take.media.is_video else 1
        frames = self.darkroom.frames(self.media.get(self.partner, take.media.sha256), count)
        shown = [disguised(frame, guise) for frame in frames]
        return Seen(
            pictures=tuple(slide(f) for f in shown), has_text=any(has_text(f) for f in shown)
        )

    def _pictures(self, name: str) -> list[Shown]:
        shot, kept = self.shots[name]
        shown = []
        for file in references(shot, kept.pack):
            ref = kept.media.get(file.sha256 or "")
            if ref is None:
                continue
            try:
                pixels = self.darkroom.picture(self.media.get(self.partner, ref.sha256))
            except BadInput:  # a format that only a studio's own tools read
                continue
            shown.append(slide(pixels))
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanks:
    """Counts pictures and shows none: enough to say what a question can cost at most."""

    takes: Mapping[str, Take]
    shots: Mapping[str, tuple[Shot, KeptPack]]

    def take(self, take: str, guise: str) -> Seen:
        """Give as many empty pictures as a take has."""
        del guise
        count = FRAMES if self.takes[take].media.is_video else 1
        return Seen(pictures=(_BLANK,) * count, has_text=False)

    def references(self, shot: str) -> tuple[Shown, ...]:
        """Give as many empty pictures as there may be references."""
        found, kept = self.shots[shot]
        return (_BLANK,) * len(references(found, kept.pack))


_BLANK = Shown(data=b"", mime="image/jpeg")


def references(shot: Shot, pack: ShotPack) -> tuple[PackFile, ...]:
    """Choose what a judge is shown beside the takes of a shot."""
    plate = shot.input("x.plate")
    names = [name for a in shot.appearances for name in pack.character(a.character).references[:1]]
    files = [plate] if plate else []
    files += [pack.file(name) for name in names]
    return tuple(f for f in files if f.frame_range is None and f.sha256)[:MOST_REFERENCES]
