"""Repair: what failed is asked for again, by the cheapest operation, and only that.

The model's answer is kept as it came. The child is the answer laid into its ground inside matte
and feather: the ground is the parent, or the plate where the failed line says that what lies
outside had to stay untouched; of an extended frame, the parent inside its new margins. What
costs nothing (`workbench`) comes without asking or paying anybody. A shot's matte is drawn for its
plate, and of no use in a picture of something else. What no part of a take can be repaired for is
asked for again; that child is the model's answer itself, and nothing of its parent is left. Each
round starts from the best take so far; a round that made nothing better replaces nothing, and is
not done again. Only where a new take has what was wanted, and what it broke instead can be put
right for free, the round after it starts from that one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.domain.campaign import Recipe
from benchmarks.domain.repair import Repair
from benchmarks.pictures.pixels import Darkroom, png
from benchmarks.planning.plan import usd
from benchmarks.ports import Jobs, Judge, Media, Router, Rule
from benchmarks.repairing.again import origin
from benchmarks.repairing.aiming import aimed, formal
from benchmarks.repairing.errands import Errand, Tool, plan, site, tools
from benchmarks.repairing.laying import Mask
from benchmarks.repairing.outcome import NOTHING_YET, Outcome, Vain, why
from benchmarks.repairing.remedies import AGAIN, FREE, UNTOUCHED, shortfall
from benchmarks.repairing.workbench import FEATHER, Made, Workbench
from benchmarks.running.briefs import brief
from benchmarks.running.news import News
from benchmarks.store.store import Store
from benchmarks.views.case import Case
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.verdicts import is_of_colour
from router.domain.attempt import OPEN_STATES, Attempt
from router.domain.errors import BadInput, OverBudget
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.take import Source, Take
from router.ports import Clock

LOCAL = ("artefact", "wardrobe", UNTOUCHED)  # kinds of lines that fail inside a matte


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
    notes: tuple[str, ...] = ()  # whose wish it is; none = that of failed lines
    by: str = ""  # who asks; "" = nobody is named
    on_round: Callable[[int, Errand], None] | None = None  # hears of a round before it is begun

    def errand(
        self,
        case: Case,
        take: str,
        lines: Sequence[int],
        matte: MediaRef | None = None,
        budget_musd: int | None = None,
    ) -> Errand:
        """Say what would be asked first, for how much; spends nothing.

        Raises:
            UnknownName: no such take, or no such line.
            BadInput: none of the lines is open, or nothing can be done about any.
            OverBudget: it could cost more than `budget_musd`.
        """
        open_, left = self._aim(case, take, lines)
        errand = self._errand(case, take, open_, matte)
        if budget_musd is not None and errand.worst_case_musd > budget_musd:
            raise _over_budget(errand, budget_musd)
        return replace(errand, left={**left, **errand.left})

    def _aim(
        self, case: Case, take: str, lines: Sequence[int]
    ) -> tuple[tuple[int, ...], Mapping[int, str]]:
        """Give the open lines; what a person's note answers is open because they say so."""
        return (tuple(dict.fromkeys(lines)), {}) if self.notes else aimed(case, take, lines)

    def _errand(
        self,
        case: Case,
        take: str,
        lines: Sequence[int],
        matte: MediaRef | None = None,
        round_: int = 1,
        vain: Vain = NOTHING_YET,
    ) -> Errand:
        at = self._bench.placed(site(case, take, matte))
        able = dict(tools(self.catalogue, self.recipes))
        if trial := origin(case, take, lines, vain.recipes):
            asked = self.router.request(at.parent.partner, trial.request)
            at = replace(at, asked=asked, formal=formal(case, take, lines, trial))
            able[AGAIN] = Tool(model=self.catalogue[asked.model])
        errand = plan(at, lines, able, round_, vain.operations)
        again = trial and errand.remedy.operation == AGAIN
        return replace(errand, recipe=trial.recipe) if trial and again else errand

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
        open_, alone = self._aim(case, take, lines)
        before = case.verdicts.get(take, ())
        outcome = Outcome(take=take, lines=open_, before=before, repairs=(), rounds=0, left=alone)
        left, vain = budget_musd, Vain()
        for number in range(1, rounds + 1):
            errand = self._next(case, outcome, matte, vain)
            if isinstance(errand, str):
                return replace(outcome, stopped=errand)
            if left is not None and errand.worst_case_musd > left:
                return _out_of_money(outcome, errand, left)
            if self.on_round:
                self.on_round(number, errand)
            made = self.carried(case, errand)
            if isinstance(made, Attempt):
                return replace(outcome, rounds=number, refused=why(made))
            if isinstance(made, str):
                outcome = replace(outcome, rounds=number, refused=made)
                vain = vain.and_also(errand)
                continue
            case, repair = made
            repairs = (*outcome.repairs, repair)
            outcome = replace(outcome, rounds=number, repairs=repairs, refused=None)
            left = None if left is None else left - repair.spend_musd
            best = outcome.best
            vain = Vain() if best == repair else vain.and_also(errand)
            if best and not _open(best.after, outcome.lines):
                return outcome
        return replace(outcome, stopped=vain.reason)

    def carried(self, case: Case, errand: Errand) -> tuple[Case, Repair] | Attempt | str:
        """Do an errand: the case with the child in it; else the attempt, or why none was made."""
        raw = self._answer(errand)
        if isinstance(raw, Attempt):
            return raw
        made = self._bench.laid(case, errand, raw)
        return made if isinstance(made, str) else self._child(case, errand, raw, made)

    def _next(
        self, case: Case, outcome: Outcome, matte: MediaRef | None, vain: Vain
    ) -> Errand | str:
        """Plan the next round on the best take so far; a reason where nothing more can be done.

        What made nothing better is done again only where nothing else is left, and never for free:
        a model answers otherwise to another seed, arithmetic does not.
        """
        if mended := self._mend(case, outcome, matte):
            return mended
        if vain.reason:
            return vain.reason
        first = not outcome.rounds
        take = outcome.best.child if outcome.best else outcome.take
        lines = outcome.lines if first else _open(case.verdicts.get(take, ()), outcome.lines)
        round_, reason = outcome.rounds + 1, ""
        for left in dict.fromkeys((vain.operations, vain.operations & frozenset(FREE))):
            try:
                tried = replace(vain, operations=left)
                return self._errand(case, take, lines, matte, round_, tried)
            except BadInput as none:
                if first:
                    raise
                reason = str(none)
        return reason

    def _mend(self, case: Case, outcome: Outcome, matte: MediaRef | None) -> Errand | None:
        """Plan to put right, for free, what is wrong with a new take; None = that cannot be done.

        A subject's doubted look that is a matter of colour goes with its colour.
        """
        if not outcome.repairs or (last := outcome.repairs[-1]) == outcome.best:
            return None
        if case.takes[last.child].operation != AGAIN:
            return None
        wrong = outcome.wrong(last)
        lines = [v.line.number for v in wrong if not is_of_colour(v)]
        if any(is_of_colour(v) for v in wrong):
            lines += [n for n in _undyed(last.after) if n not in lines]
        round_ = outcome.rounds + 1
        aims = (*([n] for n in lines), lines)
        try:
            plans = [self._errand(case, last.child, a, matte, round_) for a in aims]
        except BadInput:
            return None
        return None if any(p.request for p in plans) else plans[-1]

    def _answer(self, errand: Errand) -> Take | Attempt:
        """Ask and wait; gives the take, or the attempt that gave none in time.

        A job may end while its attempt is open: it is handed in again where nothing moves.
        """
        if errand.request is None:
            return errand.parent
        request = errand.request
        (attempt,) = self.router.submit([request])
        self.jobs.enqueue([attempt])
        news = News(self.clock.now())
        while attempt.state in OPEN_STATES and not news.is_stale(self.clock.now()):
            if news.none_since_nudge([attempt], self.clock.now()):
                self.jobs.enqueue([attempt])
            self.clock.sleep(self.poll_s)
            attempt = self.router.attempts(request.partner, requests=[request.id])[-1]
        if attempt.take is None:
            return attempt
        return self.router.takes(request.partner, ids=[attempt.take])[0]

    def _child(self, case: Case, errand: Errand, raw: Take, made: Made) -> tuple[Case, Repair]:
        parent, partner = errand.parent, errand.parent.partner
        trial = case.trial_of[parent.id]
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
            notes=self.notes,
            by=self._asker(case, child.id),
            operation=errand.remedy.operation,
        )
        self.store.put_repair(repair)
        grown = replace(
            case,
            takes={**case.takes, child.id: child},
            trial_of={**case.trial_of, child.id: trial},
            verdicts={**case.verdicts, child.id: after},
        )
        return grown, repair

    def _asker(self, case: Case, child: str) -> str:
        """Name who asked for it first: the same repair again is the same, whoever wants it too."""
        known = self.store.repairs(case.partner.name, case.id)
        return next((r.by for r in known if r.child == child and r.by), self.by)

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
        against = brief(0, child, at.shot, at.pack, files=at.files, place=self.media.path)
        (scored,) = self.judge(child.partner, [against])
        verdicts = self.rule(at.shot.acceptance, scored)
        self.store.put_judged(child.partner, case.id, scored, verdicts, self.clock.now())
        return verdicts

    @property
    def _bench(self) -> Workbench:
        return Workbench(media=self.media, darkroom=self.darkroom)


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


def _undyed(verdicts: Sequence[Verdict]) -> Iterator[int]:
    worn = (v for v in verdicts if v.line.kind == "wardrobe")
    return (v.line.number for v in worn if v.ruling is not Ruling.PASS)


def _open(verdicts: Sequence[Verdict], aimed: Sequence[int]) -> tuple[int, ...]:
    passed = {v.line.number for v in verdicts if v.ruling is Ruling.PASS}
    return tuple(n for n in aimed if n not in passed)


def _out_of_money(outcome: Outcome, errand: Errand, left: int) -> Outcome:
    short = _over_budget(errand, left)
    if not outcome.repairs:
        raise short
    return replace(outcome, stopped=f"{short.found} USD are left, and it takes {short.expected}")


def _over_budget(errand: Errand, left: int) -> OverBudget:
    expected = f"at least {usd(errand.worst_case_musd)} USD for one round"
    return OverBudget(field="budget", found=usd(left), expected=expected)


def _drawn(inside: Mask) -> bytes:
    """Draw a region as a matte, for those who look at the repair."""
    white = inside.astype(np.uint8) * 255
    return png(np.dstack([white, white, white]))
