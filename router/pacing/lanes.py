"""The lanes of this process, shared by its threads: who may send now, who waits, what is stopped.

Besides one lane for each model and Region there is one door for the whole process: credentials.
When they have expired nobody sends; the backend reads them again, one send tries them, and the
others follow or go on waiting.
"""

from dataclasses import dataclass, field, replace
from threading import Lock

from router.pacing import patience
from router.pacing.patience import Breaker, Lane, Meaning, Pass
from router.ports import Outcome, Setback
from router.store.arrows import Why

LONGEST_HOLD_S = 20.0  # what a provider may ask for at most; more is for the breaker to find out
KEYS = frozenset({"expired_credentials", "credentials"})
_DOOR = "credentials"
_MEANINGS = {
    "refused": Meaning.WORKS,
    "undecodable": Meaning.WORKS,
    "rejected": Meaning.ANSWERS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Leave to send once, on a lane and through the door."""

    lane: str
    lane_pass: Pass
    door_probe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    round: int
    why: Why


@dataclass(slots=True)
class Lanes:
    """Every decision is a pure function of `patience`; here is only the lock around them."""

    _lanes: dict[str, Lane] = field(default_factory=dict)
    _door: Breaker = field(default_factory=lambda: Breaker(most_failures=1, cool_s=0.0))
    _stops: dict[tuple[str, ...], _Stop] = field(default_factory=dict)
    _gate: Lock = field(default_factory=Lock)

    def enter(self, name: str, most: int, *, again: bool, now: float) -> Leave | float:
        """Ask to send: leave to go, which must be handed back, or the seconds to wait first."""
        with self._gate:
            wait = self._door.wait_s(now)
            if wait > 0.0:
                return wait
            lane = self._lanes.get(name) or patience.fresh(most)
            self._lanes[name], found = patience.admit(lane, again=again, now=now)
            if not isinstance(found, Pass):
                return found
            leave = Leave(lane=name, lane_pass=found, door_probe=self._door.is_open)
            self._door = self._door.let_through()
            return leave

    def hand_back(self, leave: Leave, outcome: Outcome | None, *, now: float) -> None:
        """Give leave back with what came of it; None = nothing was sent."""
        meaning = meaning_of(outcome)
        asked = outcome.retry_after_s if isinstance(outcome, Setback) else 0.0
        hold_s = min(LONGEST_HOLD_S, max(0.0, asked))
        with self._gate:
            lane = self._lanes[leave.lane]
            self._lanes[leave.lane] = patience.answered(
                lane, leave.lane_pass, meaning, now=now, hold_s=hold_s
            )
            self._door = _after(self._door, leave, outcome, now)

    def is_open(self, name: str) -> bool:
        """Say whether the breaker of a lane is open."""
        with self._gate:
            lane = self._lanes.get(name)
            return lane is not None and lane.breaker.is_open

    def breakers(self) -> dict[str, bool]:
        """Say of each lane, and of our credentials, whether the breaker is open."""
        with self._gate:
            lanes = {name: lane.breaker.is_open for name, lane in self._lanes.items()}
            return {**lanes, _DOOR: self._door.is_open}

    def vain(self, name: str, *, since: float, now: float, patience_s: float) -> str | None:
        """Name what somebody has waited for in vain since then; None = go on waiting."""

        def down(breaker: Breaker) -> bool:
            return breaker.is_down(since=since, now=now, patience_s=patience_s)

        with self._gate:
            if down(self._door):
                return _DOOR
            lane = self._lanes.get(name)
            return name if lane is not None and down(lane.breaker) else None

    def stop(self, key: tuple[str, ...], round_: int, why: Why) -> None:
        """Let nothing of this key be sent until a person has set it to ready again."""
        with self._gate:
            before = self._stops.get(key)
            latest = round_ if before is None else max(before.round, round_)
            self._stops[key] = _Stop(round=latest, why=why)

    def stopped(self, keys: tuple[tuple[str, ...], ...], round_: int) -> Why | None:
        """Say why something under these keys is not sent; None = it is."""
        with self._gate:
            stops = [self._stops[key] for key in keys if key in self._stops]
        return next((stop.why for stop in stops if round_ <= stop.round), None)


def meaning_of(outcome: Outcome | None) -> Meaning:
    """Say what an outcome means for its lane."""
    if outcome is None or is_about_keys(outcome):
        return Meaning.NOTHING
    if not isinstance(outcome, Setback):
        return Meaning.WORKS
    if outcome.code == "throttled":
        return Meaning.THROTTLED
    return _MEANINGS.get(outcome.kind, Meaning.DOWN)


def is_about_keys(outcome: Outcome) -> bool:
    """Say whether the send failed for want of good credentials."""
    return isinstance(outcome, Setback) and outcome.code in KEYS


def _after(door: Breaker, leave: Leave, outcome: Outcome | None, now: float) -> Breaker:
    """Shut the door when credentials failed; only a send that tried the new ones opens it."""
    if outcome is not None and is_about_keys(outcome):
        return door.bad(probe=leave.door_probe, began=leave.lane_pass.began, now=now)
    if not leave.door_probe:
        return door
    unsent = outcome is None or (isinstance(outcome, Setback) and outcome.kind == "not_sent")
    return replace(door, probing=False) if unsent else door.good()
