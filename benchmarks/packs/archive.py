"""A pack in a zip, unpacked only after its whole directory was found harmless.

Limits hold for what the directory says and again for what comes out: entries, bytes, ratio. Refused
are names that lead elsewhere or that two file systems read differently, links, devices, encryption,
overlapping entries and zips inside. Source: PKWARE APPNOTE 6.3.10.
"""

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from router.domain.mistake import Mistake

MAX_ENTRIES, MAX_BYTES, MAX_RATIO = 2_000, 2 << 30, 100
MAX_DIRECTORY = 2 << 20  # bytes of names and fields
SMALL = 64 << 10  # bytes that may be packed as tightly as they like
MAX_NAME, MAX_LEVELS = 200, 12
MOST_TOLD = 100  # mistakes; who has that many has one
MARKER = "shotpack.yaml"
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_ENTRY, _END, _LOCATOR, _END64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_LARGE = 20 + 56  # bytes of a locator and the zip64 end before it
_RECORD = 22  # bytes of the end record before its comment
_TAIL = _LARGE + _RECORD + 0xFFFF
_LOCAL = 30  # bytes of a local header before its name
_BLOCK = 1 << 20
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a pack may hold."""

    entries: int = MAX_ENTRIES
    bytes: int = MAX_BYTES
    ratio: int = MAX_RATIO


def unpack(path: Path, into: Path, limits: Limits | None = None) -> tuple[Mistake, ...]:
    """Unpack a zip into a new folder; gives what is wrong with it, and then leaves nothing there.

    The pack may stand at the top or in one folder of its own. An entry is named by its number.
    """
    most = limits or Limits()
    try:
        _measure(path, most)
        with zipfile.ZipFile(path) as archive:
            entries = list(enumerate(archive.infolist()))
            found = chain(_sizes(entries, most), _names(entries), _places(archive, entries))
            wrong = list(islice(found, MOST_TOLD))
            if not wrong:
                _write(archive, entries, into, most)
    except _Refusal as refusal:
        wrong = [refusal.mistake]
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, EOFError):
        wrong = [_mistake(None, "a damaged zip", "a zip as it is usually written", "zip")]
    return tuple(wrong)


class _Refusal(Exception):
    def __init__(self, found: str, expected: str, code: str, number: int | None = None) -> None:
        super().__init__(found)
        self.mistake = _mistake(number, found, expected, code)


def _mistake(number: int | None, found: str, expected: str, code: str) -> Mistake:
    field = "" if number is None else f"entry {number + 1}"
    return Mistake(
        file="pack.zip", field=field, line=None, found=found, expected=expected, code=code
    )


Entries = list[tuple[int, zipfile.ZipInfo]]


def _measure(path: Path, most: Limits) -> None:
    """Read how long the directory is before anybody reads it.

    What is measured is what is read: the record must end the file, so that no second one, in its
    fields or behind it, is taken instead. The directory is read to its length, whatever number of
    entries is said, so they are counted.
    """
    size = path.stat().st_size
    damaged = _Refusal("a damaged zip", "a zip as it is usually written", "zip")
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0:
            raise _Refusal("a file that is no zip, or ends early", "a whole zip", "zip")
        *disks, _, entries, length, _, comment = struct.unpack_from("<4H2IH", tail, at + 4)
        if at + _RECORD + comment != len(tail):
            raise damaged
        if at >= _LARGE and tail[at - 20 : at - 16] == _LOCATOR:  # many write it for small ones
            at -= _LARGE
            if tail[at : at + 4] != _END64:
                raise damaged
            *disks, _, entries, length = struct.unpack_from("<2I3Q", tail, at + 16)
        if any(disks):
            raise damaged
        if entries > most.entries or length > MAX_DIRECTORY:
            raise _Refusal("more entries", f"at most {most.entries} entries", "too_many")
        file.seek(max(0, size - len(tail) + at - length))
        if file.read(length).count(_ENTRY) > most.entries:
            raise _Refusal("more entries", f"at most {most.entries} entries", "too_many")


def _sizes(entries: Entries, most: Limits) -> Iterator[Mistake]:
    total = sum(info.file_size for _, info in entries)
    if total > most.bytes:
        yield _mistake(None, f"{total} bytes unpacked", f"at most {most.bytes}", "too_large")
    for number, info in entries:
        if info.file_size > SMALL and info.file_size > most.ratio * max(1, info.compress_size):
            expected = f"at most {most.ratio} times as large unpacked"
            yield _mistake(number, "content packed tighter than pictures are", expected, "ratio")
        if info.flag_bits & 0x1:
            yield _mistake(number, "an encrypted entry", "a zip without a password", "encrypted")
        elif info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            yield _mistake(number, "another compression", "stored or deflated", "compression")


def _names(entries: Entries) -> Iterator[Mistake]:
    known: dict[str, bool] = {}  # name as the laxest file system reads it → is a folder
    for number, info in entries:
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            yield _mistake(number, "a link or device", "plain files only", "not_a_file")
            continue
        if not _is_harmless(info.orig_filename):
            expected = f"a path inside the pack, at most {MAX_NAME} characters, with / between"
            yield _mistake(number, "a name that could lead elsewhere", expected, "slip")
            continue
        folded = unicodedata.normalize("NFC", info.orig_filename.rstrip("/")).casefold()
        above = [str(p) for p in PurePosixPath(folded).parents][:-1]
        clash = folded in known and not (known[folded] and info.is_dir())
        if clash or any(known.get(p) is False for p in above):
            expected = "each name once, also where upper and lower case are the same"
            yield _mistake(number, "a name that is here already", expected, "duplicate")
        known[folded] = info.is_dir()
        known.update({p: True for p in above if p not in known})


def _is_harmless(name: str) -> bool:
    parts = name.removesuffix("/").split("/")
    return (
        0 < len(name) <= MAX_NAME
        and len(parts) <= MAX_LEVELS
        and not any(part in {"", ".", ".."} for part in parts)
        and not any(c in '\\:*?"<>|' or unicodedata.category(c)[0] == "C" for c in name)
    )


def _places(archive: zipfile.ZipFile, entries: Entries) -> Iterator[Mistake]:
    """Refuse entries that share bytes: little content, told many times."""
    begins = sorted((info.header_offset, number, info) for number, info in entries)
    ends = [*(begin for begin, _, _ in begins[1:]), archive.start_dir]
    for (begin, number, info), end in zip(begins, ends, strict=True):
        least = _LOCAL + len(info.orig_filename.encode("utf-8", "surrogateescape"))
        if begin < 0 or begin + least + info.compress_size > end:
            yield _mistake(number, "content that overlaps another's", "a zip as usual", "overlap")


def _write(archive: zipfile.ZipFile, entries: Entries, into: Path, most: Limits) -> None:
    wanted = [
        (number, info)
        for number, info in entries
        if not info.is_dir() and not any(word in info.orig_filename for word in _LITTER)
    ]
    top = _top([info.orig_filename for _, info in wanted])
    left = most.bytes
    for number, info in wanted:
        target = into / info.orig_filename.removeprefix(top)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            left -= _poured(archive, info, target, number, left)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            found = "content that is not what its checksum says"
            refusal = _Refusal(found, "a whole zip", "zip", number)
            raise refusal from error


def _poured(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, number: int, left: int
) -> int:
    """Write one entry, counting; gives its bytes."""
    most = min(info.file_size, left)
    count = 0
    with archive.open(info) as source, target.open("xb") as file:
        while block := source.read(_BLOCK):
            if not count and block.startswith(_ZIPS) and target.suffix.lower() != ".usdz":
                raise _Refusal("a zip inside the zip", "its files themselves", "nested", number)
            count += len(block)
            if count > most:
                raise _Refusal("more content than announced", "a zip as usual", "zip", number)
            file.write(block)
    return count


def _top(names: list[str]) -> str:
    """Find the one folder that holds the pack; "" where it stands at the top."""
    if MARKER in names:
        return ""
    tops = {name.split("/", 1)[0] for name in names}
    top = f"{tops.pop()}/" if len(tops) == 1 else ""
    return top if top and f"{top}{MARKER}" in names else ""
