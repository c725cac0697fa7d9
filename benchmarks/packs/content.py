"""The content of a pack's files: where they are, what they hold, what they hash to."""

import hashlib
import re
import stat
from pathlib import Path

from router.domain.ids import sha256_of

MAX_BYTES = 8_000_000_000  # of one file
MAX_FRAMES = 10_000  # of one sequence
_PATH = re.compile(r"(?!/)(?!.*\.\.)[A-Za-z0-9._/%#-]{1,200}")
_NUMBER = re.compile(r"%0([1-9])d|(#+)")
_BLOCK = 1 << 20


class Trouble(Exception):
    """Why a file cannot be taken as the pack names it."""

    def __init__(self, found: str, expected: str, code: str) -> None:
        """Keep the three facts of a mistake."""
        self.found = found
        self.expected = expected
        self.code = code
        super().__init__(found)


def frames(path: str, frame_range: tuple[int, ...]) -> tuple[str, ...]:
    """Give the file names behind a path: itself, or every frame of a sequence.

    Raises:
        Trouble: the path leaves the pack, or path and frame range do not fit.
    """
    if not _PATH.fullmatch(path) or path.strip("./") in {"", "shotpack.yaml"}:
        raise Trouble(path, "a file inside the pack, other than shotpack.yaml", "path")
    holes = list(_NUMBER.finditer(path))
    if len(holes) > 1 or "%" in _NUMBER.sub("", path):
        raise Trouble(path, "one frame number at most, written %04d or ####", "path")
    if not holes:
        if frame_range:
            raise Trouble(path, "%04d or #### in the path of a sequence", "frame_range")
        return (path,)
    if len(frame_range) != 2:
        raise Trouble("no frame_range", "frame_range: [first, last]", "frame_range")
    first, last = frame_range
    if not 0 <= first <= last < first + MAX_FRAMES:
        expected = f"[first, last] in order, at most {MAX_FRAMES} frames"
        raise Trouble(f"[{first}, {last}]", expected, "frame_range")
    digits = int(holes[0][1] or len(holes[0][2]))
    head, tail = path[: holes[0].start()], path[holes[0].end() :]
    return tuple(f"{head}{number:0{digits}d}{tail}" for number in range(first, last + 1))


def located(root: Path, name: str) -> Path:
    """Give the path of a file of the pack, after following it to its end; `root` is resolved.

    Raises:
        Trouble: it is missing, no plain file, too large, or a link leads out of the pack.
    """
    try:
        target = (root / name).resolve(strict=True)
        status = target.stat()
    except FileNotFoundError:
        raise Trouble("no such file", f"the file {name} in the pack", "missing_file") from None
    except (OSError, RuntimeError):  # a loop of links is a RuntimeError in Python 3.11
        raise Trouble("a path that cannot be followed", "a readable file", "unreadable") from None
    if not target.is_relative_to(root):
        raise Trouble("a link that leads out of the pack", "a file inside the pack", "path")
    if not stat.S_ISREG(status.st_mode):
        raise Trouble("no plain file", "a plain file", "unreadable")
    if status.st_size > MAX_BYTES:
        raise Trouble(f"{status.st_size} bytes", f"at most {MAX_BYTES} bytes", "too_large")
    if status.st_size == 0:
        raise Trouble("an empty file", "a file with content", "empty")
    return root / name


def located_all(root: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Give the paths of all frames; where some are missing, name them."""
    found: list[Path] = []
    missing: list[str] = []
    for name in names:
        try:
            found.append(located(root, name))
        except Trouble as trouble:
            if trouble.code != "missing_file" or len(names) == 1:
                raise
            missing.append(Path(name).name)
    if missing:
        named = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
        raise Trouble(
            f"{len(missing)} of {len(names)} frames missing: {named}",
            f"every frame from {Path(names[0]).name} to {Path(names[-1]).name}",
            "missing_frames",
        )
    return tuple(found)


def sha256(paths: tuple[Path, ...]) -> str:
    """Hash a file; of a sequence the sha-256 over its lines `name  sha-256`, sorted by name.

    Raises:
        Trouble: the disk does not give the bytes.
    """
    if len(paths) == 1:
        return _sha256(paths[0])
    lines = sorted(f"{path.name}  {_sha256(path)}\n" for path in paths)
    return sha256_of("".join(lines).encode("utf-8"))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError:
        raise Trouble("a file that cannot be read", "a readable file", "unreadable") from None
    return digest.hexdigest()
