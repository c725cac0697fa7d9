"""One re-entrant step: take an attempt from where it stands to an end.

It may be killed anywhere and run again. Before the call that may cost money the state says `sent`,
durably; after it the raw answer is on disk before anything else happens. So a second run knows
whether something was sent, and never sends again what may have been paid.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from router.attempts.booking import Booking, is_idempotent
from router.attempts.sending import Denied, Sending
from router.attempts.witness import ended, reserved
from router.attempts.world import World
from router.domain.attempt import OPEN_STATES, RESTORED, Attempt, AttemptState
from router.domain.errors import Busy, Refused, StoreCorrupt, Unreachable
from router.domain.request import Request
from router.pacing.lanes import Leave
from router.pacing.setback import back_off
from router.ports import Call, Outcome, Running, Setback
from router.store import attempts
from router.store.arrows import Why
from router.store.attempts import Overtaken, Row
from router.store.database import reading

NO_TRACE = Why(code="answer_lost", reason="a worker ended before the answer came; no trace of it")
CANCELLED = Why(
    code="answer_lost",
    reason="cancelled by a person before it was asked again; no trace of it so far",
)
UNREADABLE = "the provider does not say now whether it was made since the backup; resume later"
# A free question that got no answer says nothing about the attempt itself.
_SILENCE = ("busy", "not_sent", "ambiguous")


@dataclass(frozen=True, slots=True)
class Step:
    """Drives attempts; holds no state of its own."""

    world: World
    began: float = 0.0  # when the attempt at hand was taken up, in monotonic seconds

    def run(self, partner: str, attempt: str) -> Attempt:
        """Go on until the attempt ends, or until somebody else has it."""
        with reading(self.world.engine, partner) as connection:
            row, request = attempts.get_with_request(connection, partner, attempt)
        try:
            began = self.world.clock.monotonic()
            row = replace(self, began=began).drive(row, request)
        except Overtaken:
            with reading(self.world.engine, partner) as connection:
                return attempts.get(connection, partner, attempt).attempt
        ended(self.world, row)
        return row.attempt

    def give_up(self, partner: str, attempt: str, why: Why) -> Attempt:
        """End an attempt that we cannot drive, keeping what may have been paid for."""
        arrows = self.world.arrows
        with reading(self.world.engine, partner) as connection:
            row, _ = attempts.get_with_request(connection, partner, attempt)
        match row.attempt.state:
            case AttemptState.READY:
                row = arrows.refuse(row, why)
            case AttemptState.INTENT:
                row = arrows.end_unpaid(row, AttemptState.FAILED, why)
            case AttemptState.SENT:
                row = arrows.unknown(row, why)
            case AttemptState.RESPONDED:
                self.world.staging.keep(partner, attempt)
                row = arrows.end_paid(row, AttemptState.FAILED, row.attempt.reserved_musd, why)
            case _:
                pass  # it has ended already
        return row.attempt

    def drive(self, row: Row, request: Request) -> Row:
        """Take a row on from where it was read; raises Overtaken when it has moved meanwhile."""
        if row.attempt.state is AttemptState.SETTLED:  # killed between the commit and the tidying
            self.world.staging.drop(row.attempt.partner, row.attempt.id)
        started = row.attempt.state in OPEN_STATES and row.attempt.state is not AttemptState.READY
        if started and not self._may_take(row):
            return row
        if started:
            row = self.world.arrows.claim(row)
        while row.attempt.state in OPEN_STATES and self._goes_on(row):
            row = self._next(row, request)
            if row.attempt.state is AttemptState.RESPONDED and row.attempt.code:
                return row  # the disk is full: the answer stays staged for the next run
        return row

    def _may_take(self, row: Row) -> bool:
        worker = self.world.worker
        return row.owner == worker.run or worker.is_dead(row.owner)

    def _goes_on(self, row: Row) -> bool:
        """Say whether to take the next step; an answer that lies here is booked in any case."""
        return row.attempt.state is AttemptState.RESPONDED or not self.world.stopping.is_set()

    @property
    def _sending(self) -> Sending:
        return Sending(self.world, self.began)

    def _next(self, row: Row, request: Request) -> Row:
        match row.attempt.state:
            case AttemptState.READY:
                return self._start(row, request)
            case AttemptState.INTENT:  # a worker ended before it sent anything
                return self.world.arrows.again(row, Why(code="", reason=""))
            case AttemptState.SENT:
                return self._find_out(row, request)
            case _:
                return Booking(self.world).finish(row, request)

    def _start(self, row: Row, request: Request) -> Row:
        """Ready: check everything, wait for leave, and only then reserve and send."""
        world, options = self.world, self.world.options
        self._pause(row.tries)
        try:
            partner, model = world.partner(request.partner), world.model(request.model)
            world.rules.check_now(partner, model, request)
            region = world.rules.region_for(partner, model, request)
            worst = world.rules.worst_case_musd(model, request)
        except Refused as error:
            return world.arrows.refuse(row, Why(code=error.code, reason=str(error)))
        except Busy as error:  # the account does not say how it is set: a person looks
            return self._park(row, Why(code=error.code, reason=str(error)))
        if world.free_bytes() < options.min_free_bytes:
            reason = f"less than {options.min_free_bytes} bytes are free on the disk"
            return self._park(row, Why(code="disk_full", reason=reason))
        found = None
        if row.attempt.code == RESTORED:
            found = self._made_before(row, request, worst_case_musd=worst, region=region)
        return found or self._send_off(row, request, worst_case_musd=worst, region=region)

    def _park(self, row: Row, why: Why) -> Row:
        """Ready → parked; what is still to be looked for stays so."""
        kept = why if row.attempt.code != RESTORED else replace(why, code=RESTORED)
        return self.world.arrows.park(row, kept)

    def _send_off(self, row: Row, request: Request, *, worst_case_musd: int, region: str) -> Row:
        """Wait for leave, reserve and send; what was cancelled under way comes to an end here."""
        if row.cancelled:
            return self.world.arrows.cancel(row)
        leave = self._sending.leave(row, self.world.model(request.model), region)
        if isinstance(leave, Denied):
            arrows = self.world.arrows
            return arrows.park(row, leave.why) if leave.park else arrows.refuse(row, leave.why)
        if leave is None:
            return row
        return self._with_leave(leave, row, request, worst_case_musd=worst_case_musd, region=region)

    def _made_before(
        self, row: Row, request: Request, *, worst_case_musd: int, region: str
    ) -> Row | None:
        """Book the answer that came since the backup; None where the provider knows of none."""
        world, arrows = self.world, self.world.arrows
        question = world.question(row, request)
        found = world.backend(question.model).find(question)
        if found is not None and is_silence(found):
            return self._park(row, Why(code="", reason=UNREADABLE))
        if found is None:
            return None
        terms = world.terms(request)
        moved = arrows.intend(row, worst_case_musd=worst_case_musd, region=region, terms=terms)
        if moved.attempt.state is not AttemptState.INTENT:
            return arrows.park(moved, Why(code=RESTORED, reason=moved.attempt.reason))
        return Booking(world).answer(arrows.sent(moved), request, found)

    def _with_leave(
        self, leave: Leave, row: Row, request: Request, *, worst_case_musd: int, region: str
    ) -> Row:
        world, booking, outcome = self.world, Booking(self.world), None
        try:
            terms = world.terms(request)
            with reserved(world, row, region) as found:
                row = world.arrows.intend(
                    row, worst_case_musd=worst_case_musd, region=region, terms=terms
                )
                found |= {"state": row.attempt.state.value, "code": row.attempt.code}
            if row.attempt.state is not AttemptState.INTENT:
                return row
            call = self._resolved(row, request)
            if isinstance(call, Row):
                return call
            row = world.arrows.sent(row)
            outcome = self._sending.send(call)
            safe = booking.make_safe(row, outcome)  # first: to hand back may wait for a database
        finally:
            self._sending.hand_back(leave, outcome)
        return booking.book(row, request, safe)

    def _resolved(self, row: Row, request: Request) -> Call | Row:
        """Give what is to be sent; the attempt's next row where its pictures cannot be read."""
        arrows, options = self.world.arrows, self.world.options
        try:
            return self.world.call(row, request)
        except StoreCorrupt as error:
            why = Why(code=error.code, reason=str(error))
            return arrows.end_unpaid(row, AttemptState.FAILED, why)
        except Unreachable as error:
            why = Why(code="store_failed", reason=str(error))
            row = arrows.again(row, why)
            waits = row.attempt.state is AttemptState.READY
            return arrows.park(row, why) if waits and row.tries >= options.tries else row

    def _find_out(self, row: Row, request: Request) -> Row:
        """Something was sent and its answer is not here: learn what became of it."""
        world = self.world
        responded = Booking(world).staged(row)
        if responded is not None:
            return responded
        if row.attempt.provider_ref:
            return self._wait(row, request)
        self._pause(row.tries)
        question = world.question(row, request)
        found = world.backend(question.model).find(question)
        if found is not None and not is_silence(found):
            return Booking(world).answer(row, request, found)
        if not is_idempotent(question.model):
            return world.arrows.unknown(row, NO_TRACE)
        return self._send_again(row, request) if found is None else self._ask_later(row)

    def _send_again(self, row: Row, request: Request) -> Row:
        world, booking, outcome = self.world, Booking(self.world), None
        try:
            call = world.call(row, request)
        except StoreCorrupt as error:
            return world.arrows.unknown(row, Why(code=error.code, reason=str(error)))
        leave = self._sending.leave(row, call.model, call.region)
        if isinstance(leave, Denied):
            return world.arrows.unknown(row, leave.why)
        if leave is None:
            return row
        try:
            if self._is_cancelled(row):
                return world.arrows.unknown(row, CANCELLED)
            outcome = self._sending.send(call)
            safe = booking.make_safe(row, outcome)
        finally:
            self._sending.hand_back(leave, outcome)
        return booking.book(row, request, safe)

    def _is_cancelled(self, row: Row) -> bool:
        with reading(self.world.engine, row.attempt.partner) as connection:
            return attempts.is_cancelled(connection, row)

    def _ask_later(self, row: Row) -> Row:
        arrows = self.world.arrows
        last = row.tries >= self.world.options.tries
        return arrows.unknown(row, NO_TRACE) if last else arrows.resend(row, NO_TRACE)

    def _wait(self, row: Row, request: Request) -> Row:
        """Ask after a running job until it ends or its time is over."""
        world, options = self.world, self.world.options
        question, ref = world.question(row, request), row.attempt.provider_ref
        backend, pause = world.backend(question.model), options.poll_first_s
        missing_since: datetime | None = None
        while not world.stopping.is_set():
            outcome = backend.poll(question, ref)
            if not isinstance(outcome, Running) and not is_silence(outcome):
                return Booking(world).answer(row, request, outcome)
            now = world.clock.now()
            missing_since = (missing_since or now) if is_missing(outcome) else None
            if missing_since and now - missing_since >= options.missing_grace:
                return self._lost(row)
            if not missing_since and now - _began(row, now) >= options.job_deadline:
                return world.arrows.unknown(row, _overdue(outcome, ref))
            world.rest(pause * world.chance.uniform(0.75, 1.25))
            pause = min(pause * 1.5, options.poll_most_s)
        return row

    def _lost(self, row: Row) -> Row:
        why = Why(code="output_missing", reason="the job is done and billed; its film never came")
        return self.world.arrows.end_paid(row, AttemptState.LOST, row.attempt.reserved_musd, why)

    def _pause(self, tries: int) -> None:
        options = self.world.options
        seconds = back_off(
            tries,
            base_s=options.back_off_base_s,
            cap_s=options.back_off_cap_s,
            chance=self.world.chance,
        )
        self.world.rest(seconds)


def is_silence(outcome: Outcome) -> bool:
    """Say whether a free question went unanswered."""
    return isinstance(outcome, Setback) and outcome.kind in _SILENCE


def is_missing(outcome: Outcome) -> bool:
    """Say whether a job is done and its film is not where it should be."""
    return isinstance(outcome, Setback) and outcome.code == "output_missing"


def _began(row: Row, now: datetime) -> datetime:
    return row.attempt.sent_at or now


def _overdue(outcome: Outcome, ref: str) -> Why:
    said = f"{outcome.code}: {outcome.reason}" if isinstance(outcome, Setback) else "still running"
    return Why(code="deadline", reason=f"job {ref} did not end in time; last answer: {said}")
