"""What was sent of each request, kept where only the watcher writes.

A request's folder belongs to whoever dropped it: nothing that lies there says which campaign is
whose. There stands only a mark, by which a folder that was removed and dropped again under its old
name is known to be another one. A forged mark opens at most this folder's own journal.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.folders import papers
from dashboard.folders.names import MARK
from router import settings
from router.domain.errors import BadInput, StoreCorrupt
from router.files.durable_file import write_durably

Json = dict[str, Any]
ID = re.compile(r"[0-9a-f]{32}")


def place_of(inbox: Path) -> Path:
    """Give the folder of an inbox's journals: by the XDG rule, of this user alone.

    Raises:
        BadInput: it cannot be made.
    """
    state = settings.state_folder()
    path = state / "inboxes" / _named(str(inbox.resolve()))
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        expected = "a folder to remember in what was sent, such as ~/.local/state"
        found = f"{state}: {error.strerror}"
        raise BadInput(field="XDG_STATE_HOME", found=found, expected=expected) from None
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What was sent of one request."""

    kept: Path  # the folder of an inbox's journals
    folder: Path  # the request's own

    @property
    def drafts(self) -> Path:
        """Where its takes arrive, before they are laid."""
        return self.kept / f"{_named(self.folder.name)}.takes"

    @property
    def _path(self) -> Path:
        return self.kept / f"{_named(self.folder.name)}.json"

    def read(self) -> Json:
        """Say what was sent; {} = nothing of this folder yet."""
        found = self._found()
        known = found if found and found["mark"] == papers.mark(self.folder) else {}
        for name in {"campaign", "repair"} & set(known):
            checked(known[name], name)
        return known

    def note(self, **more: Any) -> Json:
        """Remember a step before the next one is taken."""
        known = self.read()
        if not known:
            known = {"folder": self.folder.name, "mark": secrets.token_hex(16)}
            self._write(known)
            papers.write(self.folder / MARK, {"mark": known["mark"]})
        if any(known.get(name) != value for name, value in more.items()):
            known |= more
            self._write(known)
        return known

    def _found(self) -> Json | None:
        try:
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            found = None
        if not isinstance(found, dict) or "mark" not in found:
            expected = "what this command wrote"
            raise StoreCorrupt(field=str(self._path), found="something else", expected=expected)
        return found

    def _write(self, known: Mapping[str, Any]) -> None:
        write_durably(self._path, json.dumps(known, indent=2).encode())


def checked(id_: object, field: str) -> str:
    """Give an id as services give them; nothing else becomes part of an address.

    Raises:
        StoreCorrupt: it is none.
    """
    if not isinstance(id_, str) or not ID.fullmatch(id_):
        raise StoreCorrupt(field=field, found="no id", expected="32 digits, 0-9 and a-f")
    return id_


def _named(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:32]
