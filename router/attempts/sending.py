"""The way to the wire: wait for leave to send, send once, hand the leave back."""

from dataclasses import dataclass

from router.attempts.booking import stop_keys
from router.attempts.witness import sent
from router.attempts.world import World
from router.domain.model import Model
from router.pacing.deadline import total_s
from router.pacing.lanes import Leave
from router.ports import Call, Outcome, Setback
from router.store.arrows import Why
from router.store.attempts import Row

DOWN = "model_down"
_LEAST_REST_S = 0.001  # a clock may not see less go by


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Why an attempt is not sent now."""

    why: Why
    park: bool  # none of the request's doing: a person lets it go on


@dataclass(frozen=True, slots=True)
class Sending:
    """The sends of one attempt, which has waited for them since `began` (monotonic seconds)."""

    world: World
    began: float

    def leave(self, row: Row, model: Model, region: str) -> Leave | Denied | None:
        """Wait for leave to send; None when called to stop. Leave must be handed back."""
        world, lane = self.world, f"{region}:{model.key}"
        again, turned = row.tries > 0, False
        while not world.stopping.is_set():
            denied = self._denied(row, lane)
            if denied is not None:
                return denied
            if not turned:
                self._take_turn(lane, model)
                turned = True
                continue
            now = world.clock.monotonic()
            found = world.lanes.enter(lane, model.quota.in_flight, again=again, now=now)
            if isinstance(found, Leave):
                return found
            world.rest(max(_LEAST_REST_S, found))
        return None

    def send(self, call: Call) -> Outcome:
        """Make exactly one request that may cost money, within its time."""
        backend = self.world.backend(call.model)
        seconds = total_s(call.model.timeout_s)
        with sent(self.world, call) as found:
            outcome = self.world.overseer.within(seconds, lambda: backend.send(call))
            found["code"] = outcome.code if isinstance(outcome, Setback) else "answered"
        return outcome

    def hand_back(self, leave: Leave, outcome: Outcome | None) -> None:
        """Tell the lane what came of it; None = nothing was sent."""
        self.world.lanes.hand_back(leave, outcome, now=self.world.clock.monotonic())

    def _take_turn(self, lane: str, model: Model) -> None:
        world, per_minute = self.world, model.quota.requests_per_minute
        if per_minute is not None:
            world.rest(world.turnstile.turn(lane, per_minute, world.clock.monotonic()))

    def _denied(self, row: Row, lane: str) -> Denied | None:
        world = self.world
        stop = world.lanes.stopped(stop_keys(row), row.attempt.round)
        if stop is not None:
            return Denied(why=stop, park=True)
        patience_s = world.options.patience.total_seconds()
        now = world.clock.monotonic()
        vain = world.lanes.vain(lane, since=self.began, now=now, patience_s=patience_s)
        if vain is None:
            return None
        last = row.attempt.reason and f"; it said last: {row.attempt.reason}"
        if vain != lane:
            said = f"AWS has refused our credentials for {patience_s:g} s{last}"
            return Denied(why=Why(code="credentials", reason=said), park=True)
        said = f"answered nobody for {patience_s:g} s{last}"
        return Denied(why=Why(code=DOWN, reason=said), park=False)
