"""The front desk: campaigns and repairs are handed in here, and what people said is kept.

Nothing is run here. What is handed in is written durably, and any worker of the right wire takes it
up. Real or simulated is the word of whoever opened the service.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.api.front import Said, Wanted, WantedRepair
from benchmarks.browsing import lists
from benchmarks.browsing.lines import sheets
from benchmarks.browsing.looks import at_once
from benchmarks.counter.by_hand import shown
from benchmarks.counter.signing import Signing
from benchmarks.decisions.circled import SEEN
from benchmarks.domain.campaign import CampaignState, Observation, Recipe
from benchmarks.domain.commission import Commission
from benchmarks.hatch import intake_of
from benchmarks.notes.notebook import Notebook
from benchmarks.pictures.pixels import Darkroom
from benchmarks.planning.plan import Order, Plan, stamp, usd
from benchmarks.planning.recipes import choose
from benchmarks.repairing.errands import Errand
from benchmarks.running.wire import Wire
from benchmarks.store.commissions import KeptCommission
from benchmarks.store.store import Kept
from benchmarks.studio import Studio
from benchmarks.views.takes import decision_row
from router.api.pages import Page
from router.domain.caller import Reach
from router.domain.errors import Conflict, OverBudget, UnknownName
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.take import Take
from router.domain.upload import UploadKind

Json = dict[str, Any]
WAITING = "waiting for a worker: start `circletake worker`"
QUEUED = "waiting for its turn: a worker takes it up within seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Satisfies the ports of the routes that hand work in; threads may share it."""

    studio: Studio
    wire: Wire
    has_worker: Callable[[], bool]  # somebody of this wire is at work
    named: Callable[[str], str]  # shown → true name of a partner

    @property
    def signing(self) -> Signing:
        """Give what lays before partners what would be printed of them."""
        return Signing(house=self.studio, named=self.named)

    def plan(self, reach: Reach, wanted: Wanted) -> Json:
        """Lay out a campaign of kept packs; gives what `campaign plan` prints."""
        laid, _ = self._laid(reach, wanted)
        return laid.as_json()

    def run(self, reach: Reach, wanted: Wanted) -> Json:
        """Hand in a campaign; the same order twice is one campaign, and the larger budget counts.

        Raises:
            Conflict: this campaign was cancelled.
            UnknownName, BadInput, NotEntitled: as when it is planned.
        """
        laid, files = self._laid(reach, wanted)
        partner, id_ = laid.campaign.partner, laid.campaign.id
        running = replace(laid.campaign, state=CampaignState.RUNNING)
        self.studio.store.add(replace(laid, campaign=running), files)
        return self._handed_in(partner, id_, wanted.budget_musd)

    def resume(self, reach: Reach, id_: str, budget_musd: int | None) -> Json:
        """Let what is missing be done; a larger budget lets parked trials go on.

        Raises:
            Conflict: the campaign was cancelled, or is of the other wire.
            OverBudget: more than the partner has.
        """
        kept = self._campaign(reach, id_)
        self.same_wire(kept)
        return self._handed_in(kept.campaign.partner, id_, budget_musd)

    def cancel(self, reach: Reach, id_: str) -> Json:
        """Stop asking: what is in flight settles, what was not sent is never paid."""
        kept = self._campaign(reach, id_)
        self.studio.runner.cancel(kept.campaign.partner, id_)
        return self.status(reach, id_)

    @at_once
    def status(self, reach: Reach, id_: str) -> Json:
        """Say how a campaign stands, as `campaign status` prints it."""
        return self._status(self._campaign(reach, id_))

    @at_once
    def verdicts(self, reach: Reach, id_: str) -> list[Json]:
        """Answer every line of a campaign's takes, as `circletake verdicts` prints it."""
        self._campaign(reach, id_)
        return sheets(self.studio.case(id_))

    @at_once
    def decisions(self, reach: Reach, id_: str) -> list[Json]:
        """Give every decision of a campaign, oldest first."""
        kept = self._campaign(reach, id_)
        found = self.studio.store.decisions(kept.campaign.partner, id_)
        return [{"take": d.take, **decision_row(d)} for d in found if d.status != SEEN]

    def observe(self, reach: Reach, said: Said) -> Json:
        """Keep a named person's own words; raises UnknownName."""
        self._campaign(reach, said.campaign)
        words = {
            "role": said.role,
            "text": said.text,
            "severity": said.severity,
            "wished_control": said.wished_control,
        }
        kept = self.studio.observe(campaign=said.campaign, takes=said.takes, by=said.by, **words)
        return _observation(kept)

    @at_once
    def observations(self, reach: Reach, id_: str) -> list[Json]:
        """Give what people said about a campaign, oldest first."""
        kept = self._campaign(reach, id_)
        return [_observation(o) for o in self.studio.store.observations(kept.campaign.partner, id_)]

    def repair(self, reach: Reach, wanted: WantedRepair) -> Json:
        """Hand in a repair; the same key twice is one repair.

        Raises:
            UnknownName: no such take, or no such line.
            BadInput: nothing can be done about any of the lines.
            OverBudget: already one round could cost more than the budget.
            Conflict: the take is of the other wire.
        """
        partner = self.owner_of_take(reach, wanted.take)
        campaign = self.studio.campaign_of(wanted.take)
        kept = self.studio.store.campaign(partner, campaign)
        self.same_wire(kept)
        repairer = self.studio.repairer()
        try:
            matte = self._matte(reach, wanted, repairer.darkroom)
            case = self.studio.case(campaign)
            errand = repairer.errand(case, wanted.take, wanted.lines, matte)
        finally:
            repairer.darkroom.close()
        affordable(errand, wanted.budget_musd)
        commission = Commission(
            partner=partner,
            id=content_id("commission", [partner, wanted.take, wanted.key]),
            campaign=campaign,
            take=wanted.take,
            lines=tuple(dict.fromkeys(wanted.lines)),
            rounds=wanted.rounds,
            budget_musd=wanted.budget_musd,
            by=wanted.by,
            simulated=kept.campaign.simulated,
            created_at=self.studio.clock.now(),
            matte=matte,
        )
        self.studio.store.commissions.add(commission)
        return self.repair_status(reach, commission.id)

    def take(self, reach: Reach, id_: str) -> Take:
        """Give a take within reach; raises UnknownName."""
        for partner in reach:
            for found in self.studio.router.takes(partner, ids=[id_]):
                return found
        raise UnknownName("take", id_, ())

    def _matte(self, reach: Reach, wanted: WantedRepair, darkroom: Darkroom) -> MediaRef | None:
        """Find what was drawn or handed in; raises UnknownName for what is neither."""
        if wanted.matte is None:
            return None
        take = self.take(reach, wanted.take)
        book = Notebook(studio=self.studio, darkroom=darkroom)
        if drawn := book.matte_of(take, wanted.matte):
            return drawn
        handed_in, kind = intake_of(self.studio), UploadKind.FILE
        try:
            with handed_in.whole(reach, take.partner, wanted.matte, kind) as path:
                return book.painted(take, path.read_bytes())
        except UnknownName:
            raise UnknownName("matte", wanted.matte, ()) from None

    @at_once
    def repair_status(self, reach: Reach, id_: str) -> Json:
        """Say how a repair stands; raises UnknownName."""
        for partner in reach:
            with suppress(UnknownName):
                return self._repair_row(self.studio.store.commissions.get(partner, id_))
        raise UnknownName("repair", id_, ())

    def recipes(self) -> list[Json]:
        """Give what can be compared."""
        return [_recipe(r) for r in self.studio.recipes.values()]

    @at_once
    def ledger(
        self, reach: Reach, partner: str, campaign: str | None, *, offset: int, limit: int
    ) -> tuple[Page, Json]:
        """Give money moves of a partner, or of one campaign, oldest first, and their sums."""
        name = reach.require(self.named(partner))
        if campaign is not None:
            self.studio.store.campaign(name, campaign)
        lines, sums = self.studio.router.moves(name, campaign, offset=offset, limit=limit)
        rows = [
            {
                "at": stamp(e.at),
                "account": shown(e.account),
                "attempt": e.attempt,
                "kind": e.kind.value,
                "purpose": e.purpose,
                "usd": usd(e.musd),
            }
            for e in lines.entries
        ]
        totals = [
            {
                "simulated": s.simulated,
                "reserved_usd": usd(s.reserved),
                "spend_usd": usd(s.settle),
                "moved_usd": {k: usd(getattr(s, k)) for k in ("reserve", "release", "settle")},
            }
            for s in sums
        ]
        return Page(items=rows, total=lines.total), {"partner": partner, "sums": totals}

    def owner_of_take(self, reach: Reach, take: str) -> str:
        """Name the partner of a take within reach; raises UnknownName."""
        return self.take(reach, take).partner

    def owner(self, reach: Reach, id_: str) -> str:
        """Name the partner of a campaign within reach; raises UnknownName."""
        return self._campaign(reach, id_).campaign.partner

    def _laid(self, reach: Reach, wanted: Wanted) -> tuple[Plan, dict[str, MediaRef]]:
        partner = self.studio.partner(reach.require(self.named(wanted.partner)))
        packs = [self.studio.store.pack(partner.name, seal) for seal in wanted.packs]
        files = {sha: ref for kept in packs for sha, ref in kept.media.items()}
        order = Order(
            partner=partner,
            packs=[kept.pack for kept in packs],
            recipes=choose(self.studio.recipes, list(wanted.recipes) or partner.recipes),
            takes=wanted.takes,
            budget_musd=wanted.budget_musd,
            simulated=self.wire is Wire.SIMULATED,
        )
        return self.studio.lay_out(order, files), files

    def _handed_in(self, partner: str, id_: str, budget_musd: int | None) -> Json:
        kept = self.studio.store.campaign(partner, id_)
        if kept.campaign.state is CampaignState.CANCELLED:
            expected = "a campaign that was not cancelled; run another one"
            raise Conflict(field="campaign", found="a cancelled one", expected=expected)
        if budget_musd is not None and budget_musd > kept.campaign.budget_musd:
            self._raise(partner, id_, budget_musd)
        self.studio.store.commissions.hand_in(partner, id_)
        return self._status(self.studio.store.campaign(partner, id_))

    def _raise(self, partner: str, id_: str, budget_musd: int) -> None:
        most = self.studio.partner(partner).budget_musd
        if budget_musd > most:
            raise OverBudget(
                field="budget_usd",
                found=f"{usd(budget_musd)} USD",
                expected=f"at most the partner's {usd(most)} USD",
            )
        self.studio.store.raise_budget(partner, id_, budget_musd)

    def _status(self, kept: Kept) -> Json:
        of = lists.index(self.studio, kept)
        found = replace(
            lists.progress(self.studio, of),
            campaign=kept.campaign,
            forecast_finish=lists.expected_end(self.studio, of),
        )
        waits = found.state is CampaignState.PLANNED
        return {**found.as_json(), "note": self._note() if waits else ""}

    def _note(self) -> str:
        return QUEUED if self.has_worker() else WAITING

    def _repair_row(self, kept: KeptCommission) -> Json:
        asked = kept.commission
        waits = kept.state.value == "waiting"
        return {
            "repair": asked.id,
            "partner": asked.partner,
            "campaign": asked.campaign,
            "take": asked.take,
            "lines": list(asked.lines),
            "notes": list(asked.notes),
            "rounds": asked.rounds,
            "budget_usd": None if asked.budget_musd is None else usd(asked.budget_musd),
            "by": asked.by,
            "simulated": asked.simulated,
            "state": kept.state.value,
            "note": self._note() if waits else "",
            "outcome": kept.outcome,
        }

    def _campaign(self, reach: Reach, id_: str) -> Kept:
        for partner in reach:
            with suppress(UnknownName):
                return self.studio.store.campaign(partner, id_)
        raise UnknownName("campaign", id_, ())

    def same_wire(self, kept: Kept) -> None:
        """Raise Conflict for a campaign of the other wire."""
        if kept.campaign.simulated != (self.wire is Wire.SIMULATED):
            kind = "simulated" if kept.campaign.simulated else "real"
            other = "real" if kept.campaign.simulated else "simulated"
            raise Conflict(
                field="campaign",
                found=f"a {kind} campaign",
                expected=f"a {other} one: this service hands in {other} work only",
            )


def affordable(errand: Errand, budget_musd: int | None) -> None:
    """Raise OverBudget where one round could cost more than the budget."""
    if budget_musd is not None and errand.worst_case_musd > budget_musd:
        raise OverBudget(
            field="budget_usd",
            found=usd(budget_musd),
            expected=f"at least {usd(errand.worst_case_musd)} USD for one round",
        )


def _observation(one: Observation) -> Json:
    return asdict(one) | {"takes": list(one.takes), "created_at": stamp(one.created_at)}


def _recipe(recipe: Recipe) -> Json:
    first: Mapping[str, Any] = {
        "recipe": recipe.name,
        "title": recipe.title,
        "tasks": list(recipe.tasks),
        "control": recipe.control,
    }
    steps: Sequence[Json] = [
        {
            "model": call.model,
            "operation": call.operation,
            "conditioning": dict(call.conditioning),
            "template": call.template,
            "parameters": dict(call.parameters),
        }
        for call in recipe.calls
    ]
    return {**first, "steps": list(steps)}
