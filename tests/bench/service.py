"""The service under load: 50 callers who do everything at once, while workers are killed.

`python -m tests.bench --service SECONDS [--postgres]`. First the callers pause for a second on
average between two calls, as people and pipelines do; that gives the percentiles. Then they ask for
lists without any pause; that gives the rate. At the end every wish that was accepted has to have
ended, and the provider's own ledger has to agree with ours, attempt by attempt.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.testing.console import Terminal
from router.domain.attempt import OPEN_STATES, Attempt, AttemptState
from tests.bench import crowd, house
from tests.bench.crowd import ACCOUNT, Answer, Book, Caller, Line, asking, percentile
from tests.bench.figure import Figure, cpu_s
from tests.bench.house import House

CALLERS = 50
LISTENERS = 4  # of them
PAUSE_S = 1.0
KILLED_EACH_S = 20.0
RUSH = 0.15  # of the time, without any pause
WARM = 0.25  # of the time; memory is compared from there on
ENDS_WITHIN_S = 180.0
STREAM_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen of one run."""

    book: Book
    calls: int  # with pauses
    wall_s: float  # of those
    client_cpu_s: float
    rush: Book
    rush_s: float
    early_mb: float
    late_mb: float
    kills: int
    events: int
    load: float  # of this machine, the average of one minute
    wishes: "Wishes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What became of the wishes that were accepted."""

    accepted: int
    without_end: int
    paid_twice: int
    amiss: int  # paid without a take, or a take that nobody paid for
    states: str


def lines(folder: Path, seconds: float, *, postgres: bool = False) -> Iterator[Figure]:
    """Load a service for so long; on PostgreSQL every caller has a key of its own."""
    with _database(postgres=postgres) as made, ExitStack() as stack:
        here = stack.enter_context(house.opened(folder, made=made, callers=CALLERS))
        yield from figures(loaded(here, seconds), "PostgreSQL, keys" if postgres else "SQLite")


def loaded(here: House, seconds: float, killed_each_s: float = KILLED_EACH_S) -> Run:
    """Load a house and look at what was left."""
    key = next((keys[0] for keys in here.keys.values()), None)
    known = crowd.declared(here.url, key)
    book, rush = Book(declared=known), Book(declared=known)
    callers = _callers(here, book)
    _budgets(callers)
    cpu, began = cpu_s(), time.monotonic()
    with here.kill_each(killed_each_s), _listening(here, book, callers[:LISTENERS]):
        with asking(callers[LISTENERS:], PAUSE_S):
            time.sleep(seconds * WARM)
            early = resident_mb(here.serving)
            time.sleep(seconds * (1 - WARM - RUSH))
        late, wall = resident_mb(here.serving), time.monotonic() - began
        spent, kills = cpu_s() - cpu, here.kills
        for caller in callers:
            caller.book = rush
        began = time.monotonic()
        with asking(callers[LISTENERS:], 0.0, only=crowd.lists_takes):
            time.sleep(max(1.0, seconds * RUSH))
        rush_s = time.monotonic() - began
    return Run(
        book=book,
        calls=len(book.asked),
        wall_s=wall,
        client_cpu_s=spent,
        rush=rush,
        rush_s=rush_s,
        early_mb=early,
        late_mb=late,
        kills=kills,
        events=book.events,
        load=os.getloadavg()[0],
        wishes=_ended(here, book),
    )


def figures(run: Run, name: str) -> Iterator[Figure]:
    """Tell a run in figures."""
    load, book = f"load {run.load:.1f}", run.book
    for what, half, statuses in (("list", 50, (200, 304)), ("submit", 100, (202,))):
        found = book.seconds(what, *statuses)
        p95 = percentile(found, 0.95)
        for share, limit in ((0.5, half), (0.99, 1000)):
            yield Figure(
                name=f"{what} p{100 * share:.0f}, {CALLERS} at once, {name}",
                value=percentile(found, share),
                unit="ms",
                limit=limit,
                beside=f"p95 {p95:.0f} ms, n {len(found)}, {load}",
            )
    rate = len(run.rush.asked) / run.rush_s
    yield Figure(
        name=f"lists a second without a pause, {name}",
        value=rate,
        unit="calls/s",
        limit=60,
        beside=f"p50 {percentile(run.rush.seconds('list', 200, 304), 0.5):.0f} ms; with pauses "
        f"{run.calls / run.wall_s:.0f} calls/s, whose callers cost "
        f"{1000 * run.client_cpu_s / max(1, run.calls):.1f} ms CPU a call",
        at_least=True,
    )
    yield from _kept(run, name)


def _kept(run: Run, name: str) -> Iterator[Figure]:
    wishes, wrong = run.wishes, run.book.undeclared + run.rush.undeclared
    yield Figure(
        name=f"answers that are not declared, {name}",
        value=wrong.total(),
        unit="answers",
        limit=0,
        beside=f"{run.book.statuses()}; {run.events} events heard"
        + "".join(f"; {what} × {n}" for what, n in wrong.most_common(5)),
    )
    yield Figure(
        name=f"accepted wishes without an end, {run.kills} kills, {name}",
        value=wishes.without_end,
        unit="wishes",
        limit=0,
        beside=f"{wishes.accepted} accepted: {wishes.states}",
    )
    yield Figure(
        name=f"wishes paid twice, or amiss, {name}",
        value=wishes.paid_twice + wishes.amiss,
        unit="wishes",
        limit=0,
        beside=f"{wishes.paid_twice} twice, {wishes.amiss} paid without a take or unpaid with one",
    )
    yield Figure(
        name=f"memory growth of serve after warm-up, {name}",
        value=run.late_mb - run.early_mb,
        unit="MB",
        limit=20,
        beside=f"{run.early_mb:.0f} MB then, {run.late_mb:.0f} MB at the end",
    )


def resident_mb(process: int) -> float:
    """Give the resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def _database(*, postgres: bool) -> Iterator[Any]:
    if not postgres:
        with nullcontext() as nothing:
            yield nothing
        return
    from tests import postgres as servers

    with servers.running() as server:
        yield server.empty()


def _callers(here: House, book: Book) -> list[Caller]:
    found = []
    for number in range(CALLERS):
        partner = house.PARTNERS[number % len(house.PARTNERS)]
        keys = here.keys.get(partner)
        key = keys[number // len(house.PARTNERS) % len(keys)] if keys else None
        found.append(
            Caller(
                book=book,
                line=Line(here.url, key),
                partner=partner,
                luck=random.Random(number),
                number=number,
            )
        )
    return found


def _budgets(callers: list[Caller]) -> None:
    """Open the budget from which each partner's wishes are paid."""
    for caller in callers[: len(house.PARTNERS)]:
        body = {**caller.wish(1), "budget_usd": 500_000.0}
        answer = caller.post(f"opens-{caller.partner}", body)
        if answer is None or answer.status != 202:
            raise RuntimeError(f"no budget: {answer}")


@contextmanager
def _listening(here: House, book: Book, listeners: list[Caller]) -> Iterator[None]:
    """Hand in one small campaign after the other, and let some listen to how it goes on."""
    over, current = threading.Event(), [here.campaign]

    def listen(caller: Caller, number: int) -> None:
        turn = 0
        while not over.is_set():
            if number == 0:
                current[0] = _campaign(here, caller, turn) or current[0]
                turn += 1
            path = f"/v1/campaigns/{current[0]}/events"
            began = time.perf_counter()
            try:
                status, events = caller.line.listen(path, STREAM_S)
            except OSError:
                status, events = 0, 0
            book.note("events", "GET", _EVENTS, status, time.perf_counter() - began)
            book.events += events
            over.wait(1.0)

    mine = [c for c in listeners if c.partner == house.PARTNERS[0]]
    threads = [threading.Thread(target=listen, args=[c, n]) for n, c in enumerate(mine)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for caller in listeners:
            caller.line.close()


_EVENTS = "/v1/campaigns/{id}/events"


def _campaign(here: House, caller: Caller, turn: int) -> str | None:
    """Hand in a campaign of one recipe; after a few turns they are ones of before again."""
    body = {
        "partner": caller.partner,
        "packs": [here.seal],
        "recipes": ["erase_matte"],
        "takes": 1 + turn % 3,
        "budget_usd": 20.0,
    }
    headers = {**crowd.JSON, "Idempotency-Key": f"campaign-{turn}"}
    route = "/v1/campaigns"
    answer: Answer | None = caller.ask("run", "POST", route, route, body=body, headers=headers)
    return answer.json()["campaign"] if answer and answer.status == 202 else None


def _ended(here: House, book: Book) -> Wishes:
    """Wait until every wish has ended, ask after lost answers, and compare the two ledgers."""
    from benchmarks.bootstrap import studio
    from benchmarks.running.wire import Wire, purse

    account, until = purse(Wire.SIMULATED, ACCOUNT), time.monotonic() + ENDS_WITHIN_S
    with studio(here.home, Wire.SIMULATED, works=False) as looker:
        while True:
            found = [a for p in house.PARTNERS for a in looker.router.attempts(p, account=account)]
            if not any(a.state in OPEN_STATES for a in found) or time.monotonic() > until:
                break
            time.sleep(0.5)
        for partner in house.PARTNERS:
            looker.reconcile(partner, account)
        found = [a for p in house.PARTNERS for a in looker.router.attempts(p, account=account)]
    return _compared(here, book, found)


def _compared(here: House, book: Book, found: list[Attempt]) -> Wishes:
    mine = {a.id: a for a in found}
    bill = Counter(
        str((line["metadata"] or {}).get("attempt")) for line in Terminal(here.home).billed()
    )
    charged = {id_: n for id_, n in bill.items() if id_ in mine}
    settled = {a.id for a in found if a.state is AttemptState.SETTLED}
    over = {a.request for a in found if a.state not in {*OPEN_STATES, AttemptState.UNKNOWN}}
    # A call that was cut off before it arrived left no trace; its money stays reserved.
    silent = {a.request for a in found if a.state is AttemptState.UNKNOWN and a.id not in charged}
    accepted = {r for requests in book.accepted.values() for r in requests}
    states = Counter(a.state.value for a in found)
    return Wishes(
        accepted=len(accepted),
        without_end=len(accepted - over - silent),
        paid_twice=sum(n - 1 for n in charged.values()),
        amiss=len(charged.keys() ^ settled),
        states=", ".join(f"{n} {state}" for state, n in states.most_common()),
    )
