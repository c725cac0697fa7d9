"""Repair: what failed is asked for again inside a matte, and only that.

The model's answer is kept as it came. The child is the answer laid into its ground inside matte
and feather: the ground is the parent, or the plate where the failed line says that what lies
outside had to stay untouched. Where that is the only failed line, nothing is asked for or paid.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.briefs import brief
from benchmarks.domain.campaign import Recipe
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.domain.repair import Repair
from benchmarks.laying import lay
from benchmarks.pixels import Darkroom, png
from benchmarks.plan import usd
from benchmarks.ports import Jobs, Judge, Media, Router, Rule
from benchmarks.prompts import repair as words
from benchmarks.requests import clearance, named
from benchmarks.store.store import Store
from benchmarks.views.case import Case
from benchmarks.views.takes import verdict_row
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from router.domain.attempt import OPEN_STATES, Attempt
from router.domain.errors import BadInput, OverBudget, UnknownName
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.request import Input, Request
from router.domain.take import Source, Take
from router.ports import Clock
from router.pricing import worst_case_musd

FEATHER = 8  # pixels
UNTOUCHED = "untouched_region"
ERASING = ("erase", "inpaint_cleanup")  # tasks in which something has to go
SEEDS = 2_147_483_646


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One repair that could be done: what is aimed at, and what it may cost."""

    parent: Take
    lines: tuple[AcceptanceLine, ...]
    matte: MediaRef
    ground: str  # parent | plate
    request: Request | None  # None = nothing has to be asked for
    worst_case_musd: int

    def as_json(self) -> dict[str, Any]:
        """Give what `repair --dry-run --json` prints."""
        asked = self.request
        return {
            "take": self.parent.id,
            "lines": [x.number for x in self.lines],
            "operation": asked.operation if asked else "lay_in",
            "prompt": asked.prompt if asked else "",
            "worst_case_usd": usd(self.worst_case_musd),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a repair came to."""

    repairs: tuple[Repair, ...]
    rounds: int
    refused: str | None  # why the last round gave no child

    @property
    def best(self) -> Repair | None:
        """Give the repair that leaves the fewest aimed lines open; the first of equals."""
        return min(self.repairs, key=_still_open, default=None)

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
            "rounds": self.rounds,
            "reason": self.refused,
        }


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
    recipes: Mapping[str, Recipe]  # whose erase and inpaint rows say how
    poll_s: float = 0.2

    def errand(
        self,
        case: Case,
        take: str,
        lines: Sequence[int],
        matte: MediaRef | None = None,
        round_: int = 1,
    ) -> Errand:
        """Say what would be asked, for how much; spends nothing.

        Raises:
            UnknownName: no such take, or no such line.
            BadInput: the take moves, or there is no matte.
        """
        if take not in case.takes:
            raise UnknownName("take", take, case.takes)
        parent, shot = case.takes[take], case.shot(case.trial_of[take])
        if parent.media.is_video:
            raise BadInput(field="take", found="a clip", expected="a still; clips are not repaired")
        aimed = tuple(_line(shot, number) for number in dict.fromkeys(lines))
        region = matte or self._own_matte(case, take, shot)
        request = None
        if any(line.kind != UNTOUCHED for line in aimed):
            request = self._request(case, parent, aimed, region, round_)
        ground = "plate" if any(line.kind == UNTOUCHED for line in aimed) else "parent"
        cost = worst_case_musd(self.catalogue[request.model], request) if request else 0
        return Errand(
            parent=parent,
            lines=aimed,
            matte=region,
            ground=ground,
            request=request,
            worst_case_musd=cost,
        )

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

        Raises:
            UnknownName, BadInput: as `errand`.
            OverBudget: the next round could cost more than is left of `budget_musd`.
        """
        done: list[Repair] = []
        current, left = case, budget_musd
        for number in range(1, rounds + 1):
            errand = self.errand(current, take, lines, matte, number)
            if left is not None and errand.worst_case_musd > left:
                expected = f"at least {usd(errand.worst_case_musd)} USD for one round"
                raise OverBudget(field="budget", found=usd(left), expected=expected)
            raw = self._answer(errand)
            if isinstance(raw, Attempt):
                reason = raw.reason or raw.code or raw.state.value
                return Outcome(repairs=tuple(done), rounds=number, refused=reason)
            current, repair = self._child(current, errand, raw)
            done.append(repair)
            left = None if left is None else left - repair.spend_musd
            take = repair.child
            if not _still_open(repair):
                break
        return Outcome(repairs=tuple(done), rounds=len(done), refused=None)

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
        shot, kept = case.shot(trial), case.packs[trial.pack]
        ground = self._ground(errand, shot, kept.media)
        size = (ground.shape[1], ground.shape[0])
        inside = self.darkroom.mask(self.media.get(partner, errand.matte.sha256), size)
        laid = lay(self._picture(raw), ground, inside, FEATHER)
        stored = self.media.put(partner, png(laid.pixels), "image/png")
        child = self._record(errand, raw, stored)
        after = self._judged(case, child, shot, kept.pack)
        repair = Repair(
            partner=partner,
            campaign=case.id,
            parent=parent.id,
            child=child.id,
            raw=raw.id,
            shot=shot.id,
            lines=tuple(x.number for x in errand.lines),
            ground=errand.ground,
            matte=errand.matte.sha256,
            feather=FEATHER,
            before=case.verdicts.get(parent.id, ()),
            after=after,
            outside_raw=laid.outside_raw,
            outside_child=laid.outside_child,
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

    def _record(self, errand: Errand, raw: Take, stored: MediaRef) -> Take:
        parent = errand.parent
        content = [parent.id, raw.id, stored.sha256]
        child = replace(
            raw,
            id=content_id("take", content),
            request=content_id("repair", content),
            media=stored,
            source=Source.REPAIRED,
            simulated=parent.simulated or raw.simulated,
            cost_musd=0,
            created_at=self.clock.now(),
            parent=parent.id,
        )
        self.router.record_take(child)
        return child

    def _judged(self, case: Case, child: Take, shot: Shot, pack: ShotPack) -> tuple[Verdict, ...]:
        files = case.packs[pack.seal].media
        against = brief(0, child, shot, pack, files=files, media=self.media)
        (scored,) = self.judge(child.partner, [against])
        verdicts = self.rule(shot.acceptance, scored)
        self.store.put_judged(child.partner, case.id, scored, verdicts, self.clock.now())
        return verdicts

    def _ground(self, errand: Errand, shot: Shot, files: Mapping[str, MediaRef]) -> Any:
        if errand.ground == "parent":
            return self._picture(errand.parent)
        plate = shot.input("x.plate")
        ref = files.get(plate.sha256 or "") if plate else None
        if ref is None:
            expected = "a plate, to put back what had to stay"
            raise BadInput(field=f"{shot.id}.inputs", found="no x.plate", expected=expected)
        return self.darkroom.picture(self.media.get(errand.parent.partner, ref.sha256))

    def _picture(self, take: Take) -> Any:
        return self.darkroom.picture(self.media.get(take.partner, take.media.sha256))

    def _own_matte(self, case: Case, take: str, shot: Shot) -> MediaRef:
        file = shot.input("matte")
        files = case.packs[case.trial_of[take].pack].media
        ref = files.get(file.sha256 or "") if file else None
        if ref is None:
            expected = "a matte: give one with --matte, white where the take may change"
            raise BadInput(field="matte", found=f"none in {shot.id}", expected=expected)
        return ref

    def _request(
        self,
        case: Case,
        parent: Take,
        lines: tuple[AcceptanceLine, ...],
        matte: MediaRef,
        round_: int,
    ) -> Request:
        trial = case.trial_of[parent.id]
        shot, pack = case.shot(trial), case.packs[trial.pack].pack
        recipe = self._recipe("erase" if shot.task in ERASING else "inpaint")
        model = self.catalogue[recipe.model]
        criteria = tuple(x.criterion for x in lines if x.kind != UNTOUCHED)
        prompt = words(criteria, shot, pack) if recipe.template != "none/1" else None
        number = content_id("seed", [parent.id, [x.number for x in lines], round_])
        return named(
            Request(
                partner=parent.partner,
                id="",
                account=case.id,
                model=model.key,
                operation=recipe.operation,
                prompt=prompt.text if prompt else "",
                clearance=clearance(pack, shot, shot.inputs),
                negative=prompt.negative if prompt else "",
                inputs=(
                    Input(role="init_image", media=parent.media),
                    Input(role="mask", media=matte),
                ),
                seed=1 + int(number, 16) % SEEDS if model.limits.seed_max else None,
                parameters=recipe.parameters,
                parent=parent.id,
                label=f"{shot.id} repair of {parent.id[:8]} round {round_}",
            )
        )

    def _recipe(self, operation: str) -> Recipe:
        paid = (r for r in self.recipes.values() if not r.control)
        found = next((r for r in paid if r.operation == operation), None)
        if found is None:
            raise UnknownName("recipe", operation, [r.operation for r in self.recipes.values()])
        return found


def candidates(case: Case) -> Iterator[tuple[str, int]]:
    """Give takes and failed must-lines that a matte of the shot could repair, worst first."""
    found = [
        (_shortfall(verdict), take, verdict.line.number)
        for take, verdicts in case.verdicts.items()
        for verdict in verdicts
        if _repairable(case, take, verdict)
    ]
    for _, take, number in sorted(found):
        yield take, number


def _shortfall(verdict: Verdict) -> float:
    """Give the margin in thresholds, so that metrics of different units can be sorted."""
    return (verdict.margin or 0.0) / (abs(verdict.threshold or 0.0) or 1.0)


def _repairable(case: Case, take: str, verdict: Verdict) -> bool:
    trial = case.trial_of[take]
    paid = not case.recipes[trial.recipe].control and case.takes[take].source is Source.GENERATED
    local = verdict.line.kind in {"wardrobe", "artefact", UNTOUCHED}
    has_matte = case.shot(trial).input("matte") is not None
    return paid and local and has_matte and verdict.ruling is Ruling.FAIL and verdict.line.must


def _line(shot: Shot, number: int) -> AcceptanceLine:
    found = next((x for x in shot.acceptance if x.number == number), None)
    if found is None:
        raise UnknownName("line", number, [str(x.number) for x in shot.acceptance])
    return found


def _still_open(repair: Repair) -> int:
    return sum(v.line.number in repair.lines and v.ruling is not Ruling.PASS for v in repair.after)
