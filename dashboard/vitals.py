"""What is looked at on this machine: clock, jail, keys, media, leftovers, open problems."""

import fcntl
import os
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from router.domain.errors import Broken
from router.settings import Settings

SLACK_S = 5.0
PATIENCE_S = 300.0  # a worker's sign of life that is older was left behind


class Ailing(Broken):
    """A part that is not as it should be; `expected` says what to do about it."""

    code = "ailing"

    def __init__(self, found: str, todo: str) -> None:
        """Say what was found, and the remedy."""
        super().__init__(field="installation", found=found, expected=todo)


def clock(home: Path, *, wall_s: float | None = None) -> str:
    """Hold the clock against the newest file of the home: nothing is written in the future."""
    now = time.time() if wall_s is None else wall_s
    newest = max((p.stat().st_mtime for p in _files(home)), default=now)
    if newest > now + SLACK_S:
        raise Ailing(
            f"{newest - now:.0f} s behind the newest file of this home",
            "set the clock of this machine (`timedatectl set-ntp true`); AWS refuses signatures"
            " that are five minutes off",
        )
    return "not behind anything that was written here; --aws holds it against AWS'"


def jail() -> str:
    """See what keeps the decoder of foreign files off the network."""
    from router.decoding.decode import Decoder

    with Decoder() as decoder:
        return judged(decoder.walls())


def judged(walls: str) -> str:
    """Judge the walls of the jail: without namespace and filter only resource limits are left."""
    if walls.startswith("open"):
        raise Ailing(
            "resource limits only: no namespace and no system-call filter",
            "allow user namespaces (`sysctl kernel.unprivileged_userns_clone=1`) or a kernel with"
            " seccomp; until then take no uploads from anybody",
        )
    return f"{walls}, and resource limits"


def keys(here: Settings) -> str:
    """See that nobody else on this machine may read keys, nor the home of a single user."""
    files = [here.home / "signing.key", here.pepper_file]
    found = [f for f in files if f is not None and f.is_file()]
    if here.keys.is_dir():
        found += [p for p in here.keys.rglob("*") if p.is_file()]
    folders = [p for p in (here.home, here.keys) if p.is_dir()]
    wrong = [p for p in (*folders, *found) if stat.S_IMODE(p.stat().st_mode) & 0o077]
    if wrong:
        words = " ".join(map(str, wrong))
        raise Ailing(
            f"{len(wrong)} that others may read",
            f"chmod go-rwx {words}; then change what was readable: it may have been read",
        )
    return f"{len(found)} key files, for their owner only"


def pepper(here: Settings) -> str:
    """See that the pepper, which several machines share, is there."""
    from router.access import pepper as peppers

    peppers.of(here, several_machines=True)
    return f"{here.pepper_file}, the same on every machine"


def media(here: Settings) -> str:
    """Write and remove a file where media are kept; a bucket must answer as well."""
    here.home.mkdir(parents=True, exist_ok=True, mode=0o700)  # mode= is not for parents
    here.media.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryFile(dir=here.media) as file:
        file.write(b"\0")
    if here.media_url is None:
        return f"{here.media}, writable"
    from router.cloud import aws
    from router.media_s3 import MediaBucket, place_of

    place = place_of(here.media_url)
    bucket = MediaBucket(
        client=aws.clients_of(here).archive(here.region),
        bucket=place.bucket,
        prefix=place.prefix,
        copies=here.media,
    )
    bucket.answers()
    return f"s3://{place.bucket}, answers; local copies in {here.media}"


def encryption(home: Path, *, mounts: Path = Path("/proc/self/mountinfo")) -> tuple[str, str]:
    """Say whether the disk under the home is seen to be encrypted, and a hint where it is not."""
    device = next(p for p in (home, *home.parents) if p.exists()).stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    lines = mounts.read_text(encoding="utf-8").splitlines() if mounts.is_file() else []
    known = any(line.split()[2] == number for line in lines)
    uuid = Path(f"/sys/dev/block/{number}/dm/uuid")
    if known and uuid.is_file() and uuid.read_text(encoding="utf-8").startswith("CRYPT-"):
        return "the disk is encrypted", ""
    return (
        "not seen to be",
        "keep the home on an encrypted disk (LUKS, FileVault, BitLocker): unreleased pictures"
        " lie there as they are",
    )


def emulators(home: Path) -> str:
    """Find emulators of this home that outlived whoever started them."""
    folder = home / "emulator"
    if not (folder / "lock").is_file():
        return "none left behind"
    held, guests = not _is_free(folder / "lock"), folder / "guests"
    if held and guests.is_file() and _is_free(guests):
        raise Ailing(
            "an emulator runs, and nobody uses it",
            f"end the process that holds {folder / 'lock'} (`fuser {folder / 'lock'}`)",
        )
    return "in use" if held else "none left behind"


def workers(home: Path, *, wall_s: float | None = None) -> str:
    """Find workers that died without a farewell: a name that is free, and a sign of life."""
    from router.workers import is_free

    folder, now, dead = home / "workers", time.time() if wall_s is None else wall_s, []
    for path in sorted(folder.glob("*.pulse")):
        if (folder / f"{path.stem}.lock").is_file():
            gone = is_free(folder, path.stem)
        else:
            gone = now - path.stat().st_mtime > PATIENCE_S
        dead += [path.stem] if gone else []
    if dead:
        raise Ailing(
            f"{', '.join(dead)} died without a farewell",
            "start `circletake worker`: it takes their work over; then remove "
            + " ".join(str(folder / f"{name}.pulse") for name in dead),
        )
    return f"{len(list(folder.glob('*.lock')))} names, none left behind"


def problems(here: Settings) -> str:
    """Count what waits for a person: lost answers, and trials that are parked."""
    from sqlalchemy import func, select

    from benchmarks.schema import records
    from router import partners
    from router.store.database import reading
    from router.store.tables import attempts

    found: Counter[str] = Counter()
    t = attempts.c
    with records(here) as engine:
        for partner in partners.load(*here.partner_folders):
            query = select(t.state, func.count()).where(t.partner == partner).group_by(t.state)
            with reading(engine, partner) as connection:
                for state, number in connection.execute(query):
                    found[state] += number
    remedies = {
        "unknown": "`circletake ledger reconcile` looks for lost answers",
        "parked": "`circletake campaign status` says why; `circletake campaign resume` goes on",
    }
    open_ = {state: found[state] for state in remedies if found[state]}
    if open_:
        said = ", ".join(f"{n} {state}" for state, n in open_.items())
        raise Ailing(f"{said} attempts", "; ".join(remedies[state] for state in open_))
    return f"none in {found.total()} attempts"


def _is_free(path: Path) -> bool:
    with path.open("r") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _files(home: Path) -> Iterator[Path]:
    return (p for p in home.glob("*") if p.is_file())
