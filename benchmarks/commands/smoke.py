"""`circletake aws smoke`: the smallest real call of each family, its cost said first."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.commands.aws import group
from router.console import Console, bad_news, console
from router.domain.money import musd_of, usd_text

if TYPE_CHECKING:
    from benchmarks.smoke.run import Test
    from benchmarks.smoke.step import Ended


def register(_app: typer.Typer) -> None:
    """Mount the sub-command of this file on `aws`."""
    group.command("smoke")(smoke)


def smoke(
    context: typer.Context,
    budget: Annotated[
        str, typer.Option(help="Spend at most this, all runs of one test together.", metavar="USD")
    ],
    family: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these: identity, bucket, keys, picture, edit, judge, endpoint, film."
        ),
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Only Regions that are named. Repeat it for several.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Spend it without being asked.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="A new test with a new budget, instead of the last one.")
    ] = False,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Ask the embedded emulator; proves nothing of AWS.")
    ] = False,
) -> None:
    """Call each family of AWS once, as small as it gets, and say what that proves.

    Talks to AWS and pays, unless --simulate is said. Run again, it goes on with what is missing.
    Exit code 1 where a step failed; a step that the budget does not cover is skipped and said.
    """
    said = console(context)
    from benchmarks.bootstrap import studio, wire_of
    from benchmarks.smoke.run import agree, plan, run
    from router import settings
    from router.clock import SystemClock
    from router.domain.errors import BadInput

    if said.json and not (yes or simulate):
        expected = "--yes beside --json: nobody can be asked there"
        raise BadInput(field="--yes", found="not said", expected=expected)
    most, wire = musd_of("--budget", budget), wire_of(simulated=simulate)
    agree(settings.read(said.home), SystemClock().now().date())
    with studio(said.home, wire, works=False) as here:
        test = plan(here, most, families=family or (), regions=region or (), again=again)
        said.tell(_told(test, simulated=simulate))
        if not (yes or simulate):
            typer.confirm("Spend it?", abort=True, err=True)
        ends = []
        for ended in run(test, said.tell):
            ends.append(ended)
            said.tell(ended.line)
        _close(said, test, ends, simulated=simulate, spent=_spent(here, test))


def _told(test: "Test", *, simulated: bool) -> str:
    lines = [
        f"  {usd_text(t.step.worst_musd):>8} USD at most  {t.step.family:10}{t.step.what}"
        + (f": {t.step.model}" if t.step.model else "")
        for t in test.steps
    ]
    lines += [f"  {'skipped':>8}              {e.step.family:10}{e.said}" for e in test.left_out]
    whom = "The emulator is asked; nothing of this is money" if simulated else "AWS is paid"
    total = f"{usd_text(test.worst_musd)} USD at most, under a cap of {usd_text(test.budget_musd)}"
    return "\n".join([f"{whom}: {total} USD (account {test.account}).", *lines])


def _spent(here: Any, test: "Test") -> tuple[int, int]:
    from benchmarks.smoke.asks import PARTNER

    balance = here.router.balance(PARTNER, test.account)
    return balance.spent_musd, balance.reserved_musd


def _close(
    said: Console,
    test: "Test",
    ends: "list[Ended]",
    *,
    simulated: bool,
    spent: tuple[int, int],
) -> None:
    """Say how it ended; exit code 1 where a step failed."""
    ok = not any(e.state.value == "fail" for e in ends)
    made_up = simulated or any(e.simulated for e in ends)
    count = {s: sum(e.state.value == s for e in ends) for s in ("pass", "fail", "skipped")}
    body = {
        "account": test.account,
        "simulated": made_up,
        "budget_usd": test.budget_musd / 1e6,
        "spent_usd": spent[0] / 1e6,
        "reserved_usd": spent[1] / 1e6,
        "ok": ok,
        "steps": [e.as_json() for e in ends],
    }
    said.answer(body, _summary(count, spent, made_up=made_up, ok=ok))
    if not ok:
        raise bad_news()


def _summary(count: dict[str, int], spent: tuple[int, int], *, made_up: bool, ok: bool) -> str:
    held = f", {usd_text(spent[1])} USD held for answers that were lost" if spent[1] else ""
    mark = "SIMULATED, which proves nothing of AWS. " if made_up else ""
    numbers = ", ".join(f"{number} {word}" for word, number in count.items())
    now = "`circletake doctor --aws`, then a first campaign" if ok else "what is said above; then"
    then = "" if ok else " the same command again: what passed is kept and costs nothing"
    return f"{mark}{numbers}; {usd_text(spent[0])} USD spent{held}.\nWhat now?  {now}{then}."
