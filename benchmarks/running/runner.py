"""Runs a campaign: plan stored, requests submitted, takes scored as they land, verdicts given.

Whatever is missing is done, nothing is done twice: trials are stored before anything is submitted,
requests have ids made of their content, scores and verdicts have the take as their key. So a run
that was killed anywhere is completed by `resume`, which is the same walk once more.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.domain.campaign import CampaignState, Trial
from benchmarks.planning.plan import Plan
from benchmarks.ports import Files, Jobs, Judge, Media, Router, Rule, Sight
from benchmarks.running import witness
from benchmarks.running.briefs import brief
from benchmarks.running.chain import Chains
from benchmarks.running.news import News
from benchmarks.running.progress import Progress, ended, look
from benchmarks.store.store import KeptPack, Store
from router.domain.attempt import OPEN_STATES, Attempt
from router.domain.errors import Conflict
from router.ports import Clock
from router.telling.trace import OFF, Traces

FEW = 8  # takes that are worth starting the measuring processes for, while others are made
MANY = 256  # takes of one measuring
SIGN_OF_LIFE = timedelta(seconds=0.5)


@dataclass(slots=True, kw_only=True)
class Runner:
    """Drives campaigns; holds nothing that the stores do not hold."""

    router: Router
    jobs: Jobs
    store: Store
    media: Media
    judge: Judge
    rule: Rule
    clock: Clock
    sight: Sight
    on_progress: Callable[[Progress], None] | None = None
    name: str = ""  # of the worker whose shift this is; "" = a command's own run
    poll_s: float = 0.1
    traces: Traces = OFF
    _told: datetime | None = field(default=None, init=False)

    def run(self, plan: Plan, files: Files) -> Progress:
        """Store a plan, ask for every take and stay until the last one is judged."""
        self.store.add(plan, files)
        return self.resume(plan.campaign.partner, plan.campaign.id, plan.campaign.budget_musd)

    def resume(self, partner: str, id_: str, budget_musd: int | None = None) -> Progress:
        """Do what is missing; a larger budget lets parked trials go on.

        Raises:
            Conflict: the campaign was cancelled.
            UnknownName: this partner has no such campaign.
        """
        kept = self.store.campaign(partner, id_)
        if not self.store.commissions.begin(partner, id_, self.name, self.clock.now()):
            expected = "a campaign that was not cancelled; run another one"
            raise Conflict(field="campaign", found=f"{id_} was cancelled", expected=expected)
        if budget_musd is not None and budget_musd > kept.campaign.budget_musd:
            self.store.raise_budget(partner, id_, budget_musd)
        self._sign_of_life(partner, id_)
        try:
            self._submit(partner, id_)
            whole = self._see_through(partner, id_)
        except BaseException:
            self.store.commissions.break_off(partner, id_)
            raise
        return self._finish(partner, id_, whole=whole)

    def cancel(self, partner: str, id_: str) -> Progress:
        """Stop asking; what is in flight settles, what was not sent is never paid."""
        if self.store.campaign(partner, id_).campaign.state is not CampaignState.DONE:
            self.store.move(partner, id_, CampaignState.CANCELLED)
            self.router.cancel(partner, id_)
        return self.status(partner, id_)

    def status(self, partner: str, id_: str) -> Progress:
        """Look at one campaign."""
        return look(self.store.campaign(partner, id_), self.store, self.router, self.clock.now())

    def statuses(self, partner: str) -> tuple[Progress, ...]:
        """Look at every campaign of a partner, oldest first."""
        now = self.clock.now()
        kept = self.store.campaigns(partner)
        return tuple(look(one, self.store, self.router, now) for one in kept)

    def _submit(self, partner: str, id_: str) -> None:
        """Ask for whatever was not asked for, and wake what is not finished."""
        campaign = self.store.campaign(partner, id_).campaign
        cap, simulated = campaign.budget_musd, campaign.simulated
        self.router.open_account(partner, id_, cap, simulated=simulated)
        known = {a.request for a in self.router.attempts(partner, account=id_)}
        new = [r for r in self.store.requests(partner, id_) if r.id not in known]
        if new:
            self.router.submit(new)
        self.router.unpark(partner, id_)
        wanted = {r for t in self.store.trials(partner, id_) for r in t.requests}
        attempts = self._asked(partner, id_, wanted)
        self.jobs.enqueue([a for a in attempts if a.state in OPEN_STATES])

    def _see_through(self, partner: str, id_: str) -> bool:
        """Score takes as they land, until none is open and none unscored; False = gave that up."""
        trials = {t.request: t for t in self.store.trials(partner, id_)}
        wanted = {r for t in trials.values() for r in t.requests}
        chains = Chains(
            partner=partner, campaign=id_, router=self.router, store=self.store, sight=self.sight
        )
        news = News(self.clock.now())
        while not news.is_stale(self.clock.now()):
            attempts = self._asked(partner, id_, wanted)
            if further := chains.go_on(attempts):
                self.jobs.enqueue(further)
                continue
            still_open = [a for a in attempts if a.state in OPEN_STATES]
            if news.none_since_nudge(attempts, self.clock.now()):
                self.jobs.enqueue(still_open)
            landed = {a.take: trials[a.request] for a in attempts if a.take and a.request in trials}
            unscored = sorted(set(landed) - self.store.judged(partner, id_))
            if unscored and (len(unscored) >= FEW or not still_open):
                done = self._score(partner, id_, {t: landed[t] for t in unscored[:MANY]})
                news.scored(done, self.clock.now())
            elif not still_open:
                return True
            else:
                self._sign_of_life(partner, id_)
                self.clock.sleep(self.poll_s)
        return False

    def _asked(self, partner: str, id_: str, wanted: Collection[str]) -> tuple[Attempt, ...]:
        """Give the attempts of trials and their steps; a repair on the same account is none."""
        attempts = self.router.attempts(partner, account=id_)
        return tuple(a for a in attempts if a.request in wanted)

    def _score(self, partner: str, id_: str, landed: Mapping[str, Trial]) -> int:
        """Measure takes and rule on them; gives how many came back."""
        takes = self.router.takes(partner, ids=tuple(landed))
        packs = self._packs(partner, landed.values())
        shots = {(seal, shot.id): shot for seal, kept in packs.items() for shot in kept.pack.shots}
        briefs = []
        for row, take in enumerate(takes):
            trial = landed[take.id]
            kept = packs[trial.pack]
            shot = shots[trial.pack, trial.shot]
            briefs.append(
                brief(row, take, shot, kept.pack, files=kept.media, place=self.media.path)
            )
        begun, done = self.clock.now(), 0
        for scored in self.judge(partner, briefs):
            done += 1
            trial = landed[scored.take]
            verdicts = self.rule(shots[trial.pack, trial.shot].acceptance, scored)
            now = self.clock.now()
            self.store.put_judged(partner, id_, scored, verdicts, now)
            witness.judged(self.traces, id_, scored, verdicts, begun=begun, ended=now)
            begun = now
            self._sign_of_life(partner, id_)
        return done

    def _packs(self, partner: str, trials: Iterable[Trial]) -> Mapping[str, KeptPack]:
        return {seal: self.store.pack(partner, seal) for seal in {t.pack for t in trials}}

    def _sign_of_life(self, partner: str, id_: str) -> None:
        """Tell whoever looks that somebody is at work, and how far."""
        now = self.clock.now()
        if self._told is not None and now - self._told < SIGN_OF_LIFE:
            return
        self._told = now
        self.store.seen_alive(partner, id_, now)
        if self.on_progress:
            self.on_progress(self.status(partner, id_))

    def _finish(self, partner: str, id_: str, *, whole: bool) -> Progress:
        found = self.status(partner, id_)
        attempts = self.router.attempts(partner, account=id_)
        state = ended(found.campaign, found.trials, attempts, whole=whole)
        self.store.move(partner, id_, state)
        last = self.status(partner, id_)
        now = self.clock.now()
        witness.finished(self.traces, last.campaign, last.state.value, now, by=self.name)
        if self.on_progress:
            self.on_progress(last)
        return last
