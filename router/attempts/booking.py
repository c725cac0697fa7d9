"""Booking what a backend said: the answer made safe first, then verified, then settled."""

import errno
from dataclasses import dataclass, replace

from router.attempts.staging import Label, Staged
from router.attempts.witness import settling, stored
from router.attempts.world import IDEMPOTENT, World
from router.domain.attempt import AttemptState
from router.domain.ids import content_id
from router.domain.model import Model
from router.domain.request import Request
from router.domain.take import Source, Take
from router.pacing.setback import Next, decide, skew_s
from router.ports import Delivered, Outcome, Running, Setback
from router.probe import Undecodable
from router.store.arrows import Why
from router.store.attempts import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that was paid for, and how it went to write it down."""

    label: Label
    error: OSError | None  # None = it is on disk


@dataclass(frozen=True, slots=True)
class Booking:
    """Turns outcomes into arrows; holds no state of its own."""

    world: World

    def answer(self, row: Row, request: Request, outcome: Outcome) -> Row:
        """Book what was said about something that was sent, one arrow further."""
        return self.book(row, request, self.make_safe(row, outcome))

    def make_safe(self, row: Row, outcome: Outcome) -> Kept | Running | Setback:
        """Write down what was paid for, without the database: it may be away for long."""
        match outcome:
            case Delivered():
                return self._stage(row, outcome)
            case Setback() if outcome.raw and outcome.kind == "undecodable":
                attempt = row.attempt
                self.world.staging.keep(attempt.partner, attempt.id, outcome.raw)
                return outcome
            case _:
                return outcome

    def book(self, row: Row, request: Request, safe: Kept | Running | Setback) -> Row:
        """Draw the arrow of what was made safe."""
        match safe:
            case Kept():
                return self._kept(row, safe)
            case Running():
                arrows = self.world.arrows
                return arrows.running(row, safe.provider_ref, simulated=safe.simulated)
            case Setback():
                return self._set_back(row, request, safe)

    def staged(self, row: Row) -> Row | None:
        """Responded, when an answer lies on disk that no arrow has told of yet; else None."""
        found = self.world.staging.get(row.attempt.partner, row.attempt.id)
        return self.world.arrows.responded(row, _arrived(found.label)) if found else None

    def finish(self, row: Row, request: Request) -> Row:
        """Responded → settled: verify the raw answer, store it, book take and bill together.

        Where the disk cannot take it the attempt stays responded, with a code, for the next run.
        """
        world, attempt = self.world, row.attempt
        staged = world.staging.get(attempt.partner, attempt.id)
        if staged is None and world.is_one_of_many:
            said = "its answer lies on the machine that asked, and waits for it or for the log"
            return world.arrows.unknown(row, Why(code="staged_elsewhere", reason=said))
        if staged is None:
            why = Why(code="answer_lost", reason="the stored answer is gone from this disk")
            return world.arrows.end_paid(row, AttemptState.LOST, attempt.reserved_musd, why)
        model = world.model_as_priced(row, request)
        cost = world.rules.actual_musd(model, request, staged.label.units)
        try:
            with stored(world, row) as found:
                take = self._take(row, request, staged, cost)
                found |= {"take": take.id, "bytes": take.media.size, "simulated": take.simulated}
        except Undecodable as error:
            ended = world.arrows.end_paid(
                row, AttemptState.FAILED, cost, Why(code=error.code, reason=str(error))
            )
            world.staging.keep(attempt.partner, attempt.id)
            return ended
        except OSError as error:  # nothing more is paid for until a person has made room
            world.lanes.stop(stop_keys(row)[0], attempt.round, _no_room(error))
            return world.arrows.responded(row, _no_room(error))
        with settling(world, row, musd=cost):
            settled = world.arrows.settled(row, take)
        world.staging.drop(attempt.partner, attempt.id)
        return settled

    def _stage(self, row: Row, outcome: Delivered) -> Kept:
        world, attempt = self.world, row.attempt
        sent_at = attempt.sent_at or world.clock.now()
        label = Label(
            mime=outcome.mime,
            seed=outcome.seed,
            provider_ref=outcome.provider_ref,
            simulated=outcome.simulated,
            units=outcome.billed_units,
            latency_s=max(0.0, (world.clock.now() - sent_at).total_seconds()),
        )
        try:
            staged = Staged(label=label, data=outcome.data)
            world.staging.put(attempt.partner, attempt.id, staged)
        except OSError as error:
            return Kept(label=label, error=error)
        return Kept(label=label, error=None)

    def _kept(self, row: Row, kept: Kept) -> Row:
        arrows = self.world.arrows
        if kept.error is None:
            return arrows.responded(row, _arrived(kept.label))
        waiting = row.attempt.state is AttemptState.UNKNOWN
        return row if waiting else arrows.unknown(row, _no_room(kept.error))

    def _set_back(self, row: Row, request: Request, setback: Setback) -> Row:
        world = self.world
        why = _told(setback)
        todo = decide(
            setback,
            tries=row.tries,
            most_tries=world.options.tries,
            same_token_same_job=is_idempotent(world.model(request.model)),
            down=world.lanes.is_open(lane_of(row)),
        )
        match todo:
            case Next.AGAIN:
                return world.arrows.again(row, why)
            case Next.STOP:
                return self._stop(row, setback, why)
            case Next.RESEND:
                return world.arrows.resend(row, why)
            case Next.UNKNOWN:
                return world.arrows.unknown(row, why)
            case Next.UNUSABLE:
                reserved = row.attempt.reserved_musd
                return world.arrows.end_paid(row, AttemptState.FAILED, reserved, why)
            case Next.GIVE_UP | Next.REFUSED | Next.FAILED:
                return self._end(row, todo, setback, why)

    def _stop(self, row: Row, setback: Setback, why: Why) -> Row:
        """Stop the model, or the machine, for this campaign; a person lets it go on."""
        campaign, model_too = stop_keys(row)
        seconds = skew_s(setback)
        if seconds is None:
            said = f"{why.reason}; nothing more is asked of this model until the campaign resumes"
            key, why = model_too, replace(why, reason=said)
        else:
            said = f"clock is {seconds:+d} s: set the clock of this machine, then resume"
            key, why = campaign, replace(why, code="clock_skew", reason=said)
        self.world.lanes.stop(key, row.attempt.round, why)
        return self.world.arrows.again(row, why)

    def _end(self, row: Row, todo: Next, setback: Setback, why: Why) -> Row:
        to = AttemptState.REFUSED if todo is Next.REFUSED else AttemptState.FAILED
        if todo is Next.GIVE_UP:
            reason = f"{why.code} after {row.tries + 1} tries: {why.reason}"
            why = replace(why, code=setback.kind, reason=reason)
        if setback.billed:
            return self.world.arrows.end_paid(row, to, row.attempt.reserved_musd, why)
        return self.world.arrows.end_unpaid(row, to, why)

    def _take(self, row: Row, request: Request, staged: Staged, cost_musd: int) -> Take:
        world, attempt, label = self.world, row.attempt, staged.label
        media = world.staging.with_spare_room(
            lambda: world.media.put(attempt.partner, staged.data, label.mime)
        )
        is_control = world.model(request.model).dialect == "local"
        return Take(
            partner=attempt.partner,
            id=content_id("take", [request.id, media.sha256]),
            request=request.id,
            attempt=attempt.id,
            account=attempt.account,
            model=request.model,
            operation=request.operation,
            media=media,
            prompt=request.prompt,
            seed=request.seed if label.seed is None else label.seed,
            source=Source.CONTROL if is_control else Source.GENERATED,
            simulated=label.simulated,
            cost_musd=cost_musd,
            latency_s=label.latency_s,
            created_at=world.clock.now(),
            parent=request.parent,
            region=attempt.region,
            provider_ref=label.provider_ref,
        )


def is_idempotent(model: Model) -> bool:
    """Say whether sending again under the same token is the same job, billed once."""
    return model.dialect in IDEMPOTENT


def lane_of(row: Row) -> str:
    """Name the lane of an attempt: what quotas are kept for."""
    return f"{row.attempt.region}:{row.attempt.model}"


def stop_keys(row: Row) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the keys under which a campaign is stopped, whole or for one model."""
    campaign = (row.attempt.partner, row.attempt.account)
    return campaign, (*campaign, row.attempt.model)


def _arrived(label: Label) -> Why:
    return Why(code="", reason="", provider_ref=label.provider_ref, simulated=label.simulated)


def _told(setback: Setback) -> Why:
    return Why(
        code=setback.code,
        reason=setback.reason,
        provider_ref=setback.provider_ref,
        simulated=setback.simulated,
    )


def _no_room(error: OSError) -> Why:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    code = "disk_full" if full else "store_failed"
    return Why(code=code, reason=f"answered, and could not be stored: {error}")
