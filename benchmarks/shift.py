"""A worker's shift: takes that were asked for are made, and what others left undone is finished.

It starts nothing of its own: campaigns that a person stopped, or that were never started, stay as
they are. A campaign whose runner died is completed; of a stopped one only what was paid is fetched.
"""

from collections.abc import Callable, Iterator

from benchmarks.domain.campaign import CampaignState
from benchmarks.progress import seen
from benchmarks.store.store import Kept
from benchmarks.studio import Studio
from benchmarks.wire import Wire, purse_is_simulated
from router import dispatch
from router.domain.attempt import Attempt, AttemptState
from router.domain.errors import BadInput, PlatformError
from router.jobs.engine import JobEngine

TICK_S = 2.0
ROUND = 5  # ticks between two looks for work that nobody carries
PAID = (AttemptState.SENT, AttemptState.RESPONDED)  # going on costs nothing more

Tell = Callable[[str], None]


def work(studio: Studio, tell: Tell) -> None:
    """Work until interrupted.

    Args:
        studio: opened on a wire; only work of that wire is touched.
        tell: hears what is done beside the queues.

    Raises:
        BadInput: the studio only looks.
        KeyboardInterrupt: as soon as somebody asks for it; the next shift goes on from there.
    """
    jobs = studio.jobs
    if jobs is None:
        raise BadInput(field="wire", found="none", expected="a studio opened to run")
    tick = 0
    while True:
        if tick % ROUND == 0:
            jobs.adopt()
            reopen(studio, jobs)
        for kept in abandoned(studio):
            _finish(studio, kept, tell)
        studio.clock.sleep(TICK_S)
        tick += 1


def reopen(studio: Studio, jobs: JobEngine) -> int:
    """Enqueue what is open and nobody may have been told of; gives how many. Twice is once."""
    running = {(k.campaign.partner, k.campaign.id): k for k in _own(studio)}
    found = [
        attempt
        for attempt in studio.router.open_of_every_partner()
        if _is_ours(studio, attempt, running.get((attempt.partner, attempt.account)))
    ]
    return dispatch.dispatch(jobs, studio.catalogue, found)


def abandoned(studio: Studio) -> Iterator[Kept]:
    """Give campaigns of this wire whose runner died: they run, and no sign of life comes."""
    now = studio.clock.now()
    for kept in _own(studio):
        silent = seen(kept, now) is CampaignState.INTERRUPTED
        if silent and kept.campaign.state is CampaignState.RUNNING:
            yield kept


def _own(studio: Studio) -> Iterator[Kept]:
    for partner in studio.partners:
        for kept in studio.store.campaigns(partner):
            if kept.campaign.simulated == (studio.wire is Wire.SIMULATED):
                yield kept


def _is_ours(studio: Studio, attempt: Attempt, kept: Kept | None) -> bool:
    if kept is None:
        return purse_is_simulated(attempt.account) is (studio.wire is Wire.SIMULATED)
    return kept.campaign.state is CampaignState.RUNNING or attempt.state in PAID


def _finish(studio: Studio, kept: Kept, tell: Tell) -> None:
    partner, id_ = kept.campaign.partner, kept.campaign.id
    tell(f"campaign {id_}: its runner died; going on")
    try:
        ended = studio.runner.resume(partner, id_)
    except KeyboardInterrupt:  # of this shift, not of the campaign
        studio.store.move(partner, id_, CampaignState.RUNNING)
        raise
    except PlatformError as error:
        tell(f"campaign {id_}: stopped: {error}")
    else:
        tell(f"campaign {id_}: {ended.state.value}")
