"""What goes back into the edit: each shot with its takes, the circled one, its used frames."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from benchmarks.decisions.circled import CIRCLED, USES
from benchmarks.domain.cut import Cut, CutClip, Frames
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.domain.repair import Decision
from benchmarks.domain.version import name_of
from benchmarks.editorial import recut, shots
from benchmarks.editorial.recut import Place
from benchmarks.editorial.versions import versions
from benchmarks.views.case import Case
from benchmarks.views.veil import Veil
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.verdicts import open_must
from router.domain.errors import BadInput
from router.domain.take import Take

FIRST = 1001  # frame of a plate, where nothing says another
STILL_S = 2  # how long a still is held where its shot has no timing
SUFFIXES = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/tiff": ".tif",
    "image/x-exr": ".exr", "video/mp4": ".mp4", "video/quicktime": ".mov",
    "video/webm": ".webm", "video/x-matroska": ".mkv",
}  # fmt: skip

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Everything of one pack that is written."""

    code: str
    plan: Json  # for the child that writes it
    media: Mapping[str, str]  # name under media/ → sha256
    takes: Mapping[str, str]  # name under media/ → take
    circled: Mapping[str, str]  # shot → take
    uncircled: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One pack of a campaign, and what was decided about its takes."""

    case: Case
    pack: ShotPack
    seal: str
    veil: Veil
    uses: Mapping[str, Decision]  # take → the choice of frames that counts
    cut: Cut | None = None  # the original, where there is one
    named: Mapping[str, CutClip] | None = None  # its shots

    def handed(self) -> Handed:
        """Give what is written.

        Raises:
            BadInput: the pack's rate is none that a cut can have, or the original has no shot
                of it.
        """
        rate = self._rate()
        rows: list[Json] = []
        notes: list[str] = []
        named: dict[str, Take] = {}
        chosen: dict[str, str] = {}
        without: list[str] = []
        for shot in self._shots():
            row, said = self._row(shot, rate)
            takes = self._takes(shot.id)
            named |= {
                t["target"].partition("/")[2]: take
                for t, take in zip(row["takes"], takes, strict=True)
            }
            circled = self._circled(takes)
            chosen |= {shot.id: circled.id} if circled else {}
            without += [] if circled else [shot.id]
            rows.append(row)
            notes += said
        plan = {
            "name": self.cut.name if self.cut else self.pack.code,
            "rate": [rate.numerator, rate.denominator],
            "start": self.cut.start if self.cut else _hour(rate),
            "metadata": {"campaign": self.case.id, "pack": self.pack.code, "seal": self.seal},
            "shots": rows,
        }
        return Handed(
            code=self.pack.code,
            plan=plan,
            media={name: take.media.sha256 for name, take in named.items()},
            takes={name: take.id for name, take in named.items()},
            circled=chosen,
            uncircled=tuple(without),
            notes=(*notes, *self._absent()),
        )

    def _rate(self) -> Fraction:
        found = self.cut.rate if self.cut else shots.rate_of(f"{self.pack.fps:g}")
        if found is None:
            expected = f"one of {', '.join(shots.FPS.values())}"
            raise BadInput(field="production.fps", found=self.pack.fps, expected=expected)
        return found

    def _shots(self) -> list[Shot]:
        listed = sorted(self.pack.shots, key=lambda s: (s.order, s.id))
        if self.named is None:
            return listed
        there = [s for s in listed if s.id in self.named]
        if not there:
            found = ", ".join(list(self.named)[:8])
            expected = f"a cut with shots of the pack, such as {listed[0].id}; see --shot-names"
            raise BadInput(field="--timeline", found=found, expected=expected)
        return there

    def _absent(self) -> Iterator[str]:
        if self.named is not None:
            for shot in self.pack.shots:
                if shot.id not in self.named:
                    yield f"{shot.id}: not in the original cut; left out"

    def _takes(self, shot: str) -> list[Take]:
        return versions(self.case, self.seal, shot)

    def _circled(self, takes: Iterable[Take]) -> Take | None:
        """Give the take that was circled last."""
        said = self.case.decisions
        marked = [t for t in takes if t.id in said and said[t.id].status == CIRCLED]
        return max(marked, key=lambda t: (said[t.id].created_at, t.id), default=None)

    def _row(self, shot: Shot, rate: Fraction) -> tuple[Json, list[str]]:
        takes, clip = self._takes(shot.id), (self.named or {}).get(shot.id)
        shift = clip.shift if clip else 0
        asked = _asked(shot, clip, rate)
        spot = recut.place(clip, 0) if clip else asked
        circled = self._circled(takes)
        spans = {t.id: _held(t, _span(t, asked, rate), spot) for t in takes}
        used, notes = spot.used, list[str]()
        if circled:
            used, notes = self._used(shot.id, circled, spans[circled.id], spot, rate)
        row = {
            "shot": shot.id,
            "pack": self.pack.code,
            "clip": clip.number if clip else None,
            "slot": [asked.used[0] - shift, asked.used[1] - shift],
            "used": [used[0] - shift, used[1] - shift] if used != spot.used else None,
            "plate": _plate(shot),
            "cdl": None,
            "takes": [
                self._reference(n, shot.id, t, spans[t.id], shift)
                for n, t in enumerate(takes, start=1)
            ],
            "active": f"take_{takes.index(circled) + 1}" if circled else None,
            "reel": name_of(shot.id, takes.index(circled) + 1).replace("_", "") if circled else "",
            "markers": [
                {**mark, "frame": mark["frame"] - shift}
                for mark in self._open(circled, spans, used, rate)
            ],
        }
        return row, notes

    def _used(
        self, shot: str, take: Take, span: Frames, spot: Place, rate: Fraction
    ) -> tuple[Frames, list[str]]:
        """Give the frames that the cut shows of a circled take: as chosen, else its place."""
        chosen = self.uses.get(take.id)
        if chosen is not None and chosen.used is not None:
            first, last = (_counted(frame, take, rate) for frame in chosen.used)
            return (span[0] + first, span[0] + last), []
        first, last = max(span[0], spot.used[0]), min(span[1], spot.used[1])
        if (first, last) == spot.used:
            return spot.used, []
        lost = (first - spot.used[0], spot.used[1] - last)
        said = f"{shot}: the circled take is shorter than its place by {lost[0]}+{lost[1]} frames"
        return (first, last), [said]

    def _reference(self, number: int, shot: str, take: Take, span: Frames, shift: int) -> Json:
        name = name_of(shot, number)
        return {
            "key": f"take_{number}",
            "name": name,
            "target": f"media/{name}{SUFFIXES.get(take.media.mime, '.bin')}",
            "first": span[0] - shift,
            "frames": span[1] - span[0] + 1,
            "metadata": self._provenance(take),
        }

    def _provenance(self, take: Take) -> Json:
        """Give what travels with a take: what made it, who circled it, what was measured."""
        trial, said = self.case.trial_of[take.id], self.case.decisions.get(take.id)
        uses = self.uses.get(take.id)
        told: Json = {
            "take": take.id,
            "sha256": take.media.sha256,
            "model": self.veil.model(take.model),
            "simulated": take.simulated or self.case.simulated,
            "source": take.source.value,
            "recipe": trial.recipe,
            "verdicts": _summary(self.case.verdicts.get(take.id, ())),
        }
        if take.parent:
            told["parent"] = take.parent
        if said is not None and said.status == CIRCLED:
            told |= {"circled_by": said.by, "circled_as": said.role}
            told["circled_at"] = said.created_at.isoformat()
        if uses is not None and uses.used is not None:
            told |= {"used": list(uses.used), "used_by": uses.by}
        return told

    def _open(
        self, take: Take | None, spans: Mapping[str, Frames], used: Frames, rate: Fraction
    ) -> Iterator[Json]:
        """Give a marker for each must-line that is not known to be met."""
        if take is None:
            return
        for verdict in self.case.verdicts.get(take.id, ()):
            if verdict.line.must and verdict.ruling is not Ruling.PASS:
                seen = verdict.evidence.get("frame")
                at = used[0]
                if isinstance(seen, int) and take.media.is_video:
                    at = spans[take.id][0] + _counted(seen, take, rate)
                yield {
                    "frame": at if used[0] <= at <= used[1] else used[0],
                    "name": shots.clean(f"MUST {verdict.line.number} {verdict.line.criterion}"),
                    "comment": shots.clean(f"{verdict.ruling.value}: {verdict.reason or 'open'}"),
                }


def choices(said: Iterable[Decision]) -> Mapping[str, Decision]:
    """Give take → the choice of frames that counts, which is the latest."""
    ordered = sorted((d for d in said if d.status == USES), key=lambda d: (d.created_at, d.id))
    return {d.take: d for d in ordered}


def spot_of(shot: Shot, fps: float) -> Place:
    """Give the place of a pack's shot."""
    return _spot(shot, shots.rate_of(f"{fps:g}") or Fraction(round(fps)))


def span_of(take: Take, spot: Place, fps: float) -> Frames | None:
    """Say which frames of the plate a take stands for; None for a still."""
    rate = shots.rate_of(f"{fps:g}") or Fraction(round(fps))
    return _span(take, spot, rate) if take.media.is_video else None


def _hour(rate: Fraction) -> int:
    """Give the frame at 01:00:00:00, where a cut that we lay out begins.

    Drop-frame timecode leaves out 108 numbers an hour at 29.97, twice that at 59.94 (SMPTE ST
    12-1).
    """
    nominal = round(rate)
    skipped = 108 * nominal // 30 if nominal in {30, 60} and rate.denominator > 1 else 0
    return 3600 * nominal - skipped


def _asked(shot: Shot, clip: CutClip | None, rate: Fraction) -> Place:
    """Give the place that a shot's takes were asked for: by the pack, else by the first cut."""
    if clip is None or shot.cut_in is not None:
        return _spot(shot, rate)
    first, last = clip.slot or clip.used
    return Place(used=(first + clip.shift, last + clip.shift), handles=shot.handles)


def _spot(shot: Shot, rate: Fraction) -> Place:
    length = shot.cut_frames or STILL_S * round(rate)
    plate = shot.input("x.plate")
    begin = plate.frame_range[0] if plate and plate.frame_range else FIRST
    first = shot.cut_in if shot.cut_in is not None else begin + shot.handles[0]
    return Place(used=(first, first + length - 1), handles=shot.handles)


def _span(take: Take, spot: Place, rate: Fraction) -> Frames:
    """Give the frames of the plate that a take stands for; a still is held for all of them."""
    if not take.media.is_video:
        return spot.whole
    return recut.laid(spot, max(1, _counted(take.media.frames, take, rate)))


def _held(take: Take, span: Frames, spot: Place) -> Frames:
    """Hold a still for as long as a new cut wants; no number that it had before is taken away."""
    if take.media.is_video:
        return span
    return min(span[0], spot.used[0]), max(span[1], spot.used[1])


def _counted(frames: int, take: Take, rate: Fraction) -> int:
    """Turn a number of a clip's own frames into frames of the cut."""
    fps = take.media.fps
    return round(frames * float(rate) / fps) if fps else frames


def _plate(shot: Shot) -> Json | None:
    found = shot.input("x.plate")
    if found is None or found.frame_range is None:
        return None
    first, last = found.frame_range
    return {
        "target": found.name,
        "first": first,
        "frames": last - first + 1,
        "sequence": True,
    }


def _summary(verdicts: tuple[Verdict, ...]) -> Json:
    told: Json = {ruling.value: 0 for ruling in Ruling}
    for verdict in verdicts:
        told[verdict.ruling.value] += 1
    return {**told, "open_must": open_must(verdicts)}
