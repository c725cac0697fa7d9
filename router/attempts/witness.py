"""What a worker tells of an attempt: reserve, send, store and settle, and how it ended."""

from contextlib import AbstractContextManager

from router.attempts.world import World
from router.domain.attempt import OPEN_STATES, Attempt
from router.ports import Call
from router.store.attempts import Row
from router.telling.log import tell
from router.telling.trace import (
    ATTEMPT,
    TAKE,
    Span,
    is_campaign,
    over_attempts,
    span_of,
    trace_of,
)

Facts = AbstractContextManager[dict[str, object]]


def reserved(world: World, row: Row, region: str) -> Facts:
    """Tell of reserving money; the block adds what came of it."""
    return _during(world, "reserve", row.attempt, region=region)


def sent(world: World, call: Call) -> Facts:
    """Tell of the one request that may cost money; the block adds a code."""
    asked = call.request
    return world.traces.during(
        "send",
        clock=world.clock,
        trace=trace_of(asked.account, asked.id),
        parent=span_of(ATTEMPT, call.attempt),
        about=call.attempt,
        model=call.model.key,
        region=call.region,
    )


def stored(world: World, row: Row) -> Facts:
    """Tell of verifying and storing the answer; the block adds the take."""
    return _during(world, "store", row.attempt)


def settling(world: World, row: Row, *, musd: int) -> Facts:
    """Tell of booking take and bill."""
    return _during(world, "settle", row.attempt, musd=musd)


def ended(world: World, row: Row) -> None:
    """Tell how an attempt ended: to the log, and as the span over all that was done for it."""
    attempt = row.attempt
    if attempt.state in OPEN_STATES:
        return
    now = world.clock.now()
    begun, over = attempt.created_at or now, attempt.ended_at or now
    facts: dict[str, object] = {
        "attempt": attempt.id,
        "request": attempt.request,
        "take": attempt.take,
        "campaign": attempt.account if is_campaign(attempt.account) else None,
        "model": attempt.model,
        "region": attempt.region,
        "state": attempt.state.value,
        "code": attempt.code or None,
        "musd": attempt.spent_musd,
        "reserved_musd": attempt.reserved_musd,
        "tries": row.tries,
    }
    tell("attempt ended", seconds=(over - begun).total_seconds(), **facts)
    trace = trace_of(attempt.account, attempt.request)

    def span() -> Span:
        parent = over_attempts(attempt.account, attempt.request)
        return Span.about(
            ATTEMPT, attempt.id, trace=trace, parent=parent, begun=begun, ended=over, **facts
        )

    def take() -> Span:
        since = attempt.sent_at or begun
        return Span.about(
            TAKE,
            str(attempt.take),
            trace=trace,
            parent=span_of(ATTEMPT, attempt.id),
            begun=since,
            ended=over,
            take=attempt.take,
        )

    world.traces.tell(span)
    if attempt.take is not None:
        world.traces.tell(take)


def _during(world: World, name: str, attempt: Attempt, **facts: object) -> Facts:
    return world.traces.during(
        name,
        clock=world.clock,
        trace=trace_of(attempt.account, attempt.request),
        parent=span_of(ATTEMPT, attempt.id),
        about=attempt.id,
        **facts,
    )
