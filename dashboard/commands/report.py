"""`circletake report`: a frozen snapshot that decision makers can trust."""

from pathlib import Path
from typing import Annotated

import typer

from router.afar import afar, anywhere, only_there
from router.console import console


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Findings, frozen with their evidence.")
    group.command("build")(build)
    group.command("fetch")(fetch)
    group.command("compare")(compare)
    group.command("next")(next_)
    group.command("digest")(digest)
    app.add_typer(group, name="report")


@afar("dashboard.remote.reports:build")
def build(
    context: typer.Context,
    campaign: Annotated[list[str], typer.Option(help="Campaign ids.")],
    out: Annotated[Path, typer.Option(help="Folder to write; replaced as a whole.")] = Path(
        "report"
    ),
    title: Annotated[str, typer.Option(help="Title of the report.")] = "Findings",
    validation: Annotated[
        Path | None, typer.Option(help="validation.json of `circletake validate`: one more page.")
    ] = None,
    *,
    edition: Annotated[
        str, typer.Option(help="The partner who reads it, or internal: partners side by side.")
    ] = "internal",
    study: Annotated[
        list[str] | None, typer.Option(help="Only these studies.  [default: all of the campaigns]")
    ] = None,
) -> None:
    """Compile findings.html, findings.json, tables and a manifest."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from dashboard.printing.report import validated, write
    from dashboard.wording import announced

    tried = validated(validation) if validation else {}
    with studio(said.home) as here:
        mine = [c for c in campaign if edition in {"internal", here.store.owner(c)}]
        command = f"circletake report build --campaign {' '.join(mine)} --edition {edition}"
        command += f" --study {' '.join(study)}" if study else ""
        document, assets = here.document(
            campaign, title=title, command=command, edition=edition, studies=study or ()
        )
    files = write({**document, **tried}, assets, out)
    body = {
        "campaigns": [c["id"] for c in document["campaigns"]],
        "edition": document["edition"]["for"],
        "simulated": document["simulated"],
        "files": [str(f) for f in files],
    }
    page = next(f for f in files if f.suffix == ".html")
    lines = [document["answer"][0], str(page)]
    said.answer(body, announced(lines, simulated=document["simulated"]))


@afar("dashboard.remote.reports:fetch")
def fetch(
    context: typer.Context,
    report: Annotated[str | None, typer.Argument(help="Report id.  [default: list them]")] = None,
    out: Annotated[Path, typer.Option(help="Folder to write; replaced as a whole.")] = Path(
        "report"
    ),
) -> None:
    """Fetch a report that a service built, or list those that it keeps."""
    del context, report, out
    raise only_there()


@anywhere
def compare(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="OLD.json", help="findings.json of before.")],
    new: Annotated[Path, typer.Argument(metavar="NEW.json", help="findings.json of after.")],
) -> None:
    """Say what changed beyond noise between two reports: a model's update, a new template.

    Shots that both have are paired. That nothing changed is an answer.
    """
    said = console(context)
    from dataclasses import asdict

    from benchmarks.comparing.regression import read_report, regression

    found = regression(read_report(old), read_report(new))
    moved = [c for c in found.changes if c.verdict in {"better", "worse", "changed"}]
    ties = sum(c.verdict == "tie" for c in found.changes)
    lines = [f"{len(moved)} changes beyond noise; {ties} without a change that could be detected."]
    lines += [f"  {c.sentence}" for c in moved] + ["Ties and what cannot be compared:"]
    lines += [f"  {c.sentence}" for c in found.changes if c not in moved]
    for title, part in (("Versions that differ:", found.versions), ("Counted:", found.facts)):
        lines += [title, *(f"  {line}" for line in part)] if part else []
    lines += [f"Warning: {warning}" for warning in found.warnings]
    said.answer(asdict(found), "\n".join(lines))


@anywhere
def next_(
    context: typer.Context,
    report: Annotated[Path, typer.Argument(metavar="REPORT.json", help="A findings.json.")],
    budget: Annotated[float, typer.Option(help="For takes, USD.")],
    takes: Annotated[int, typer.Option(help="Of each recipe on each shot.")] = 2,
) -> None:
    """Give a second round's budget to the pairs that are undecided and soonest decided.

    Judge the second round on its new shots alone.
    """
    said = console(context)
    from dataclasses import asdict

    from benchmarks.comparing.allocation import allocate, total_usd, undecided_studies
    from benchmarks.comparing.regression import read_report

    told = read_report(report)
    shares = allocate(told, budget, takes)
    usd = round(total_usd(shares), 6)
    body = {"budget_usd": budget, "allocated_usd": usd, "shares": [asdict(s) for s in shares]}
    lines = [f"{usd:.2f} of {budget:.2f} USD given to {sum(s.shots > 0 for s in shares)} pairs."]
    lines += [f"  {s.shots:4} shots  {s.usd:8.2f} USD  {s.reason}" for s in shares]
    votes = [f"circletake study open --second-round-of {id_}" for id_ in undecided_studies(told)]
    body["votes"] = votes
    lines = [*(lines if shares else ["Nothing declared is undecided."])]
    lines += [f"People's undecided pairs are asked again by: {command}" for command in votes]
    said.answer(body, "\n".join(lines))


def digest(
    context: typer.Context,
    campaign: Annotated[list[str], typer.Option(help="Campaign ids.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for digest.txt, .html and .json.  [default: none]")
    ] = None,
    before: Annotated[
        Path | None, typer.Option(help="Last week's digest.json, to say what changed.")
    ] = None,
) -> None:
    """Say in a page how campaigns stand to plan; red where the sample cannot be there in time."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from dashboard.printing import digest as weekly
    from dashboard.printing.report import dumped, earlier

    known = earlier(before) if before else None
    with studio(said.home) as here:
        words = {"title": "Digest", "command": "circletake report digest"}
        document, _ = here.document(campaign, pictures=False, **words)
        statuses = [here.case(id_).progress.as_json() for id_ in campaign]
        today = here.clock.now().date()
    told = weekly.digest(document, statuses, today, known)
    text = weekly.as_text(told)
    if out is not None:
        dumped(out, {"digest.txt": text, "digest.html": weekly.as_html(told)}, told)
    said.answer(dict(told), text.rstrip())
