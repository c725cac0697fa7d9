"""A season in bad weather, its books copied and brought back, and what an approved take costs.

The copy is that of the season's own ledger: requests, attempts, takes and money moves of 12,800
takes; scores and verdicts, which a real home has too, are not in it.
"""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, sure

SHORT = 40  # shots, where the whole season is not asked for
WHOLE = 400
NOW = datetime(2027, 3, 8, tzinfo=UTC)


def weather(folder: Path, shots: int = SHORT) -> Iterator[Figure]:
    """Lost, paid twice, makespan, and the cost of an approved take."""
    from benchmarks.seasons import logbook
    from benchmarks.seasons.weather import documented, endure

    folder.mkdir(parents=True)
    began = time.monotonic()
    found = endure(folder, documented(shots))
    body = logbook.as_json(found, shots)
    print(logbook.as_text(body), flush=True)
    name = f"season of {found.asked:,} takes in bad weather"
    beside = f"{found.kills:,} kills, {found.cut_off:,} calls cut off, {found.held} takes set aside"
    yield Figure(name=f"{name}, lost", value=found.lost, unit="takes", limit=0, beside=beside)
    beside = f"billed {body['billed_usd']:,.2f}, ledger {body['spent_usd']:,.2f} USD"
    double = found.double + found.unowed
    yield Figure(name=f"{name}, paid twice", value=double, unit="takes", limit=0, beside=beside)
    took = time.monotonic() - began
    beside = f"{body['makespan_h']:.1f} h; {took:.0f} s to play; a lease is 30 s, a restart 20 s"
    over = body["makespan_h"] / body["bound_h"]
    yield Figure(name=f"{name} ÷ the quotas", value=over, unit="×", limit=1.10, beside=beside)
    stills = [row["approved_take_usd"] for row in body["by_recipe"][:-1]]
    beside = f"stills {min(stills):.2f} to {max(stills):.2f}, clips "
    beside += f"{body['by_recipe'][-1]['approved_take_usd']:.2f}; a fifth of takes is approved"
    value = body["approved_take_usd"]
    yield Figure(name=f"{name}, an approved take", value=value, unit="USD", limit=10, beside=beside)


def whole(folder: Path) -> Iterator[Figure]:
    """Play 12,800 takes, copy their books and bring them back, then a tenth by real processes."""
    from tests.bench import tenth

    yield from weather(folder / "season", WHOLE)
    yield from copied(folder / "season", folder / "copies")
    yield from tenth.lines(folder / "tenth")


def copied(home: Path, folder: Path) -> Iterator[Figure]:
    """Copy and bring back, from a file and from a PostgreSQL; balances are the same after it."""
    from tests import postgres

    folder.mkdir(parents=True)
    yield from _file(home, folder)
    with postgres.running() as server:
        yield from _server(home, server, folder)


def _file(home: Path, folder: Path) -> Iterator[Figure]:
    from router import backup
    from router.testing.doubles import settings

    here, there = settings(home), settings(folder / "new")
    before = _books(home / "circletake.db")
    copy, spent = _timed(lambda: backup.back_up(here, [], folder / "copy", NOW))
    size = f"{copy.size / 1e6:.1f} MB, {copy.takes:,} takes"
    yield Figure(name="home: records copied", value=spent, unit="s", limit=60, beside=size)
    told: list[str] = []
    mark = lambda copy: told.append(_marked(copy))  # noqa: E731 - one word, for one call
    _, back = _timed(lambda: backup.restore(there, folder / "copy", mark))
    after, looking = _timed(lambda: _books(there.database))
    sure(replace(after, missing=()) == replace(before, missing=()), f"the same books, {after}")
    sure(not after.off, "balances agree")
    sure(len(after.missing) == after.takes, "media that are nowhere are all listed")
    beside = f"copying and marking {back:.1f} ({told[0]}), checking {looking:.1f} s"
    yield Figure(
        name="home: brought back, marked and checked",
        value=back + looking,
        unit="s",
        limit=300,
        beside=beside,
    )


def _server(home: Path, server: Any, folder: Path) -> Iterator[Figure]:
    made, new = server.migrated(), server.empty()
    rows = _poured(home / "circletake.db", made.superuser_url)
    before = _books(made.url)
    dump = folder / "circletake.dump"
    _, spent = _timed(
        lambda: _program(server, "pg_dump", "--format=custom", f"--file={dump}", made)
    )
    beside = f"{rows:,} rows, {dump.stat().st_size / 1e6:.1f} MB"
    yield Figure(name="PostgreSQL: pg_dump", value=spent, unit="s", limit=60, beside=beside)
    words = ("--exit-on-error", "--no-owner", "--role=circletake_owner")
    _, back = _timed(lambda: _program(server, "pg_restore", *words, dump, into=new))
    from benchmarks import schema
    from tests.postgres import APP

    _, ready = _timed(lambda: schema.migrate(new.admin_url, APP))
    marked, marking = _timed(lambda: _marked(new.url))
    after, looking = _timed(lambda: _books(new.url))
    sure(after == before, f"the same books, found {after}")
    sure(not after.off, "balances agree")
    beside = f"pg_restore {back:.1f}, migrate {ready:.1f}, marking {marking:.1f} ({marked}), "
    beside += f"checking {looking:.1f} s"
    yield Figure(
        name="PostgreSQL: brought back, marked and checked",
        value=back + ready + marking + looking,
        unit="s",
        limit=300,
        beside=beside,
    )


def _program(server: Any, name: str, *words: Any, into: Any = None) -> None:
    """Run a program of the server's own, as the page on restoring spells it."""
    *rest, last = words
    source = into or last
    address = source.superuser_url.replace("+psycopg", "")
    tail = [f"--dbname={address}", str(last)] if into else ["--exclude-schema=engine*", address]
    line = [str(server._bin / name), *map(str, rest), *tail]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    sure(done.returncode == 0, f"{name}: {done.stderr[-400:]}")


def _poured(source: Path, url: str) -> int:
    """Copy the season's rows from a file into PostgreSQL, table by table."""
    from router.store import database
    from router.store.tables import metadata

    old, new, rows = database.connect(source), database.connect(url), 0
    with old.connect() as reading, new.begin() as writing:
        for table in metadata.sorted_tables:
            found = [dict(row) for row in reading.execute(table.select()).mappings()]
            for start in range(0, len(found), 1000):
                writing.execute(table.insert(), found[start : start + 1000])
            rows += len(found)
    old.dispose()
    new.dispose()
    return rows


def _books(where: Path | str) -> Any:
    from benchmarks.seasons.season import PARTNER, NoMedia
    from router import backup
    from router.store import database

    engine = database.connect(where)
    try:
        return backup.look(engine, NoMedia(), PARTNER.name)
    finally:
        engine.dispose()


def _marked(where: Path | str) -> str:
    from benchmarks.seasons.season import PARTNER
    from benchmarks.seasons.weather import documented
    from router.attempts.restored import mark
    from router.store import database

    engine = database.connect(where)
    try:
        models = {m.key: m for m in documented().models}
        commits = database.Commits(engine)
        found = mark(commits, PARTNER.name, models, has_log=True, now=NOW)
        return f"{found.looked_for} to be looked for"
    finally:
        engine.dispose()


def _timed(act: Any) -> tuple[Any, float]:
    began = time.monotonic()
    return act(), time.monotonic() - began
