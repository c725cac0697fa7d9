"""New shots at the end of a pack's list; every other letter of the file stays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from router.domain.errors import BadInput
from router.files import yaml_file

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SAID = "# from the cut: say what is asked, what is seen, how it is framed, what must hold"


def listed(entries: Sequence[dict[str, Any]], *, indent: int) -> str:
    """Write entries as items of a YAML list."""
    lines: list[str] = []
    for entry in entries:
        text = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=96)
        lines += [_SAID, *text.splitlines(), ""]
    return "".join(f"{' ' * indent}{line}".rstrip() + "\n" for line in lines)


def grown(path: Path, entries: Sequence[dict[str, Any]]) -> str:
    """Give a pack's text with entries added to its shots.

    Raises:
        BadInput: the list is written so that nothing can be added to it.
    """
    raw = path.read_bytes().decode("utf-8")
    text = raw.replace("\r\n", "\n")
    root: Any = yaml.compose(text, Loader=_LOADER)
    shots = next(value for name, value in root.value if name.value == "shots")
    expected = "shots as a list of lines that begin with -"
    if shots.flow_style:
        raise BadInput(field="shots", found="a list in brackets", expected=expected)
    end = _last(shots).end_mark.index
    end = text.find("\n", end - 1 if text[end - 1 : end] == "\n" else end)
    end = len(text) if end < 0 else end + 1
    gap = "" if text[:end].endswith("\n") else "\n"
    added = listed(entries, indent=shots.start_mark.column)
    new = f"{text[:end]}{gap}\n{added}{text[end:]}"
    whole = yaml_file.parse(text.removeprefix("\ufeff"), path.name, max_nodes=400_000).data
    whole["shots"] = [*whole["shots"], *entries]
    if yaml_file.parse(new.removeprefix("\ufeff"), path.name, max_nodes=400_000).data != whole:
        raise BadInput(field="shots", found="a list in an unusual notation", expected=expected)
    return new.replace("\n", "\r\n") if "\r\n" in raw else new


def _last(node: Any) -> Any:
    """Give the last thing written inside a node."""
    while isinstance(node, yaml.SequenceNode | yaml.MappingNode) and node.value:
        if node.flow_style:
            return node
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node
