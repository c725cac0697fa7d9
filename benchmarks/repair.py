"""Repair: what failed is asked for again, by the cheapest operation, and only that.

The model's answer is kept as it came. The child is the answer laid into its ground inside matte
and feather: the ground is the parent, or the plate where the failed line says that what lies
outside had to stay untouched; of an extended frame, the parent inside its new margins. Light and
colour are graded, cloth is dyed, and a plate is laid back, without asking or paying anybody. A
shot's matte is drawn for its plate: it is laid where the plate lies in the take, and is of no use
in a picture of something else. What no part of a take can be repaired for is asked for again; that
child is the model's answer itself, and nothing of its parent is left. Each round starts from the
best take so far; a round that made nothing better replaces nothing, and is not done again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from benchmarks import placing
from benchmarks.again import AGAIN, origin
from benchmarks.briefs import EDITS, brief, reference
from benchmarks.domain.campaign import Recipe
from benchmarks.domain.repair import Repair
from benchmarks.errands import Errand, Site, Tool, plan, site, stored, tools
from benchmarks.laying import Mask, extended, lay
from benchmarks.pixels import Darkroom, Pixels, png
from benchmarks.plan import usd
from benchmarks.ports import Jobs, Judge, Media, Router, Rule
from benchmarks.remedies import DYE, FREE, GRADE, UNTOUCHED, shortfall, standing
from benchmarks.store.store import Store
from benchmarks.views.case import Case
from benchmarks.views.takes import verdict_row
from evaluators.cdl import graded
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.dye import dyed
from router.domain.attempt import OPEN_STATES, Attempt
from router.domain.errors import BadInput, OverBudget
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.take import Source, Take
from router.ports import Clock

FEATHER = 8  # pixels
PATIENCE = 2  # paid rounds in a row without improvement after which it stops
LOCAL = ("artefact", "wardrobe", UNTOUCHED)  # kinds of lines that fail inside a matte


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a repair came to."""

    take: str  # that was to be repaired
    lines: tuple[int, ...]  # aimed at
    before: tuple[Verdict, ...]  # of the take
    repairs: tuple[Repair, ...]
    rounds: int
    refused: str | None = None  # why the last round gave no child
    stopped: str | None = None  # why it ended although lines are open

    @property
    def best(self) -> Repair | None:
        """Give the first of the best children; None = none is better than the take itself."""
        best = min(self.repairs, key=self._standing, default=None)
        if best is None or self._standing(best) >= standing(self.before, self.lines):
            return None
        return best

    def as_json(self) -> dict[str, Any]:
        """Give what `repair --json` prints."""
        best = self.best
        return {
            "children": [
                {
                    "take": r.child,
                    "parent": r.parent,
                    "lines": list(r.lines),
                    "before": [verdict_row(v) for v in r.before],
                    "after": [verdict_row(v) for v in r.after],
                    "outside_mask": r.outside_child,
                    "outside_mask_raw": r.outside_raw,
                    "spend_usd": usd(r.spend_musd),
                }
                for r in self.repairs
            ],
            "best": best.child if best else None,
            "kept": best.child if best else self.take,
            "rounds": self.rounds,
            "reason": self.refused,
            "stopped": self.stopped,
        }

    def _standing(self, repair: Repair) -> tuple[int, int, float]:
        had = {v.line.number for v in self.before if v.ruling is Ruling.PASS}
        return standing(repair.after, self.lines, had)


@dataclass(slots=True, kw_only=True)
class Repairer:
    """Plans and does repairs; money comes from the campaign of the take."""

    router: Router
    jobs: Jobs
    store: Store
    media: Media
    judge: Judge
    rule: Rule
    clock: Clock
    darkroom: Darkroom
    catalogue: Mapping[str, Model]
    recipes: Mapping[str, Recipe]  # whose rows say how a model is asked
    poll_s: float = 0.2

    def errand(
        self,
        case: Case,
        take: str,
        lines: Sequence[int],
        matte: MediaRef | None = None,
        round_: int = 1,
        spent: frozenset[str] = frozenset(),
    ) -> Errand:
        """Say what would be asked, for how much; spends nothing.

        Raises:
            UnknownName: no such take, or no such line.
            BadInput: nothing can be done about any of the lines, but what was tried in vain.
        """
        at = self._placed(site(case, take, matte))
        able = dict(tools(self.catalogue, self.recipes))
        if trial := origin(case, take, lines):
            asked = self.router.request(at.parent.partner, trial.request)
            at = replace(at, asked=asked)
            able[AGAIN] = Tool(model=self.catalogue[asked.model])
        return plan(at, lines, able, round_, spent)

    def repair(
        self,
        case: Case,
        take: str,
        lines: Sequence[int],
        *,
        matte: MediaRef | None = None,
        rounds: int = 1,
        budget_musd: int | None = None,
    ) -> Outcome:
        """Repair until the aimed lines pass, at most so many rounds.

        It ends earlier at the budget, when a model gives nothing, and after PATIENCE paid rounds
        that made nothing better.

        Raises:
            UnknownName, BadInput: as `errand`.
            OverBudget: already the first round could cost more than `budget_musd`.
        """
        outcome = Outcome(
            take=take,
            lines=tuple(dict.fromkeys(lines)),
            before=case.verdicts.get(take, ()),
            repairs=(),
            rounds=0,
        )
        left, vain, spent = budget_musd, 0, frozenset[str]()
        for number in range(1, rounds + 1):
            kept = outcome.best.child if outcome.best else take
            errand = self._next(case, kept, outcome, matte, spent)
            if isinstance(errand, str):
                return replace(outcome, stopped=errand)
            if left is not None and errand.worst_case_musd > left:
                return _out_of_money(outcome, errand, left)
            raw = self._answer(errand)
            if isinstance(raw, Attempt):
                reason = raw.reason or raw.code or raw.state.value
                return replace(outcome, rounds=number, refused=reason)
            case, repair = self._child(case, errand, raw)
            outcome = replace(outcome, rounds=number, repairs=(*outcome.repairs, repair))
            left = None if left is None else left - repair.spend_musd
            best = outcome.best
            vain = 0 if best == repair else vain + (errand.request is not None)
            spent = frozenset() if best == repair else spent | {errand.remedy.operation}
            if best and not _open(best.after, outcome.lines):
                return outcome
            if vain == PATIENCE:
                return replace(outcome, stopped=f"{vain} rounds made nothing better")
        return outcome

    def _next(
        self,
        case: Case,
        take: str,
        outcome: Outcome,
        matte: MediaRef | None,
        spent: frozenset[str],
    ) -> Errand | str:
        """Plan the next round on the best take so far; a reason where nothing more can be done.

        What made nothing better is done again only where nothing else is left, and never for free:
        a model answers otherwise to another seed, arithmetic does not.
        """
        first = not outcome.repairs
        lines = outcome.lines if first else _open(case.verdicts.get(take, ()), outcome.lines)
        round_, reason = outcome.rounds + 1, ""
        for left in dict.fromkeys((spent, spent & frozenset(FREE))):
            try:
                return self.errand(case, take, lines, matte, round_, left)
            except BadInput as why:
                if first:
                    raise
                reason = str(why)
        return reason

    def _answer(self, errand: Errand) -> Take | Attempt:
        """Ask and wait; gives the take, or the attempt that ended without one."""
        if errand.request is None:
            return errand.parent
        request = errand.request
        (attempt,) = self.router.submit([request])
        self.jobs.enqueue([attempt])
        while attempt.state in OPEN_STATES:
            self.clock.sleep(self.poll_s)
            attempt = self.router.attempts(request.partner, requests=[request.id])[-1]
        if attempt.take is None:
            return attempt
        return self.router.takes(request.partner, ids=[attempt.take])[0]

    def _child(self, case: Case, errand: Errand, raw: Take) -> tuple[Case, Repair]:
        parent, partner = errand.parent, errand.parent.partner
        trial = case.trial_of[parent.id]
        made = self._laid(case, errand, raw)
        child = self._record(errand, raw, made.media)
        matte = errand.matte or self.media.put(partner, _drawn(made.inside), "image/png")
        after = self._judged(case, child)
        repair = Repair(
            partner=partner,
            campaign=case.id,
            parent=parent.id,
            child=child.id,
            raw=raw.id,
            shot=trial.shot,
            lines=tuple(x.number for x in errand.lines),
            ground=errand.ground,
            matte=matte.sha256,
            feather=FEATHER,
            before=case.verdicts.get(parent.id, ()),
            after=after,
            outside_raw=made.outside_raw,
            outside_child=made.outside_child,
            spend_musd=raw.cost_musd if errand.request else 0,
        )
        self.store.put_repair(repair)
        grown = replace(
            case,
            takes={**case.takes, child.id: child},
            trial_of={**case.trial_of, child.id: trial},
            verdicts={**case.verdicts, child.id: after},
        )
        return grown, repair

    def _laid(self, case: Case, errand: Errand, raw: Take) -> "_Made":
        """Lay the answer into its ground; what was asked for again is the answer itself."""
        if errand.remedy.operation == AGAIN:
            size = (raw.media.height or 1, raw.media.width or 1)
            return _Made(raw.media, np.ones(size, bool), 0.0, 0.0)
        answer = self._made(case, errand, raw)
        ground, inside = self._ground(case, errand, answer)
        laid = lay(answer, ground, inside, FEATHER)
        stored = self.media.put(raw.partner, png(laid.pixels), "image/png")
        return _Made(stored, inside, laid.outside_raw, laid.outside_child)

    def _made(self, case: Case, errand: Errand, raw: Take) -> Pixels:
        """Give what is laid in: the model's answer, or the parent, graded, dyed or as it is."""
        picture = self._picture(raw.partner, raw.media)
        at = site(case, errand.parent.id, errand.matte)
        if errand.remedy.operation == GRADE:
            look = _there(reference(at.shot, at.files))
            return graded(picture, self._picture(raw.partner, look))
        if errand.remedy.operation == DYE:
            inside = self._mask(raw.partner, _there(errand.matte), picture)
            return dyed(picture, inside, self._cloth(at))
        return picture

    def _cloth(self, at: Site) -> Pixels:
        """Give pixels (n, 3) of the costume on the plate; an edit's matte marks a hole in it."""
        partner, plate = at.parent.partner, self._picture(at.parent.partner, _there(at.plate))
        drawn = self._mask(partner, _there(stored(at.shot, "matte", at.files)), plate)
        return plate[placing.around(drawn) if at.shot.task in EDITS else drawn]

    def _placed(self, at: Site) -> Site:
        """Look for the shot's plate in the take, and lay the shot's own matte there.

        What an edit may touch is said by its matte as it is drawn: an edit is framed as its plate.
        """
        if at.parent.media.is_video or at.plate is None or at.shot.task in EDITS:
            return at
        partner = at.parent.partner
        take, plate = (self._picture(partner, media) for media in (at.parent.media, at.plate))
        matrix = placing.onto(plate, take)
        if matrix is None:
            return replace(at, matte=None if at.is_own else at.matte, framed=False)
        at = replace(at, framed=placing.shows(plate, take, matrix))
        if not at.is_own or at.matte is None:
            return at
        drawn = self._picture(partner, at.matte)
        data = png(placing.moved(drawn, plate, take, matrix))
        return replace(at, matte=self.media.put(partner, data, "image/png"))

    def _mask(self, partner: str, matte: MediaRef, picture: Pixels) -> Mask:
        size = (picture.shape[1], picture.shape[0])
        return self.darkroom.mask(self.media.get(partner, matte.sha256), size)

    def _ground(self, case: Case, errand: Errand, answer: Pixels) -> tuple[Pixels, Mask]:
        """Give what stays, and where the answer may show."""
        at = site(case, errand.parent.id, errand.matte)
        ref = at.plate if errand.remedy.on_plate else None
        ground = self._picture(errand.parent.partner, ref or errand.parent.media)
        if errand.margins:
            return extended(ground, answer, errand.margins)
        if errand.matte is None:
            return ground, np.ones(ground.shape[:2], bool)
        return ground, self._mask(errand.parent.partner, errand.matte, ground)

    def _record(self, errand: Errand, raw: Take, stored: MediaRef) -> Take:
        parent = errand.parent
        content = [parent.id, raw.id, stored.sha256]
        child = replace(
            raw,
            id=content_id("take", content),
            request=content_id("repair", content),
            operation=errand.remedy.operation,
            media=stored,
            source=Source.REPAIRED,
            simulated=parent.simulated or raw.simulated,
            cost_musd=0,
            created_at=self.clock.now(),
            parent=parent.id,
        )
        self.router.record_take(child)
        return child

    def _judged(self, case: Case, child: Take) -> tuple[Verdict, ...]:
        at = site(case, child.parent or child.id, None)
        against = brief(0, child, at.shot, at.pack, files=at.files, media=self.media)
        (scored,) = self.judge(child.partner, [against])
        verdicts = self.rule(at.shot.acceptance, scored)
        self.store.put_judged(child.partner, case.id, scored, verdicts, self.clock.now())
        return verdicts

    def _picture(self, partner: str, media: MediaRef) -> Pixels:
        return self.darkroom.picture(self.media.get(partner, media.sha256))


class _Made(NamedTuple):
    media: MediaRef
    inside: Mask
    outside_raw: float
    outside_child: float


def _there(media: MediaRef | None) -> MediaRef:
    if media is None:
        raise AssertionError("this is planned only where the picture is there")
    return media


def candidates(case: Case) -> Iterator[tuple[str, int]]:
    """Give takes and failed must-lines that a matte of the shot could repair, worst first."""
    found = [
        (-shortfall(verdict), take, verdict.line.number)
        for take, verdicts in case.verdicts.items()
        for verdict in verdicts
        if _repairable(case, take, verdict)
    ]
    for _, take, number in sorted(found):
        yield take, number


def _repairable(case: Case, take: str, verdict: Verdict) -> bool:
    trial = case.trial_of[take]
    paid = not case.recipes[trial.recipe].control and case.takes[take].source is Source.GENERATED
    local = verdict.line.kind in LOCAL
    has_matte = case.shot(trial).input("matte") is not None
    return paid and local and has_matte and verdict.ruling is Ruling.FAIL and verdict.line.must


def _open(verdicts: Sequence[Verdict], aimed: Sequence[int]) -> tuple[int, ...]:
    passed = {v.line.number for v in verdicts if v.ruling is Ruling.PASS}
    return tuple(n for n in aimed if n not in passed)


def _out_of_money(outcome: Outcome, errand: Errand, left: int) -> Outcome:
    expected = f"at least {usd(errand.worst_case_musd)} USD for one round"
    if not outcome.repairs:
        raise OverBudget(field="budget", found=usd(left), expected=expected)
    return replace(outcome, stopped=f"{usd(left)} USD are left, and it takes {expected}")


def _drawn(inside: Mask) -> bytes:
    """Draw a region as a matte, for those who look at the repair."""
    white = inside.astype(np.uint8) * 255
    return png(np.dstack([white, white, white]))
