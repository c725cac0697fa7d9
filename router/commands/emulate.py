"""`circletake emulate`: the look-alike of AWS, on loopback, for as long as it is wanted."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from router.console import console


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("emulate")(emulate)


def emulate(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="0 = any free one.")] = 0,
    ledger: Annotated[Path | None, typer.Option(help="Append one JSON line a billed call.")] = None,
    faults: Annotated[Path | None, typer.Option(help="JSON list of faults to inject.")] = None,
    profiles: Annotated[Path | None, typer.Option(help="JSON of planted model faults.")] = None,
    speed: Annotated[float, typer.Option(help="Divide all waiting times by this.")] = 1.0,
    instant: Annotated[bool, typer.Option("--instant", help="No waiting, flat pictures.")] = False,
) -> None:
    """Serve a strict look-alike of Bedrock Runtime and S3 until stopped.

    Everything that it makes is marked as simulated. With --json, one line says where it listens.
    """
    from router import emulation, settings

    said = console(context)
    words = emulation.arguments(
        state=settings.read(said.home).home / "emulator",
        port=port,
        ledger=ledger,
        faults=faults,
        profiles=profiles,
        speed=speed,
        instant=instant,
        as_json=said.json,
    )
    sys.exit(emulation.run(words))
