"""A worker's shift: takes that were asked for are made, and what others left undone is finished.

It starts nothing of its own: campaigns that a person stopped, or that were planned by a command and
never started, stay as they are. A campaign that was handed in, or whose runner died, is run to its
end; of a stopped one only what was paid is fetched.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from benchmarks.crew.crew import Crew, sign_on
from benchmarks.crew.daily import Daily
from benchmarks.domain.campaign import CampaignState
from benchmarks.running.wire import Wire, purse_is_simulated
from benchmarks.store.store import Kept
from benchmarks.studio import Studio
from router import dispatch
from router.domain.attempt import Attempt, AttemptState
from router.domain.errors import BadInput
from router.jobs.engine import JobEngine
from router.telling.log import dropped
from router.telling.pulse import Pulse, beat, forget

TICK_S = 1.0
BEAT = 5  # ticks between two signs of life
ROUND = 10  # ticks between two looks for takes that nobody makes
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
    here = sign_on(studio.settings.home, studio.wire)
    crew = Crew(studio=studio, tell=tell, worker=jobs.worker)
    daily = Daily(studio)
    tick = 0
    try:
        while True:
            for news in daily.look():
                tell(news)
            if tick % ROUND == 0:
                jobs.adopt()
                reopen(studio, jobs)
            crew.look()
            if tick % BEAT == 0:
                _beat(studio, jobs)
            studio.clock.sleep(TICK_S)
            tick += 1
    finally:
        jobs.take_no_more()
        crew.stop()
        forget(studio.settings.home / "workers", jobs.worker.slot)
        here.release()


def _beat(studio: Studio, jobs: JobEngine) -> None:
    """Leave a sign of life; a disk that does not take it stops nothing."""
    pulse = Pulse(
        worker=jobs.worker.slot,
        at=studio.clock.now(),
        running=jobs.running,
        dropped=dropped(),
        breakers=studio.router.breakers(),
    )
    with suppress(OSError):
        beat(studio.settings.home / "workers", pulse)


def reopen(studio: Studio, jobs: JobEngine) -> int:
    """Enqueue what is open and nobody may have been told of; gives how many. Twice is once.

    What waits for a model that left the catalogue is let go.
    """
    running = {(k.campaign.partner, k.campaign.id): k for k in _own(studio)}
    found = [
        attempt
        for attempt in studio.router.open_of_every_partner()
        if _is_ours(studio, attempt, running.get((attempt.partner, attempt.account)))
    ]
    studio.router.let_go(found)
    return dispatch.dispatch(jobs, studio.catalogue, found)


def _own(studio: Studio) -> Iterator[Kept]:
    for partner in studio.partners:
        for kept in studio.store.campaigns(partner):
            if kept.campaign.simulated == (studio.wire is Wire.SIMULATED):
                yield kept


def _is_ours(studio: Studio, attempt: Attempt, kept: Kept | None) -> bool:
    if kept is None:
        return purse_is_simulated(attempt.account) is (studio.wire is Wire.SIMULATED)
    return kept.campaign.state is CampaignState.RUNNING or attempt.state in PAID
