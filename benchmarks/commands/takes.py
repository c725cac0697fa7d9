"""`circletake circle` and `circletake takes`: a named person decides, and everybody can see it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.commands.verdicts import decided, still_open, version
from router.afar import afar, only_there
from router.console import Console, console

if TYPE_CHECKING:
    from benchmarks.views.case import Case

Row = dict[str, Any]
Campaign = Annotated[str, typer.Option(help="Campaign id.")]
Take = Annotated[
    str,
    typer.Argument(
        metavar="TAKE",
        help="Its id, the first 6 digits of it or more, or its version: SQ010_SH0020_genai_v003.",
    ),
]


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
    take: Take,
    by: Annotated[str, typer.Option(help="Who decides.")],
    role: Annotated[str, typer.Option(help="As what: director, vfx_supervisor, …")] = "",
    note: Annotated[str, typer.Option(help="Why, in their own words.")] = "",
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the circle back.")] = False,
) -> None:
    """Circle a take: the one to print. Every decision is kept, the latest counts."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.circling import outcome
    from benchmarks.browsing.naming import called
    from benchmarks.views.takes import decision_row

    with studio(said.home) as here:
        kept = here.decide(called(here, take), by=by, role=role, note=note, withdraw=withdraw)
        follows = outcome(here, kept)
    circled(said, kept.take, kept.campaign, decision_row(kept), follows)


def circled(said: Console, take: str, campaign: str, decision: Row, follows: Row) -> None:
    """Answer with what was decided, the lines that are open and what it replaces."""
    from benchmarks.decisions.telling import told

    body = {"take": take, "campaign": campaign, "decision": decision, **follows}
    said.answer(body, told({**decision, **follows}, take, campaign))


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
        rows = _rows(case)
    known(shot, {id_ for _, id_ in case.shots})
    listed(said, rows, shot=shot, circled=circled)


def listed(said: Console, rows: list[Row], *, shot: str | None, circled: bool) -> None:
    """Answer with takes."""
    wanted = [r for r in rows if shot in {None, r["shot"]} and (not circled or is_circled(r))]
    said.answer({"takes": wanted}, _listed(wanted) or "no such take")


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
    take: Take,
    frames: Annotated[str, typer.Option(help="First and last frame of the clip, as in 12-60.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    note: Annotated[str, typer.Option(help="Why, in their own words.")] = "",
) -> None:
    """Say which frames of a clip the cut uses: its verdicts rest on them from now on.

    Frames count from 0. Every decision is kept, the latest counts; nothing is generated.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.naming import called
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
        take = called(here, take)
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
        f"{open_must(made.verdicts)} must-lines open on them\n"
        f"What now?  `circletake circle {take} --by NAME` where it is the one, or "
        f"`circletake verdicts --campaign {case.id}` for its lines.",
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
    every = {row["take"]: row for row in _rows(case)}
    rows = [
        every[g.take] | {"label": g.label, "declared": g.declared, "tool": g.tool} for g in found
    ]
    compared = sum(g.declared for g in found)
    text = _listed(rows)
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


def _rows(case: "Case") -> list[Row]:
    from benchmarks.editorial.versions import of_case, superseded

    versions = of_case(case)
    after = superseded(case.decisions, versions)
    return [
        _row(case, take) | {"version": versions[take].number, "superseded_by": after.get(take)}
        for take in case.takes
    ]


def _row(case: "Case", take: str) -> Row:
    from benchmarks.planning.plan import usd
    from benchmarks.views.takes import decision_row
    from evaluators.verdicts import open_must
    from router.domain.take import Source

    found, trial = case.takes[take], case.trial_of[take]
    verdicts = case.verdicts.get(take, ())
    return {
        "take": take,
        "shot": trial.shot,
        "recipe": trial.recipe,
        "number": trial.number,
        "source": found.source.value,
        "simulated": found.simulated or (found.source is Source.CONTROL and case.simulated),
        "parent": found.parent,
        "mime": found.media.mime,
        "cost_usd": usd(found.cost_musd),
        "open_must": open_must(verdicts) if verdicts else None,
        "decision": decision_row(case.decisions[take]) if take in case.decisions else None,
    }


def is_circled(row: Row) -> bool:
    """Say whether it is the circled take of its shot: of several, the one circled last."""
    decision = row["decision"]
    return bool(decision) and decision["status"] == "circled" and not row.get("superseded_by")


def _listed(rows: list[Row]) -> str:
    names = {row["take"]: version(row) for row in rows}
    return "\n".join(_text(row, names) for row in rows)


def _text(row: Row, names: Mapping[str, str]) -> str:
    marks = (decided(row, names), "SIMULATED" if row["simulated"] else "")
    return (
        f"{row['take']}  {row['shot']:14} {version(row):5} {row['recipe']:24} "
        f"take {row['number'] or 0:2}  {still_open(row['open_must']):18} "
        f"{'  '.join(filter(None, marks))}"
    ).rstrip()
