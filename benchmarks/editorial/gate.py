"""What a file of a cut must be before a library reads it: not too large, not too deep, not newer.

Runs inside the child. Parsers of nested text recurse in C, where nesting is a crash and no error.
"""

import itertools
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

MAX_TEXT, MAX_BINARY = 32 << 20, 256 << 20  # bytes
MAX_DEPTH = 400  # levels; real cuts have about 30
MAX_ENTRIES = 20_000  # of an .otioz
REEL = 32  # characters that edit systems keep
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_SCHEMA = re.compile(r'"OTIO_SCHEMA"\s*:\s*"([A-Za-z_]+)\.(\d+)"')
_EVENT = re.compile(r"\s*(\d{1,6})\s+(\S+)\s+(\S+)\s+(?:C|D|W\d{3}|KB|K|KO)\b(.*)")
_BARE = re.compile(r"(?<=[\s:,\[])-?(?:Inf|NaN|Infinity)\b")
_DROP = re.compile(r"\d\d:\d\d:\d\d;\d\d")

Row = dict[str, Any]


class Unfit(Exception):
    """The file cannot be taken as it is: rows of clip, field, line, found, expected, code."""

    def __init__(self, *rows: Row) -> None:
        """Keep every row."""
        self.rows = rows
        super().__init__(rows[0]["found"])


def row(found: str, expected: str, code: str, **place: Any) -> Row:
    """Give one mistake; `place` is line, clip, field."""
    where = {"line": None, "clip": "", "field": "", **place}
    return {**where, "found": found[:300], "expected": expected, "code": code}


def text_of(path: Path) -> str:
    """Read a text file within the limit, whichever of the usual encodings it has."""
    data = bytes_of(path, MAX_TEXT)
    for encoding in ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def bytes_of(path: Path, most: int) -> bytes:
    """Read a file within a limit."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Unfit(row("a larger file", f"at most {most >> 20} MB", "too_large"))
    if not data.strip():
        raise Unfit(row("an empty file", "a cut", "empty"))
    return data


def zipped(path: Path) -> str:
    """Give the timeline inside an .otioz; its media stays where it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MAX_ENTRIES:
                raise Unfit(row("more entries", f"at most {MAX_ENTRIES} entries", "too_many"))
            size = archive.getinfo("content.otio").file_size
            if size > MAX_TEXT:
                expected = f"at most {MAX_TEXT >> 20} MB of content.otio"
                raise Unfit(row(f"{size} bytes", expected, "too_large"))
            return archive.read("content.otio").decode("utf-8")
    except (zipfile.BadZipFile, KeyError, NotImplementedError, EOFError, UnicodeDecodeError) as bad:
        found = "a damaged zip, or one without content.otio"
        raise Unfit(row(found, "an .otioz as OpenTimelineIO writes it", "zip")) from bad


def json_fit(text: str) -> None:
    """Refuse nesting that would break the reader."""
    depth = deepest = 0
    for mark in re.findall(rb"[\[{\]}]", _STRINGS.sub(b"", text.encode("utf-8"))):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        found = f"{deepest} levels of brackets"
        raise Unfit(row(found, f"at most {MAX_DEPTH} levels", "too_deep"))


def schemas_fit(text: str, known: Mapping[str, int]) -> None:
    """Refuse what a newer version wrote, each place by line and clip."""
    newer = [
        row(
            f"{name}.{version}",
            f"at most {name}.{known[name]}: export for OpenTimelineIO 0.18 or older",
            "newer_schema",
            line=line,
            clip=clip,
            field="OTIO_SCHEMA",
        )
        for name, version, line, clip in _schemas(text)
        if version > known.get(name, version)
    ]
    if newer:
        raise Unfit(*newer[:50])


def strangers(text: str, known: Mapping[str, int]) -> tuple[Row, ...]:
    """Give every schema that nobody here knows: what a reader stumbles on."""
    values = {"RationalTime", "TimeRange", "TimeTransform", "Box2d", "V2d", "Color",
              "SerializableObjectRef"}  # fmt: skip
    return tuple(
        row(
            f"{name}.{version}",
            "a schema of OpenTimelineIO's own; flatten or leave out what a plug-in made",
            "unknown_schema",
            line=line,
            clip=clip,
            field="OTIO_SCHEMA",
        )
        for name, version, line, clip in _schemas(text)
        if name not in known and name not in values
    )[:50]


def _schemas(text: str) -> Iterator[tuple[str, int, int, str]]:
    """Give every schema with version, line and the clip around it, in the order of the text."""
    try:
        clips: Iterator[str] = _owners(json.loads(_BARE.sub("0", text)), "")
    except (ValueError, RecursionError):
        clips = itertools.repeat("")
    line, before = 1, 0
    for found, clip in zip(_SCHEMA.finditer(text), clips, strict=False):
        line += text.count("\n", before, found.start())
        before = found.start()
        yield found[1], int(found[2]), line, clip


def _owners(node: Any, clip: str) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _owners(each, clip)
    if not isinstance(node, dict):
        return
    if str(node.get("OTIO_SCHEMA", "")).startswith("Clip."):
        clip = str(node.get("name", ""))
    for key, value in node.items():
        if key == "OTIO_SCHEMA":
            yield clip
        else:
            yield from _owners(value, clip)


def xml_fit(text: str) -> None:
    """Refuse entities, which can grow without end, and nesting; raises Unfit with the line."""
    parser = expat.ParserCreate()
    depth = 0

    def start(_name: str, _attributes: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            at = parser.CurrentLineNumber
            expected = f"at most {MAX_DEPTH} levels"
            raise Unfit(row("deeper nesting", expected, "too_deep", line=at))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_facts: Any) -> None:
        at = parser.CurrentLineNumber
        raise Unfit(row("an entity of its own", "plain XML", "entity", line=at))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat takes no keyword
    except expat.ExpatError as bad:
        found = f"broken XML: {expat.errors.messages[bad.code]}"
        raise Unfit(row(found, "well-formed XML", "xml", line=bad.lineno)) from bad


def edl_fit(text: str, nominal: int, *, drop: bool) -> None:
    """Refuse lines that edit systems read differently, each by line."""
    wrong: list[Row] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not drop and (line.strip().upper() == "FCM: DROP FRAME" or _DROP.search(line)):
            expected = f"NON-DROP FRAME at {nominal} frames: drop-frame is of 29.97 and 59.94 only"
            wrong.append(row(line.strip(), expected, "drop_frame", line=number, field="FCM"))
        event = _EVENT.match(line)
        if event and len(event[2]) > REEL:
            expected = f"at most {REEL} characters: longer reels are cut, and then meet"
            place = {"line": number, "field": "reel", "clip": f"event {event[1]}"}
            wrong.append(row(event[2], expected, "reel", **place))
    if wrong:
        raise Unfit(*wrong[:50])
