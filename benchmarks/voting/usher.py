"""The usher: shows each caller the part of a study that is theirs, and lets raters to their seats.

A study may hold several studios' shots and raters. A studio's people learn of its own raters and
campaigns only, and vote as these; the platform's own raters are called by those who reach all of
it. Another studio's shot is shown to a rater only while that studio's written consent is in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.domain.study import Rater, Study
from benchmarks.domain.vote import Outcome
from benchmarks.voting import lessons
from benchmarks.voting.booth import Booth, described
from benchmarks.voting.seat import Seat
from router.api.ports import Media
from router.domain.caller import Reach
from router.domain.errors import NotEntitled, UnknownName

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usher:
    """Asks the booth on behalf of a caller."""

    booth: Booth

    def status(self, reach: Reach, study: str) -> Json:
        """Say how far the raters within reach are; raises UnknownName."""
        parts = self._parts(reach, study)
        told, head = self.booth.status(study), described(parts)
        if all(p in reach for p in parts[0].partners):
            return told
        mine = {r.name for r in _within(parts, reach)}
        raters = [r for r in told["raters"] if r["rater"] in mine]
        return {
            **head,
            "partners": [p for p in parts[0].partners if p in reach],
            "campaigns": [c for p in parts if p.partner in reach for c in p.campaigns],
            "notes": [],  # they are about the whole layout
            "slots": sum(r["slots"] for r in raters),
            "votes": sum(r["votes"] for r in raters),
            "raters": raters,
        }

    def studies(self, reach: Reach) -> list[Json]:
        """Name the studies of which somebody within reach is asked, or whose shots are shown."""
        every = dict.fromkeys(p.id for p in self.booth.store.studies.every())
        return [self.status(reach, id_) for id_ in every if self._reached(reach, id_)]

    def question(self, reach: Reach, study: str, rater: str) -> Json:
        """Give the next question of a rater within reach.

        `studio` says whose rater it is, `partner` whose shot: who sees the one may see the other.

        Raises:
            UnknownName: study or rater.
            Conflict: the study is closed.
            NotEntitled: the shot's owner does not show it to others any more.
        """
        person = self._person(reach, study, rater)
        asked = {**Seat(self.booth).question(study, person.name), "studio": person.studio}
        if asked["slot"] is not None and person.studio not in {"", asked["partner"]}:
            self._agreed(asked["partner"])
        return asked

    def cast(
        self, reach: Reach, study: str, rater: str, slot: int, outcome: Outcome, **looked: Any
    ) -> Json:
        """Keep an answer of a rater within reach; raises UnknownName and Conflict."""
        person = self._person(reach, study, rater)
        return self.booth.cast(study, person.name, slot, outcome, **looked)

    def practise(self, reach: Reach, study: str, rater: str, number: int, said: Outcome) -> Json:
        """Keep an answer in practice and tell the right one; raises UnknownName."""
        person = self._person(reach, study, rater)
        return Seat(self.booth).practise(study, person.name, number, said)

    def remark(
        self,
        reach: Reach,
        study: str,
        rater: str,
        slot: int,
        parts: Mapping[str, Mapping[str, str]],
        levels: Mapping[str, int],
    ) -> Json:
        """Keep what failed on each side; raises UnknownName, BadInput and Conflict."""
        person = self._person(reach, study, rater)
        return Seat(self.booth).remark(study, person.name, slot, parts, levels)

    def reveal(self, reach: Reach, study: str, rater: str) -> Json:
        """Tell what stood behind the questions of a closed study, of shots within reach.

        Raises:
            UnknownName: study or rater.
            Conflict: it is still open.
        """
        person = self._person(reach, study, rater)
        told = Seat(self.booth).reveal(study, person.name)
        return {**told, "rows": [r for r in told["rows"] if r["partner"] in reach]}

    def shown(self, study: str, code: str, viewer: str = "") -> Media:
        """Give the media behind a code, asked by signed link."""
        return lessons.picture(code) or self.booth.shown(study, code, viewer)

    def whose(self, study: str, code: str) -> str | None:
        """Name the partner whose picture it is; None = of practice, nobody's."""
        return None if lessons.picture(code) else self.booth.picture(study, code)[0]

    def _reached(self, reach: Reach, study: str) -> bool:
        try:
            return bool(self._parts(reach, study))
        except UnknownName:
            return False

    def _parts(self, reach: Reach, study: str) -> tuple[Study, ...]:
        parts = tuple(p for p in self.booth.store.studies.every() if p.id == study)
        theirs = any(p in reach for p in parts[0].partners) if parts else False
        if not theirs and not (parts and _within(parts, reach)):
            raise UnknownName("study", study, ())
        return parts

    def _person(self, reach: Reach, study: str, rater: str) -> Rater:
        mine = {r.name: r for r in _within(self._parts(reach, study), reach)}
        if rater not in mine:
            raise UnknownName("rater", rater, mine)
        return mine[rater]

    def _agreed(self, partner: str) -> None:
        consent = self.booth.partners[partner].shares_shots_with_raters
        if not (consent and consent.holds(self.booth.clock.now().date())):
            raise NotEntitled(
                field="shares_shots_with_raters",
                found="a consent that is not in force any more",
                expected="the written consent of the studio whose shot is next",
            )


def _within(parts: Sequence[Study], reach: Reach) -> list[Rater]:
    """Name the raters for whom somebody with this reach may speak."""
    whole = all(p in reach for p in parts[0].partners)
    return [r for r in parts[0].raters if (r.studio in reach if r.studio else whole)]
