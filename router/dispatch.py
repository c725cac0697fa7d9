"""From accepted attempts to jobs: one queue for each model and Region, as the quotas are."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from router.admission.gate import LOCAL
from router.domain.attempt import OPEN_STATES, Attempt
from router.domain.model import Model
from router.jobs.job import Job, QueueSpec
from router.service import Router

ADVANCE = "advance"
PATIENCE = 3  # times that an attempt may break on us before it is given up
# Dialects whose call is over with its answer: the lane alone keeps their quota of calls at once.
AT_ONCE = frozenset({"bedrock_invoke", "litellm_image"})
_LOG = logging.getLogger("circletake.jobs")


class Jobs(Protocol):
    """What is needed of the job engine."""

    def open_queues(self, queues: Sequence[QueueSpec]) -> None:
        """Make queues, or set their limits."""
        ...

    def enqueue(self, jobs: Sequence[Job]) -> None:
        """Accept jobs, all or none; what waits or runs already is not taken twice."""
        ...


def handlers(router: Router) -> dict[str, Callable[[str, str], str]]:
    """Give the handlers that the engine calls; they answer with a word, never with content."""
    broke: Counter[str] = Counter()

    def advance(partner: str, attempt: str) -> str:
        try:
            return router.advance(partner, attempt).state.value
        except Exception as error:
            broke[attempt] += 1
            if broke[attempt] < PATIENCE:
                raise  # the engine logs it; whoever still wants the take hands it in again
            _LOG.exception("gave up an attempt", extra={"attempt": attempt})
            reason = f"{type(error).__name__} here, {PATIENCE} times; the log has it"
            return router.give_up(partner, attempt, reason).state.value

    return {ADVANCE: advance}


def dispatch(jobs: Jobs, catalogue: Mapping[str, Model], attempts: Sequence[Attempt]) -> int:
    """Enqueue the attempts that still have a way to go; says how many. Twice is once."""
    live = [a for a in attempts if a.state in OPEN_STATES and a.model in catalogue]
    queues = {queue_name(a): queue_of(a, catalogue[a.model]) for a in live}
    jobs.open_queues(list(queues.values()))
    jobs.enqueue(
        [
            Job(
                id=f"{a.id}-{a.round}",
                handler=ADVANCE,
                queue=queue_name(a),
                args=(a.partner, a.id),
            )
            for a in live
        ]
    )
    return len(live)


def queue_name(attempt: Attempt) -> str:
    """Name the queue of an attempt; what runs here shares one."""
    if attempt.region == LOCAL:
        return "take:local"
    return f"take:{attempt.region}:{attempt.model}"


def queue_of(attempt: Attempt, model: Model) -> QueueSpec:
    """Give the queue of an attempt; its rate is kept by the router, just before each send."""
    return QueueSpec(name=queue_name(attempt), in_flight=jobs_at_once(model))


def jobs_at_once(model: Model) -> int:
    """Give how many jobs of a model may run: where a call answers at once, one more than calls.

    It gets ready, and waits for its turn in the lane, while another's answer is put away.
    """
    return model.quota.in_flight + (model.dialect in AT_ONCE)
