"""Questions to language models that cost money: asked once, paid from a budget, kept.

The same caps, the same ledger and the same rule as for takes: the worst case is reserved before
anything is sent, what may have been paid is never asked again by itself, and a lost answer is
looked for in the provider's invocation log. An answer is kept with its bill: the same inquiry again
costs nothing, also after a crash.
"""

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, select

from router.admission.gate import region_of_question
from router.admission.retention import Modes
from router.admission.token_price import worst_question_musd
from router.attempts.world import known
from router.cloud.invocation_log import Logged
from router.domain.attempt import AttemptState
from router.domain.errors import BadInput, Broken, PlatformError, StoreCorrupt
from router.domain.ids import content_id, sha256_of
from router.domain.inquiry import Answer, AnswerState, Inquiry
from router.domain.model import Model
from router.domain.money import Caps, Reconciled, Shortfall
from router.domain.partner import Partner
from router.domain.ruling import WRITTEN_OFF
from router.llm import logged
from router.llm.answering import answer_of
from router.llm.language import Bill, Question, Said, Spoilt
from router.pacing.setback import Next, back_off, decide
from router.ports import Clock, Setback
from router.store import ledger, prices, questions
from router.store.database import Commits, reading
from router.store.questions import Row
from router.store.tables import budgets
from router.workers import Worker

T = TypeVar("T")

CONTRADICTED = "%s was ruled never to have been billed, and the provider's log has its answer"
_LOG = logging.getLogger("circletake.ledger")
TRIES = 4  # sends that came back as certainly not executed
_NO_TRACE = {"code": "answer_lost", "reason": "a worker ended before the answer came"}


class Speaks(Protocol):
    """Somebody who puts a question to a language model."""

    def ask(self, question: Question) -> Said | Setback:
        """Ask once."""
        ...


class Looks(Protocol):
    """Somebody who finds lost answers, free of charge."""

    def find(self, attempt: str, model: Model, region: str) -> Logged | Setback | None:
        """Look for an answer: None = no trace, a Setback = nobody can tell now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Whom questions go to: what is at the other end, and where lost answers are looked for."""

    speaks: Speaks
    looks: Looks
    simulated: bool  # the emulator is at the other end


@dataclass(slots=True, kw_only=True)
class Asking:
    """Asks for money; threads may share it. Without a voice it only remembers."""

    engine: Engine
    clock: Clock
    catalogue: Mapping[str, Model]
    partners: Mapping[str, Partner]
    worker: Worker | None = None  # in whose name questions are sent; needed with a voice
    voice: Voice | None = None
    modes: Modes | None = None  # the account's data-retention mode by Region, where there is one
    tries: int = TRIES
    chance: random.Random = field(default_factory=random.Random)
    _commits: Commits = field(init=False)
    _gate: Lock = field(default_factory=Lock)
    _one: dict[str, Lock] = field(default_factory=dict)
    _places: dict[str, BoundedSemaphore] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Share commits between the threads that ask."""
        self._commits = Commits(self.engine)

    def worst_case_musd(self, inquiry: Inquiry) -> int:
        """Give the most that an inquiry can cost; raises BadInput, UnknownName."""
        schema = json.dumps(inquiry.schema) if inquiry.schema is not None else ""
        labels = "".join(shown.label for shown in inquiry.pictures)
        said = f"{inquiry.system}{inquiry.text}{labels}{schema}".encode()
        model = known("model", inquiry.model, self.catalogue)
        return worst_question_musd(model, len(said), len(inquiry.pictures), inquiry.most_tokens)

    def ask(self, inquiry: Inquiry) -> Answer:
        """Ask, unless it was asked before; what goes wrong outside is an Answer too.

        Raises:
            NotEntitled: consent, provider, Region or life cycle forbid it.
            BadInput: the model cannot be asked so, or nothing here is opened to ask.
            UnknownName: no such model, partner or account.
            Broken: a simulated account on the real wire, or the other way round.
        """
        model = known("model", inquiry.model, self.catalogue)
        partner = known("partner", inquiry.partner, self.partners)
        today = self.clock.now().date()
        region = region_of_question(
            partner, model, inquiry.clearance, today=today, modes=self.modes if self.voice else None
        )
        id_ = name_of(inquiry)
        with self._alone(id_):
            row = self._write(
                inquiry.partner, lambda c: _opened(c, self._fresh(inquiry, id_, region))
            )
            row = self._taken_over(row)
            if _stands(row):
                return answer_of(row, inquiry, kept=True)
            voice, worker = self._speaker(inquiry)
            return self._until_answered(row, inquiry, voice, worker)

    def reconcile(self, partner: str, account: str | None = None) -> Reconciled:
        """Look for the answers that are missing; free of charge, and nothing is asked anew."""
        with reading(self.engine, partner) as connection:
            lost = questions.of_account(
                connection, partner, account, AttemptState.SENT, AttemptState.UNKNOWN
            )
        looked: Counter[AttemptState] = Counter()
        broken = 0
        for row in lost:
            try:
                looked[self._looked_again(row).state] += 1
            except PlatformError as error:  # one that cannot be looked for keeps no other waiting
                _LOG.warning("cannot look for %s: %s", row.id, error)
                looked[AttemptState.UNKNOWN] += 1
                broken += 1
        unknown, busy = looked[AttemptState.UNKNOWN], looked[AttemptState.SENT]
        asked = len(lost) - busy  # what a living worker waits for is not lost
        return Reconciled(
            asked=asked,
            settled=asked - unknown,
            released=0,
            lost=0,
            unknown=unknown,
            overdue=0,
            broken=broken,
            contradicted=self._contradicted(partner, account),
        )

    def _contradicted(self, partner: str, account: str | None) -> int:
        """Count what the log knows of that a person ruled never to have been billed."""
        with reading(self.engine, partner) as connection:
            ended = questions.of_account(connection, partner, account, AttemptState.FAILED)
        off = [r for r in ended if r.code == WRITTEN_OFF and r.model in self.catalogue]
        told = [r.id for r in off if self.voice and isinstance(self.trace(r), Logged)]
        for id_ in told:
            _LOG.warning(CONTRADICTED, id_)
        return len(told)

    def _looked_again(self, row: Row) -> Row:
        """Look for the answer of one that is unknown, or whose worker is dead."""
        return self.look(row) if row.state is AttemptState.UNKNOWN else self._taken_over(row)

    def _until_answered(self, row: Row, inquiry: Inquiry, voice: Voice, worker: Worker) -> Answer:
        """Send until there is an answer, or no time left; again only what was not executed."""
        model, ends = self.catalogue[inquiry.model], self.clock.monotonic() + inquiry.deadline_s
        for tries in range(self.tries):
            with self._place(model, row.region):
                left = max(0.1, ends - self.clock.monotonic())
                sent = self._sent(row, inquiry, worker)
                if isinstance(sent, Row):
                    heard = voice.speaks.ask(_question(inquiry, model, sent, left))
                    row = self._booked(sent, heard, tries)
                else:
                    return self._parked(row, sent)
            pause = back_off(tries + 1, base_s=0.25, cap_s=5.0, chance=self.chance)
            late = self.clock.monotonic() + pause >= ends
            if row.state is not AttemptState.READY or late:
                break
            self.clock.sleep(pause)
        return answer_of(row, inquiry, kept=False)

    def _sent(self, row: Row, inquiry: Inquiry, worker: Worker) -> Row | Shortfall:
        model, partner = self.catalogue[inquiry.model], self.partners[inquiry.partner]
        caps = Caps(partner_musd=partner.budget_musd, day_musd=partner.day_budget_musd)
        worst, now = self.worst_case_musd(inquiry), self.clock.now()

        def work(connection: Connection) -> Row | Shortfall:
            terms = (model.price, caps)
            return questions.send(connection, row, worst, terms, owner=worker.run, now=now)

        return self._write(row.partner, work)

    def _booked(self, row: Row, heard: Said | Setback, tries: int) -> Row:
        if isinstance(heard, Said):
            return self._paid(row, AttemptState.SETTLED, heard.bill, text=heard.text)
        told = {"code": heard.code, "reason": heard.reason[:2000]}
        if isinstance(heard, Spoilt):
            to = AttemptState.REFUSED if heard.kind == "refused" else AttemptState.FAILED
            text = heard.raw.decode(errors="replace")
            return self._paid(row, to, heard.bill, text=text, **told)
        seen = {"simulated": heard.simulated, "provider_ref": heard.provider_ref, **told}
        now = self.clock.now()
        match decide(heard, tries=tries, most_tries=self.tries, same_token_same_job=False):
            case Next.AGAIN | Next.GIVE_UP | Next.STOP:
                to = AttemptState.READY
            case Next.REFUSED:
                to = AttemptState.REFUSED
            case Next.FAILED:
                to = AttemptState.FAILED
            case _:
                return self._write(row.partner, lambda c: questions.hold(c, row, now, **seen))
        return self._write(row.partner, lambda c: questions.release(c, row, to, now, **seen))

    def _paid(self, row: Row, to: AttemptState, bill: Bill, **told: Any) -> Row:
        """Settle an answer; where no cap covers its price it is held, for a person to look at."""
        kept = {
            "simulated": bill.simulated,
            "provider_ref": bill.provider_ref,
            "tokens_in": bill.tokens_in,
            "tokens_out": bill.tokens_out,
            "latency_s": bill.latency_s,
            **told,
        }
        now = self.clock.now()
        try:
            return self._write(
                row.partner, lambda c: questions.settle(c, row, to, bill.cost_musd, now, **kept)
            )
        except StoreCorrupt as error:
            kept |= {"code": error.code, "reason": f"answered, and could not be booked: {error}"}
            return self._write(row.partner, lambda c: questions.hold(c, row, now, **kept))

    def _parked(self, row: Row, short: Shortfall) -> Answer:
        return Answer(
            id=row.id,
            state=AnswerState.PARKED,
            model=row.model,
            code=short.code,
            reason=short.reason,
        )

    def _taken_over(self, row: Row) -> Row:
        """Give up what a dead worker sent, and look for its answer."""
        if row.state is not AttemptState.SENT:
            return row
        worker, now = self.worker, self.clock.now()
        if worker is None or not (row.owner == worker.run or worker.is_dead(row.owner)):
            return row
        held = self._write(row.partner, lambda c: questions.hold(c, row, now, **_NO_TRACE))
        return self.look(held)

    def look(self, row: Row) -> Row:
        """Look once, free of charge, for the answer to a question that may have been paid."""
        found = self.trace(row) if self.voice is not None else None
        if not isinstance(found, Logged):
            return row
        with reading(self.engine, row.partner) as connection:
            price = prices.get(connection, row.partner, row.price_version)
        heard = logged.read(found, known("model", row.model, self.catalogue), price)
        return self._paid(row, heard.to, heard.bill, **heard.told)

    def trace(self, row: Row) -> Logged | Setback | None:
        """Ask the log what it has of a question; raises BadInput without a wire, UnknownName."""
        voice = self._voice()
        self._guard(row.partner, row.account, voice)
        return voice.looks.find(row.id, known("model", row.model, self.catalogue), row.region)

    def _voice(self) -> Voice:
        if self.voice is None:
            raise BadInput(field="wire", found="none", expected="a studio opened to run")
        return self.voice

    def _speaker(self, inquiry: Inquiry) -> tuple[Voice, Worker]:
        """Give the voice, after a last look at whose money it would spend."""
        voice = self._voice()
        if self.worker is None:
            raise BadInput(field="wire", found="none", expected="a studio opened to run")
        self._guard(inquiry.partner, inquiry.account, voice)
        return voice, self.worker

    def _guard(self, partner: str, account: str, voice: Voice) -> None:
        mine = (budgets.c.partner == partner) & (budgets.c.account == account)
        with reading(self.engine, partner) as connection:
            simulated = connection.scalar(select(budgets.c.simulated).where(mine))
        if simulated is not None and simulated != voice.simulated:
            raise Broken(
                field="account",
                found=f"{'a simulated' if simulated else 'a real'} budget on the other wire",
                expected="nothing: real and simulated work never share a wire",
            )

    def _fresh(self, inquiry: Inquiry, id_: str, region: str) -> Row:
        return Row(
            partner=inquiry.partner,
            id=id_,
            account=inquiry.account,
            purpose=inquiry.purpose.value,
            about=inquiry.about[:200],
            model=inquiry.model,
            region=region,
            state=AttemptState.READY,
            created_at=self.clock.now(),
        )

    def _write(self, partner: str, work: Callable[[Connection], T]) -> T:
        return self._commits.write(partner, work)

    def _alone(self, id_: str) -> Lock:
        """Let one thread at a time have an inquiry; the others then find its answer."""
        with self._gate:
            return self._one.setdefault(id_, Lock())

    def _place(self, model: Model, region: str) -> AbstractContextManager[Any]:
        """Wait for one of the calls that the quota allows at once."""
        with self._gate:
            name = f"{region}:{model.key}"
            return self._places.setdefault(name, BoundedSemaphore(model.quota.in_flight))


def name_of(inquiry: Inquiry) -> str:
    """Name an inquiry by everything that its answer depends on; equal ones are one."""
    content = {
        "purpose": inquiry.purpose.value,
        "partner": inquiry.partner,
        "account": inquiry.account,
        "model": inquiry.model,
        "text": inquiry.text,
        "system": inquiry.system,
        "pictures": [[sha256_of(p.data), p.mime, p.label] for p in inquiry.pictures],
        "schema": inquiry.schema,
        "most_tokens": inquiry.most_tokens,
        "temperature": inquiry.temperature,
        "number": inquiry.number,
    }
    return content_id("question", content)


def _opened(connection: Connection, row: Row) -> Row:
    ledger.balance(connection, row.partner, row.account)  # says which accounts there are
    return questions.add(connection, row)


def _stands(row: Row) -> bool:
    """Say whether a question is not to be sent again: it ended, was paid, or may have been."""
    if row.state is AttemptState.FAILED:
        return row.spent_musd > 0 or row.code == WRITTEN_OFF
    return row.state not in {AttemptState.READY, AttemptState.PARKED}


def _question(inquiry: Inquiry, model: Model, row: Row, deadline_s: float) -> Question:
    return Question(
        model=model,
        region=row.region,
        text=inquiry.text,
        system=inquiry.system,
        pictures=inquiry.pictures,
        schema=inquiry.schema,
        most_tokens=inquiry.most_tokens,
        temperature=inquiry.temperature,
        deadline_s=deadline_s,
        about=(("attempt", row.id), ("purpose", row.purpose)),
    )
