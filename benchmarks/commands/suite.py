"""`circletake suite`: which shots to hand in, and a pack to start them from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import anywhere
from router.console import console

if TYPE_CHECKING:
    from benchmarks.suites.suite import Suite

Name = Annotated[str, typer.Argument(help="A suite; see `circletake suite list`.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Suites: sets of shots that answer a question.")
    group.command("list")(all_)
    group.command("show")(show)
    group.command("new")(new)
    app.add_typer(group, name="suite")


@anywhere
def all_(context: typer.Context) -> None:
    """List the suites."""
    from benchmarks.suites import suite

    found = [suite.load(name) for name in suite.names()]
    rows = [
        {"name": s.name, "title": s.title, "purpose": s.purpose, "shots": len(s.shots)}
        for s in found
    ]
    lines = [f"{s.name:14} {len(s.shots):4} shots  {s.purpose}" for s in found]
    console(context).answer({"suites": rows}, "\n".join(lines))


@anywhere
def show(context: typer.Context, name: Name) -> None:
    """Show what a suite asks for: capabilities, tasks, acceptance lines."""
    from benchmarks.suites import suite

    found = suite.load(name)
    console(context).answer(_document(found), "\n".join(_lines(found)))


@anywhere
def new(
    context: typer.Context,
    name: Name,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Write a pack with a suite's shots: valid as it is, with placeholders to replace."""
    from benchmarks.suites import skeleton, suite

    found = suite.load(name)
    written = skeleton.start(found, folder)
    text = (
        f"{folder}: {len(found.shots)} shots of {found.title}, {len(written)} files.\n"
        f"What now?  Replace the placeholders, then `circletake pack check {folder}`."
    )
    body = {"folder": str(folder), "shots": len(found.shots), "files": list(written)}
    console(context).answer(body, text)


def _document(suite: "Suite") -> dict[str, Any]:
    return {
        "name": suite.name,
        "title": suite.title,
        "purpose": suite.purpose,
        "shots": [
            {
                "id": p.id,
                "capability": p.template.capability,
                "task": p.template.task,
                "framing": p.framing,
                "movement": p.movement,
                "takes_wanted": p.template.takes,
                "acceptance": [line.model_dump(exclude_none=True) for line in p.template.lines],
            }
            for p in suite.shots
        ],
    }


def _lines(suite: "Suite") -> list[str]:
    lines = [f"{suite.title}: {len(suite.shots)} shots", suite.purpose]
    for template in dict.fromkeys(p.template for p in suite.shots):
        count = sum(p.template == template for p in suite.shots)
        lines += ["", f"{template.capability} ({template.task}, {count} shots)"]
        lines += [
            f"  {'must' if x.must else 'may '}  {x.kind}: {x.criterion}" for x in template.lines
        ]
    return lines
