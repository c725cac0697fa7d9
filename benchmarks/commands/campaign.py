"""`circletake campaign`: plan, run, resume, look at and cancel."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from router.afar import afar
from router.console import Console, bad_news, console
from router.domain.money import musd_of

if TYPE_CHECKING:
    from benchmarks.planning.plan import Plan
    from benchmarks.running.progress import Progress
    from benchmarks.studio import Studio
    from router.domain.media import MediaRef

Packs = Annotated[list[Path], typer.Argument(help="Sealed shot packs.")]
PartnerName = Annotated[str, typer.Option(help="Whose campaign it is.")]
Recipes = Annotated[
    list[str] | None, typer.Option(help="Recipes; their controls come along.  [default: partner's]")
]
Takes = Annotated[
    int | None, typer.Option(help="Takes of each cell.  [default: what each shot wants]")
]
Budget = Annotated[str, typer.Option(help="The most that may be spent.", metavar="USD")]
Simulate = Annotated[
    bool, typer.Option("--simulate", help="Ask the embedded emulator; spends nothing.")
]
Writer = Annotated[
    str | None,
    typer.Option(
        help="Language model that writes the prompts, paid from the budget; `circletake models "
        "--task text` lists them.  [default: the templates' own words]",
        metavar="MODEL",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Every cost, every model's rights, every shot not asked.")
]
Id = Annotated[str, typer.Argument(help="Campaign id.")]
Row = dict[str, Any]
NONE_YET = "no campaign yet; start one with `circletake campaign plan`"


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Packs × recipes × takes, under a budget.")
    for command in (plan, run, resume, status, cancel):
        group.command(command.__name__)(command)
    app.add_typer(group, name="campaign")


@afar("benchmarks.remote.campaigns:plan")
def plan(  # noqa: PLR0913 - each is one option of the command line
    context: typer.Context,
    packs: Packs,
    partner: PartnerName,
    budget: Budget,
    recipes: Recipes = None,
    takes: Takes = None,
    writer: Writer = None,
    *,
    simulate: Simulate = False,
    verbose: Verbose = False,
) -> None:
    """Lay out every trial, its worst-case cost and the forecast finish; spends nothing."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.planning.plan import usd

    order = _Wanted(packs, partner, recipes, takes, budget, writer, simulate)

    with studio(said.home) as here:
        laid, _ = _planned(here, order)
        body = laid.as_json()
        text = told(body, verbose=verbose)
        if laid.due:
            worst = usd(here.forecast_writing_musd(laid))
            body["writer"]["worst_case_usd"] = worst
            text += f"\n  {_to_write(laid)}, at most {worst:.6f} USD more"
        said.answer(body, text)


@afar("benchmarks.remote.campaigns:run")
def run(  # noqa: PLR0913 - each is one option of the command line
    context: typer.Context,
    packs: Packs,
    partner: PartnerName,
    budget: Budget,
    recipes: Recipes = None,
    takes: Takes = None,
    writer: Writer = None,
    *,
    simulate: Simulate = False,
    verbose: Verbose = False,
) -> None:
    """Run a campaign to its end. Talks to AWS, and pays, unless --simulate is said."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.planning.laid import refuse_empty

    order = _Wanted(packs, partner, recipes, takes, budget, writer, simulate)

    with studio(said.home) as here:
        laid, files = _planned(here, order)
        refuse_empty(laid.as_json())
        done = _done_before(here, laid)
    said.tell(done or told(laid.as_json(), verbose=verbose))
    with _working(said, simulated=simulate) as here:
        if laid.due:
            said.tell(f"  {_to_write(laid)}")
            here.have_written(laid)
            laid, files = _planned(here, order)
            said.tell(told(laid.as_json(), verbose=verbose))
        _end(said, here.runner.run(laid, files))


@afar("benchmarks.remote.campaigns:resume")
def resume(
    context: typer.Context,
    campaign: Id,
    budget: Annotated[
        str | None,
        typer.Option(help="Raise the budget to this; lets parked trials go on.", metavar="USD"),
    ] = None,
) -> None:
    """Do what is missing of a campaign that was interrupted or ran out of budget.

    Answers that were lost are looked for first; what is found is kept, and never asked for again.
    """
    said = console(context)
    from benchmarks.bootstrap import studio

    raised = None if budget is None else musd_of("--budget", budget)
    with studio(said.home) as here:
        partner = here.store.owner(campaign)
        simulated = here.store.campaign(partner, campaign).campaign.simulated
    with _working(said, simulated=simulated) as here:
        found = here.reconcile(partner, campaign)
        if found.asked:
            said.tell(
                f"{found.settled} of {found.asked} lost answers were found; none is paid twice"
            )
        _end(said, here.runner.resume(partner, campaign, raised))


@afar("benchmarks.remote.campaigns:status")
def status(
    context: typer.Context,
    campaign: Annotated[str | None, typer.Argument(help="Campaign id.  [default: all]")] = None,
) -> None:
    """Say how campaigns stand."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        if campaign is not None:
            found = here.runner.status(here.store.owner(campaign), campaign)
            body = found.as_json()
            said.answer(body, line(body))
            return
        every = [p.as_json() for name in here.partners for p in here.runner.statuses(name)]
    said.answer({"campaigns": every}, "\n".join(map(line, every)) or NONE_YET)


@afar("benchmarks.remote.campaigns:cancel")
def cancel(context: typer.Context, campaign: Id) -> None:
    """Stop asking: what is in flight settles, what was not sent is never paid."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        body = here.runner.cancel(here.store.owner(campaign), campaign).as_json()
        said.answer(body, line(body))


class _Wanted(NamedTuple):
    """What was asked for on the command line."""

    packs: list[Path]
    partner: str
    recipes: list[str] | None
    takes: int | None
    budget: str
    writer: str | None
    simulate: bool


def _planned(here: "Studio", order: _Wanted) -> "tuple[Plan, dict[str, MediaRef]]":
    laid, files = here.plan(
        partner=order.partner,
        roots=order.packs,
        recipes=order.recipes or (),
        takes=order.takes,
        budget_musd=musd_of("--budget", order.budget),
        simulated=order.simulate,
        writer=order.writer,
    )
    return laid, dict(files)


def _done_before(here: "Studio", laid: "Plan") -> str:
    """Say that the same campaign was run to its end before; "" = there is something to do."""
    from router.domain.errors import UnknownName

    try:
        found = here.runner.status(laid.campaign.partner, laid.campaign.id).as_json()
    except UnknownName:
        return ""
    trials = found["trials"]
    ended = trials["done"] + trials["refused"]
    if found["state"] != "done" or {ended, trials["total"]} != {len(laid.trials)}:
        return ""
    return f"{found['campaign']} was done before: nothing is asked again, nothing more is paid"


def _to_write(laid: "Plan") -> str:
    return f"{len({ask.name for ask in laid.due})} prompts are to be written by {laid.writer}"


def _working(said: Console, *, simulated: bool) -> "AbstractContextManager[Studio]":
    """Open a studio that can run, with a progress line for a person."""
    from benchmarks.bootstrap import studio, wire_of

    return studio(said.home, wire_of(simulated=simulated), on_progress=_watched(said))


def _watched(said: Console) -> Callable[["Progress"], None]:
    tell = watched(said)
    return lambda progress: tell(progress.as_json())


def watched(said: Console) -> Callable[[Row], None]:
    """Give what tells a person how campaigns stand, each time that it changes."""
    last: dict[str, str] = {}

    def tell(body: Row) -> None:
        now = line(body)
        if last.get(body["campaign"]) != now:
            last[body["campaign"]] = now
            said.tell(now)

    return tell


def _end(said: Console, progress: "Progress") -> None:
    ended(said, progress.as_json(), is_bad_news=progress.is_bad_news)


def ended(said: Console, body: Row, *, is_bad_news: bool) -> None:
    """Answer with how a campaign ended; exit code 1 where that is bad news."""
    next_ = f"What now?  circletake report build --campaign {body['campaign']} --out report"
    if is_bad_news and body["state"] == "budget_reached":
        next_ = "the budget is used up; to go on: "
        next_ += f"circletake campaign resume {body['campaign']} --budget MORE"
    elif is_bad_news and body["state"] == "interrupted":
        next_ = "it stopped before its end; nothing is paid twice when it goes on: "
        next_ += f"circletake campaign resume {body['campaign']}"
    elif is_bad_news:
        next_ = "some trials gave no take; "
        next_ += f"circletake report build --campaign {body['campaign']} says why"
    said.answer(body, f"{line(body)}\n{next_}")
    if is_bad_news:
        raise bad_news()


def line(body: Row) -> str:
    """Say in one line how a campaign stands (`campaign status --json`)."""
    trials = body["trials"]
    states = ", ".join(f"{n} {state}" for state, n in trials.items() if n and state != "total")
    kind = "simulated" if body["simulated"] else "real"
    return (
        f"{body['campaign']}  {body['partner']}  {body['state']} ({kind}): "
        f"{states or 'no trials'} of {trials['total']}, {body['scored']} scored, "
        f"{body['spend_usd']:.2f} of {body['budget_usd']:.2f} USD"
    )


def told(body: Row, *, verbose: bool = False) -> str:
    """Say what a campaign would ask for (`campaign plan --json`)."""
    from benchmarks.planning import laid

    return laid.told(body, verbose=verbose)
