"""`circletake folder`: a request lies in a folder, its takes are laid beside it."""

from pathlib import Path
from typing import Annotated

import typer

from router.afar import afar, anywhere, only_there
from router.console import console

Inbox = Annotated[
    Path, typer.Argument(metavar="INBOX", help="The folder that applications drop requests into.")
]
Most = Annotated[
    str | None,
    typer.Option(help="Refuse requests with a larger budget.  [default: none]", metavar="USD"),
]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(
        no_args_is_help=True,
        help="A watched folder: applications drop requests, takes and verdicts come back.",
    )
    group.command("run")(run)
    group.command("watch")(watch)
    group.command("status")(status)
    app.add_typer(group, name="folder")


@afar("dashboard.remote.folder:run")
def run(
    context: typer.Context,
    inbox: Inbox,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these requests.")
    ] = None,
    most: Most = None,
) -> None:
    """Hand in every request that is ready, wait for its end, and lay the answers beside it.

    Killed at any point and started again, it goes on; nothing is asked or paid twice. Exit code 1
    where a request is to be mended (its error.json says where) or gave no take.
    """
    del context, inbox, names, most
    raise only_there()


@afar("dashboard.remote.folder:watch")
def watch(
    context: typer.Context,
    inbox: Inbox,
    most: Most = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.2)] = 2.0,
) -> None:
    """Do so for whatever is dropped, until stopped."""
    del context, inbox, most, every
    raise only_there()


@anywhere
def status(context: typer.Context, inbox: Inbox) -> None:
    """Say how every request stands, by what lies in the folders; asks nobody."""
    from dashboard.folders.answers import listed
    from dashboard.folders.inbox import requests, row, stands
    from router.domain.errors import BadInput

    if not inbox.is_dir():
        raise BadInput(field="INBOX", found=str(inbox), expected="a folder that exists")
    rows = [row(folder, stands(folder)) for folder in requests(inbox)]
    text = listed(rows) or "no request yet; README of dashboard/applications says how to drop one"
    console(context).answer({"inbox": str(inbox), "requests": rows}, text)
