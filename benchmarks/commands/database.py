"""`circletake database`: the records brought up to date, copied, brought back, and checked."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from benchmarks.studio import Studio
    from router.attempts.restored import Marked
    from router.backup import Books

Log = Annotated[
    bool,
    typer.Option(
        "--log/--no-log",
        help="Whether the provider's invocation log was kept since the backup: calls made since are"
        " found in it and booked; without it they are given up, so that none is paid twice.",
    ),
]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="The records themselves, for an administrator.")
    for command in (migrate, backup, restore, restored, verify):
        group.command(command.__name__)(command)
    app.add_typer(group, name="database")


def migrate(context: typer.Context) -> None:
    """Bring the database of CIRCLETAKE_DATABASE up to date, and close it between partners.

    It is done as the role of CIRCLETAKE_DATABASE_ADMIN, which owns the tables; the role of
    CIRCLETAKE_DATABASE, as which everything else runs, is given rows and nothing more. All of it is
    done or nothing; doing it again changes nothing. A home without CIRCLETAKE_DATABASE needs no
    such step: its own file is brought up to date whenever it is opened.
    """
    said = console(context)
    from benchmarks import schema
    from router import settings

    role = schema.migrate_shared(settings.read(said.home))
    text = f"up to date; every partner's rows are closed to the others; {role} owns nothing"
    said.answer({"application_role": role}, text)


def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Copy the records of this home while it works: the database, and a list of its media.

    Keys and media are not part of it. Copy the home's `media` with what copies files, and keep its
    `keys` where secrets are kept: without them what is encrypted stays so. A PostgreSQL is copied
    by `pg_dump`; the run-book has the line.
    """
    said = console(context)
    from dataclasses import asdict

    from benchmarks.bootstrap import studio
    from router import backup as copying

    with studio(said.home) as here:
        books = _books(here)
        found = copying.back_up(here.settings, books, folder, here.clock.now())
    text = (
        f"{found.takes} takes, {found.spent_musd / 1e6:.2f} USD spent, {found.size / 1e6:.1f} MB, "
        f"as of {found.taken_at}: {folder}\nnow copy the media and the keys of the home, too"
    )
    said.answer({**asdict(found), "folder": str(folder)}, text)


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `backup` wrote.")],
    *,
    log: Log,
) -> None:
    """Bring the records of a backup into a home that has none, and see that nothing is repaid."""
    said = console(context)
    from benchmarks import schema
    from router import backup as copying
    from router import catalog, settings
    from router.attempts.restored import Marked, mark_all
    from router.clock import SystemClock

    marked: list[Marked] = []

    def mark(copy: Path) -> None:
        with schema.opened(copy) as engine:
            models, now = catalog.load(), SystemClock().now()
            marked.append(mark_all(engine, (), models, has_log=log, now=now))

    found = copying.restore(settings.read(said.home), folder, mark)
    said.tell(f"the records of {found.taken_at} are here")
    _told_of(said, *marked)


def restored(context: typer.Context, *, log: Log) -> None:
    """Say that the database was brought back by other means, before anybody works on it.

    What may have been paid since the backup is marked, so that it is looked for before it is asked
    again. `restore` does so by itself.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from router.attempts.restored import mark_all

    with studio(said.home) as here:
        models, now = here.catalogue, here.clock.now()
        found = mark_all(here.router.records, here.partners, models, has_log=log, now=now)
    _told_of(said, found)


def verify(context: typer.Context) -> None:
    """Hold balances against lines and attempts, and takes against the media that are here."""
    said = console(context)
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        books = _books(here)
    said.answer(_body(books), _told(books))
    if _is_bad(books):
        raise bad_news()


def _told_of(said: Console, found: "Marked") -> None:
    from benchmarks.bootstrap import studio

    with studio(said.home) as here:
        books = _books(here)
    body = {
        **_body(books),
        "looked_for": found.looked_for,
        "given_up": found.given_up,
        "held": found.held,
    }
    said.answer(body, f"{_told(books)}\n{_open(found)}")
    if _is_bad(books):
        raise bad_news()


def _books(here: "Studio") -> "list[Books]":
    from router.backup import look

    return [look(here.router.records, here.media, partner) for partner in here.partners]


def _body(books: "Sequence[Books]") -> dict[str, Any]:
    return {
        "agree": not any(b.off for b in books),
        "partners": [
            {
                "partner": b.partner,
                "media": b.takes,
                "spend_usd": b.spent_musd / 1e6,
                "reserved_usd": b.reserved_musd / 1e6,
                "accounts_off": list(b.off),
                "media_missing": list(b.missing),
            }
            for b in books
        ],
    }


def _told(books: "Sequence[Books]") -> str:
    lines = []
    for b in books:
        agree = "balances agree" if not b.off else f"balances are off: {', '.join(b.off)}"
        here = "all media are here" if not b.missing else f"{len(b.missing)} media are missing"
        lines += [f"{b.partner}: {b.takes} media, {b.spent_musd / 1e6:.2f} USD; {agree}; {here}"]
        lines += [f"  missing: {sha}" for sha in b.missing[:10]]
        lines += [f"  and {len(b.missing) - 10} more; --json lists all"] * (len(b.missing) > 10)
    return "\n".join(lines)


def _open(found: "Marked") -> str:
    return (
        f"{found.looked_for} takes are looked for before they are asked again, {found.given_up} are"
        f" given up, {found.held} wait for `circletake ledger reconcile`; campaigns begun after the"
        " backup are not here: handed in again, their stills are paid again"
    )


def _is_bad(books: "Sequence[Books]") -> bool:
    return any(b.off or b.missing for b in books)
