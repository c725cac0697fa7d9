"""A smoke test: planned with its cost, then taken step by step through our own ledger.

Every paid step is a request or a question of the partner `smoke`, under one account whose cap is
the budget: the same SQL statement that holds a campaign holds this. What passed is kept: the same
test again pays only for what is missing. What ended badly is asked anew under the next number.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from benchmarks.running.wire import Wire, purse
from benchmarks.smoke import asks, free
from benchmarks.smoke.asks import JUDGE, PARTNER, WISHES, Order, Wish
from benchmarks.smoke.remedies import UNKNOWN, todo
from benchmarks.smoke.step import Ended, State, Step
from benchmarks.studio import Studio
from router import catalog, partners
from router.cloud import aws
from router.domain.attempt import Attempt, AttemptState
from router.domain.errors import BadInput, PlatformError
from router.domain.inquiry import Answer, AnswerState
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.money import usd_text
from router.domain.request import Request
from router.settings import Settings

FAMILIES = ("identity", "bucket", "keys", "picture", "edit", "judge", "endpoint", "film")
FUSE_USD = 100  # of the partner `smoke`, over all its tests: the outer fuse
_VAIN = (AttemptState.FAILED, AttemptState.REFUSED, AttemptState.LOST, AttemptState.CANCELLED)
_ABSENT = ("no_endpoint", "over_budget", "over_partner_budget", "over_day_budget")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step, and how it is taken."""

    step: Step
    take: Callable[[], Ended]


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A whole smoke test, before it runs."""

    account: str
    budget_musd: int
    steps: tuple[Taken, ...]
    left_out: tuple[Ended, ...]  # what the catalogue does not have, or the budget does not cover

    @property
    def worst_musd(self) -> int:
        """Give the most that it can cost now."""
        return sum(taken.step.worst_musd for taken in self.steps)


def agree(here: Settings, today: date) -> Path | None:
    """Write the partner that smoke tests are paid by, where this home has none yet."""
    if PARTNER in partners.load(*here.partner_folders):
        return None
    regions = sorted({r for m in catalog.load().values() for r in m.regions})
    until = today + timedelta(days=365)
    path = here.own_partners / f"{PARTNER}.yaml"
    here.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "# Who pays for `circletake aws smoke`: nobody's material, one small budget.\n"
        f"schema: partner/1\nname: {PARTNER}\ndisplay_name: Smoke test\n"
        f"tier: individual_artist\nwindow: {{opens: {today}, findings_due: {until}}}\n"
        f"budget_usd: {FUSE_USD}\nregions: [{', '.join(regions)}]\nproviders: []\n"
        "recipes: [text_only]\nretention_days: 30\nreview_roles: [operator]\nillustrative: true\n",
        encoding="utf-8",
    )
    return path


def plan(
    here: Studio,
    budget_musd: int,
    *,
    families: Sequence[str] = (),
    regions: Sequence[str] = (),
    again: bool = False,
) -> Test:
    """Lay a smoke test out: what is asked, at which worst price, and what is left out and why.

    Raises:
        BadInput: a family that is none, or a budget above the partner's own.
    """
    for name in families:
        if name not in FAMILIES:
            raise BadInput(field="--family", found=name, expected=", ".join(FAMILIES))
    most = here.partner(PARTNER).budget_musd
    if not 0 < budget_musd <= most:
        expected = f"above 0, at most {usd_text(most)} (budget_usd of the partner {PARTNER})"
        raise BadInput(field="--budget", found=usd_text(budget_musd), expected=expected)
    account = _account(here, again=again)
    wanted = [f for f in FAMILIES if not families or f in families]
    order = Order(account=account, regions=tuple(regions))
    simulated = here.wire is Wire.SIMULATED
    here.router.open_account(PARTNER, account, budget_musd, simulated=simulated)
    here.reconcile(PARTNER, account)  # free: what was lost is looked for before anything is asked
    laid = [_laid(here, order, family) for family in wanted]
    return _within(
        Test(account=account, budget_musd=budget_musd, steps=(), left_out=()), laid, here
    )


def run(test: Test, tell: Callable[[str], None]) -> Iterator[Ended]:
    """Take the steps, the cheap ones first; without an identity nothing else is tried."""
    for taken in test.steps:
        tell(f"{taken.step.family}: {taken.step.what}")
        ended = taken.take()
        yield ended
        if taken.step.family == free.IDENTITY.family and ended.state is State.FAIL:
            rest = test.steps[test.steps.index(taken) + 1 :]
            said = "not tried: AWS does not know who we are"
            yield from (Ended(step=t.step, state=State.SKIPPED, said=said) for t in rest)
            break
    yield from test.left_out


def _account(here: Studio, *, again: bool) -> str:
    """Name the budget: the last one of this wire, or the next."""
    stem = purse(here.wire, "smoke-")
    numbers = [
        int(a.removeprefix(stem))
        for a in here.router.accounts(PARTNER)
        if a.startswith(stem) and a.removeprefix(stem).isdigit()
    ]
    last = max(numbers, default=0)
    return f"{stem}{last + 1 if again or not last else last}"


def _within(test: Test, laid: Sequence[Taken | Ended], here: Studio) -> Test:
    """Leave out what the budget does not cover any more, the dearest last."""
    balance = here.router.balance(PARTNER, test.account)
    left = test.budget_musd - balance.reserved_musd - balance.spent_musd
    steps: list[Taken] = []
    out = [one for one in laid if isinstance(one, Ended)]
    able = [one for one in laid if isinstance(one, Taken)]
    for taken in sorted(able, key=lambda t: t.step.worst_musd):
        worst = taken.step.worst_musd
        if worst <= left:
            left -= worst
            steps.append(taken)
            continue
        said = f"can cost {usd_text(worst)} USD, and {usd_text(max(0, left))} USD are left"
        no = todo("over_budget")
        out.append(Ended(step=taken.step, state=State.SKIPPED, said=said, todo=no))
    return replace(test, steps=tuple(steps), left_out=tuple(out))


def _laid(here: Studio, order: Order, family: str) -> Taken | Ended:
    simulated = here.wire is Wire.SIMULATED
    clients = here.account.clients if here.account else aws.clients_of(here.settings)
    for step, take in free.steps(clients, here.settings, simulated=simulated):
        if step.family == family:
            return Taken(step=step, take=take)
    wish = next(w for w in (*WISHES, JUDGE) if w.family == family)
    model = asks.choose(here.catalogue, wish)
    if model is None:
        step = Step(family=family, what=wish.what, proves=wish.proves, worst_musd=0)
        said = "the catalogue has no live model of this kind"
        return Ended(step=step, state=State.SKIPPED, said=said)
    return _asking(here, order, wish, model) if wish is JUDGE else _making(here, order, wish, model)


def _step(wish: Wish, model: Model, worst_musd: int) -> Step:
    return Step(
        family=wish.family,
        what=wish.what,
        proves=wish.proves,
        worst_musd=worst_musd,
        model=model.key,
    )


def _making(here: Studio, order: Order, wish: Wish, model: Model) -> Taken:
    """Lay out a take; one that was paid before is kept, and can cost nothing now."""
    sent = here.media.put(PARTNER, asks.grey(), "image/png") if wish.roles else None
    asked, before = _fresh(here, order, wish, model, sent)
    settled = before is not None and before.state is AttemptState.SETTLED
    worst = 0 if settled else asks.worst_musd(model, asked)
    held = before.reserved_musd if before is not None else 0
    step = _step(wish, model, max(0, worst - held))

    def take() -> Ended:
        try:
            here.router.unpark(PARTNER, order.account)
            (attempt,) = here.router.submit([asked])
            ended = here.router.advance(PARTNER, attempt.id)
        except PlatformError as error:
            return _no(step, error.code, str(error))
        return replace(of_attempt(step, ended), kept=settled)

    return Taken(step=step, take=take)


def _fresh(
    here: Studio, order: Order, wish: Wish, model: Model, sent: MediaRef | None
) -> tuple[Request, Attempt | None]:
    """Give the first request that did not end in vain, and its attempt where there is one."""
    number = 0
    while True:
        asked = asks.request(wish, model, sent, replace(order, number=number))
        found = here.router.attempts(PARTNER, requests=[asked.id])
        if not found or found[-1].state not in _VAIN:
            return asked, (found[-1] if found else None)
        number += 1


def _asking(here: Studio, order: Order, wish: Wish, model: Model) -> Taken:
    asked = asks.inquiry(model, order)
    step = _step(wish, model, here.asking.worst_case_musd(asked))

    def take() -> Ended:
        try:
            return _of_answer(step, here.asking.ask(asked))
        except PlatformError as error:
            return _no(step, error.code, str(error))

    return Taken(step=step, take=take)


def of_attempt(step: Step, ended: Attempt) -> Ended:
    """Say what came of a take, and what to do now."""
    if ended.state is AttemptState.SETTLED:
        said = f"{ended.model} in {ended.region}, {ended.provider_ref}"
        done = Ended(step=step, state=State.PASS, said=said, cost_musd=ended.spent_musd)
        return replace(done, simulated=ended.simulated)
    if ended.state is AttemptState.UNKNOWN:
        said = f"its answer was lost: {ended.reason}"
        return Ended(step=step, state=State.FAIL, said=said, todo=UNKNOWN)
    gone_on = f"{ended.state}: {ended.reason}" if ended.reason else f"stopped while {ended.state}"
    return replace(_no(step, ended.code, gone_on), cost_musd=ended.spent_musd)


def _of_answer(step: Step, answer: Answer) -> Ended:
    if answer.state is AnswerState.ANSWERED:
        done = Ended(step=step, state=State.PASS, said=f"{answer.model} said: {answer.text[:60]}")
        return replace(
            done, cost_musd=answer.cost_musd, kept=answer.kept, simulated=answer.simulated
        )
    if answer.state is AnswerState.UNKNOWN:
        said = f"its answer was lost: {answer.reason}"
        return Ended(step=step, state=State.FAIL, said=said, todo=UNKNOWN)
    return replace(_no(step, answer.code, answer.reason), cost_musd=answer.cost_musd)


def _no(step: Step, code: str, said: str) -> Ended:
    state = State.SKIPPED if code in _ABSENT else State.FAIL
    return Ended(step=step, state=state, said=said, todo=todo(code))
