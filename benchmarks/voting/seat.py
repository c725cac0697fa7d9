"""A rater's seat: practice before the first vote, a rest in time, remarks, and the reveal after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.domain.aside import PARTS, RUBRIC, STATES, Aside, AsideKind
from benchmarks.domain.study import Cast, Slot, Study, StudyState
from benchmarks.domain.vote import Outcome
from benchmarks.views.polls import QUESTION
from benchmarks.votes.sitting import sitting
from benchmarks.voting import lessons
from benchmarks.voting.booth import Booth
from router.domain.errors import BadInput, Conflict, UnknownName

Json = dict[str, Any]
LEAST_S = 1.5  # looked at two stills before one may vote; clips are seen once


@dataclass(frozen=True, slots=True)
class Seat:
    """What surrounds the questions of one rater."""

    booth: Booth

    def question(self, study: str, rater: str) -> Json:
        """Give what this rater sees next: practice, else a question, else nothing.

        Raises:
            UnknownName: study or rater.
            Conflict: the study is closed.
        """
        asked = self.booth.question(study, rater)
        casts = self._casts(study, rater)
        now = sitting([c.at for c in casts], self.booth.clock.now())
        around: Json = {"sat_s": now.sat_s, "rest_s": now.rest_s}
        around |= {"rubric": [{"level": n, "words": w} for n, w in RUBRIC.items()]}
        around |= {"parts": list(PARTS), "states": list(STATES)}
        if asked["slot"] is None:
            return asked
        rate, frames = asked["left"]["fps"], asked["left"]["frames"]
        around["least_s"] = max(LEAST_S, frames * rate[1] / rate[0] if frames > 1 else 0.0)
        due = self._lesson(study, rater) if not casts else None
        return {**asked, **around, **(_lesson(due) if due else {"lesson": None})}

    def practise(self, study: str, rater: str, number: int, said: Outcome) -> Json:
        """Keep an answer in practice and tell the right one; never counted.

        Raises:
            UnknownName: study, rater or lesson.
        """
        if not 1 <= number <= len(lessons.LESSONS):
            raise UnknownName("lesson", number, [f"1 to {len(lessons.LESSONS)}"])
        home = self._slots(study, rater)[0].partner
        self.booth.store.studies.asides.keep(
            Aside(
                partner=home,
                study=study,
                rater=rater,
                kind=AsideKind.LESSON,
                number=number,
                at=self.booth.clock.now(),
                said=said.value,
            )
        )
        lesson = lessons.LESSONS[number - 1]
        return {
            "lesson": number,
            "right": said is lesson.answer,
            "answer": lesson.answer.value,
            "because": lesson.because,
        }

    def remark(
        self,
        study: str,
        rater: str,
        slot: int,
        parts: Mapping[str, Mapping[str, str]],
        levels: Mapping[str, int],
    ) -> Json:
        """Keep what failed on each side of a question that was answered.

        Raises:
            UnknownName: study, rater or slot.
            BadInput: a part, state or level that there is not.
            Conflict: the question is not answered yet, another remark stands, or it is closed.
        """
        if self._study(study).state is StudyState.CLOSED:
            raise Conflict(field="study", found="closed", expected="a study that is open")
        found = {s.number: s for s in self._slots(study, rater)}
        if slot not in found:
            raise UnknownName("slot", slot, [f"1 to {len(found)}"])
        if slot not in {c.slot for c in self._casts(study, rater)}:
            raise Conflict(field="slot", found="not answered yet", expected="a vote before it")
        one = Aside(
            partner=found[slot].partner,
            study=study,
            rater=rater,
            kind=AsideKind.REMARK,
            number=slot,
            at=self.booth.clock.now(),
            parts=_parts(parts),
            levels=_levels(levels),
        )
        kept = self.booth.store.studies.asides
        before = [a for a in kept.of(one.partner, study, rater, one.kind) if a.number == slot]
        if before and (before[0].parts, before[0].levels) != (one.parts, one.levels):
            expected = "the remark that stands: it is never changed"
            raise Conflict(field="remark", found="another one", expected=expected)
        kept.keep(one)
        return {"study": study, "slot": slot, "new": not before}

    def reveal(self, study: str, rater: str) -> Json:
        """Tell a rater of a closed study which recipe stood on which side.

        Raises:
            UnknownName: study or rater.
            Conflict: it is still open.
        """
        if self._study(study).state is StudyState.OPEN:
            expected = "a study that is closed: nothing is revealed before"
            raise Conflict(field="study", found="open", expected=expected)
        said = {c.slot: c.outcome.value for c in self._casts(study, rater)}
        rows = [
            {
                "slot": s.number,
                "partner": s.partner,
                "shot": s.shot,
                "kind": s.kind.value,
                "left": s.left.recipe or "broken on purpose",
                "right": s.right.recipe or "broken on purpose",
                "said": said[s.number],
            }
            for s in self._slots(study, rater)
            if s.number in said
        ]
        return {"study": study, "rater": rater, "rows": rows}

    def _lesson(self, study: str, rater: str) -> int | None:
        home = self._slots(study, rater)[0].partner
        kept = self.booth.store.studies.asides.of(home, study, rater, AsideKind.LESSON)
        done = {a.number for a in kept}
        todo = [n for n in range(1, len(lessons.LESSONS) + 1) if n not in done]
        return todo[0] if todo else None

    def _study(self, study: str) -> Study:
        return self.booth.store.studies.of(study)[0]

    def _slots(self, study: str, rater: str) -> list[Slot]:
        kept = self.booth.store.studies
        found = [s for p in kept.of(study) for s in kept.slots(p.partner, study, rater)]
        return sorted(found, key=lambda slot: slot.number)

    def _casts(self, study: str, rater: str) -> list[Cast]:
        kept = self.booth.store.studies
        return [c for p in kept.of(study) for c in kept.casts(p.partner, study, rater)]


def _lesson(number: int) -> Json:
    """Lay a practice question over the one that waits behind it; nothing of that one is shown."""
    left, right = lessons.codes(number)
    side = {"mime": "image/png", "fps": [1, 1], "frames": 1}
    return {
        "lesson": number,
        "lessons": len(lessons.LESSONS),
        "question": QUESTION,
        "brief": lessons.BRIEF,
        "references": [{"code": "lesson-0-reference", "mime": "image/png"}],
        "left": {"code": left, **side},
        "right": {"code": right, **side},
        "after": None,
        "least_s": LEAST_S,
    }


def _parts(said: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str, str], ...]:
    rows = [(side, part, state) for side, of in said.items() for part, state in of.items()]
    for side, part, state in rows:
        if side not in {"left", "right"} or part not in PARTS or state not in STATES:
            expected = f"left or right; {', '.join(PARTS)}; {', '.join(STATES)}"
            raise BadInput(field="parts", found=f"{side}, {part}, {state}", expected=expected)
    return tuple(sorted(rows))


def _levels(said: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    for side, level in said.items():
        if side not in {"left", "right"} or level not in RUBRIC:
            found, expected = f"{side}: {level}", "left or right, 1 to 5"
            raise BadInput(field="levels", found=found, expected=expected)
    return tuple(sorted(said.items()))
