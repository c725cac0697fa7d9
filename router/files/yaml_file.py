"""YAML as a strict notation for data: what is written is what is read.

Of YAML 1.2 only what a person needs for a form: mappings, lists and scalars. Anchors, aliases,
merge keys, tags, directives, several documents and duplicate keys are refused. A scalar without
quotes is `null`, `true`, `false`, a decimal number (a fraction has a point) or text: `on`, `no`,
`2027-03-01`, `12:30:45`, `0010`, `1e5` and `.nan` stay text. Size, depth and number of nodes are
limited while reading, so that a small file cannot become a large one.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from router.domain.mistake import BadFile, Mistake

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
# libyaml where the wheel carries it, else the same events from Python, ten times slower.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file says, and on which line it says it."""

    file: str
    data: Any  # dict, list, str, int, float, bool or None
    lines: Mapping[str, int]  # field path (shots[3].task; "" = the whole) → line, counted from 1

    def line(self, field: str) -> int:
        """Give the line of a field, or of its nearest parent that exists."""
        while field not in self.lines:
            cut = max(field.rfind("."), field.rfind("["))
            field = field[: max(cut, 0)]
        return self.lines[field]

    def mistake(self, field: str, *, found: object, expected: str, code: str) -> Mistake:
        """Say what is wrong with a field."""
        shown = found if isinstance(found, str) else repr(found)
        shown = shown if len(shown) <= 120 else shown[:117] + "..."
        return Mistake(
            file=self.file,
            field=field,
            line=self.line(field),
            found=shown,
            expected=expected,
            code=code,
        )


def read(
    path: Path, *, max_bytes: int = 2_000_000, max_depth: int = 32, max_nodes: int = 200_000
) -> Document:
    """Read one file.

    Raises:
        BadFile: (a BadInput) the file is missing, too large, not UTF-8 or not in this notation; its
            `mistakes[0]` holds file, field and line.
    """
    return parse(text_of(path, max_bytes), path.name, max_depth=max_depth, max_nodes=max_nodes)


def parse(text: str, file: str, *, max_depth: int = 32, max_nodes: int = 200_000) -> Document:
    """Read text that came from somewhere else; `file` is what mistakes call it."""
    reader = _Reader(text, file, max_depth=max_depth, max_nodes=max_nodes)
    try:
        data = reader.document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or "a character that YAML does not allow"
        line = mark.line + 1 if mark else None
        raise _bad(file, "", line, f"not YAML: {problem}", "well-formed YAML", "syntax") from None
    return Document(file=file, data=data, lines=reader.lines)


def text_of(path: Path, max_bytes: int) -> str:
    """Read a file as UTF-8 text; raises BadFile."""
    try:
        if not path.is_file():
            raise _bad(path.name, "", None, f"no file at {path}", "a YAML file", "missing_file")
        with path.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise _bad(path.name, "", None, found, "a file that can be read", "unreadable") from error
    if len(raw) > max_bytes:
        raise _bad(path.name, "", None, "a larger file", f"at most {max_bytes} bytes", "too_large")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _bad(path.name, "", line, "bytes that are not UTF-8", "UTF-8", "encoding") from error


def _bad(file: str, field: str, line: int | None, found: str, expected: str, code: str) -> BadFile:
    mistake = Mistake(file=file, field=field, line=line, found=found, expected=expected, code=code)
    return BadFile([mistake])


class _Reader:
    """Turns parser events into plain data, one node at a time."""

    def __init__(self, text: str, file: str, *, max_depth: int, max_nodes: int) -> None:
        self.lines: dict[str, int] = {"": 1}
        self._file = file
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._max_depth = max_depth
        self._max_nodes = max_nodes
        self._nodes = 0

    def document(self) -> Any:
        """Read the one document of the file."""
        next(self._events)  # the stream starts
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise self._no("", start, "an empty file", "a YAML document", "empty")
        if start.tags:
            raise self._no("", start, "a %TAG directive", "no directives", "tag")
        data = self._node(next(self._events), "", 0)
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._no("", after, "a second document", "one document a file", "documents")
        return data

    def _node(self, event: Any, field: str, depth: int) -> Any:
        self._admit(event, field, depth)
        self.lines.setdefault(field, event.start_mark.line + 1)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(field, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(field, depth)
        return self._scalar(event, field)

    def _admit(self, event: Any, field: str, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._no(field, event, f"the alias *{event.anchor}", "no aliases", "alias")
        if event.anchor is not None:
            raise self._no(field, event, f"the anchor &{event.anchor}", "no anchors", "anchor")
        if event.tag is not None:
            raise self._no(field, event, f"the tag {event.tag}", "no tags", "tag")
        self._nodes += 1
        if self._nodes > self._max_nodes:
            limit = f"at most {self._max_nodes} values"
            raise self._no(field, event, "more values", limit, "too_large")
        if depth > self._max_depth:
            limit = f"at most {self._max_depth} levels"
            raise self._no(field, event, "deeper nesting", limit, "too_deep")

    def _mapping(self, field: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, field)
            path = f"{field}.{key}" if field else key
            if key in found:
                before = f"the key {key} once (it stands on line {self.lines[path]} already)"
                raise self._no(path, event, f"the key {key} twice", before, "duplicate_key")
            self.lines[path] = event.start_mark.line + 1
            found[key] = self._node(next(self._events), path, depth + 1)
        return found

    def _key(self, event: Any, field: str) -> str:
        self._admit(event, field, 0)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._no(field, event, "a list or mapping as a key", "text as key", "key")
        key: str = event.value
        if not key or (key == "<<" and not event.style):
            shown = "a merge key" if key else "an empty key"
            raise self._no(field, event, shown, "text as key", "key")
        return key

    def _sequence(self, field: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, f"{field}[{len(found)}]", depth + 1))
        return found

    def _scalar(self, event: Any, field: str) -> Any:
        text: str = event.value
        if event.style:  # quoted or block: text by definition
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return self._integer(text, event, field)
        if _FLOAT.fullmatch(text):
            return self._fraction(text, event, field)
        return text

    def _integer(self, text: str, event: Any, field: str) -> int:
        if len(text) > 18:
            raise self._no(field, event, f"{len(text)} digits", "at most 18, or quotes", "number")
        return int(text)

    def _fraction(self, text: str, event: Any, field: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            raise self._no(field, event, text[:40], "a finite number, or quotes", "number")
        return value

    def _no(self, field: str, event: Any, found: str, expected: str, code: str) -> BadFile:
        return _bad(self._file, field, event.start_mark.line + 1, found, expected, code)
