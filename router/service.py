"""The router, as everybody above uses it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, Engine

from router.admission.rules import HouseRules, Rules
from router.attempts import gone
from router.attempts import reconcile as reconciling
from router.attempts import resolve as resolving
from router.attempts.advance import Step
from router.attempts.staging import Staging
from router.attempts.world import Options, World, free_bytes_under, known
from router.domain.attempt import Attempt, AttemptState
from router.domain.ids import content_id
from router.domain.model import Model
from router.domain.money import Balance, Entry, Reconciled
from router.domain.partner import Partner
from router.domain.request import Request
from router.domain.ruling import Ruling
from router.domain.take import Take
from router.leases import lease_name
from router.leaving import freeze
from router.pacing.shared_lanes import limits
from router.ports import Backend, Clock, MediaStore
from router.settings import Settings
from router.store import attempts, ledger, lines, outline, requests, statement, takes
from router.store.answers import Answers
from router.store.arrows import Arrows, Why
from router.store.database import Commits, reading, turn_to
from router.store.uploads import Uploads
from router.telling.trace import OFF, Traces
from router.workers import Worker, hold_name


class Router:
    """Requests become takes: accepted, paid once, stored, and remembered.

    Every call names its partner; nothing of another partner can be seen through it.
    """

    def __init__(  # noqa: PLR0913 - each is one port; this is where they meet
        self,
        *,
        settings: Settings,
        clock: Clock,
        catalogue: Mapping[str, Model],
        partners: Mapping[str, Partner],
        engine: Engine,
        media: MediaStore,
        backends: Mapping[str, Backend],
        options: Options | None = None,
        rules: Rules | None = None,
        worker: Worker | None = None,
        free_bytes: Callable[[], int] | None = None,
        traces: Traces = OFF,
    ) -> None:
        """Join the parts; the schema must be up to date (`database.migrate`).

        `backends` by dialect. `worker` is the name under which attempts are moved; without one the
        first free name of this home is taken when the first attempt is. A router that only looks
        holds no name and writes no file.
        """
        self._settings = settings
        self._engine = engine
        self._commits = Commits(engine)
        self._clock = clock
        self._catalogue = catalogue
        self._partners = partners
        self._media = media
        self._backends = backends
        self._options = options or Options()
        self._rules = rules or HouseRules(clock=clock, runnable_dialects=tuple(backends))
        self._worker = worker
        self._free_bytes = free_bytes or free_bytes_under(settings.home)
        self._traces = traces
        self._made: World | None = None
        self._moving: set[tuple[str, str]] = set()
        self._gate = Lock()

    def open_account(
        self, partner: str, account: str, cap_musd: int, *, simulated: bool = False
    ) -> None:
        """Open a budget, or change its cap: never below what is reserved and spent already.

        `simulated` says under which of the partner's shared caps its money counts.
        """
        known("partner", partner, self._partners)

        def work(connection: Connection) -> None:
            freeze.refuse(connection, partner)
            ledger.open_account(connection, partner, account, cap_musd, simulated=simulated)

        self._commits.write(partner, work)

    def submit(self, wanted: Sequence[Request]) -> tuple[Attempt, ...]:
        """Accept requests, all or none, and give the newest attempt of each, in order.

        The same request twice is one request. Raises what the gate refuses, UnknownName for an
        account that is not open, Conflict for an id that was used for something else.
        """
        here = {(a.partner, a.request) for a in self._known(wanted)}
        fresh = {(r.partner, r.id): r for r in wanted if (r.partner, r.id) not in here}
        first = {key: self._first_attempt(r) for key, r in fresh.items()}
        now = self._clock.now()

        by_partner: dict[str, list[Request]] = {}
        for request in wanted:
            by_partner.setdefault(request.partner, []).append(request)

        def work(connection: Connection) -> None:
            for partner, mine in by_partner.items():
                turn_to(connection, partner)
                freeze.refuse(connection, partner)
                for account in {r.account for r in mine}:
                    ledger.balance(connection, partner, account)  # says which accounts there are
                new = requests.add(connection, mine, now)
                attempts.add(connection, [first[(r.partner, r.id)] for r in new])

        if wanted:
            self._commits.write(wanted[0].partner, work)
        newest = {(a.partner, a.request): a for a in self._known(wanted)}
        return tuple(newest[(r.partner, r.id)] for r in wanted)

    def attempts(
        self, partner: str, *, account: str | None = None, requests: Sequence[str] | None = None
    ) -> tuple[Attempt, ...]:
        """Give attempts in the order of submission, of an account or of some requests."""
        with reading(self._engine, partner) as connection:
            return attempts.find(connection, partner, account=account, requests=requests)

    def request(self, partner: str, request: str) -> Request:
        """Give a request as it was asked; raises UnknownName."""
        with reading(self._engine, partner) as connection:
            return requests.get(connection, partner, request)

    def requests(self, partner: str, ids: Sequence[str]) -> Mapping[str, Request]:
        """Give those of some requests that are here, by id."""
        with reading(self._engine, partner) as connection:
            return requests.find(connection, partner, ids)

    def takes(
        self, partner: str, *, account: str | None = None, ids: Sequence[str] | None = None
    ) -> tuple[Take, ...]:
        """Give takes, oldest first, of an account or by id."""
        with reading(self._engine, partner) as connection:
            return takes.find(connection, partner, account=account, ids=ids)

    def standings(self, partner: str, account: str) -> tuple[outline.Standing, ...]:
        """Say where each attempt of an account stands; much lighter than the attempts."""
        with reading(self._engine, partner) as connection:
            return outline.standings(connection, partner, account)

    def facts(self, partner: str, account: str) -> Mapping[str, outline.Facts]:
        """Give take → what it cost and came from; much lighter than the takes."""
        with reading(self._engine, partner) as connection:
            return outline.facts(connection, partner, account)

    def mark(self, partner: str, account: str) -> outline.Mark:
        """Give a mark that changes when an attempt of an account moves, or a take is added."""
        with reading(self._engine, partner) as connection:
            return outline.mark(connection, partner, account)

    def take_page(
        self, partner: str, accounts: Sequence[str], *, offset: int, limit: int
    ) -> tuple[tuple[Take, ...], int]:
        """Give one page of the takes of some accounts, oldest first, and how many there are."""
        if not accounts:
            return (), 0
        with reading(self._engine, partner) as connection:
            page = outline.take_ids(connection, partner, accounts, offset=offset, limit=limit)
            found = {t.id: t for t in takes.find(connection, partner, ids=page)}
            return tuple(found[id_] for id_ in page), outline.take_count(
                connection, partner, accounts
            )

    def paid_media(self, partner: str, account: str) -> Mapping[str, str]:
        """Give take → sha-256 of an account's takes that are no control."""
        with reading(self._engine, partner) as connection:
            return outline.paid_media(connection, partner, account)

    def has_simulated(self, partner: str, account: str) -> bool:
        """Say whether any generated take of an account came from an emulator."""
        with reading(self._engine, partner) as connection:
            return outline.has_simulated(connection, partner, account)

    def last_end(self, partner: str, account: str) -> datetime | None:
        """Say when the last attempt of an account ended; None where none has."""
        with reading(self._engine, partner) as connection:
            return outline.last_end(connection, partner, account)

    def mime_of(self, partner: str, sha256: str) -> str | None:
        """Give the type of a take's bytes; None where no take of the partner has them."""
        with reading(self._engine, partner) as connection:
            return outline.mime_of(connection, partner, sha256)

    @property
    def records(self) -> Engine:
        """Give the database of the ledger."""
        return self._engine

    @property
    def traces(self) -> Traces:
        """Give what takes spans."""
        return self._traces

    @property
    def answers(self) -> Answers:
        """Give what remembers the answers to paid wishes, on the ledger's own database."""
        return Answers(self._engine, self._clock)

    @property
    def uploads(self) -> Uploads:
        """Give what remembers files on their way in."""
        return Uploads(self._engine)

    def accounts(self, partner: str) -> tuple[str, ...]:
        """Name the budgets of a partner."""
        with reading(self._engine, partner) as connection:
            return outline.accounts(connection, partner)

    def record_take(self, take: Take) -> None:
        """Keep a take that no attempt of ours paid for: imported or repaired here."""
        known("partner", take.partner, self._partners)
        self._commits.write(take.partner, lambda c: takes.add(c, take))

    def unpark(self, partner: str, account: str) -> int:
        """Let attempts start again that are parked, or that nobody took; says how many."""
        return self._commits.write(partner, lambda c: attempts.set_ready(c, partner, account))

    def cancel(self, partner: str, account: str) -> int:
        """Cancel what nothing was sent for; says how many. What is in flight settles."""
        now = self._clock.now()
        return self._commits.write(
            partner, lambda c: attempts.cancel_ready(c, partner, account, now)
        )

    def balance(self, partner: str, account: str) -> Balance:
        """Say how an account stands; raises UnknownName."""
        with reading(self._engine, partner) as connection:
            return ledger.balance(connection, partner, account)

    def ledger(self, partner: str, account: str) -> tuple[Entry, ...]:
        """Give every money move of an account, oldest first."""
        with reading(self._engine, partner) as connection:
            return ledger.entries(connection, partner, account)

    def moves(
        self, partner: str, account: str | None, *, offset: int, limit: int
    ) -> tuple[lines.Lines, tuple[lines.Sums, ...]]:
        """Give one page of a partner's money moves, oldest first, and what all come to."""
        with reading(self._engine, partner) as connection:
            page = lines.page(connection, partner, account, offset=offset, limit=limit)
            return page, lines.sums(connection, partner, account)

    def paid(self, partner: str, account: str | None = None) -> tuple[statement.Paid, ...]:
        """Give every bill of a partner, or of one account, oldest first."""
        with reading(self._engine, partner) as connection:
            return statement.paid(connection, partner, account)

    def simulated_accounts(self, partner: str) -> frozenset[str]:
        """Name the budgets of a partner that pay an emulator."""
        with reading(self._engine, partner) as connection:
            return statement.simulated_accounts(connection, partner)

    def advance(self, partner: str, attempt_id: str) -> Attempt:
        """Drive one attempt to its end; where this process does so already, say how it stands."""
        key = (partner, attempt_id)
        with self._gate:
            busy = key in self._moving
            self._moving.add(key)
        if busy:
            with reading(self._engine, partner) as connection:
                return attempts.get(connection, partner, attempt_id).attempt
        try:
            return Step(self._world()).run(partner, attempt_id)
        finally:
            with self._gate:
                self._moving.discard(key)

    def give_up(self, partner: str, attempt_id: str, reason: str) -> Attempt:
        """End an attempt that broke again and again; money that may be spent stays reserved."""
        why = Why(code="broken", reason=reason)
        return Step(self._world()).give_up(partner, attempt_id, why)

    def reconcile(self, partner: str, account: str | None = None) -> Reconciled:
        """Look again for answers that were lost, and book what is found."""
        return reconciling.reconcile(self._world(), partner, account)

    def resolve(
        self, partner: str, attempt: str, ruling: Ruling, witness: Callable[[], object]
    ) -> Attempt:
        """End what stays unknown as a named person ruled; raises Conflict, Unreachable."""
        return resolving.resolve(self._world(), partner, attempt, ruling, witness)

    @property
    def unknown_grace(self) -> timedelta:
        """Give how long a lost answer may take to come into the log."""
        return self._options.unknown_grace

    def let_go(self, among: Iterable[Attempt]) -> int:
        """Let go of what waits for models that left the catalogue; says how many."""
        return gone.let_go(self._world(), among)

    def breakers(self) -> Mapping[str, bool]:
        """Say of each lane of this process whether its breaker is open."""
        return self._made.lanes.breakers() if self._made is not None else {}

    def stop(self) -> None:
        """Ask every wait to end soon; what is in flight keeps its state and goes on next time."""
        self._world().stopping.set()

    def open_of_every_partner(self) -> tuple[Attempt, ...]:
        """The operator's view across partners: attempts that still have a way to go."""
        found: list[Attempt] = []
        for partner in self._partners:
            with reading(self._engine, partner) as connection:
                found += attempts.still_open(connection, partner)
        return tuple(sorted(found, key=lambda a: (a.created_at, a.id)))

    def _known(self, wanted: Sequence[Request]) -> tuple[Attempt, ...]:
        """Give the attempts of requests that are here already, the newest of each last."""
        found: list[Attempt] = []
        for partner in dict.fromkeys(r.partner for r in wanted):
            ids = list(dict.fromkeys(r.id for r in wanted if r.partner == partner))
            found += self.attempts(partner, requests=ids)
        return tuple(found)

    def _first_attempt(self, request: Request) -> Attempt:
        partner = known("partner", request.partner, self._partners)
        model = known("model", request.model, self._catalogue)
        self._rules.check(partner, model, request)
        self._rules.worst_case_musd(model, request)  # a model without a price is refused here
        name = content_id("attempt", [request.partner, request.id, 0])
        return Attempt(
            partner=request.partner,
            id=name,
            request=request.id,
            number=0,
            account=request.account,
            model=request.model,
            region=self._rules.region_for(partner, model, request),
            state=AttemptState.READY,
            token=name,
            created_at=self._clock.now(),
        )

    def _world(self) -> World:
        """Take a worker's name and make room for answers, once, when work begins."""
        with self._gate:
            if self._made is None:
                worker = self._worker or self._named()
                turnstile, lanes = limits(self._engine, worker.slot)
                spare = self._options.spare_bytes
                self._made = World(
                    engine=self._engine,
                    arrows=Arrows(commits=self._commits, clock=self._clock, owner=worker.run),
                    staging=Staging(self._settings.staging, spare_bytes=spare),
                    media=self._media,
                    clock=self._clock,
                    rules=self._rules,
                    worker=worker,
                    catalogue=self._catalogue,
                    partners=self._partners,
                    backends=self._backends,
                    free_bytes=self._free_bytes,
                    options=self._options,
                    turnstile=turnstile,
                    lanes=lanes,
                    traces=self._traces,
                )
            return self._made

    def _named(self) -> Worker:
        if self._engine.dialect.name == "sqlite":
            return hold_name(self._settings.home / "workers")
        return lease_name(self._engine)
