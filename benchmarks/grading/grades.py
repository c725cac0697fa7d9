"""ASC CDL files in and out: .cc, .ccc, .cdl, and the SOP and SAT comments of an EDL.

Numbers only; the space in which they act stands in no field of these files. Ours say it in their
viewing description; for any other, whoever brings the file has to say it.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.domain.rendering import ON_DISPLAY, Graded, Three
from benchmarks.grading.names import nearest
from evaluators.mending.cdl import ENCODING, NAMESPACE, Cdl, as_cc
from router.domain.errors import BadInput

MAX_BYTES = 4_000_000
XML = {".cc": "", ".ccc": "ColorCorrectionCollection", ".cdl": "ColorDecisionList"}
SUFFIXES = (*XML, ".edl")
_EVENT = re.compile(r"^(\d{3,6})\s+(\S+)\s")
_CLIP = re.compile(r"^\*\s*FROM CLIP NAME:\s*(.+?)\s*$", re.IGNORECASE)
_SOP = re.compile(r"^\*\s*ASC_SOP\b(.*)$", re.IGNORECASE)
_SAT = re.compile(r"^\*\s*ASC_SAT\b(.*)$", re.IGNORECASE)
_NUMBERS = re.compile(r"[^\s(),]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A grade with its name: the id in XML, the clip (or event) of an EDL."""

    name: str
    cdl: Cdl
    on_display: bool = False  # the file says that it acts on display code values


def read(path: Path) -> tuple[Named, ...]:
    """Read every grade of a file.

    Raises:
        BadInput: the mistake, with the file's line or the correction's id.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(field="cdl", found=path.name, expected=f"one of: {', '.join(SUFFIXES)}")
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise BadInput(field="cdl", found=f"{len(data)} bytes", expected=f"at most {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"no UTF-8 at byte {error.start}"
        raise BadInput(field=path.name, found=found, expected="text in UTF-8") from error
    way = _of_edl if path.suffix.lower() == ".edl" else _of_xml
    found_ = tuple(way(text, path.name))
    if not found_:
        raise BadInput(field=path.name, found="no grade", expected="slope, offset, power")
    return found_


def chosen(path: Path, name: str | None) -> Named:
    """Give the one grade of a file, or the one of that name; raises BadInput."""
    every = read(path)
    if name is None:
        if len(every) > 1:
            found = f"{len(every)} grades"
            expected = f"the name of one; {nearest('', [n.name for n in every])}"
            raise BadInput(field="grade_name", found=found, expected=expected)
        return every[0]
    of_name = next((n for n in every if n.name == name), None)
    if of_name is None:
        expected = nearest(name, [n.name for n in every])
        raise BadInput(field="grade_name", found=name, expected=expected)
    return of_name


def graded(named: Named, space: str | None) -> Graded:
    """Say in which space a grade acts; raises BadInput where nobody has said it."""
    if space is None and not named.on_display:
        expected = f"the space that its numbers act in, such as ACEScct, or {ON_DISPLAY}"
        raise BadInput(field="grade_space", found="not said by the file", expected=expected)
    return Graded(
        slope=named.cdl.slope,
        offset=named.cdl.offset,
        power=named.cdl.power,
        saturation=named.cdl.saturation,
        space=space or ON_DISPLAY,
    )


def written(grades: Sequence[Named], suffix: str) -> str:
    """Write grades as a .cc (one only), .ccc, .cdl, or as the comments of an EDL.

    Raises:
        BadInput: several grades for a .cc, or another suffix.
    """
    if suffix == ".edl":
        return "".join(comments(g) for g in grades)
    if suffix not in XML:
        raise BadInput(field="out", found=suffix, expected=f"one of: {', '.join(SUFFIXES)}")
    if suffix == ".cc" and len(grades) != 1:
        raise BadInput(field="out", found=f"{len(grades)} grades", expected=".ccc or .cdl for them")
    made = [_correction(g) for g in grades]
    head, _, first = made[0].partition("\n")
    if not XML[suffix]:
        return made[0]
    bodies = [first, *(m.partition("\n")[2] for m in made[1:])]
    bodies = [b.replace(f' xmlns="{NAMESPACE}"', "") for b in bodies]
    if suffix == ".cdl":
        bodies = [f"<ColorDecision>\n{b}</ColorDecision>\n" for b in bodies]
    inner = "".join(bodies)
    return f'{head}\n<{XML[suffix]} xmlns="{NAMESPACE}">\n{inner}</{XML[suffix]}>\n'


def comments(named: Named) -> str:
    """Give the two comment lines that an EDL carries after an event."""
    rows = (named.cdl.slope, named.cdl.offset, named.cdl.power)
    sop = "".join(f"({' '.join(f'{v:.6f}' for v in row)})" for row in rows)
    clip = " ".join(named.name.split())
    return f"* FROM CLIP NAME: {clip}\n* ASC_SOP {sop}\n* ASC_SAT {named.cdl.saturation:.6f}\n"


def _correction(named: Named) -> str:
    text = as_cc(named.cdl, named.name)
    if named.on_display:
        return text
    rows = (
        f"  <{kind}Description>{ENCODING}</{kind}Description>\n" for kind in ("Input", "Viewing")
    )
    for row in rows:  # who else made it has not said where it acts, so neither do we
        text = text.replace(row, "")
    return text


def _of_xml(text: str, file: str) -> Iterator[Named]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadInput(field=file, found="a document type", expected="XML without one")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type no entities
    except ElementTree.ParseError as error:
        line, column = error.position
        where = f"{file}, line {line}, column {column + 1}"
        raise BadInput(field=where, found=str(error), expected="well-formed XML") from error
    for number, node in enumerate(n for n in root.iter() if _tag(n) == "ColorCorrection"):
        name = node.get("id") or f"correction {number + 1}"
        where = f"{file}: {name}"
        three = {key: _three(_text(node, key.title()), f"{where}, {key}", key) for key in _KEYS}
        said = _text(node, "Saturation")
        yield Named(
            name=name,
            cdl=Cdl(**three, saturation=_saturation(said, where)),
            on_display=_text(node, "ViewingDescription") == ENCODING,
        )


_KEYS = ("slope", "offset", "power")


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _text(node: ElementTree.Element, name: str) -> str | None:
    return next(((n.text or "").strip() for n in node.iter() if _tag(n) == name), None)


def _three(text: str | None, where: str, key: str) -> Three:
    if text is None:
        return (0.0, 0.0, 0.0) if key == "offset" else (1.0, 1.0, 1.0)
    values = _numbers(text, where, 3)
    least = -math.inf if key == "offset" else 0.0
    if min(values) < least or (key == "power" and min(values) <= 0):
        expected = "numbers above 0" if key == "power" else "numbers of 0 or more"
        raise BadInput(field=where, found=text[:80], expected=expected)
    return values[0], values[1], values[2]


def _saturation(text: str | None, where: str) -> float:
    if text is None:
        return 1.0
    (value,) = _numbers(text, f"{where}, saturation", 1)
    if value < 0:
        expected = "a number of 0 or more"
        raise BadInput(field=f"{where}, saturation", found=text[:80], expected=expected)
    return value


def _numbers(text: str, where: str, count: int) -> list[float]:
    try:
        values = [float(word) for word in _NUMBERS.findall(text)]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        raise BadInput(field=where, found=text[:80], expected=f"{count} finite numbers")
    return values


def _of_edl(text: str, file: str) -> Iterator[Named]:
    """Read comments; each belongs to the event before it, and is named by its clip."""
    for event, block in _blocks(text):
        name, sop, saturation = event, None, 1.0
        for number, line in block:
            where = f"{file}, line {number}"
            if clip := _CLIP.match(line):
                name = clip[1]
            elif said := _SOP.match(line):
                sop = _sop(said[1], where)
            elif said := _SAT.match(line):
                saturation = _saturation(said[1], where)
        if sop is not None:
            slope, offset, power = sop
            cdl = Cdl(slope=slope, offset=offset, power=power, saturation=saturation)
            yield Named(name=name, cdl=cdl)


def _blocks(text: str) -> list[tuple[str, list[tuple[int, str]]]]:
    """Part the lines by event; where there are no events, by clip name."""
    lines = list(enumerate(text.splitlines(), start=1))
    opens = _EVENT if any(_EVENT.match(line) for _, line in lines) else _CLIP
    blocks: list[tuple[str, list[tuple[int, str]]]] = [("grade", [])]
    for number, line in lines:
        if head := opens.match(line):
            blocks.append((f"event {head[1]}" if opens is _EVENT else head[1], []))
        blocks[-1][1].append((number, line))
    return blocks


def _sop(text: str, where: str) -> tuple[Three, Three, Three]:
    words = [repr(v) for v in _numbers(text, where, 9)]
    slope, offset, power = (
        _three(" ".join(words[i : i + 3]), f"{where}, {key}", key)
        for i, key in zip((0, 3, 6), _KEYS, strict=True)
    )
    return slope, offset, power
