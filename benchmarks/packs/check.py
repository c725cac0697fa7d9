"""Is this a shot pack that can be run? Every mistake at once."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.domain.pack import ShotPack
from benchmarks.packs import (
    colours,
    media,
    needs,
    reader,
    references,
    rights,
    shape,
    text,
    unfinished,
)
from benchmarks.packs.entries import Entry, entries
from benchmarks.packs.node import Node
from benchmarks.packs.wording import mistake, printable
from router.domain.mistake import BadFile, Mistake
from router.files import yaml_file

FILE = "shotpack.yaml"
_MAX_BYTES = 8_000_000  # a thousand shots with every field take about half of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is wrong with a pack; where nothing is, the pack."""

    errors: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...] = ()
    pack: ShotPack | None = None  # None where there are errors
    hashes: Mapping[str, str] = field(default_factory=dict)  # of what is there, by field path

    @property
    def ok(self) -> bool:
        """Say whether the pack can be run once it is sealed."""
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """Give the body that `pack check --json` prints."""
        return {
            "ok": self.ok,
            "errors": [asdict(m) for m in self.errors],
            "warnings": [asdict(m) for m in self.warnings],
        }


def check(root: Path, *, today: date, metrics: Collection[str] | None = None) -> Checked:
    """Check the pack in a folder: notation, schema, names, files, consent, what each task needs.

    `metrics` are the metric names that acceptance lines may ask for; None = any. A pack that is
    not sealed is a warning here; planning a campaign refuses it. Never raises for a bad pack.
    """
    if not root.is_dir():
        found = "a file" if root.exists() else "nothing"
        return Checked(errors=(_no_pack(root, found),))
    try:
        document = yaml_file.read(root / FILE, max_bytes=_MAX_BYTES, max_nodes=_MAX_BYTES // 20)
    except BadFile as bad:
        return Checked(errors=tuple(_safe(mistake) for mistake in bad.mistakes))
    return checked(document, root.resolve(), today=today, metrics=metrics)


def checked(
    document: yaml_file.Document, root: Path, *, today: date, metrics: Collection[str] | None
) -> Checked:
    """Check a pack that has been read; `root` is resolved."""
    wrong = [*shape.mistakes(document), *text.mistakes(document)]
    if not isinstance(document.data, dict):
        return Checked(errors=tuple(wrong))
    listed = tuple(entries(Node(document.data)))
    found, unfit, unread = media.look(document, root, listed)
    wrong += [
        *references.mistakes(document),
        *rights.mistakes(document, today=today),
        *needs.mistakes(document, metrics=metrics),
        *colours.mistakes(document),
        *(m for m in unfit if m.field not in {said.field for said in wrong}),
    ]
    warned = [
        *_unsealed(document, listed),
        *rights.warnings(document, today=today),
        *colours.warnings(document),
        *unfinished.warnings(document),
        *unread,
    ]
    pack = None if wrong else reader.read(root, document.data, found)
    return Checked(
        errors=_in_order(wrong),
        warnings=_in_order(warned),
        pack=pack,
        hashes={place: file.sha256 for place, file in found.items()},
    )


def _safe(mistake: Mistake) -> Mistake:
    """Let nothing through to a terminal that it would obey."""
    return replace(mistake, field=printable(mistake.field), found=printable(mistake.found))


def _no_pack(root: Path, found: str) -> Mistake:
    expected = f"a folder with a {FILE} in it"
    return Mistake(
        file=root.name or str(root), field="", line=None, found=found, expected=expected,
        code="not_a_pack",
    )  # fmt: skip


def _unsealed(document: yaml_file.Document, listed: tuple[Entry, ...]) -> list[Mistake]:
    open_ = [entry for entry in listed if not entry.node.has("sha256")]
    if not open_:
        return []
    found = f"{len(open_)} of {len(listed)} files without sha256"
    expected = "every file sealed by its sha256; `circletake pack seal` fills them in"
    return [mistake(document, open_[0].node.at("sha256"), found, expected, "unsealed")]


def _in_order(mistakes: list[Mistake]) -> tuple[Mistake, ...]:
    """Sort by place in the file, so that a person can work from top to bottom."""
    return tuple(sorted(mistakes, key=lambda m: (m.line or 0, m.field)))
