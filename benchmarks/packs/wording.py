"""How a mistake in a pack is put into words."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from router.domain.mistake import Mistake
from router.files.yaml_file import Document


def mistake(document: Document, field: str, found: Any, expected: str, code: str) -> Mistake:
    """Name the place by file, field and line, and say what was found there."""
    return Mistake(
        file=document.file,
        field=printable(field),
        line=document.line(field),
        found=shown(found),
        expected=expected,
        code=code,
    )


def shown(found: Any) -> str:
    """Put a value on one short line that is safe on a terminal."""
    if found is None:
        return "nothing"
    if isinstance(found, dict):
        return "a mapping" if found else "an empty mapping"
    if isinstance(found, list):
        return f"a list of {len(found)}" if found else "an empty list"
    text = printable(found if isinstance(found, str) else str(found))
    return text if len(text) <= 160 else text[:157] + "..."


def printable(text: str) -> str:
    """Write out what a terminal would obey or hide."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def one_of(known: Collection[object], found: object = None) -> str:
    """List what is allowed; where one of it is close to what was found, ask for that."""
    names = list(dict.fromkeys(str(k) for k in known))
    close = get_close_matches(str(found), names, n=1, cutoff=0.6) if found is not None else []
    meant = f"{close[0]}? " if close else ""
    listed = ", ".join(names) if len(names) <= 40 else f"{', '.join(names[:40])}, …"
    return f"{meant}one of: {listed}" if names else "nothing: the pack defines none"
