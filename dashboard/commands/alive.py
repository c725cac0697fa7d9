"""`circletake alive`: what a container asks its own process, without curl and in half a second."""

from typing import Annotated

import typer

from router.console import bad_news, console


def register(app: typer.Typer) -> None:
    """Mount the sub-command of this file."""
    app.command("alive")(alive)


def alive(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Argument(help="Where it should answer.  [default: a worker of this home lives]"),
    ] = None,
) -> None:
    """Say whether a service or screens answer, or a worker works: exit 0, else 1."""
    from router import settings
    from router.clock import SystemClock
    from router.telling.pulse import pulses

    said = console(context)
    if url is not None:
        from dashboard.together import is_up

        lives, found = is_up(url), url
    else:
        folder, now = settings.read(said.home).home / "workers", SystemClock().now()
        living = [one.worker for one in pulses(folder) if one.is_fresh(now)]
        lives, found = bool(living), ", ".join(living) or f"no worker of {folder}"
    said.answer({"alive": lives, "found": found}, f"{'alive' if lives else 'NOT ALIVE'}: {found}")
    if not lives:
        raise bad_news()
