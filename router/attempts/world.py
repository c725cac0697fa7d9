"""Everything that one step of an attempt needs, joined."""

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import TypeVar

from sqlalchemy import Engine

from router.admission.pricing import version_of
from router.admission.rules import Rules
from router.attempts.staging import Staging
from router.domain.errors import UnknownName
from router.domain.model import Model
from router.domain.money import Caps
from router.domain.partner import Partner
from router.domain.request import Request
from router.pacing.deadline import Overseer
from router.pacing.lanes import Lanes
from router.pacing.rate import Turnstile
from router.ports import Backend, Call, Clock, MediaStore
from router.store import prices
from router.store.arrows import Arrows, Terms
from router.store.attempts import Row
from router.store.database import reading
from router.telling.trace import OFF, Traces
from router.workers import Worker

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How patient the router is; the defaults suit AWS, a loopback provider answers sooner."""

    tries: int = 6  # sends that may come back as busy or not sent before giving up
    back_off_base_s: float = 0.25
    back_off_cap_s: float = 20.0
    patience: timedelta = timedelta(minutes=10)  # with a model that answers nobody
    poll_first_s: float = 2.0  # between questions about an async job; grows to the next
    poll_most_s: float = 10.0  # a clip takes minutes: its end is noticed within 4 % of that
    job_deadline: timedelta = timedelta(minutes=30)  # of an async job, from its start
    missing_grace: timedelta = timedelta(minutes=10)  # for a finished job's film to appear
    unknown_grace: timedelta = timedelta(hours=1)  # for a lost answer to turn up in the log
    min_free_bytes: int = 256 * 2**20  # disk space without which nothing is sent
    spare_bytes: int = 64 * 2**20  # disk space kept back for answers that are paid for


_SLICE_S = 0.5  # how soon a wait hears a call to stop
# Dialects in which asking twice is asking once: the same token is the same job, billed once; what
# is made here is free, and the same again.
IDEMPOTENT = frozenset({"bedrock_async", "local"})


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports, the tables and the rules."""

    engine: Engine
    arrows: Arrows
    staging: Staging
    media: MediaStore
    clock: Clock
    rules: Rules
    worker: Worker
    catalogue: Mapping[str, Model]
    partners: Mapping[str, Partner]
    backends: Mapping[str, Backend]  # by dialect
    free_bytes: Callable[[], int]
    options: Options = field(default_factory=Options)
    chance: random.Random = field(default_factory=random.Random)
    turnstile: Turnstile = field(default_factory=Turnstile)
    lanes: Lanes = field(default_factory=Lanes)
    overseer: Overseer = field(default_factory=Overseer)
    stopping: Event = field(default_factory=Event)
    traces: Traces = OFF

    @property
    def is_one_of_many(self) -> bool:
        """Whether other machines work on the same ledger; each has a staging folder of its own."""
        return self.engine.dialect.name != "sqlite"

    def rest(self, seconds: float) -> None:
        """Wait, but not beyond a call to stop."""
        while seconds > 0.0 and not self.stopping.is_set():
            slice_s = min(seconds, _SLICE_S)
            self.clock.sleep(slice_s)
            seconds -= slice_s

    def model(self, key: str) -> Model:
        """Give a catalogue row; raises UnknownName."""
        return known("model", key, self.catalogue)

    def partner(self, name: str) -> Partner:
        """Give a partner; raises UnknownName."""
        return known("partner", name, self.partners)

    def terms(self, request: Request) -> Terms:
        """Say at which price and under which shared caps money is reserved now."""
        partner = self.partner(request.partner)
        caps = Caps(partner_musd=partner.budget_musd, day_musd=partner.day_budget_musd)
        return Terms(price=self.model(request.model).price, caps=caps)

    def model_as_priced(self, row: Row, request: Request) -> Model:
        """Give a catalogue row at the price that its money was reserved at.

        The table may have changed since; a bill is reckoned with what was agreed when it was asked.
        """
        model, version = self.model(request.model), row.attempt.price_version
        if not version or version == version_of(model.price):
            return model
        with reading(self.engine, row.attempt.partner) as connection:
            return replace(model, price=prices.get(connection, row.attempt.partner, version))

    def backend(self, model: Model) -> Backend:
        """Give the backend that speaks a model's dialect; raises UnknownName."""
        return known("dialect", model.dialect, self.backends)

    def call(self, row: Row, request: Request) -> Call:
        """Resolve a request for sending; raises StoreCorrupt where an input is not stored."""
        get, inputs = self.media.get, request.inputs
        pictures = {i.role: get(request.partner, i.media.sha256) for i in inputs}
        return replace(self.question(row, request), pictures=pictures)

    def question(self, row: Row, request: Request) -> Call:
        """Resolve a request for asking after it: without its pictures."""
        attempt = row.attempt
        return Call(
            request=request,
            model=self.model(request.model),
            region=attempt.region,
            attempt=attempt.id,
            token=attempt.token,
            pictures={},
        )


def known(kind: str, name: str, among: Mapping[str, T]) -> T:
    """Give what a name stands for; raises UnknownName, saying which names there are."""
    if name not in among:
        raise UnknownName(kind, name, among)
    return among[name]


def free_bytes_under(folder: Path) -> Callable[[], int]:
    """Ask the disk that holds a folder."""
    return lambda: shutil.disk_usage(folder).free
