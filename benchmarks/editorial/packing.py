"""A cut becomes a shot pack, or brings new shots to one; what a person wrote is never changed."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchmarks.domain.cut import Cut, CutClip
from benchmarks.editorial import growing, shots
from benchmarks.editorial.naming import BY_NAME, Known, key, named
from benchmarks.editorial.recut import (
    Change,
    Place,
    changes,
    frames_of_plate,
    place,
)
from benchmarks.editorial.shelf import Plate, Shelf
from benchmarks.packs import check as checking
from benchmarks.packs import picture
from benchmarks.packs.check import FILE
from benchmarks.packs.wording import printable
from router.domain.errors import BadInput, Conflict
from router.domain.mistake import BadFile, Mistake
from router.files import yaml_file
from router.files.durable_file import write_durably

MAX_BYTES, MAX_NODES = 8_000_000, 400_000  # of shotpack.yaml
RECORD = "editorial/shots.json"  # which clip became which shot: ours, for the next cut
_RASTER = (256, 8192)  # pixels that a pack's delivery may have on a side


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a cut is to be taken in."""

    file: Path
    media: Path | None = None  # where plates are looked for; None = beside the file
    how: str = BY_NAME
    handles: int = 8
    partner: str = "my_studio"
    plates: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a cut brought."""

    named: Mapping[str, CutClip]
    places: Mapping[str, Place]  # of every shot of the cut
    added: tuple[str, ...]
    changed: tuple[Change, ...] = ()
    same: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()  # shots of the pack that the cut no longer has
    written: tuple[str, ...] = ()  # files, by their names in the pack
    warnings: tuple[Mistake, ...] = ()


def look(cut: Cut, wish: Wish, known: Mapping[str, Known] | None = None) -> Taken:
    """Name the shots of a cut and look for their plates; writes nothing.

    Raises:
        BadFile: a plate lies there with holes in it.
    """
    found = named(cut, wish.how, known)
    places = {shot: place(clip, wish.handles) for shot, clip in found.items()}
    return Taken(named=found, places=places, added=tuple(found))


def start(cut: Cut, wish: Wish, folder: Path) -> Taken:
    """Write a new pack: its shots, plates, grades and the cut itself, ready for `pack check`.

    Raises:
        Conflict: there is something in the folder already.
        BadFile: the cut's rate is none of a pack's, or a plate has holes; nothing is written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        expected = "a new or empty folder, or --pack for one that exists; nothing is overwritten"
        raise Conflict(field="--out", found=str(folder), expected=expected)
    taken = look(cut, wish)
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)  # of a run that was killed
    try:
        taken, entries = _laid(wish, taken, draft, tuple(taken.named))
        (draft / RECORD).write_bytes(_record(taken, {}))
        edit = next(name for name in taken.written if name.startswith("editorial/cut."))
        text = _head(cut, wish, draft, edit) + growing.listed(entries, indent=2)
        (draft / FILE).write_text(text, encoding="utf-8")
        checked = checking.check(draft, today=date.min)
        if not checked.ok:
            raise BadFile(checked.errors)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return replace(taken, written=(FILE, *taken.written))


def extend(cut: Cut, wish: Wish, folder: Path, *, today: date) -> Taken:
    """Bring a new cut to a pack: new shots are added, changed ones reported and left alone.

    Raises:
        BadFile: the pack has mistakes, its rate is another, or a plate has holes; nothing is
            written.
    """
    before = checking.check(folder, today=today)
    if any(m.code != "hash_mismatch" for m in before.errors):
        raise BadFile(before.errors)
    document = _document(folder)
    _same_rate(cut, wish, document)
    known = _remembered(folder)
    was = dict(_places(document.data))
    taken = look(cut, wish, known)
    new = tuple(shot for shot in taken.named if shot not in was and shot not in _ids(document))
    taken = replace(
        taken,
        added=new,
        changed=tuple(changes(was, taken.places)),
        same=tuple(s for s, spot in taken.places.items() if was.get(s) == spot),
        gone=tuple(s for s in was if s not in taken.named),
    )
    draft = folder / ".timeline.draft"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        taken, entries = _laid(wish, taken, draft, new, folder)
        text = growing.grown(folder / FILE, entries) if entries else None
        placed = _moved(draft, folder, taken.written)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if text is not None:
        _prove(text, folder, placed, today)
        write_durably(folder / FILE, text.encode())
    write_durably(folder / RECORD, _record(taken, known))
    return replace(taken, written=(*([FILE] if text else []), *placed))


def rate_of_pack(folder: Path) -> Fraction | None:
    """Give the rate of a pack, for a cut that does not carry its own."""
    data = _document(folder).data
    production = data.get("production") if isinstance(data, dict) else None
    said = production.get("fps") if isinstance(production, dict) else None
    return shots.rate_of(str(said))


def code_of_pack(folder: Path) -> str:
    """Give the short name of a pack's show."""
    return str(_document(folder).data["production"]["code"])


def _prove(text: str, folder: Path, placed: Sequence[str], today: date) -> None:
    """Check the grown pack before it replaces the old one; else take back what was laid in."""
    document = yaml_file.parse(text.removeprefix("\ufeff"), FILE, max_nodes=MAX_NODES)
    checked = checking.checked(document, folder.resolve(), today=today, metrics=None)
    if any(m.code != "hash_mismatch" for m in checked.errors):
        for name in placed:
            (folder / name).unlink(missing_ok=True)
        raise BadFile(checked.errors)


def _document(folder: Path) -> yaml_file.Document:
    return yaml_file.read(folder / FILE, max_bytes=MAX_BYTES, max_nodes=MAX_NODES)


_STARTER = "starter.yaml"
_NOBODY = "characters: []                  # `circletake pack new` shows how one is written"


def _laid(
    wish: Wish, taken: Taken, draft: Path, wanted: tuple[str, ...],
    pack: Path | None = None,
) -> tuple[Taken, list[dict[str, Any]]]:  # fmt: skip
    """Put the files of some shots into a draft folder; gives their entries."""
    shelf = Shelf.beside(wish.file, wish.media) if wish.plates else None
    plates, warned, wrong = _plates(wish, taken, shelf, wanted)
    if wrong:
        raise BadFile(wrong)
    (draft / "editorial").mkdir(parents=True)
    entries = []
    for shot in wanted:
        clip, spot = taken.named[shot], taken.places[shot]
        plate = plates.get(shot)
        if plate and shelf:
            for name, target in _targets(shot, plate):
                shelf.copy(name, draft / target)
        if clip.cdl is not None:
            cc = draft / shots.grade_name(shot)
            cc.parent.mkdir(exist_ok=True)
            cc.write_text(shots.grade(shot, clip.cdl), encoding="utf-8")
        entries.append(shots.entry(shot, clip, spot, plate))
    edit, data = _edit(wish.file, pack)
    if edit:
        (draft / edit).write_bytes(data)
    written = sorted(p.relative_to(draft).as_posix() for p in draft.rglob("*") if p.is_file())
    return replace(taken, written=tuple(written), warnings=tuple(warned)), entries


def _plates(
    wish: Wish, taken: Taken, shelf: Shelf | None, wanted: tuple[str, ...]
) -> tuple[dict[str, Plate], list[Mistake], list[Mistake]]:
    """Find the plate of each shot: those found, what is not there, what has holes."""
    found: dict[str, Plate] = {}
    warned, wrong = [], []
    for shot in wanted if shelf else ():
        clip = taken.named[shot]
        needed = frames_of_plate(clip, taken.places[shot])
        plate = shelf.find(clip, needed) if shelf and clip.media else None
        if plate and plate.missing:
            count = len(plate.missing)
            some = ", ".join(map(str, plate.missing[:10])) + (", …" if count > 10 else "")
            expected = f"every frame from {needed[0]} to {needed[1]}, or --no-plates"
            wrong.append(_about(wish, clip, f"frames missing: {some}", expected, "missing_frames"))
        elif plate is None:
            expected = "its media beside the cut or under --media; the shot has no plate"
            warned.append(_about(wish, clip, clip.media or "nothing", expected, "missing_media"))
        elif not shots.is_taken(plate):
            expected = "a picture or movie that packs take; the shot has no plate"
            warned.append(_about(wish, clip, plate.names[0], expected, "media_kind"))
        else:
            found[shot] = plate
    return found, warned, wrong


def _about(wish: Wish, clip: CutClip, found: str, expected: str, code: str) -> Mistake:
    return Mistake(
        file=wish.file.name,
        field=printable(f'clip {clip.number} "{clip.name}" media'),
        line=None,
        found=printable(found),
        expected=expected,
        code=code,
    )


def _targets(shot: str, plate: Plate) -> Iterator[tuple[str, str]]:
    pattern = shots.plate_name(shot, plate)
    if plate.numbers is None:
        yield plate.names[0], pattern
        return
    for number, name in enumerate(plate.names, start=plate.numbers[0]):
        yield name, pattern % number


def _edit(file: Path, pack: Path | None) -> tuple[str | None, bytes]:
    """Give a name for the copy of the cut, and the copy; one that the pack has has no name."""
    suffix, data = file.suffix.lower(), file.read_bytes()
    if suffix == ".otioz":
        with zipfile.ZipFile(file) as archive:
            suffix, data = ".otio", archive.read("content.otio")
    if pack is None:
        return f"editorial/cut{suffix}", data
    if any(old.read_bytes() == data for old in (pack / "editorial").glob(f"cut*{suffix}")):
        return None, data
    number = 2
    while (pack / f"editorial/cut_v{number:03d}{suffix}").exists():
        number += 1
    return f"editorial/cut_v{number:03d}{suffix}", data


def _record(taken: Taken, known: Mapping[str, Known]) -> bytes:
    """Write which clip is which shot; shots that left the cut may come back."""
    before = {k.shot: {"key": k.key, "used": list(k.used)} for k in known.values()}
    now = {s: {"key": key(clip), "used": list(clip.used)} for s, clip in taken.named.items()}
    return (json.dumps({**before, **now}, indent=1, ensure_ascii=False) + "\n").encode()


def _remembered(folder: Path) -> Mapping[str, Known]:
    path = folder / RECORD
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {
            shot: Known(shot=shot, key=str(one["key"]), used=(one["used"][0], one["used"][1]))
            for shot, one in told.items()
        }
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as bad:
        expected = "the record that an import wrote; remove it, and clips are known by name only"
        raise BadInput(field=RECORD, found="another text", expected=expected) from bad


def _head(cut: Cut, wish: Wish, draft: Path, edit: str) -> str:
    """Give the commented beginning of the starter pack with what the cut says in its place."""
    text = files("benchmarks.packs").joinpath(_STARTER).read_text("utf-8")
    head = text.partition("\ncharacters:")[0]
    code = re.sub(r"[^A-Z0-9]", "", cut.name.upper()).lstrip("0123456789")[:12]
    title = shots.clean(cut.name)[:100] or "A cut"
    said = {
        "code": code if len(code) >= 3 else "CUT",
        "title": json.dumps(title, ensure_ascii=False),
        "partner": wish.partner,
        "fps": f"'{_fps(cut, wish)}'",
        "raster": str(list(_raster(draft))),
    }
    for name, value in said.items():
        head = _replaced(head, name, value)
    head = head.replace("handles: 8", f"handles: {wish.handles}")
    line = f"  editorial: {{path: {edit}, functional_type: edit}}"
    head = re.sub(r"(?m)^  # editorial: .*$", lambda _: line, head)
    return f"{head}\n{_NOBODY}\n\nshots:\n"


def _replaced(head: str, name: str, value: str) -> str:
    """Put a value in the place of the starter's; what is explained beside it stays."""
    old = re.compile(rf"^  {name}: (?:\[[^\]]*\]|[^#\n]*?)(?=\s+#|$)", re.MULTILINE)
    return old.sub(lambda _: f"  {name}: {value}", head, count=1)


def _fps(cut: Cut, wish: Wish) -> str:
    if cut.rate not in shots.FPS:
        expected = f"a rate that packs have: {', '.join(shots.FPS.values())}"
        raise BadFile([_of_cut(wish, str(cut.rate), expected)])
    return shots.FPS[cut.rate]


def _of_cut(wish: Wish, found: str, expected: str) -> Mistake:
    return Mistake(file=wish.file.name, field="rate", line=None, found=found, expected=expected,
                   code="rate")  # fmt: skip


def _raster(draft: Path) -> tuple[int, int]:
    """Give the raster of the first plate that says its own; else the starter's."""
    for path in sorted((draft / "plates").rglob("*")) if (draft / "plates").exists() else ():
        found = picture.raster(picture.head(path)) if path.is_file() else None
        if found and all(_RASTER[0] <= side <= _RASTER[1] for side in found):
            return found
    return (1024, 576)


def _same_rate(cut: Cut, wish: Wish, document: yaml_file.Document) -> None:
    fps = str(document.data["production"]["fps"])
    if _fps(cut, wish) != fps:
        raise BadFile([_of_cut(wish, _fps(cut, wish), f"{fps} frames per second, as the pack")])


def _ids(document: yaml_file.Document) -> set[str]:
    return {str(shot["id"]) for shot in document.data["shots"]}


def _places(data: Any) -> Iterator[tuple[str, Place]]:
    """Give the places that the pack has now; shots without timing have none."""
    usual = data["production"]["delivery"].get("handles", 0)
    for shot in data["shots"]:
        timing = shot.get("timing")
        if timing:
            handles = (timing.get("head_handle", usual), timing.get("tail_handle", usual))
            yield shot["id"], Place(used=(timing["cut_in"], timing["cut_out"]), handles=handles)


def _moved(draft: Path, folder: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Move new files into a pack; gives those that were not there. Nothing is overwritten."""
    new = []
    for name in names:
        target = folder / name
        if not target.exists():
            new.append(name)
        elif target.read_bytes() != (draft / name).read_bytes():
            expected = "a pack without that file, or with the same; nothing is overwritten"
            raise Conflict(field=name, found="another file", expected=expected)
    for name in new:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).replace(folder / name)
    return tuple(new)
