"""`circletake repair`: ask again for what failed, and only that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.commands.takes import Take
from router.afar import afar
from router.console import bad_news, console
from router.domain.money import musd_of

if TYPE_CHECKING:
    from benchmarks.repairing.outcome import Outcome
    from benchmarks.studio import Studio
    from router.domain.media import MediaRef


Budget = Annotated[
    str | None,
    typer.Option(help="Spend at most this.  [default: the campaign's rest]", metavar="USD"),
]
AskedBy = Annotated[str, typer.Option(help="Who asks for it; stands in the log of who did what.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be asked.")]
Row = dict[str, Any]
DONE = {
    "again": "the shot is asked for anew",
    "grade": "light and colour are graded to the plate's",
    "lay_in": "the plate is laid back",
    "dye": "the costume is dyed as on the plate",
    "patch": "the hole is patched from beside it",
    "deflicker": "the flicker is taken out",
    "erase": "what is there is erased",
    "inpaint": "the region is painted anew",
    "search_recolor": "the costume is recoloured",
    "outpaint": "the frame is extended",
}
WHOLE = ("again", "deflicker")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("repair")(repair)


@afar("benchmarks.remote.people:repair")
def repair(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    take: Take,
    lines: Annotated[list[int], typer.Option(help="Numbers of the acceptance lines aimed at.")],
    matte: Annotated[
        Path | None, typer.Option(help="White = may change.  [default: the shot's matte]")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Tries at most.", min=1, max=10)] = 1,
    budget: Budget = None,
    by: AskedBy = "",
    *,
    dry_run: DryRun = False,
) -> None:
    """Repair failed lines by the cheapest operation; everything else stays to the bit."""
    said = console(context)
    from benchmarks.bootstrap import studio, wire_of
    from benchmarks.browsing.naming import called

    most = None if budget is None else musd_of("--budget", budget)
    with studio(said.home) as here:
        take = called(here, take)
        campaign = here.campaign_of(take)
        case = here.case(campaign)
        if dry_run:
            region = _matte(here, case.partner.name, matte)
            errand = here.repairer().errand(case, take, lines, region, most)
            row = errand.as_json() | errand.steps(rounds)
            said.answer(row, planned(row))
            return
    with studio(said.home, wire_of(simulated=case.kept.campaign.simulated)) as here:
        repairer = here.repairer()
        repairer.by, repairer.on_round = by.strip(), lambda n, e: said.tell(step(n, e.as_json()))
        outcome = repairer.repair(
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


def planned_words(row: Row) -> str:
    """Say what would be done, and in which words a model would be asked."""
    words = f': "{row["prompt"]}"' if row["prompt"] else ""
    return f"would do: {_done(row['operation'])}{words}"


def planned(row: Row) -> str:
    """Say what would be asked, and the most that each step and all of them cost."""
    lines = [planned_words(row), step(1, row)]
    lines += [
        f"round {s['round']}: whatever is then still open; at most {s['worst_case_usd']:.2f} USD"
        for s in row["steps"][1:]
    ]
    if row["steps"][1:]:
        lines.append(f"together at most {row['worst_case_sum_usd']:.2f} USD")
    return "\n".join([*lines, *_alone(row)])


def step(number: int, row: Row) -> str:
    """Say what a round is aimed at, and the most that it costs."""
    aim = " and ".join(f"line {n}" for n in row["lines"]) or "the note"
    most = row["worst_case_usd"]
    cost = f"at most {most:.2f} USD" if most else "free, no model is asked"
    return f"round {number}: {_done(row['operation'])}, for {aim}; {cost}"


def text(outcome: "Outcome") -> str:
    """Say what became of each child, and that nothing else changed."""
    return told(outcome.as_json())


def told(row: Row) -> str:
    """Say the same of `repair --json`'s answer."""
    if row["reason"] and not row["children"]:
        return "\n".join([f"no child: {row['reason']}", *_alone(row)])
    lines = [child(one) for one in row["children"]]
    lines += _alone(row)
    if row["best"] is None:
        lines.append(f"no child is better: {row['kept']} is kept")
    if row["stopped"]:
        lines.append(f"stopped: {row['stopped']}")
    if row["best"]:
        lines.append(
            f"now: look at {row['best']} beside its parent; "
            f"`circletake circle {row['best']} --by NAME` takes it"
        )
    else:
        lines.append(
            "now: say in a note where and what shall change (`circletake notes add`), "
            "or look at the other takes of the shot (`circletake takes list`)"
        )
    return "\n".join(lines)


def child(one: Row, region: str = "the matte") -> str:
    """Say what a child's lines are now, what else changed, and what it cost."""
    after = {v["line"]: v["verdict"].replace("_", " ") for v in one["after"]}
    now = ", ".join(f"line {n} now: {after.get(n, 'not measured')}" for n in one["lines"])
    cost = f"{one['spend_usd']:.2f} USD" if one["spend_usd"] else "free"
    parts = [_done(one.get("operation", "")), now, proof(one, region), cost]
    return f"child {one['take']}: {'; '.join(part for part in parts if part)}"


def proof(one: Row, region: str) -> str:
    """Say what changed outside a region; of what changes the whole picture, that it does."""
    untold = not one["outside_mask_raw"]  # nothing had to stay: there may be no outside
    operation, asked = one.get("operation"), one.get("asked", True)
    if operation in WHOLE or (operation == "grade" and untold):
        return "the whole picture is new" if asked else "the whole picture was changed"
    if one["outside_mask"]:
        return f"{one['outside_mask']:.2%} of the picture outside {region} changed as well"
    kept = f"outside {region} and its soft edge not one pixel changed"
    if operation == "lay_in":
        return f"outside {region} it is the plate again, {_share(one)} of it had been changed"
    if asked and one["outside_mask_raw"]:
        return f"{kept} (the model had changed {_share(one)} there: left out)"
    return kept


def _share(one: Row) -> str:
    share = one["outside_mask_raw"]
    return "less than 0.1 %" if 0 < share < 0.001 else f"{100 * share:.3g} %"


def _done(operation: str) -> str:
    return DONE.get(operation, operation.replace("_", " "))


def _alone(row: Row) -> list[str]:
    left = row.get("left_alone", ())
    return [f"line {one['line']} is left alone: {one['reason']}" for one in left]
