"""`circletake repair`: ask again for what failed, and only that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.afar import afar
from router.console import bad_news, console
from router.domain.money import musd_of

if TYPE_CHECKING:
    from benchmarks.repairing.repair import Outcome
    from benchmarks.studio import Studio
    from router.domain.media import MediaRef


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("repair")(repair)


@afar("benchmarks.remote.people:repair")
def repair(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    take: Annotated[str, typer.Argument(help="Take id.")],
    lines: Annotated[list[int], typer.Option(help="Numbers of the acceptance lines aimed at.")],
    matte: Annotated[
        Path | None, typer.Option(help="White = may change.  [default: the shot's matte]")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Tries at most.", min=1, max=10)] = 1,
    budget: Annotated[
        str | None,
        typer.Option(help="Spend at most this.  [default: the campaign's rest]", metavar="USD"),
    ] = None,
    by: Annotated[
        str, typer.Option(help="Who asks for it; with --server and a pipeline's key.")
    ] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked.")] = False,
) -> None:
    """Repair failed lines by the cheapest operation; everything else stays to the bit."""
    del by  # here it is whoever sits here
    said = console(context)
    from benchmarks.bootstrap import studio, wire_of

    most = None if budget is None else musd_of("--budget", budget)
    with studio(said.home) as here:
        campaign = here.campaign_of(take)
        case = here.case(campaign)
        if dry_run:
            region = _matte(here, case.partner.name, matte)
            errand = here.repairer().errand(case, take, lines, region).as_json()
            said.answer(errand, f"would ask: {errand['prompt'] or errand['operation']}")
            return
    with studio(said.home, wire_of(simulated=case.kept.campaign.simulated)) as here:
        outcome = here.repairer().repair(
            here.case(campaign),
            take,
            lines,
            matte=_matte(here, case.partner.name, matte),
            rounds=rounds,
            budget_musd=most,
        )
    said.answer(outcome.as_json(), text(outcome))
    if outcome.refused:
        raise bad_news()


def _matte(here: "Studio", partner: str, path: Path | None) -> "MediaRef | None":
    from router.domain.errors import BadInput
    from router.probe import Prober

    if path is None:
        return None
    if not path.is_file():
        raise BadInput(field="--matte", found=str(path), expected="a picture that exists")
    data = path.read_bytes()
    prober = Prober()
    try:
        return here.media.put(partner, data, prober.probe(data).mime)
    finally:
        prober.close()


def text(outcome: "Outcome") -> str:
    """Say what became of each child, and that nothing else changed."""
    if outcome.refused and not outcome.repairs:
        return f"no child: {outcome.refused}"
    lines = []
    for one in outcome.repairs:
        after = {v.line.number: v.ruling.value for v in one.after}
        told = ", ".join(f"line {n} {after[n]}" for n in one.lines)
        whose = "before it was laid in" if one.raw == one.parent else "the model's own answer"
        proof = (
            f"{one.outside_child:.4%} changed outside the matte "
            f"({whose}: {one.outside_raw:.4%}), {one.spend_musd / 1e6:.2f} USD"
        )
        if one.raw == one.parent and not one.outside_raw:  # nobody was asked, nothing had to stay
            proof = "the whole picture was graded, free"
        lines.append(f"child {one.child}: {told}; {proof}")
    if outcome.best is None:
        lines.append(f"no child is better: {outcome.take} is kept")
    if outcome.stopped:
        lines.append(f"stopped: {outcome.stopped}")
    return "\n".join(lines)
