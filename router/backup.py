"""A home's records in one file, and back: consistent while workers write.

The copy is SQLite's own (`sqlite3.Connection.backup`): one read transaction, so it is the records
at one moment, and writers go on. Attempts are the only record of progress, so the job engine's file
is not part of it: whoever works next hands in again what is open. Nor are keys, which a backup of
a database never holds, nor media, which never change and are copied by whoever copies files.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from router.domain.errors import BadInput, Conflict, StoreCorrupt
from router.domain.ids import sha256_of
from router.domain.money import EntryKind, Level
from router.files.csv_text import csv_text
from router.files.durable_file import put_in_place, write_durably
from router.ports import MediaStore
from router.settings import Settings
from router.store.database import reading
from router.store.tables import attempts, budgets, ledger_entries, questions, takes

DATABASE, LISTING, MANIFEST = "circletake.db", "media.csv", "MANIFEST.json"
SCHEMA = "backup/1"
_DRAFT = ".restoring"  # folder of a home in which a copy lies until it was marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """How a partner's books stand, and whether they agree with themselves."""

    partner: str
    takes: int
    spent_musd: int
    reserved_musd: int
    off: tuple[str, ...]  # accounts whose balance is not what lines and attempts add up to
    missing: tuple[str, ...]  # sha-256 of takes whose media are not in the store


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a folder with a backup says of itself."""

    taken_at: str
    sha256: str
    size: int
    takes: int
    spent_musd: int


def back_up(here: Settings, books: Sequence[Books], out: Path, now: datetime) -> Backup:
    """Write the records of a home into an empty or new folder.

    Raises:
        BadInput: they are not in this home, or there are none.
        Conflict: the folder holds something.
    """
    _of_a_home(here)
    if out.exists() and any(out.iterdir()):
        raise Conflict(field="DIR", found=f"{out} holds something", expected="an empty folder")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = out / DATABASE
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(here.database)) as kept, closing(sqlite3.connect(copy)) as new:
        kept.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        rows = new.execute("SELECT DISTINCT partner, sha256, mime, size FROM takes").fetchall()
        bills = new.execute("SELECT sum(musd) FROM ledger_entries WHERE kind = 'settle'")
        spent = bills.fetchone()[0] or 0
    listed = csv_text(("partner", "sha256", "mime", "bytes"), sorted(rows))
    (out / LISTING).write_text(listed, encoding="utf-8", newline="")
    found = Backup(
        taken_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        sha256=sha256_of(copy.read_bytes()),
        size=copy.stat().st_size,
        takes=len(rows),
        spent_musd=spent,
    )
    body = {"schema": SCHEMA, **asdict(found), "partners": [b.partner for b in books]}
    write_durably(out / MANIFEST, json.dumps(body, indent=1).encode())
    return found


def restore(here: Settings, source: Path, mark: Callable[[Path], None]) -> Backup:
    """Put the records of a backup into a home that has none.

    `mark` is given the copy while nobody can work on it, and closes it again. It is put in place
    with one rename, so that no crash leaves records here that were not marked.

    Raises:
        BadInput: no backup, or this installation's records are elsewhere.
        Conflict: the home has records, or what SQLite left beside them.
        StoreCorrupt: the copy is not what its manifest says.
    """
    if here.database_url is not None:
        raise _elsewhere()
    found = manifest(source)
    _without_records(here.database)
    data = (source / DATABASE).read_bytes()
    if sha256_of(data) != found.sha256:
        raise StoreCorrupt(field=str(source), found="another content", expected=found.sha256)
    for engine in here.home.glob("engine*.db*"):
        engine.unlink()  # names jobs of another time; what is open is handed in again
    draft = here.home / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)  # of a restore that was cut off
    write_durably(draft / DATABASE, data)
    mark(draft / DATABASE)
    with closing(sqlite3.connect(draft / DATABASE)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    put_in_place(draft / DATABASE, here.database)
    draft.rmdir()
    return found


def _without_records(database: Path) -> None:
    """Refuse a home with records, or with a journal: SQLite would play it into any new file."""
    names = [database.name, *(f"{database.name}{end}" for end in ("-wal", "-shm", "-journal"))]
    here = [name for name in names if (database.parent / name).exists()]
    if here:
        plural = "those files" if len(here) > 1 else "that file"
        expected = f"a home without records: move {plural} away first, together, and keep them"
        found = ", ".join(str(database.parent / name) for name in here)
        raise Conflict(field="--home", found=found, expected=expected)


def manifest(source: Path) -> Backup:
    """Read what a backup says of itself; raises BadInput for a folder that is none."""
    try:
        body = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        return Backup(**{name: body[name] for name in Backup.__dataclass_fields__})
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError) as error:
        expected = "a folder that `circletake database backup` wrote"
        raise BadInput(field="DIR", found=str(source), expected=expected) from error


def look(engine: Engine, media: MediaStore, partner: str) -> Books:
    """Hold a partner's balances against lines and attempts, and its takes against the media."""
    with reading(engine, partner) as connection:
        off = tuple(_off(connection, partner))
        mine = (budgets.c.partner == partner) & (budgets.c.level == Level.CAMPAIGN.value)
        sums = select(func.sum(budgets.c.spent_musd), func.sum(budgets.c.reserved_musd))
        spent, reserved = connection.execute(sums.where(mine)).one()
        shas = connection.scalars(
            select(takes.c.sha256).where(takes.c.partner == partner).distinct()
        ).all()
    return Books(
        partner=partner,
        takes=len(shas),
        spent_musd=int(spent or 0),
        reserved_musd=int(reserved or 0),
        off=off,
        missing=tuple(sorted(sha for sha in shas if not media.has(partner, sha))),
    )


def _off(connection: Connection, partner: str) -> Iterator[str]:
    """Name the accounts of which balance, lines and attempts tell different sums."""
    mine = (budgets.c.partner == partner) & (budgets.c.level == Level.CAMPAIGN.value)
    bills = (
        select(ledger_entries.c.account, func.sum(ledger_entries.c.musd))
        .where(ledger_entries.c.partner == partner, ledger_entries.c.kind == EntryKind.SETTLE.value)
        .group_by(ledger_entries.c.account)
    )
    settled = {account: int(musd) for account, musd in connection.execute(bills)}
    held: dict[str, tuple[int, int]] = {}
    for table in (attempts, questions):
        sums = select(
            table.c.account, func.sum(table.c.reserved_musd), func.sum(table.c.spent_musd)
        )
        query = sums.where(table.c.partner == partner).group_by(table.c.account)
        for account, reserved, spent in connection.execute(query):
            had = held.get(account, (0, 0))
            held[account] = (had[0] + int(reserved), had[1] + int(spent))
    for row in connection.execute(select(budgets).where(mine).order_by(budgets.c.account)):
        reserved, spent = held.get(row.account, (0, 0))
        if (row.reserved_musd, row.spent_musd, settled.get(row.account, 0)) != (
            reserved,
            spent,
            row.spent_musd,
        ):
            yield row.account


def _of_a_home(here: Settings) -> None:
    if here.database_url is not None:
        raise _elsewhere()
    if not here.database.exists():
        expected = "a home with records in it"
        raise BadInput(field="--home", found=str(here.home), expected=expected)


def _elsewhere() -> BadInput:
    expected = "pg_dump and pg_restore, or the snapshots of the database's own host"
    return BadInput(field="CIRCLETAKE_DATABASE", found="a shared PostgreSQL", expected=expected)
