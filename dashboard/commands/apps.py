"""`circletake apps`: scripts for Blender, Nuke, Resolve, ComfyUI, Photoshop and Premiere."""

from pathlib import Path
from typing import Annotated

import typer

from router.afar import anywhere
from router.console import console


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Scripts for other applications: they drop requests into a folder and show takes.",
    )
    group.command("list")(list_)
    group.command("install")(install)
    app.add_typer(group, name="apps")


@anywhere
def list_(context: typer.Context) -> None:
    """List the applications, and what was proven of each script."""
    from dashboard.toolbox import applications

    found = applications()
    text = "\n".join(f"{each.name:10} {each.title:30} {each.proven}" for each in found)
    console(context).answer(
        {"applications": [each.as_json() for each in found]},
        f"{text}\nWhat now?  circletake apps install NAME --to DIR",
    )


@anywhere
def install(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which application.")],
    to: Annotated[Path, typer.Option(help="Folder that the files are copied into.")],
    *,
    over: Annotated[bool, typer.Option("--over", help="Write over files that differ.")] = False,
) -> None:
    """Copy the scripts of an application out; it needs nothing else of Circle Take."""
    from dashboard import toolbox

    application = toolbox.named(name)
    written = [str(path) for path in toolbox.install(application, to, over=over)]
    text = "\n".join(written) + f"\n{application.proven}\nWhat now?  {application.next}"
    console(context).answer({**application.as_json(), "files": written}, text)
