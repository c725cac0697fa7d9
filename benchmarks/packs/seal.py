"""Sealing: the hash of every file is written into the pack, so that nothing changes unseen.

The text is edited where the hashes belong and nowhere else: comments, order and quotes stay.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.domain.unwritten import UNWRITTEN
from benchmarks.packs.check import FILE, Checked, check
from router.domain.errors import BadInput
from router.files import yaml_file

# libyaml where the wheel carries it; both give the same marks.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What sealing did, and the check after it."""

    checked: Checked
    filled: int = 0  # files that had no hash before
    changed: int = 0  # files that had another hash before


def seal(
    root: Path,
    *,
    today: date,
    metrics: Collection[str] | None = None,
    unfinished: bool = True,
) -> Sealed:
    """Fill in the sha256 of every file of a pack; a second run changes nothing.

    A pack with other mistakes than changed files is left as it is, and they are returned; without
    `unfinished`, shots that nobody has written yet are mistakes too.

    Raises:
        BadInput: the text is YAML, but written so that a hash cannot be added to it.
    """
    before = check(root, today=today, metrics=metrics)
    if not unfinished:
        before = _finished(before)
    if any(mistake.code != "hash_mismatch" for mistake in before.errors):
        return Sealed(checked=before)
    raw = (root / FILE).read_bytes().decode("utf-8")
    text = raw.removeprefix(_BOM)
    sealed = _filled_in(text, before.hashes)
    if sealed != text:
        _prove(text, sealed, before.hashes)
        _write(root / FILE, raw[: len(raw) - len(text)] + sealed)
    changed = sum(mistake.code == "hash_mismatch" for mistake in before.errors)
    return Sealed(
        checked=check(root, today=today, metrics=metrics),
        filled=sealed.count("sha256") - text.count("sha256"),
        changed=changed,
    )


def _finished(checked: Checked) -> Checked:
    """Take what is unwritten for a mistake."""
    unwritten = tuple(m for m in checked.warnings if m.code == UNWRITTEN)
    if not unwritten:
        return checked
    rest = tuple(m for m in checked.warnings if m.code != UNWRITTEN)
    return replace(checked, errors=(*checked.errors, *unwritten), warnings=rest, pack=None)


def _filled_in(text: str, hashes: Mapping[str, str]) -> str:
    edits = sorted(_edits(yaml.compose(text, Loader=_LOADER), text, hashes), reverse=True)
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    return text


def _edits(node: Any, text: str, hashes: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Give what to put where: (first character, character after the last, new text)."""
    for field, mapping in _mappings(node, ""):
        if field not in hashes:
            continue
        keys = {key.value: (key, value) for key, value in mapping.value}
        if "sha256" in keys:
            value = keys["sha256"][1]
            yield value.start_mark.index, value.end_mark.index, hashes[field]
        else:
            yield _insertion(*keys["path"], text, hashes[field], flow=mapping.flow_style)


def _mappings(node: Any, field: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, yaml.MappingNode):
        yield field, node
        for key, value in node.value:
            yield from _mappings(value, f"{field}.{key.value}" if field else key.value)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _mappings(value, f"{field}[{number}]")


def _insertion(key: Any, value: Any, text: str, sha256: str, *, flow: bool) -> tuple[int, int, str]:
    at = value.end_mark.index
    if flow:
        return at, at, f", sha256: {sha256}"
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = " " * key.start_mark.column
    if value.end_mark.line != key.start_mark.line:  # the path stands on lines of its own
        at = key.start_mark.index
        return at, at, f"sha256: {sha256}{newline}{indent}"
    rest = text[at:].split("\n", 1)[0].rstrip("\r")  # perhaps a comment
    at += len(rest)
    return at, at, f"{newline}{indent}sha256: {sha256}"


def _prove(old: str, new: str, hashes: Mapping[str, str]) -> None:
    """Read the new text: it says what the old one said, and the hashes."""
    expected = yaml_file.parse(old, FILE).data
    for field, sha256 in hashes.items():
        _at(expected, field)["sha256"] = sha256
    if yaml_file.parse(new, FILE).data != expected:
        found = "a file entry in an unusual notation"
        raise BadInput(field=FILE, found=found, expected="`path: …` on one line in each file entry")


def _at(data: Any, field: str) -> Any:
    for step in field.replace("[", ".").replace("]", "").split("."):
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data


def _write(path: Path, text: str) -> None:
    """Replace the file in one move, so that a crash leaves the old one."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(text.encode("utf-8"))
    draft.chmod(path.stat().st_mode & 0o777)
    draft.replace(path)
