"""`circletake whoami`: whom a service takes us for."""

import typer

from router.afar import afar, only_there


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("whoami")(whoami)


@afar("router.remote.catalogue:whoami")
def whoami(context: typer.Context) -> None:
    """Say whom a service takes this key for, and what it may."""
    del context
    raise only_there()
