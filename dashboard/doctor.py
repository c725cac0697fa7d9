"""Whether an installation is sound: each part looked at, each fault with what to do about it."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard import vitals
from router.domain.errors import PlatformError
from router.settings import Settings

Check = tuple[str, Callable[[], str], str]  # name, look, what to do where it fails
PEPPER = (
    "`(umask 077; head -c 32 /dev/urandom > pepper)` once, then CIRCLETAKE_PEPPER_FILE on every"
    " machine; another pepper voids all keys"
)
ROOM = 2 * 2**30  # bytes: a small campaign with its films and a report


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str
    todo: str = ""  # a remedy; of a sound part a hint

    def as_json(self) -> dict[str, Any]:
        """Give what `circletake doctor --json` prints."""
        return {"part": self.name, "ok": self.ok, "found": self.found, "todo": self.todo}


def look(here: Settings, *, with_aws: bool) -> Iterator[Part]:
    """Look at every part of an installation, one after the other; spends nothing."""
    yield _python(sys.version_info[:2])
    yield _disk(here.home)
    for name, check, todo in (*_here(here), *(_abroad(here) if with_aws else ())):
        yield _looked(name, check, todo)
    if here.database_url is not None:
        yield _shared_keys(here)
    else:
        found, hint = vitals.encryption(here.home)
        yield Part(name="encryption", ok=True, found=found, todo=hint)


def _here(here: Settings) -> Iterator[Check]:
    home = here.home
    yield "clock", lambda: vitals.clock(home), "set the clock of this machine"
    yield "database", lambda: _database(here), _mend_records(here)
    yield "partners", lambda: _partners(here), "see `circletake partners check`"
    yield "media", lambda: vitals.media(here), f"make {here.media} writable; see CIRCLETAKE_MEDIA"
    if here.database_url is not None:
        yield "pepper", lambda: vitals.pepper(here), PEPPER
    yield "keys", lambda: vitals.keys(here), "see the modes of the key files"
    yield "jail", vitals.jail, "see `circletake pack check` of any picture"
    yield "face weights", _weights, "install the pinned face_recognition_models again"
    yield "emulator", _emulator, "see the log that it names; `circletake emulate` shows more"
    yield "left emulators", lambda: vitals.emulators(home), f"see {home / 'emulator'}"
    yield "workers", lambda: vitals.workers(home), f"see {home / 'workers'}"
    yield "open problems", lambda: vitals.problems(here), "put right what is said of the database"


def _abroad(here: Settings) -> Iterator[Check]:
    from dashboard import abroad
    from dashboard.holdings import Holdings
    from router import catalog, partners
    from router.clock import SystemClock
    from router.cloud import aws

    yield "AWS credentials", _credentials, "see `aws configure`, or use --simulate"
    if aws.has_credentials():
        clients, known = aws.clients_of(here), catalog.load()
        yield from abroad.checks(clients, SystemClock(), known, here.region)
        whose = tuple(partners.load(*here.partner_folders))
        yield from Holdings(clients=clients, here=here, catalogue=known, partners=whose).checks()


def _looked(name: str, check: Callable[[], str], todo: str) -> Part:
    from sqlalchemy.exc import SQLAlchemyError

    from evaluators.weights import NoWeights

    try:
        return Part(name=name, ok=True, found=check())
    except vitals.Ailing as fault:
        return Part(name=name, ok=False, found=str(fault.found), todo=fault.expected)
    except (PlatformError, SQLAlchemyError, NoWeights, OSError) as fault:
        said = str(fault).splitlines() or [type(fault).__name__]
        return Part(name=name, ok=False, found=said[0], todo=todo)


def _python(version: tuple[int, ...]) -> Part:
    found = ".".join(map(str, version))
    return Part(
        name="python",
        ok=version == (3, 11),
        found=found,
        todo="" if version == (3, 11) else "install Python 3.11; all pins are for it",
    )


def _disk(home: Path) -> Part:
    there = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(there).free
    return Part(
        name="disk",
        ok=free >= ROOM,
        found=f"{free / 2**30:.1f} GiB free at {there}",
        todo="" if free >= ROOM else f"free {ROOM / 2**30:.0f} GiB, or choose another --home",
    )


def _database(here: Settings) -> str:
    from sqlalchemy.engine import make_url

    from benchmarks.schema import records

    with records(here):
        pass
    if here.database_url is None:
        return f"{here.database}, up to date"
    return f"{make_url(here.database_url)}, up to date, closed between partners"


def _shared_keys(here: Settings) -> Part:
    """Say where partners' keys lie; a machine alone with them is sound, a second one is not."""
    alone = "with more than one machine name a folder that all see (CIRCLETAKE_KEYS)"
    todo = "" if here.own_keys is not None else f"{alone}, or none reads what another wrote"
    return Part(name="partners' keys", ok=True, found=f"in {here.keys}", todo=todo)


def _mend_records(here: Settings) -> str:
    if here.database_url is None:
        return f"make {here.home} writable, or restore a backup"
    return "start the PostgreSQL of CIRCLETAKE_DATABASE, then `circletake database migrate`"


def _partners(here: Settings) -> str:
    from router import partners

    folders = " and ".join(str(folder) for folder in here.partner_folders)
    return f"{len(partners.load(*here.partner_folders))} partners in {folders}"


def _weights() -> str:
    from evaluators.vision import faces

    faces.models()
    return f"{len(faces.KNOWN_WEIGHTS)} files, hashes as known"


def _emulator() -> str:
    from router import emulation

    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        words = emulation.arguments(state=state, instant=True)
        with emulation.running(words, ledger=state / "billing.jsonl") as found:
            return f"answered at {found.endpoint}"


def _credentials() -> str:
    from router.cloud import aws
    from router.domain.errors import BadInput

    if not aws.has_credentials():
        raise BadInput(
            field="credentials", found="none", expected="AWS' default chain to have some"
        )
    return "in the default chain; not tried"
