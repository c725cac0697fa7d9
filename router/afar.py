"""Commands at a service elsewhere: the same words and options, done at another desk.

A command says once, beside its name, where it can be done:

- `@afar("package.module:function")`: at a service, by that function, with the same options;
- `@anywhere`: it reads files that it is given, so that no home and no service matters;
- neither: only in a home on this machine. With --server it is refused, and says so.
"""

import functools
import importlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import typer

from router.console import Console, console
from router.domain.errors import BadInput

C = TypeVar("C", bound=Callable[..., None])
MARK = "__elsewhere__"  # on a command that knows what to do with --server


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """A service, and the console at which it is spoken to."""

    said: Console
    service: Any  # router.calling.Service; httpx is not loaded for `--help`


def afar(place: str) -> Callable[[C], C]:
    """Name who does a command at a service: `def function(there: There, *, same options)`."""

    def mark(command: C) -> C:
        @functools.wraps(command)
        def run(context: typer.Context, **options: Any) -> None:
            said = console(context)
            if said.server is None or context.invoked_subcommand is not None:
                command(context, **options)
                return
            with closing(_service(said.server)) as service:
                named(place)(There(said=said, service=service), **options)

        setattr(run, MARK, place)
        return cast("C", run)

    return mark


def anywhere(command: C) -> C:
    """Say that a command is about files that it is given; --server changes nothing."""
    setattr(command, MARK, "")
    return command


def bound(app: typer.Typer) -> None:
    """Let every command that knows nothing of services refuse --server."""
    for one in app.registered_commands:
        if one.callback is not None and not hasattr(one.callback, MARK):
            one.callback = _at_home(one.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            bound(group.typer_instance)


def named(place: str) -> Callable[..., None]:
    """Give the function behind a name (`package.module:function`)."""
    module, _, name = place.partition(":")
    return cast("Callable[..., None]", getattr(importlib.import_module(module), name))


def only_there() -> BadInput:
    """Refuse what only a service can do, where none was named."""
    expected = "--server https://HOST, or CIRCLETAKE_SERVER: this is done at a service"
    return BadInput(field="--server", found=None, expected=expected)


def only_here(option: str, *, todo: str = "") -> BadInput:
    """Refuse an option that a service does not know."""
    expected = f"it left out with --server{todo and '; ' + todo}"
    return BadInput(field=option, found="said", expected=expected)


def _at_home(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def run(context: typer.Context, **options: Any) -> None:
        said = console(context)
        if said.server is not None:
            expected = (
                f"`{context.command_path}` without it (and without CIRCLETAKE_SERVER), on the "
                "machine whose home it is: it has no form for a service"
            )
            raise BadInput(field="--server", found=said.server, expected=expected)
        command(context, **options)

    return run


def _service(server: str) -> Any:
    from router import settings
    from router.calling import Service

    return Service(server, settings.service_key())
