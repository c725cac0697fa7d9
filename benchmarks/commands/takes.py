"""`circletake circle` and `circletake takes`: a named person decides, and everybody can see it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar, only_there
from router.console import Console, console

if TYPE_CHECKING:
    from benchmarks.views.case import Case

Row = dict[str, Any]
Campaign = Annotated[str, typer.Option(help="Campaign id.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("circle")(circle)
    group = typer.Typer(no_args_is_help=True, help="Takes of a campaign, and who circled them.")
    group.command("list")(list_)
    group.command("fetch")(fetch)
    group.command("import")(import_)
    group.command("use")(use)
    group.command("ratings")(ratings)
    app.add_typer(group, name="takes")


@afar("benchmarks.remote.takes:circle")
def circle(
    context: typer.Context,
    take: Annotated[str, typer.Argument(help="Take id.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    role: Annotated[str, typer.Option(help="As what: director, vfx_supervisor, …")] = "",
    note: Annotated[str, typer.Option(help="Why, in their own words.")] = "",
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the circle back.")] = False,
) -> None:
    """Circle a take: the one to print. Every decision is kept, the latest counts."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.views.takes import decision_row

    with studio(said.home) as here:
        kept = here.decide(take, by=by, role=role, note=note, withdraw=withdraw)
    circled(said, kept.take, kept.campaign, decision_row(kept))


def circled(said: Console, take: str, campaign: str, decision: Row) -> None:
    """Answer with what was decided."""
    next_ = "shots beside it can start from it"
    if decision["status"] == "withdrawn":
        next_ = "nothing starts from it now"
    body = {"take": take, "campaign": campaign, "decision": decision}
    said.answer(body, f"{take} {decision['status']} by {decision['by']}; {next_}")


@afar("benchmarks.remote.takes:list_")
def list_(
    context: typer.Context,
    campaign: Campaign,
    shot: Annotated[str | None, typer.Option(help="Only of this shot.")] = None,
    *,
    circled: Annotated[bool, typer.Option("--circled", help="Only circled ones.")] = False,
) -> None:
    """List the takes of a campaign with their open lines and what was decided."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        case = here.case(campaign)
        rows = [_row(case, take) for take in case.takes]
    known(shot, {id_ for _, id_ in case.shots})
    listed(said, rows, shot=shot, circled=circled)


def listed(said: Console, rows: list[Row], *, shot: str | None, circled: bool) -> None:
    """Answer with takes."""
    wanted = [r for r in rows if shot in {None, r["shot"]} and (not circled or is_circled(r))]
    said.answer({"takes": wanted}, "\n".join(_text(r) for r in wanted) or "no such take")


@afar("benchmarks.remote.takes:fetch")
def fetch(
    context: typer.Context,
    campaign: Campaign,
    out: Annotated[Path, typer.Option(help="Folder for the files and manifest.json.")],
    shot: Annotated[str | None, typer.Option(help="Only of this shot.")] = None,
    *,
    circled: Annotated[bool, typer.Option("--circled", help="Only circled ones.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Smaller, written anew, instead of the originals.")
    ] = False,
) -> None:
    """Fetch takes from a service, each checked by its hash; what is here is not fetched again."""
    del context, campaign, out, shot, circled, preview
    raise only_there()


def use(
    context: typer.Context,
    take: Annotated[str, typer.Argument(help="Take id: a clip.")],
    frames: Annotated[str, typer.Option(help="First and last frame of the clip, as in 12-60.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    note: Annotated[str, typer.Option(help="Why, in their own words.")] = "",
) -> None:
    """Say which frames of a clip the cut uses: its verdicts rest on them from now on.

    Frames count from 0. Every decision is kept, the latest counts; nothing is generated.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.counter.used import Trimmer
    from benchmarks.views.takes import verdict_row
    from evaluators.scoring import parse_used
    from evaluators.verdicts import open_must
    from router.domain.errors import BadInput

    try:
        wanted = parse_used(frames)
    except ValueError as error:
        raise BadInput(field="frames", found=frames, expected="two numbers, as in 12-60") from error
    with studio(said.home) as here:
        case = here.case(here.campaign_of(take))
        trimmer = Trimmer(
            store=here.store,
            media=here.media,
            judge=here.runner.judge,
            rule=here.runner.rule,
            clock=here.clock,
        )
        made = trimmer.use(case, take, wanted, by=by, note=note)
    said.answer(
        {
            "take": take,
            "campaign": case.id,
            "used": {"range": list(wanted), "by": made.decision.by, "note": note},
            "lines": [verdict_row(v) for v in made.verdicts],
            "open_must": open_must(made.verdicts),
        },
        f"{take}: frames {frames} by {made.decision.by}; "
        f"{open_must(made.verdicts)} must-lines open on them",
    )


def import_(
    context: typer.Context,
    manifest: Annotated[
        Path,
        typer.Argument(
            help="CSV: shot, file, label, tool, made_by, minutes, cost_usd, declared (yes or no)."
        ),
    ],
    campaign: Campaign,
    *,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Stand-ins of a rehearsal: marked as simulated.")
    ] = False,
) -> None:
    """Bring takes in that were made elsewhere: another tool's, or made by hand. Never billed.

    They are measured like the others; compared are those that are declared in the manifest.
    """
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        partner = here.store.owner(campaign)
        found = here.importer().bring(partner, campaign, manifest, simulated=simulated)
        case = here.case(campaign)
    rows = [
        _row(case, g.take) | {"label": g.label, "declared": g.declared, "tool": g.tool}
        for g in found
    ]
    compared = sum(g.declared for g in found)
    text = "\n".join(_text(r) for r in rows)
    said.answer({"takes": rows}, f"{text}\n{len(rows)} takes, {compared} of them compared")


def ratings(
    context: typer.Context,
    campaign: Campaign,
    out: Annotated[Path, typer.Option(help="Folder for ratings.csv and scores.csv.")],
) -> None:
    """Write overruled verdicts as ratings beside their scores, as `circletake agree` reads them."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.views.loop import ratings as ratings_of
    from router.files.csv_text import csv_text

    with studio(said.home) as here:
        given, scored = ratings_of(here.case(campaign))
    out.mkdir(parents=True, exist_ok=True)
    columns = {
        "ratings.csv": (("item", "rater", "dimension", "value"), given),
        "scores.csv": (("item", "shot", "model", "metric", "value"), scored),
    }
    for name, (names, rows) in columns.items():
        table = csv_text(names, (tuple(row[n] for n in names) for row in rows))
        (out / name).write_text(table, encoding="utf-8")
    said.tell(
        "people overrule where they disagree: on these rows alone a metric looks worse than it is"
    )
    body = {"rows": len(given), "files": [str(out / name) for name in columns]}
    said.answer(body, f"{len(given)} overruled verdicts written to {out}")


def known(shot: str | None, names: set[str]) -> None:
    """Raise UnknownName for a shot that is not of the campaign."""
    from router.domain.errors import UnknownName

    if shot is not None and shot not in names:
        raise UnknownName("shot", shot, names)


def _row(case: "Case", take: str) -> Row:
    from benchmarks.planning.plan import usd
    from benchmarks.views.takes import decision_row
    from evaluators.verdicts import open_must

    found, trial = case.takes[take], case.trial_of[take]
    verdicts = case.verdicts.get(take, ())
    return {
        "take": take,
        "shot": trial.shot,
        "recipe": trial.recipe,
        "number": trial.number,
        "source": found.source.value,
        "simulated": found.simulated,
        "parent": found.parent,
        "mime": found.media.mime,
        "cost_usd": usd(found.cost_musd),
        "open_must": open_must(verdicts) if verdicts else None,
        "decision": decision_row(case.decisions[take]) if take in case.decisions else None,
    }


def is_circled(row: Row) -> bool:
    """Say whether the latest decision circles it."""
    return bool(row["decision"]) and row["decision"]["status"] == "circled"


def _text(row: Row) -> str:
    decision = row["decision"]
    mark = f"{decision['status']} by {decision['by']}" if decision else ""
    lines = "not judged" if row["open_must"] is None else f"{row['open_must']} must-lines open"
    return (
        f"{row['take']}  {row['shot']:14} {row['recipe']:24} take {row['number']:2}  "
        f"{lines:18} {mark}"
    ).rstrip()
