"""The screens over a campaign of 12,800 takes: how long people wait, what they pull, what it costs.

`python -m tests.bench --dashboard`. Service, screens and Chromium are processes of their own and
share the cores with each other. A first render is timed from the address to the words and the first
picture that one came for, in a tab of a browser that has been here before.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import browsing
from tests.bench import archive
from tests.bench.archive import RATER, VOTES, Archive
from tests.bench.figure import Figure, sure
from tests.bench.house import House

TIMES, BALLOTS, SESSIONS = 12, 30, 6
PATIENCE_MS = 120_000
SEEN = """() => {
  const all = (root) => [...root.querySelectorAll('*')].flatMap(
    (e) => (e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]));
  return all(document).some((e) => e.tagName === 'IMG' && e.complete && e.naturalWidth > 0);
}"""
# The picture of the left pane, once it can be looked at.
LEFT = """(before) => {
  const all = (root) => [...root.querySelectorAll('*')].flatMap(
    (e) => (e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]));
  const pane = all(document).find((e) => e.matches('figure.pane.a'));
  const img = pane && pane.querySelector('img');
  const ready = pane && pane.querySelector('.words').dataset.state === 'true';
  return ready && img && img.naturalWidth > 0 && img.src !== before ? img.src : null;
}"""


@dataclass(slots=True)
class Pulled:
    """What came over the sockets of a page."""

    bytes: int = 0

    def hear(self, page: Any) -> None:
        """Count from now on."""

        def add(frame: Any) -> None:
            self.bytes += len(frame)

        page.on("websocket", lambda socket: socket.on("framereceived", add))


@dataclass(slots=True, kw_only=True)
class Seen:
    """What was measured, in seconds and bytes; in the order of asking."""

    waits: dict[str, list[float]] = field(default_factory=dict)
    bytes: dict[str, list[float]] = field(default_factory=dict)
    grown_mb: float = 0.0
    idle_mb: float = 0.0
    cold_s: float = 0.0


def lines(folder: Path) -> Iterator[Figure]:
    """Fill a home, open the doors, and look at everything."""
    if not browsing.CHROMIUM.exists():
        print(f"not measured: the screens, for there is no {browsing.CHROMIUM}")
        return
    home = folder / "home"
    home.mkdir(parents=True)
    yield from figures(archive.fill(home))


def figures(kept: Archive) -> Iterator[Figure]:
    """Tell a filled home in figures."""
    yield from _told(measured(kept), kept)
    yield reported(kept)


def measured(kept: Archive) -> Seen:
    """Look at each screen so many times."""
    seen = Seen()
    with ExitStack() as stack:
        url, process = stack.enter_context(_doors(kept.home))
        browser = stack.enter_context(browsing.chromium())
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        began = time.perf_counter()
        _visit(context, f"{url}/{VISITS[0][1]}", VISITS[0][2], seen=None)
        seen.cold_s = time.perf_counter() - began
        for name, path, words in VISITS:
            _visit(context, f"{url}/{path}", words, seen=None)
            for _ in range(TIMES):
                _visit(context, f"{url}/{path}", words, seen=(seen, name))
        _turned(context, url, seen)
        _filtered(context, url, seen)
        _voted(context, f"{url}/blind?study={kept.study}&rater={RATER}", seen)
        context.close()
        _crowded(browser, url, process, seen)
    return seen


VISITS = (
    ("Overview", "overview", "What now"),
    ("Takes", "takes", "1 to 48 of"),
    ("Acceptance sheet", "sheet", "1 to 50 of"),
    ("Approval", "approval", "1 of "),
)
LAST = {"What now": "Spend against budget"}  # below the answer, which is asked for meanwhile


@contextmanager
def _doors(home: Path) -> Iterator[tuple[str, int]]:
    """Start service and screens; gives the address of the screens, and their process."""
    house = House(home=home)
    try:
        service = house.start("serve", "serve", "--simulate", "--port", "0")["service"]
        with (
            (home / "screens.err").open("ab") as errors,
            browsing.started(service, said=errors) as (address, screens),
        ):
            yield address, screens.pid
    finally:
        house.close()


def _visit(context: Any, url: str, words: str, seen: tuple[Seen, str] | None) -> None:
    """Open an address in a tab of its own; wait for words, and for a picture where there are."""
    page, pulled = context.new_page(), Pulled()
    page.set_default_timeout(PATIENCE_MS)
    pulled.hear(page)
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_text(words).first.wait_for()
    if "overview" not in url:
        page.wait_for_function(SEEN)
    waited = time.perf_counter() - began
    page.get_by_text(LAST.get(words, words)).first.wait_for()
    _settled(page)
    if seen:
        seen[0].waits.setdefault(f"first render, {seen[1]}", []).append(waited)
        seen[0].bytes.setdefault(seen[1], []).append(pulled.bytes)
    page.close()


def _settled(page: Any) -> None:
    """Wait until nothing runs any more."""
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stStatusWidget], [data-stale=true]')"
    )


def _opened(context: Any, url: str, words: str) -> Any:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.get_by_text(words).first.wait_for()
    _settled(page)
    return page


def _turned(context: Any, url: str, seen: Seen) -> None:
    """Turn pages of takes, one after the other."""
    page = _opened(context, f"{url}/takes", "1 to 48 of")
    for number in range(1, TIMES + 1):
        first = 48 * number + 1
        began = time.perf_counter()
        page.get_by_role("button", name="Next").click()
        page.get_by_text(f"{first} to {first + 47} of").wait_for()
        page.wait_for_function(SEEN)
        seen.waits.setdefault("page turn, Takes", []).append(time.perf_counter() - began)
        _settled(page)
    page.close()


def _filtered(context: Any, url: str, seen: Seen) -> None:
    """Choose one verdict after the other, and wait for the count that belongs to it."""
    page = _opened(context, f"{url}/takes", "1 to 48 of")
    count = page.get_by_text("1 to 48 of")
    for number in range(TIMES):
        before = count.inner_text()
        page.get_by_role("combobox", name="Verdict").click()
        option = page.get_by_role("option").nth(1 + number % 2)
        option.wait_for()
        began = time.perf_counter()
        option.click()
        page.wait_for_function(
            "(before) => [...document.querySelectorAll('[data-testid=stText]')].some("
            "e => e.innerText.startsWith('1 to 48 of') && e.innerText !== before)",
            arg=before,
        )
        seen.waits.setdefault("filter, Takes", []).append(time.perf_counter() - began)
        _settled(page)
    page.close()


def _voted(context: Any, url: str, seen: Seen) -> None:
    """Vote through half a block by keyboard, as fast as one may."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    may = page.locator("button[data-outcome=left]:not([disabled])")
    may.wait_for()
    while page.get_by_text("it does not count").count():
        _next(page, may)
    for number in range(BALLOTS + 1):
        waited = _next(page, may)
        if number:  # the first one opens the connection
            seen.waits.setdefault("vote to the next pair", []).append(waited)
    told = page.get_by_text(f"of {VOTES} answered").first.inner_text()
    sure(not told.startswith("0 "), f"votes arrived: {told}")
    page.close()


def _next(page: Any, may: Any) -> float:
    """Vote, and wait for pictures that are others."""
    may.wait_for()
    before = page.evaluate(LEFT, "")
    began = time.perf_counter()
    page.keyboard.press("a")
    page.wait_for_function(LEFT, arg=before)
    return time.perf_counter() - began


def _crowded(browser: Any, url: str, process: int, seen: Seen) -> None:
    """Let some people walk through the screens, each in a browser of their own."""
    from tests.bench.service import resident_mb

    seen.idle_mb = resident_mb(process)
    people = []
    for _ in range(SESSIONS):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = _opened(context, f"{url}/overview", "What now")
        for _, path, words in VISITS[1:]:
            page.goto(f"{url}/{path}")
            page.get_by_text(words).first.wait_for()
            _settled(page)
        people.append(context)
    seen.grown_mb = resident_mb(process) - seen.idle_mb
    for context in people:
        context.close()


LIMITS = {"first render": 2.0, "page turn": 1.0, "filter": 1.0, "vote": 0.3}


def _told(seen: Seen, kept: Archive) -> Iterator[Figure]:
    load = f"load {os.getloadavg()[0]:.1f}"
    for name, waits in seen.waits.items():
        limit = next(limit for word, limit in LIMITS.items() if name.startswith(word))
        p90 = _p90(waits)
        yield Figure(
            name=f"{name}, {kept.takes:,} takes",
            value=statistics.median(waits),
            unit="s",
            limit=limit,
            beside=f"p90 {p90:.3f} s, n {len(waits)}, {load}",
        )
    for name, sizes in seen.bytes.items():
        yield Figure(
            name=f"over the socket, {name}",
            value=max(sizes) / 1e6,
            unit="MB",
            limit=1.0,
            beside=f"the most of {len(sizes)} visits",
        )
    yield Figure(
        name="memory of the screens a session",
        value=seen.grown_mb / SESSIONS,
        unit="MB",
        limit=30,
        beside=f"{SESSIONS} people with four screens each; {seen.idle_mb:.0f} MB before; the very "
        f"first render, nothing warm, {seen.cold_s:.1f} s",
    )


def _p90(waits: Sequence[float]) -> float:
    return sorted(waits)[min(len(waits) - 1, int(0.9 * len(waits)))]


def reported(kept: Archive) -> Figure:
    """Read everything, compile it, and write the whole bundle; thumbnails are there."""
    from benchmarks.bootstrap import studio
    from dashboard.printing.report import write

    parts: dict[str, float] = {}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = act()
        parts[name] = time.perf_counter() - began
        return found

    with studio(kept.home) as here:

        def compiled() -> Any:
            title = "What the models did with the shots"
            return here.document([kept.campaign], title=title, command="make bench")

        compiled()  # derives the thumbnails, once
        document, assets = timed("compiled", compiled)
        timed("written", lambda: write(document, assets, kept.home / "report"))
    return Figure(
        name="findings report from the database: page, PDF, slides, tables",
        value=sum(parts.values()),
        unit="s",
        limit=10,
        beside=", ".join(f"{name} {spent:.1f} s" for name, spent in parts.items())
        + f"; {len(document['takes']):,} takes, {len(assets)} pictures, "
        f"load {os.getloadavg()[0]:.1f}",
    )
