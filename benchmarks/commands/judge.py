"""`circletake judge`: language models compare a campaign's takes; opinions, never votes."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from router.console import Console, bad_news, console
from router.domain.money import musd_of

if TYPE_CHECKING:
    from benchmarks.judgement.judging import Wanted
    from benchmarks.studio import Studio

Campaign = Annotated[str, typer.Option(help="Campaign id.")]
Criterion = Annotated[
    str, typer.Option(help="One criterion, in words: which take is better by it?")
]
Recipes = Annotated[
    list[str] | None, typer.Option(help="Only these are compared.  [default: all but controls]")
]
Judges = Annotated[
    list[str] | None,
    typer.Option(
        help="Judges of different families; `circletake models --task text` lists them.  "
        "[default: the two cheapest families that made no take]"
    ),
]
Pairs = Annotated[int | None, typer.Option(help="Compare at most so many pairs.", min=1)]
Budget = Annotated[
    str | None,
    typer.Option(help="Spend at most this.  [default: the campaign's rest]", metavar="USD"),
]
Checklist = Annotated[
    bool,
    typer.Option("--checklist", help="Ask yes/no questions about every take instead of comparing."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be asked; spend nothing.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("judge")(judge)


def judge(  # noqa: PLR0913 - each is one option of the command line
    context: typer.Context,
    campaign: Campaign,
    criterion: Criterion = "",
    recipes: Recipes = None,
    judges: Judges = None,
    pairs: Pairs = None,
    budget: Budget = None,
    *,
    checklist: Checklist = False,
    dry_run: DryRun = False,
) -> None:
    """Have takes judged in both orders by two model families, with planted controls.

    Simulated where the campaign is. The same command again goes on where it stood; what was
    answered is kept and never paid twice.
    """
    said = console(context)
    from benchmarks.judgement.judging import Wanted

    wanted = Wanted(
        criterion=criterion,
        recipes=tuple(recipes or ()),
        judges=tuple(judges or ()),
        most_pairs=pairs,
        budget_musd=None if budget is None else musd_of("--budget", budget),
    )
    if checklist:
        _checklist(said, campaign, wanted, dry_run=dry_run)
    else:
        _compare(said, campaign, wanted, dry_run=dry_run)


def _compare(said: Console, campaign: str, wanted: "Wanted", *, dry_run: bool) -> None:
    from benchmarks.bootstrap import studio
    from benchmarks.judgement import judged

    with studio(said.home) as here:
        laid = here.judging().lay(here.case(campaign), wanted)
        simulated = laid.docket.case.kept.campaign.simulated
    if dry_run:
        said.answer(judged.plan(laid), judged.plan_text(laid))
        return
    said.tell(judged.plan_text(laid))
    with _working(said, simulated=simulated) as here:
        here.open_account(campaign)
        judging = here.judging()
        result = judging.run(judging.lay(here.case(campaign), wanted))
    said.answer(judged.document(result), judged.text(result))
    if result.void or result.state != "done":
        raise bad_news()


def _checklist(said: Console, campaign: str, wanted: "Wanted", *, dry_run: bool) -> None:
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        laid = here.looking().lay(here.case(campaign), wanted)
        simulated = laid.docket.case.kept.campaign.simulated
    if dry_run:
        said.answer(laid.as_json(), laid.text())
        return
    said.tell(laid.text())
    with _working(said, simulated=simulated) as here:
        here.open_account(campaign)
        looking = here.looking()
        found = looking.run(looking.lay(here.case(campaign), wanted))
    said.answer(found.as_json(), found.text())
    if found.is_bad_news:
        raise bad_news()


def _working(said: Console, *, simulated: bool) -> "AbstractContextManager[Studio]":
    """Open a studio that can ask, on the wire of the campaign; no job engine is needed."""
    from benchmarks.bootstrap import studio, wire_of

    return studio(said.home, wire_of(simulated=simulated), works=False)
