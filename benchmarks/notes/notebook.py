"""The notebook: what people mark and say on takes is checked, drawn as a matte, and kept for good.

Nothing is overwritten: a change of mind is a further note. A drawing becomes a matte at the take's
raster when it is kept, so that what was drawn is what is asked for later.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.browsing import lists
from benchmarks.browsing.gallery import shot_of
from benchmarks.domain.note import Jotted, Mark, Note
from benchmarks.notes import drawing
from benchmarks.notes.refining import Wished, together
from benchmarks.pictures.pixels import Darkroom, png
from benchmarks.planning.plan import stamp
from benchmarks.repairing.errands import line_of
from benchmarks.store.record import encode
from benchmarks.studio import Studio
from router.domain.errors import BadInput, UnknownName
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.take import Take

MOST_WORDS = 4000  # characters
PNG = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """Keeps the notes of one home."""

    studio: Studio
    darkroom: Darkroom

    def jot(self, take: Take, said: Jotted) -> Note:
        """Keep a note; the same one twice is one.

        Raises:
            BadInput: nobody is named, nothing is said, or the mark does not lie in the take.
            UnknownName: the take's shot has no such line.
        """
        if not said.by.strip():
            raise BadInput(field="by", found=said.by, expected="the name of the person who says it")
        mark = drawing.checked(said.mark, max(1, take.media.frames))
        if not said.text.strip() and not drawing.is_drawn(mark):
            raise BadInput(field="text", found="nothing", expected="words, or a drawing, or both")
        if len(said.text) > MOST_WORDS:
            expected = f"at most {MOST_WORDS} characters"
            raise BadInput(field="text", found=f"{len(said.text)} characters", expected=expected)
        if said.line is not None:
            self._line(take, said.line)
        content = [take.partner, take.id, said.by.strip(), encode(mark), said.text]
        note = Note(
            partner=take.partner,
            id=content_id("note", [*content, said.wish.value, said.line]),
            campaign=take.account,
            take=take.id,
            by=said.by.strip(),
            mark=mark,
            text=said.text,
            wish=said.wish,
            line=said.line,
            matte=self._drawn(take, mark),
            created_at=self.studio.clock.now(),
        )
        self.studio.store.notes.add(note)
        return next(n for n in self.of(take) if n.id == note.id)

    def of(self, take: Take) -> tuple[Note, ...]:
        """Give every note on a take, oldest first."""
        return self.studio.store.notes.of_take(take.partner, take.id)

    def rows(self, take: Take) -> list[dict[str, Any]]:
        """Give every note on a take as it is shown, with the children that came of it."""
        found = self.of(take)
        if not found:
            return []
        children: dict[str, list[str]] = {}
        for repair in self.studio.store.repairs(take.partner, take.account):
            for id_ in repair.notes:
                children.setdefault(id_, []).append(repair.child)
        return [as_json(note, children.get(note.id, ())) for note in found]

    def wished(self, take: Take, ids: Sequence[str]) -> Wished:
        """Join some notes on a take into one wish, with what is drawn on them as one matte.

        Raises:
            UnknownName: the take has no such note.
            BadInput: they do not go together, or ask for nothing.
        """
        known = {note.id: note for note in self.of(take)}
        for id_ in ids:
            if id_ not in known:
                raise UnknownName("note", id_, ())
        chosen = [known[id_] for id_ in dict.fromkeys(ids)]
        return replace(together(chosen), matte=self._matte(take, [n.mark for n in chosen]))

    def matte_of(self, take: Take, id_: str) -> MediaRef | None:
        """Give what is drawn on a note of a take; None = the take has no such note.

        Raises:
            BadInput: nothing is drawn on it.
        """
        note = next((n for n in self.of(take) if n.id == id_), None)
        if note is None:
            return None
        found = self._matte(take, [note.mark])
        if found is None:
            expected = "a note with strokes or a region on it"
            raise BadInput(field="matte", found="a note with nothing drawn", expected=expected)
        return found

    def painted(self, take: Take, data: bytes) -> MediaRef:
        """Keep a picture that somebody painted as a matte for a take: white = may change.

        Raises:
            BadInput: no PNG, of another size than the take, several frames, or all black.
        """
        found = self.darkroom.probe(data)
        if found.mime != PNG:
            raise BadInput(field="matte", found=found.mime, expected=PNG)
        size = self._size(take)
        if (found.width, found.height) != size:
            expected = f"{size[0]} x {size[1]} pixels, as the take"
            raise BadInput(
                field="matte", found=f"{found.width} x {found.height} pixels", expected=expected
            )
        inside = self.darkroom.mask(data, size)
        if not inside.any():
            expected = "a matte with a white region, where the take may change"
            raise BadInput(field="matte", found="no white pixel", expected=expected)
        return self._stored(take, inside)

    def _matte(self, take: Take, marks: Sequence[Mark]) -> MediaRef | None:
        drawn = [mark for mark in marks if drawing.is_drawn(mark)]
        return self._stored(take, drawing.matte(drawn, self._size(take))) if drawn else None

    def _drawn(self, take: Take, mark: Mark) -> str | None:
        found = self._matte(take, [mark])
        return found.sha256 if found else None

    def _stored(self, take: Take, inside: drawing.Mask) -> MediaRef:
        kept = self.studio.media.put(take.partner, png(drawing.picture(inside)), PNG)
        return replace(kept, width=inside.shape[1], height=inside.shape[0])

    def _size(self, take: Take) -> tuple[int, int]:
        if take.media.width and take.media.height:
            return take.media.width, take.media.height
        found = self.darkroom.probe(self.studio.media.get(take.partner, take.media.sha256))
        return found.width, found.height

    def _line(self, take: Take, number: int) -> None:
        """Raise UnknownName unless the take's shot has this acceptance line."""
        store = self.studio.store
        try:
            of = lists.index(self.studio, store.campaign(take.partner, take.account))
            trial = of.trial_of[take.id]
        except (UnknownName, KeyError) as none:
            raise UnknownName("line", number, ()) from none
        line_of(shot_of(store.pack(take.partner, trial.pack), trial.shot), number)


def as_json(note: Note, children: Collection[str]) -> dict[str, Any]:
    """Give a note as it is shown: what was sent, and what became of it."""
    mark: Mapping[str, Any] = encode(note.mark)
    return {
        "id": note.id,
        "partner": note.partner,
        "campaign": note.campaign,
        "take": note.take,
        "by": note.by,
        "at": stamp(note.created_at),
        **mark,
        "text": note.text,
        "wish": note.wish.value,
        "line": note.line,
        "matte": note.matte,
        "children": sorted(children),
    }
