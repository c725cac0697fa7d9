"""A chain goes on: each further step is asked for once the take of the step before it is there.

Every step is a request of its own with its own attempt and money. Its id was given when the
campaign was planned, so a chain that was cut off anywhere goes on where it was, and the same step
is never asked for twice. What cannot be asked for ends the chain, with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.domain.campaign import CampaignState, Later, Stop, Trial
from benchmarks.planning.sources import FITTED, CannotAsk
from benchmarks.ports import Router, Sight
from benchmarks.running.progress import latest
from benchmarks.store.store import Store
from router.domain.attempt import Attempt, AttemptState
from router.domain.errors import Refused
from router.domain.media import MediaRef
from router.domain.request import Input, Request
from router.domain.take import Take


@dataclass(slots=True, kw_only=True)
class Chains:
    """The chains of one campaign that is being run."""

    partner: str
    campaign: str
    router: Router
    store: Store
    sight: Sight
    _trials: tuple[Trial, ...] = field(init=False)
    _later: Mapping[str, Later] = field(init=False)
    _stops: dict[str, Stop] = field(init=False)

    def __post_init__(self) -> None:
        """Read what is planned; a campaign without chains costs nothing."""
        every = self.store.trials(self.partner, self.campaign)
        self._trials = tuple(t for t in every if t.earlier)
        steps, key = self.store.steps, (self.partner, self.campaign)
        self._later = steps.later(*key) if self._trials else {}
        self._stops = dict(steps.stops(*key)) if self._trials else {}

    def go_on(self, attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
        """Ask for every step that can be asked for now; gives the new attempts."""
        last = latest(attempts) if self._trials else {}
        due = [(t, n) for t in self._trials if (n := due_step(t, last, self._stops)) is not None]
        if not due or self._is_cancelled():
            return ()
        return tuple(a for trial, step in due for a in self._ask(trial, step, last))

    def _ask(self, trial: Trial, step: int, last: Mapping[str, Attempt]) -> Iterator[Attempt]:
        later = self._later[trial.requests[step]]
        ids = [last[request].take or "" for request in trial.requests[:step]]
        found = {t.id: t for t in self.router.takes(self.partner, ids=ids)}
        try:
            yield from self.router.submit([self._filled(later, [found[id_] for id_ in ids])])
        except Refused as why:
            code = why.code if isinstance(why, CannotAsk) else why.field[:48]
            stop = Stop(code=code, reason=str(why))
            self.store.steps.stop(self.partner, later.request.id, stop)
            self._stops[later.request.id] = stop

    def _filled(self, later: Later, made: Sequence[Take]) -> Request:
        """Put in what the earlier steps have made, in their order; raises Refused."""
        waits = dict(later.waits)
        inputs = tuple(
            Input(role=i.role, media=self._media(i, waits[i.role], made)) if i.role in waits else i
            for i in later.request.inputs
        )
        return replace(later.request, inputs=inputs, parent=made[-1].id)

    def _media(self, empty: Input, source: str, made: Sequence[Take]) -> MediaRef:
        if source.startswith("step."):
            return made[int(source.removeprefix("step.")) - 1].media
        drawn = empty.media if source == FITTED else None
        return self.sight(self.partner, made[-1].media, source, drawn)

    def _is_cancelled(self) -> bool:
        kept = self.store.campaign(self.partner, self.campaign)
        return kept.campaign.state is CampaignState.CANCELLED


def due_step(trial: Trial, last: Mapping[str, Attempt], stops: Mapping[str, Stop]) -> int | None:
    """Give the step, from 0, that can be asked for now; None = none, or only the first one."""
    for step, request in enumerate(trial.requests):
        if request in stops:
            return None
        if request not in last:
            return step or None
        if last[request].state is not AttemptState.SETTLED or last[request].take is None:
            return None
    return None
