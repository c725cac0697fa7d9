"""Look again, free of charge, for answers that were lost; never send anything."""

import logging
from collections import Counter
from dataclasses import dataclass

from router.attempts.advance import is_missing, is_silence
from router.attempts.booking import Booking
from router.attempts.gone import let_go
from router.attempts.world import World
from router.domain.attempt import OPEN_STATES, Attempt, AttemptState
from router.domain.errors import PlatformError
from router.domain.money import Reconciled
from router.domain.request import Request
from router.domain.ruling import WRITTEN_OFF
from router.ports import Delivered, Outcome, Running
from router.store import attempts
from router.store.arrows import Why
from router.store.attempts import Overtaken, Row
from router.store.database import reading

_LOG = logging.getLogger("circletake.ledger")


def reconcile(world: World, partner: str, account: str | None = None) -> Reconciled:
    """Ask the provider after every unknown attempt and book what it says.

    What leaves no trace stays unknown, its money reserved: it is never paid again by itself. What
    waits for a model that left the catalogue is let go first.
    """
    with reading(world.engine, partner) as connection:
        going = attempts.find(connection, partner, account=account, states=OPEN_STATES)
    let_go(world, going)
    with reading(world.engine, partner) as connection:
        lost = attempts.find(connection, partner, account=account, states=(AttemptState.UNKNOWN,))
    looker = Looker(world)
    ended, broken = [], 0
    for attempt in lost:
        try:
            ended.append(looker.look(attempt))
        except PlatformError as error:  # one that cannot be looked for keeps no other waiting
            _LOG.warning("cannot look for %s: %s", attempt.id, error)
            ended.append(looker.read(attempt))
            broken += 1
    states = Counter(attempt.state for attempt in ended)
    now, grace = world.clock.now(), world.options.unknown_grace
    return Reconciled(
        asked=len(ended),
        settled=states[AttemptState.SETTLED],
        released=sum(1 for a in ended if a.ended_at is not None and not a.spent_musd),
        lost=states[AttemptState.LOST],
        unknown=states[AttemptState.UNKNOWN],
        overdue=sum(
            1
            for a in ended
            if a.state is AttemptState.UNKNOWN and now - (a.sent_at or now) >= grace
        ),
        broken=broken,
        contradicted=_contradicted(looker, partner, account),
    )


def _contradicted(looker: "Looker", partner: str, account: str | None) -> int:
    """Count what the provider knows of that a person ruled never to have been billed.

    Nothing is booked: who ruled so is told.
    """
    world = looker.world
    with reading(world.engine, partner) as connection:
        ended = attempts.find(connection, partner, account=account, states=(AttemptState.FAILED,))
    ruled = [a for a in ended if a.code == WRITTEN_OFF and a.model in world.catalogue]
    told = [attempt.id for attempt in ruled if looker.has_trace(attempt)]
    for id_ in told:
        _LOG.warning("%s was ruled never to have been billed, and the provider knows of it", id_)
    return len(told)


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks for one lost answer, and books it."""

    world: World

    def look(self, attempt: Attempt) -> Attempt:
        """Look once, free of charge; says how it stands then."""
        world = self.world
        with reading(world.engine, attempt.partner) as connection:
            row, request = attempts.get_with_request(connection, attempt.partner, attempt.id)
        try:
            return self._booked(row, request).attempt
        except Overtaken:
            return self.read(attempt)

    def read(self, attempt: Attempt) -> Attempt:
        """Say how it stands now."""
        with reading(self.world.engine, attempt.partner) as connection:
            return attempts.get(connection, attempt.partner, attempt.id).attempt

    def has_trace(self, attempt: Attempt) -> bool:
        """Say whether an answer lies here, or the provider tells of a job or an answer."""
        world = self.world
        with reading(world.engine, attempt.partner) as connection:
            row, request = attempts.get_with_request(connection, attempt.partner, attempt.id)
        if world.staging.get(attempt.partner, attempt.id) is not None:
            return True
        found = self.find(row, request)
        return isinstance(found, Delivered | Running) or (found is not None and found.billed)

    def _booked(self, row: Row, request: Request) -> Row:
        world = self.world
        world.model(request.model)  # without it nothing can be booked, whatever is found
        staged = Booking(world).staged(row)
        if staged is not None:
            return Booking(world).finish(staged, request)
        outcome = self.find(row, request)
        if outcome is None or isinstance(outcome, Running):
            return row
        if is_missing(outcome) and self._age_exceeds_grace(row):
            why = Why(code="output_missing", reason="the job is done and billed; no film came")
            reserved = row.attempt.reserved_musd
            return world.arrows.end_paid(row, AttemptState.LOST, reserved, why)
        if is_silence(outcome):
            return row
        row = Booking(world).answer(row, request, outcome)
        responded = row.attempt.state is AttemptState.RESPONDED
        return Booking(world).finish(row, request) if responded else row

    def find(self, row: Row, request: Request) -> Outcome | None:
        """Ask by token; a job that is found is asked how it stands."""
        question = self.world.question(row, request)
        backend = self.world.backend(question.model)
        outcome = backend.find(question)
        if isinstance(outcome, Running):
            return backend.poll(question, outcome.provider_ref)
        return outcome

    def _age_exceeds_grace(self, row: Row) -> bool:
        now = self.world.clock.now()
        began = row.attempt.sent_at or now
        return now - began >= self.world.options.job_deadline + self.world.options.missing_grace
