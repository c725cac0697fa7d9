"""Packs, handed in at a service."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import cast

from benchmarks.answers import PackChecked, PackMistake
from benchmarks.client import Client
from benchmarks.packs.parcel import Parcel, parcel
from router.afar import There, only_here
from router.calling import BrokenOff
from router.console import Console, bad_news
from router.domain.errors import BadInput
from router.domain.mistake import BadFile

ZIP = ".zip"
STEP = 0.1  # of a file, between two words about it


def send(there: There, *, pack: Path, partner: str | None, resume: str | None, files: bool) -> None:
    """Hand a pack in; mistakes are bad news."""
    checked = sent(there, pack, partner, resume=resume, files=files)
    there.said.answer(checked, _text(checked, pack))
    if not checked["ok"]:
        raise bad_news()


def sent(
    there: There, pack: Path, partner: str | None, *, resume: str | None = None, files: bool = False
) -> PackChecked:
    """Hand a pack in: a folder as one zip, or file by file; gives what the service says of it."""
    client, tell = Client(there.service), _progress(there.said, pack.name)
    try:
        if pack.suffix == ZIP:
            if partner is None:
                raise BadInput(field="--partner", found=None, expected="whose pack the zip is")
            return client.send_zip(partner, pack, resume, tell)
        try:
            found = parcel(pack, partner)
        except BadFile as bad:
            return _unreadable(bad)
        if files:
            if resume is not None:
                raise only_here("--resume")
            return client.send_files(found, tell)
        return _zipped(client, found, pack.name, resume, tell)
    except BrokenOff as broken:
        again = f"circletake pack send {pack} --resume {broken.upload}"
        raise BadInput(field="--server", found=str(broken.found), expected=again) from broken


def seals(there: There, packs: Sequence[Path], partner: str) -> list[str]:
    """Give the seals of packs; those that the service does not know are handed in.

    Raises:
        BadInput: the service finds mistakes in one; all of them are told.
    """
    return [_seal(there, pack, partner) for pack in packs]


def _seal(there: There, pack: Path, partner: str) -> str:
    if pack.suffix != ZIP:
        with suppress(BadFile):  # `sent` says what is wrong with it
            seal = parcel(pack, partner).seal
            if seal and Client(there.service).pack(partner, seal):
                return seal
    checked = sent(there, pack, partner)
    if checked["pack"] is None:
        there.said.tell(_text(checked, pack))
        first = checked["errors"][0]
        field = f"{first['file']}: {first['field']}"
        raise BadInput(field=field, found=first["found"], expected=first["expected"])
    return checked["pack"]


def _unreadable(bad: BadFile) -> PackChecked:
    """Say what is wrong with a notation that nobody can read, as a service would."""
    errors = [cast("PackMistake", asdict(mistake)) for mistake in bad.mistakes]
    return {"pack": None, "ok": False, "errors": errors, "warnings": []}


def _zipped(
    client: Client,
    found: Parcel,
    name: str,
    resume: str | None,
    tell: Callable[[int, int], None],
) -> PackChecked:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{name or 'pack'}{ZIP}"
        found.packed(target)
        return client.send_zip(found.partner, target, resume, tell)


def _progress(said: Console, name: str) -> Callable[[int, int], None]:
    last = [0.0]

    def tell(done: int, whole: int) -> None:
        if done == whole or done / whole >= last[0] + STEP:
            last[0] = done / whole
            said.tell(f"{name}: {done / 1e6:.1f} of {whole / 1e6:.1f} MB")

    return tell


def _text(checked: PackChecked, pack: Path) -> str:
    lines = [_line("wrong", mistake) for mistake in checked["errors"]]
    lines += [_line("to note", mistake) for mistake in checked["warnings"]]
    if checked["ok"]:
        return "\n".join([*lines, f"{pack}: kept as {checked['pack']}"])
    count = len(checked["errors"])
    return "\n".join([*lines, f"{pack}: {count} mistakes; nothing is kept. Mend them, send again."])


def _line(kind: str, one: PackMistake) -> str:
    where = f"{one['file']}, line {one['line']}" if one["line"] else one["file"]
    return f"{kind}: {where}: {one['field']}: found {one['found']}; expected {one['expected']}"
