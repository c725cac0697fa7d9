"""Doubles of the router, its jobs and the clock: they play a script, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from benchmarks.testing.doubles import NOW, FolderMedia, picture
from router.domain.attempt import Attempt, AttemptState
from router.domain.errors import UnknownName
from router.domain.ids import content_id
from router.domain.money import Balance
from router.domain.request import Request
from router.domain.take import Source, Take


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedClock:
    """A clock that moves only when somebody sleeps."""

    passed: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Give NOW and what was slept since."""
        return NOW + timedelta(seconds=sum(self.passed))

    def monotonic(self) -> float:
        """Give what was slept."""
        return sum(self.passed)

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.passed.append(seconds)


@dataclass(slots=True)
class ScriptedRouter:
    """A router in memory: every request is delivered, unless its label is in the script."""

    media: FolderMedia
    price_musd: int = 70_000
    script: dict[str, tuple[AttemptState, str]] = field(default_factory=dict)
    caps: dict[tuple[str, str], int] = field(default_factory=dict)
    known: dict[str, Request] = field(default_factory=dict)
    found: dict[str, Attempt] = field(default_factory=dict)
    stored: dict[str, Take] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)  # labels, in the order of sending

    def open_account(
        self, partner: str, account: str, cap_musd: int, *, simulated: bool = False
    ) -> None:
        """Open an account or raise its cap."""
        del simulated  # one kind at a time
        known = self.caps.get((partner, account), 0)
        self.caps[partner, account] = max(known, cap_musd)

    def submit(self, requests: Sequence[Request]) -> tuple[Attempt, ...]:
        """Accept requests once."""
        for request in requests:
            if request.id not in self.known:
                self.known[request.id] = request
                attempt = Attempt(
                    partner=request.partner,
                    id=content_id("attempt", [request.id, 0]),
                    request=request.id,
                    number=0,
                    account=request.account,
                    model=request.model,
                    region="us-west-2",
                    state=AttemptState.READY,
                    token=request.id,
                    created_at=NOW,
                )
                self.found[attempt.id] = attempt
        ids = {r.id for r in requests}
        return tuple(a for a in self.found.values() if a.request in ids)

    def request(self, partner: str, request: str) -> Request:
        """Give a request as it was asked."""
        if request not in self.known or self.known[request].partner != partner:
            raise UnknownName("request", request, self.known)
        return self.known[request]

    def attempts(
        self, partner: str, *, account: str | None = None, requests: Sequence[str] | None = None
    ) -> tuple[Attempt, ...]:
        """Give attempts."""
        mine = (a for a in self.found.values() if a.partner == partner)
        wanted = (a for a in mine if account in (None, a.account))
        return tuple(a for a in wanted if requests is None or a.request in requests)

    def takes(
        self, partner: str, *, account: str | None = None, ids: Sequence[str] | None = None
    ) -> tuple[Take, ...]:
        """Give takes."""
        mine = (t for t in self.stored.values() if t.partner == partner)
        return tuple(
            t for t in mine if account in (None, t.account) and (ids is None or t.id in ids)
        )

    def record_take(self, take: Take) -> None:
        """Keep a take."""
        self.stored[take.id] = take

    def unpark(self, partner: str, account: str) -> int:
        """Make parked attempts ready."""
        return self._turn(partner, account, AttemptState.PARKED, AttemptState.READY)

    def cancel(self, partner: str, account: str) -> int:
        """Cancel ready attempts."""
        return self._turn(partner, account, AttemptState.READY, AttemptState.CANCELLED)

    def balance(self, partner: str, account: str) -> Balance:
        """Tell how an account stands."""
        if (partner, account) not in self.caps:
            raise UnknownName("account", account, [a for _, a in self.caps])
        mine = self.attempts(partner, account=account)
        return Balance(
            cap_musd=self.caps[partner, account],
            reserved_musd=sum(a.reserved_musd for a in mine),
            spent_musd=sum(a.spent_musd for a in mine),
            unknown_musd=sum(a.reserved_musd for a in mine if a.state is AttemptState.UNKNOWN),
        )

    def drive(self, attempt: Attempt) -> None:
        """Drive one attempt to its end, as its script says."""
        request = self.known[attempt.request]
        self.sent.append(request.label)
        state, code = self.script.get(request.label, (AttemptState.SETTLED, ""))
        held = self.price_musd if state is AttemptState.UNKNOWN else 0
        ended = replace(attempt, state=state, code=code, reason=code, reserved_musd=held)
        if state is AttemptState.SETTLED:
            take = self._take(request, attempt)
            self.stored[take.id] = take
            ended = replace(ended, take=take.id, spent_musd=take.cost_musd, simulated=True)
        self.found[attempt.id] = ended

    def price(self, request: Request) -> int:
        """Say what a call costs; a control is free."""
        return 0 if request.model.startswith("control-") else self.price_musd

    def _take(self, request: Request, attempt: Attempt) -> Take:
        level = int(request.id[:2], 16) % 150
        ref = self.media.put(
            request.partner, picture(level, mark=bytes.fromhex(request.id[2:6])), "image/png"
        )
        return Take(
            partner=request.partner,
            id=content_id("take", [request.id, ref.sha256]),
            request=request.id,
            attempt=attempt.id,
            account=request.account,
            model=request.model,
            operation=request.operation,
            media=ref,
            prompt=request.prompt,
            seed=request.seed,
            source=Source.GENERATED if self.price(request) else Source.CONTROL,
            simulated=True,
            cost_musd=self.price(request),
            latency_s=2.0,
            created_at=NOW,
            parent=request.parent,
        )

    def _turn(self, partner: str, account: str, old: AttemptState, new: AttemptState) -> int:
        mine = [a for a in self.attempts(partner, account=account) if a.state is old]
        self.found |= {a.id: replace(a, state=new) for a in mine}
        return len(mine)


@dataclass(slots=True)
class InlineJobs:
    """Jobs done at once, in the calling thread; parks what the cap does not cover."""

    router: ScriptedRouter
    limit: int | None = None  # how many are driven before the "machine" stops

    def enqueue(self, attempts: Sequence[Attempt]) -> None:
        """Drive each attempt that is still ready."""
        for attempt in attempts:
            now = self.router.found[attempt.id]
            if now.state is not AttemptState.READY or self.limit == 0:
                continue
            account = self.router.balance(now.partner, now.account)
            price = self.router.price(self.router.known[now.request])
            if account.spent_musd + account.reserved_musd + price > account.cap_musd:
                self.router.found[now.id] = replace(
                    now, state=AttemptState.PARKED, code="over_budget"
                )
                continue
            self.limit = None if self.limit is None else self.limit - 1
            self.router.drive(now)
