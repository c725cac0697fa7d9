"""A named person says which frames of a clip the cut uses; its verdicts are given anew on them."""

from dataclasses import dataclass, replace

from benchmarks.decisions.circled import USES
from benchmarks.domain.repair import Decision
from benchmarks.judgement.looking import OPINIONS, with_opinions
from benchmarks.ports import Judge, Media, Rule
from benchmarks.running.briefs import brief
from benchmarks.store.store import Store
from benchmarks.views.case import Case
from evaluators.domain.verdict import Verdict
from router.domain.errors import BadInput, UnknownName
from router.domain.ids import content_id
from router.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was decided, and what it makes of the take."""

    decision: Decision
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmer:
    """Keeps choices and has takes measured again; every choice is kept, the latest counts."""

    store: Store
    media: Media
    judge: Judge
    rule: Rule
    clock: Clock

    def use(
        self, case: Case, take: str, frames: tuple[int, int], *, by: str, note: str = ""
    ) -> Choice:
        """Keep a choice and give the take's verdicts on these frames.

        Args:
            case: the take's campaign.
            take: a clip.
            frames: the first and the last one, counted from 0 in the clip itself.
            by: the person who chooses.
            note: why, in their own words.

        Raises:
            BadInput: nobody is named, the take is a still, or the clip has no such frames.
            UnknownName: the campaign has no such take.
        """
        if not by.strip():
            raise BadInput(field="by", found=by, expected="the name of the person who decides")
        _check(case, take, frames)
        at, partner = self.clock.now(), case.partner.name
        decision = Decision(
            partner=partner,
            id=content_id("decision", [partner, take, by, USES, *frames, note, at.isoformat()]),
            campaign=case.id,
            take=take,
            by=by.strip(),
            role="",
            status=USES,
            notes=note,
            created_at=at,
            used=frames,
        )
        self.store.decide(decision)
        return Choice(decision=decision, verdicts=self._judged(case, take, decision))

    def _judged(self, case: Case, take: str, decision: Decision) -> tuple[Verdict, ...]:
        trial = case.trial_of[take]
        kept, shot = case.packs[trial.pack], case.shot(trial)
        against = replace(
            brief(0, case.takes[take], shot, kept.pack, files=kept.media, place=self.media.path),
            used=decision.used,
            used_by=decision.by,
        )
        (scored,) = self.judge(case.partner.name, [against])
        before = case.scored.get(take)
        if before is not None:
            said = [s for s in before.scores if s.metric.startswith(OPINIONS)]
            has_text = "text_in_picture" in before.flags
            scored = with_opinions(scored, said, has_text=has_text) if said else scored
        verdicts = self.rule(shot.acceptance, scored)
        self.store.put_judged(case.partner.name, case.id, scored, verdicts, decision.created_at)
        return verdicts


def _check(case: Case, take: str, frames: tuple[int, int]) -> None:
    if take not in case.takes:
        raise UnknownName("take", take, case.takes)
    media, (first, last) = case.takes[take].media, frames
    if not media.is_video:
        raise BadInput(field="take", found="a still", expected="a clip")
    count = media.frames or 0
    if not 0 <= first < last < count:
        found, expected = f"{first}-{last}", f"two frames or more within 0-{count - 1}"
        raise BadInput(field="frames", found=found, expected=expected)
