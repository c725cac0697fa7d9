"""`circletake pack`: start a shot pack, check it, seal it."""

from pathlib import Path
from typing import Annotated

import typer

from router.afar import afar, anywhere, only_there
from router.console import bad_news, console

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the pack.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Shot packs: start, check, seal, send.")
    group.command("new")(new)
    group.command("check")(check)
    group.command("seal")(seal)
    group.command("send")(send)
    app.add_typer(group, name="pack")


@anywhere
def new(context: typer.Context, folder: Folder) -> None:
    """Write a commented starter pack that is valid as it is: replace it piece by piece."""
    from benchmarks.packs import starter

    written = starter.start(folder)
    text = (
        f"{folder}: a starter pack of {len(written)} files.\n"
        f"What now?  Open {folder / 'shotpack.yaml'}, make it yours, then "
        f"`circletake pack check {folder}`."
    )
    console(context).answer({"folder": str(folder), "files": list(written)}, text)


@anywhere
def check(context: typer.Context, folder: Folder) -> None:
    """Find every mistake at once: notation, fields, names, files, hashes, consent, tasks.

    Exit code 1 when there are mistakes. A pack that is not sealed is a warning.
    """
    from benchmarks.packs import check as checking
    from benchmarks.packs import report
    from evaluators.panel import output_names
    from router.clock import SystemClock

    _there(folder)
    today = SystemClock().now().date()
    checked = checking.check(folder, today=today, metrics=output_names())
    console(context).answer(checked.as_dict(), report.text(checked, str(folder)))
    if not checked.ok:
        raise bad_news()


@anywhere
def seal(
    context: typer.Context,
    folder: Folder,
    *,
    unfinished: Annotated[
        bool,
        typer.Option("--unfinished", help="Seal with shots unwritten; no plan asks for those."),
    ] = False,
) -> None:
    """Fill in the hash of every file, so that nothing changes unseen; comments and order stay.

    A pack with mistakes, or with shots that nobody has written yet, is left as it is: exit code 1.
    """
    from benchmarks.packs import report
    from benchmarks.packs import seal as sealing
    from evaluators.panel import output_names
    from router.clock import SystemClock

    _there(folder)
    today = SystemClock().now().date()
    sealed = sealing.seal(folder, today=today, metrics=output_names(), unfinished=unfinished)
    checked = sealed.checked
    document = checked.as_dict() | {
        "seal": checked.pack.seal if checked.pack else None,
        "filled": sealed.filled,
        "changed": sealed.changed,
    }
    did = f"{sealed.filled} hashes filled in, {sealed.changed} renewed.\n" if checked.ok else ""
    console(context).answer(document, did + report.text(checked, str(folder)))
    if not checked.ok:
        raise bad_news()


@afar("benchmarks.remote.packs:send")
def send(
    context: typer.Context,
    pack: Annotated[Path, typer.Argument(metavar="PACK", help="Folder of the pack, or its zip.")],
    partner: Annotated[str | None, typer.Option(help="Whose it is.  [default: it says so]")] = None,
    resume: Annotated[
        str | None, typer.Option(help="Upload that was broken off.", metavar="UPLOAD")
    ] = None,
    *,
    files: Annotated[
        bool, typer.Option("--files", help="File by file, without a zip in between.")
    ] = False,
) -> None:
    """Hand a pack in at a service, which checks it as `pack check` does, seals and keeps it.

    Exit code 1 when there are mistakes: all of them are said, and nothing is kept.
    """
    del context, pack, partner, resume, files
    raise only_there()


def _there(folder: Path) -> None:
    from router.domain.errors import BadInput

    if not folder.exists():
        raise BadInput(field="DIR", found=str(folder), expected="a folder that exists")
