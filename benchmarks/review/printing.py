"""A campaign's contact sheet as PNG pages or one PDF, whole or not at all."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.pictures.pixels import Darkroom, Pixels
from benchmarks.ports import Media
from benchmarks.review.label import Label
from benchmarks.review.sheet import PAGES, Sheet, by_recipes, by_takes, pages
from benchmarks.review.shelf import shelf
from benchmarks.views.case import Case
from router.domain.errors import BadInput, UnknownName
from router.domain.ids import sha256_of

BY = {"takes": by_takes, "recipes": by_recipes}
DPI = 300
_REFERENCES = 2  # beside a shot: its plate or start image, and whom it shows

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """How a sheet is wanted."""

    out: Path  # .png or .pdf
    by: str = "takes"
    size: str = "4k"


def printed(case: Case, labels: Sequence[Label], media: Media, wish: Print) -> Json:
    """Draw and write the sheet; gives its files.

    Raises:
        BadInput: `out` names another kind of file.
        UnknownName: no such layout or size.
        Conflict: a file that would be replaced was changed since, or is none of ours.
    """
    if wish.out.suffix not in {".png", ".pdf"}:
        raise BadInput(field="--out", found=str(wish.out), expected="a name in .png or .pdf")
    for field, word, known in (("--by", wish.by, BY), ("--size", wish.size, PAGES)):
        if word not in known:
            raise UnknownName(field, word, known)
    strips = BY[wish.by](labels)
    if not strips:
        return {"campaign": case.id, "files": {}, "pages": 0}
    darkroom = Darkroom()
    try:
        drawn = pages(
            _sheet(case, labels, strips, _Shelves(case, media, darkroom)), PAGES[wish.size]
        )
    finally:
        darkroom.close()
    told = {"schema": "contact/1", "campaign": case.id, "by": wish.by, "size": wish.size}
    with shelf(wish.out.parent, f"{wish.out.name}.json", told, whole=True) as opened:
        for name, data in _files(wish.out, drawn):
            made_of = sha256_of(data)
            if not opened.kept(name, made_of):
                opened.lay(name, data, made_of, {})
    return {"campaign": case.id, "files": opened.rows, "pages": len(drawn)}


def _sheet(case: Case, labels: Sequence[Label], strips: Any, shelves: "_Shelves") -> Sheet:
    first = labels[0]
    return Sheet(
        title=first.production,
        partner=first.partner,
        simulated=any(label.simulated for label in labels),
        strips=strips,
        verdicts=case.verdicts,
        picture=shelves.take,
        references=shelves.references,
    )


@dataclass(frozen=True, slots=True)
class _Shelves:
    """Where the pictures of takes and references lie."""

    case: Case
    media: Media
    darkroom: Darkroom

    def take(self, label: Label, side: int) -> Pixels | None:
        return self._picture(label.take.media.sha256, side)

    def references(self, label: Label, side: int) -> list[Pixels]:
        trial = self.case.trial_of[label.take.id]
        kept = self.case.packs[trial.pack]
        shown = [kept.pack.character(a.character) for a in label.shot.appearances]
        names = [f.name for f in label.shot.inputs if f.functional_type not in {"matte", "x.matte"}]
        names = names[:1] + [c.references[0] for c in shown if c.references][:1]
        sums = [s for n in names[:_REFERENCES] if (s := kept.pack.file(n).sha256) in kept.media]
        found = (self._picture(kept.media[s].sha256, side) for s in sums if s)
        return [pixels for pixels in found if pixels is not None]

    def _picture(self, sha256: str, side: int) -> Pixels | None:
        try:
            data = self.media.get(self.case.partner.name, sha256)
            return self.darkroom.picture(data, side)
        except BadInput:
            return None  # the sheet says that it cannot be shown


def _files(out: Path, drawn: Sequence[Image.Image]) -> list[tuple[str, bytes]]:
    if out.suffix == ".pdf":
        return [(out.name, _pdf(drawn))]
    if len(drawn) == 1:
        return [(out.name, _png(drawn[0]))]
    return [(f"{out.stem}_p{n:02d}.png", _png(page)) for n, page in enumerate(drawn, start=1)]


def _png(page: Image.Image) -> bytes:
    sink = io.BytesIO()
    page.save(sink, "PNG", compress_level=6, dpi=(DPI, DPI))
    return sink.getvalue()


def _pdf(drawn: Sequence[Image.Image]) -> bytes:
    """Write one PDF without a date, so that the same sheet has the same bytes."""
    sink = io.BytesIO()
    drawn[0].save(
        sink, "PDF", save_all=True, append_images=list(drawn[1:]), resolution=DPI, quality=92,
        creationDate=None, modDate=None, producer=None,
    )  # fmt: skip
    return sink.getvalue()
