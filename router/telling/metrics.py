"""The metrics of one installation, as Prometheus reads them; counted when it asks.

No label bears a partner, a title or anything that a caller wrote: labels are models and Regions of
the catalogue, states, codes, routes as declared, and names of workers.

Source: Prometheus, "Exposition formats" and "Metric and label naming".
"""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from router.ports import Clock
from router.telling.counts import BUCKETS, Counts, count
from router.telling.log import dropped
from router.telling.pulse import Pulse, pulses

KEEP_S = 5.0  # a count is repeated no sooner, however many ask
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNREAD = "undecodable"  # code of a paid answer that nothing of ours can read
_WORD = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(slots=True, kw_only=True, eq=False)
class Metrics(Collector):
    """Counts what there is; satisfies prometheus_client's collector."""

    engine: Engine
    partners: Iterable[str]
    home: Path
    clock: Clock
    workers: Callable[[], bool]  # whether any worker is alive
    _kept: tuple[float, Counts] | None = None
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def text(self, *others: CollectorRegistry) -> bytes:
        """Give everything, together with what other registries have counted."""
        mine = CollectorRegistry(auto_describe=False)
        mine.register(self)
        return b"".join(generate_latest(one) for one in (mine, *others))

    def collect(self) -> Iterator[Metric]:
        """Give the families of this installation."""
        now, found = self.clock.now(), self._counts()
        yield from _queues(found, now.timestamp())
        yield from _attempts(found)
        yield from _money(found)
        yield from _provider(found)
        yield from _machine(self.home, alive=self.workers())
        yield from _workers([p for p in pulses(self.home / "workers") if p.is_fresh(now)])

    def describe(self) -> Iterable[Metric]:
        """Name nothing before it is asked for: that would count everything once more."""
        return ()

    def _counts(self) -> Counts:
        with self._gate:
            now = time.monotonic()
            if self._kept is None or now - self._kept[0] >= KEEP_S:
                self._kept = now, count(self.engine, self.partners)
            return self._kept[1]


def _queues(found: Counts, now: float) -> Iterator[Metric]:
    depth = GaugeMetricFamily(
        "circletake_queue_depth", "Attempts that wait to be sent", labels=["model"]
    )
    age = GaugeMetricFamily(
        "circletake_queue_oldest_seconds", "Age of the oldest of them", labels=["model"]
    )
    for model in sorted({key for _, _, key in found.attempts}):
        since = found.waiting_since.get(model)
        depth.add_metric([model], found.waiting(model))
        age.add_metric([model], max(0.0, now - since.timestamp()) if since else 0.0)
    yield from (depth, age)


def _attempts(found: Counts) -> Iterator[Metric]:
    by_code: dict[tuple[str, str], int] = {}
    for (state, code, _), number in found.attempts.items():
        key = state, code if not code or _WORD.fullmatch(code) else "other"
        by_code[key] = by_code.get(key, 0) + number
    stand = GaugeMetricFamily(
        "circletake_attempts", "Attempts as they stand", labels=["state", "code"]
    )
    for (state, code), number in sorted(by_code.items()):
        stand.add_metric([state, code], number)
    unread = sum(n for (_, code), n in by_code.items() if code == UNREAD)
    files = GaugeMetricFamily("circletake_uploads", "Uploads as they stand", labels=["state"])
    for state, number in sorted(found.uploads.items()):
        files.add_metric([state], number)
    yield from (
        stand,
        GaugeMetricFamily("circletake_undecodable_answers", "Paid, and not readable", value=unread),
        files,
    )


def _money(found: Counts) -> Iterator[Metric]:
    for name, said, musd in (
        ("circletake_spent_usd", "Spent, over all partners", found.spent_musd),
        ("circletake_reserved_usd", "Reserved, over all partners", found.reserved_musd),
    ):
        family = GaugeMetricFamily(name, said, labels=["simulated"])
        for simulated in (False, True):
            family.add_metric([str(simulated).lower()], musd[simulated] / 1e6)
        yield family


def _provider(found: Counts) -> Iterator[Metric]:
    family = HistogramMetricFamily(
        "circletake_provider_seconds", "From sending to the answer, of takes", labels=["model"]
    )
    for model, one in sorted(found.latency.items()):
        steps = [(str(most), float(n)) for most, n in zip(BUCKETS, one.within, strict=True)]
        family.add_metric([model], [*steps, ("+Inf", float(one.count))], one.seconds)
    yield family


def _machine(home: Path, *, alive: bool) -> Iterator[Metric]:
    free = shutil.disk_usage(home).free
    lost = CounterMetricFamily("circletake_log_lines_lost", "Of this process", value=dropped())
    yield GaugeMetricFamily("circletake_disk_free_bytes", "Free beside the home", value=free)
    yield GaugeMetricFamily("circletake_any_worker_alive", "1 = somebody works", value=int(alive))
    yield lost


def _workers(fresh: list[Pulse]) -> Iterator[Metric]:
    running = GaugeMetricFamily(
        "circletake_worker_running_jobs", "Of workers on this machine", labels=["worker"]
    )
    lost = GaugeMetricFamily(
        "circletake_worker_log_lines_lost", "Of workers on this machine", labels=["worker"]
    )
    breakers = GaugeMetricFamily(
        "circletake_breaker_open", "1 = only probes are sent", labels=["worker", "lane"]
    )
    for pulse in fresh:
        running.add_metric([pulse.worker], pulse.running)
        lost.add_metric([pulse.worker], pulse.dropped)
        for lane, is_open in sorted(pulse.breakers.items()):
            breakers.add_metric([pulse.worker, lane], int(is_open))
    yield from (running, lost, breakers)
