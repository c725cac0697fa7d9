"""How a campaign stands: pure counting, so that every door tells the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from benchmarks.domain.campaign import Campaign, CampaignState, Later, Stop, Trial, TrialState
from benchmarks.planning.forecast import corrected
from benchmarks.planning.plan import stamp, usd
from benchmarks.ports import Router
from benchmarks.store.commissions import SILENCE
from benchmarks.store.store import Kept, Store
from router.domain.attempt import OPEN_STATES, Attempt, AttemptState
from router.domain.errors import UnknownName
from router.domain.money import Balance
from router.store.outline import Standing

_STATES: Mapping[AttemptState, TrialState] = {
    AttemptState.SETTLED: TrialState.DONE,
    AttemptState.REFUSED: TrialState.REFUSED,
    AttemptState.FAILED: TrialState.FAILED,
    AttemptState.LOST: TrialState.FAILED,
    AttemptState.PARKED: TrialState.PARKED,
    AttemptState.CANCELLED: TrialState.PARKED,  # not asked, not paid
    AttemptState.UNKNOWN: TrialState.UNKNOWN,
}


S = TypeVar("S", Attempt, Standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One look at a campaign."""

    campaign: Campaign
    state: CampaignState  # as it is now: a running one that fell silent is interrupted
    trials: Mapping[TrialState, int]  # every state; they add up to the total
    scored: int  # takes that have scores
    balance: Balance | None  # None before the account was opened
    forecast_finish: datetime | None = None  # from what has happened; None = as it was planned

    @property
    def total(self) -> int:
        """Count the trials."""
        return sum(self.trials.values())

    @property
    def is_bad_news(self) -> bool:
        """Say whether it stopped early, or ended with trials that failed, are parked or unknown."""
        if self.state is CampaignState.INTERRUPTED:
            return True
        bad = (TrialState.FAILED, TrialState.PARKED, TrialState.UNKNOWN)
        ended = self.state not in {CampaignState.PLANNED, CampaignState.RUNNING}
        return ended and any(self.trials[s] for s in bad)

    def as_json(self) -> dict[str, Any]:
        """Give what `campaign run|resume|status --json` prints."""
        known = self.balance
        return {
            "campaign": self.campaign.id,
            "partner": self.campaign.partner,
            "state": self.state.value,
            "simulated": self.campaign.simulated,
            "trials": {"total": self.total} | {s.value: n for s, n in self.trials.items()},
            "scored": self.scored,
            "spend_usd": usd(known.spent_musd if known else 0),
            "reserved_usd": usd(known.reserved_musd if known else 0),
            "unknown_usd": usd(known.unknown_musd if known else 0),
            "budget_usd": usd(self.campaign.budget_musd),
            "forecast_finish": stamp(self.forecast_finish or self.campaign.forecast_finish),
        }


def look(kept: Kept, store: Store, router: Router, now: datetime) -> Progress:
    """Look at one campaign."""
    partner, id_ = kept.campaign.partner, kept.campaign.id
    trials, attempts = store.trials(partner, id_), router.attempts(partner, account=id_)
    return told(kept, trials, attempts, store=store, router=router, now=now)


def told(
    kept: Kept,
    trials: Sequence[Trial],
    attempts: Sequence[Attempt],
    *,
    store: Store,
    router: Router,
    now: datetime,
) -> Progress:
    """Tell how a campaign stands whose trials and attempts were read."""
    partner, id_ = kept.campaign.partner, kept.campaign.id
    found = states(trials, attempts, stops_of(store, trials))
    return Progress(
        campaign=kept.campaign,
        state=seen(kept, now),
        trials=counted(found.values()),
        scored=len(store.judged(partner, id_)),
        balance=balance_of(partner, id_, router),
        forecast_finish=forecast(kept.campaign, trials, attempts, store, now),
    )


def forecast(
    campaign: Campaign,
    trials: Sequence[Trial],
    attempts: Iterable[Attempt],
    store: Store,
    now: datetime,
) -> datetime | None:
    """Forecast from what has happened, every step counted; None = nothing was asked for yet."""
    planned = (campaign.forecast_finish or campaign.created_at) - campaign.created_at
    last = latest(attempts)
    known = [last[r] for t in trials for r in t.requests if r in last]
    chains = [t for t in trials if t.earlier]
    if chains:
        later = store.steps.later(campaign.partner, campaign.id)
        stops = stops_of(store, chains)
        known += [a for t in chains for a in _ahead(t, last, later, stops)]
    return corrected(known, planned, now)


def _ahead(
    trial: Trial,
    last: Mapping[str, Attempt],
    later: Mapping[str, Later],
    stops: Mapping[str, Stop],
) -> Iterator[Attempt]:
    """Give the steps that a chain which goes on will ask for, as if they waited already."""
    asked = [last[r] for r in trial.requests if r in last]
    if not asked or asked[-1].state not in {*OPEN_STATES, AttemptState.SETTLED}:
        return
    rest = trial.requests[len(asked) :]
    for request in rest if not set(rest) & stops.keys() else ():
        yield replace(
            asked[-1],
            request=request,
            model=later[request].request.model,
            state=AttemptState.READY,
            sent_at=None,
            ended_at=None,
        )


def balance_of(partner: str, account: str, router: Router) -> Balance | None:
    """Say how an account stands; None where it was never opened: stored, not submitted."""
    try:
        return router.balance(partner, account)
    except UnknownName:
        return None


def states(
    trials: Sequence[Trial], attempts: Iterable[S], stops: Mapping[str, Stop] | None = None
) -> Mapping[str, TrialState]:
    """Give trial id → state; a trial that was never submitted is open.

    The state of a chain is that of its first step that is not done; a step that could not be asked
    for is a refusal.
    """
    last = latest(attempts)
    return {t.id: _state(reached(t, last), last, stops or {}) for t in trials}


def reached(trial: Trial, last: Mapping[str, S]) -> str:
    """Give the request at which a trial stands: the first that is not done, else the last."""
    done = AttemptState.SETTLED
    steps = (r for r in trial.requests if r not in last or last[r].state is not done)
    return next(steps, trial.request)


def stops_of(store: Store, trials: Sequence[Trial]) -> Mapping[str, Stop]:
    """Say which steps could not be asked for; asks the store only where there are chains."""
    one = next((t for t in trials if t.earlier), None)
    return store.steps.stops(one.partner, one.campaign) if one else {}


def _state(request: str, last: Mapping[str, S], stops: Mapping[str, Stop]) -> TrialState:
    if request in last:
        return _STATES.get(last[request].state, TrialState.OPEN)
    return TrialState.REFUSED if request in stops else TrialState.OPEN


def latest(attempts: Iterable[S]) -> Mapping[str, S]:
    """Give request id → its newest attempt."""
    newest: dict[str, S] = {}
    for attempt in sorted(attempts, key=lambda a: a.number):
        newest[attempt.request] = attempt
    return newest


def counted(found: Iterable[TrialState]) -> Mapping[TrialState, int]:
    """Count states; the ones that do not occur count 0."""
    every = list(found)
    return {state: every.count(state) for state in TrialState}


def ended(
    kept: Campaign,
    trials: Mapping[TrialState, int],
    attempts: Iterable[Attempt] = (),
    *,
    whole: bool = True,
) -> CampaignState:
    """Say in which state a run ends: what parked for another reason than money interrupted it.

    `whole`: every take that landed was scored; a run that gave up before is never done.
    """
    if kept.state is CampaignState.CANCELLED:
        return CampaignState.CANCELLED
    if trials[TrialState.OPEN] or not whole:
        return CampaignState.INTERRUPTED
    if not trials[TrialState.PARKED]:
        return CampaignState.DONE
    codes = {a.code for a in attempts if a.state is AttemptState.PARKED}
    of_money = all(code.startswith("over_") for code in codes)
    return CampaignState.BUDGET_REACHED if of_money else CampaignState.INTERRUPTED


def seen(kept: Kept, now: datetime) -> CampaignState:
    """Give a campaign's state as somebody else sees it."""
    state, alive = kept.campaign.state, kept.seen_alive_at
    if state is CampaignState.RUNNING and alive is None:
        return CampaignState.PLANNED  # handed in; no worker has it yet
    if state is CampaignState.RUNNING and alive and now - alive > SILENCE:
        return CampaignState.INTERRUPTED
    return state
