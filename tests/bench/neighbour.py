"""One studio floods the service with its dearest question; what becomes of another's answers.

`python -m tests.bench --neighbour SECONDS`. Both have keys; the pace of keys and partners
(router.access.limits) is what stands between them.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from tests.bench import crowd, house
from tests.bench.crowd import Book, Caller, Line, asking, percentile
from tests.bench.figure import Figure, sure
from tests.bench.house import House

LOUD, QUIET = house.PARTNERS
KEYS = 8  # of both together
FLOODERS = 20
FLOOD = 1000  # questions at least, however short the time
PAUSE_S = 0.1


def lines(folder: Path, seconds: float) -> Iterator[Figure]:
    """Ask quietly for half of the time, then through a flood; gives how much slower that was."""
    with house.opened(folder, callers=KEYS, guarded=True) as here:
        book = Book(declared=crowd.declared(here.url, here.keys[QUIET][0]))
        quiet = _caller(here, book, QUIET, 0)
        quiet.post("opens", {**quiet.wish(1), "budget_usd": 1000.0})
        for number in range(12):
            quiet.post(f"wish-{number}", quiet.wish(2 + number))
        alone = _asked(quiet, book, seconds / 2)
        flood = Book(declared=book.declared)
        flooders = [_caller(here, flood, LOUD, number) for number in range(FLOODERS)]

        def floods(caller: Caller) -> None:
            path = f"/v1/findings?{urlencode({'campaign': here.campaign})}"
            caller.ask("flood", "GET", "/v1/findings", path)

        with asking(flooders, 0.0, only=floods):
            began = time.monotonic()
            while time.monotonic() - began < 60 and len(flood.asked) < KEYS:
                time.sleep(0.05)
            under = _asked(quiet, book, seconds / 2)
            while len(flood.asked) < FLOOD and time.monotonic() - began < seconds + 60:
                time.sleep(0.1)
    sure(len(alone) > 10 and len(under) > 10, "the quiet one asked often enough")
    told = Counter(a.status for a in flood.asked)
    before, during = percentile(alone, 0.5), percentile(under, 0.5)
    yield Figure(
        name="a neighbour's list p50 under a flood ÷ without",
        value=during / before,
        unit="×",
        limit=2,
        beside=f"{during:.0f} against {before:.0f} ms (p99 {percentile(under, 0.99):.0f} against "
        f"{percentile(alone, 0.99):.0f}), n {len(under)} and {len(alone)}; flood: "
        + ", ".join(f"{n} × {status}" for status, n in sorted(told.items()))
        + f"; load {os.getloadavg()[0]:.1f}",
    )


def _asked(caller: Caller, book: Book, seconds: float) -> list[float]:
    """Have lists asked for; gives how long they took, shortest first."""
    book.asked.clear()
    with asking([caller], PAUSE_S, only=crowd.lists_takes):
        time.sleep(seconds)
    return book.seconds("list", 200, 304)


def _caller(here: House, book: Book, partner: str, number: int) -> Caller:
    keys = here.keys[partner]
    line = Line(here.url, keys[number % len(keys)])
    luck = random.Random(number)
    return Caller(book=book, line=line, partner=partner, luck=luck, number=number)
