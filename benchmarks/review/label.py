"""What is written on a take for review. Pure: from a campaign to words and frame numbers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.decisions.circled import CIRCLED
from benchmarks.domain.cut import Frames
from benchmarks.domain.pack import Shot
from benchmarks.domain.repair import Decision
from benchmarks.domain.version import Version, name_of
from benchmarks.editorial import export, handing
from benchmarks.editorial.recut import Place
from benchmarks.editorial.versions import of_case, superseded, versions
from benchmarks.views.case import Case
from benchmarks.views.veil import Veil
from router.domain.take import Source, Take

CUT, HEAD, TAIL = 0, 1, 2  # the states of a frame, by the overlay that lies over it
MADE = {
    Source.GENERATED: "AI-GENERATED",
    Source.REPAIRED: "AI-GENERATED, EDITED",
    Source.FRAME: "AI-GENERATED, FRAME",
    Source.CONTROL: "CONTROL, NO MODEL",
    Source.IMPORTED: "MADE ELSEWHERE",
}
_FIRST = 1  # number of the first frame where a take does not run at the cut's rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A take as its slate, burn-ins and rows name it."""

    take: Take
    shot: Shot
    name: str  # SQ010_SH0020_genai_v003
    folder: str  # of its pack, where there are several
    production: str
    partner: str
    model: str
    recipe: str
    made: str  # AI-GENERATED, …
    simulated: bool
    asked: str
    circled_by: str | None
    place: Place  # of the shot, in the plate's numbers
    first: int | None  # number of a clip's first frame; None = a still
    counted: bool  # in the plate's numbers, which needs the cut's rate
    fps: float  # of the pack
    raster: Frames  # of the delivery, width and height
    master: str = ""  # what is delivered, by the pack
    superseded: str = ""  # of a circle that another replaced: by whom, and now which

    @property
    def marks(self) -> str:
        """Say who made it, and whether it is simulated."""
        return f"{self.made} · SIMULATED" if self.simulated else self.made

    def states(self, frames: int) -> list[int]:
        """Say of each frame of a clip whether it is in the cut or a handle."""
        if self.first is None or not self.counted:
            return [CUT] * frames
        used = self.place.used
        numbers = range(self.first, self.first + frames)
        return [HEAD if n < used[0] else TAIL if n > used[1] else CUT for n in numbers]

    @property
    def handles(self) -> Frames:
        """Count the handle frames of a clip that counts in the plate's numbers."""
        states = self.states(self.take.media.frames)
        return states.count(HEAD), states.count(TAIL)


def labels(
    case: Case, veil: Veil, *, shot: str | None = None, circled: bool = False
) -> tuple[Label, ...]:
    """Give a campaign's takes, shot by shot in the order of the cut, oldest first."""
    named, known = export.stems(case, list(case.packs)), of_case(case)
    after = {take: known[by] for take, by in superseded(case.decisions, known).items()}
    found = (
        label
        for seal in case.packs
        for one in sorted(case.packs[seal].pack.shots, key=lambda s: (s.order, s.id))
        if shot in {None, one.id}
        for label in _of_shot(case, veil, seal, one, named, after)
    )
    return tuple(each for each in found if each.circled_by or not circled)


def _of_shot(
    case: Case,
    veil: Veil,
    seal: str,
    shot: Shot,
    named: Mapping[str, str],
    after: Mapping[str, Version],
) -> Iterator[Label]:
    pack = case.packs[seal].pack
    spot = handing.spot_of(shot, pack.fps)
    for version, take in enumerate(versions(case, seal, shot.id), start=1):
        later = after.get(take.id)
        decided = case.decisions.get(take.id)
        counted = abs(take.media.fps - pack.fps) < 0.01
        span = handing.span_of(take, spot, pack.fps)
        first = None if span is None else span[0] if counted else _FIRST
        yield Label(
            take=take,
            shot=shot,
            name=name_of(shot.id, version),
            folder=named[seal] if len(named) > 1 else "",
            production=pack.title,
            partner=veil.partner(case.partner)[1],
            model=veil.model(take.model),
            recipe=case.recipes[case.trial_of[take.id].recipe].title,
            made=MADE[take.source],
            simulated=take.simulated or (take.source is Source.CONTROL and case.simulated),
            asked=veil.text(take.prompt),
            circled_by=_circled(decided) if later is None else None,
            superseded=f"by {_circled(decided)}, now {later.short}" if later else "",
            place=spot,
            first=first,
            counted=counted,
            fps=pack.fps,
            raster=pack.raster,
            master=pack.master,
        )


def _circled(decided: Decision | None) -> str | None:
    return decided.by if decided and decided.status == CIRCLED else None


def shots_of(case: Case) -> Collection[str]:
    """Name the shots of a campaign's packs."""
    return {s.id for kept in case.packs.values() for s in kept.pack.shots}
