"""What a take is called outside: SQ010_SH0020_genai_v003, on proxies, sheets and in the edit."""

import re
from dataclasses import dataclass

Place = tuple[str, str]  # seal of the pack, and shot
SHORTEST, WHOLE = 6, 32  # digits of an id that may stand for it, and of all of it
# The name itself, a file that bears it, or its reel in an EDL, which has no underscores.
_VERSION = re.compile(
    r"(?P<shot>[A-Za-z0-9]{2,8}_?[A-Za-z0-9]{2,8}?)_?(?:genai)?_?v(?P<number>\d{1,5})"
    r"(?:_review)?(?:\.[A-Za-z0-9]{2,5})?",
    re.IGNORECASE,
)
_DIGITS = re.compile(rf"[0-9a-f]{{{SHORTEST},{WHOLE}}}")


@dataclass(frozen=True, slots=True)
class Version:
    """Which take of its shot a take is."""

    place: Place
    number: int  # from 1

    @property
    def short(self) -> str:
        """Give the number as people say it: v003."""
        return f"v{self.number:03d}"

    @property
    def name(self) -> str:
        """Name it with its shot."""
        return name_of(self.place[1], self.number)


def name_of(shot: str, number: int) -> str:
    """Name a version of a shot."""
    return f"{shot}_genai_v{number:03d}"


def read(said: str) -> tuple[str, int] | None:
    """Read a version's name; gives its shot without underscores, and its number."""
    found = _VERSION.fullmatch(said)
    return (bare(found["shot"]), int(found["number"])) if found else None


def split(said: str) -> tuple[str, str]:
    """Take the beginning of a campaign's id off, as in e8e684/SQ010_SH0020_genai_v003.

    Gives it, "" where there is none, and the rest; folders before a file's name are left out.
    """
    place, _, word = said.strip().rpartition("/")
    return (place if is_prefix(place) else ""), word


def bare(shot: str) -> str:
    """Give a shot as versions are compared by: no underscores, one case."""
    return shot.replace("_", "").upper()


def is_prefix(said: str) -> bool:
    """Say whether it may be the beginning of an id."""
    return _DIGITS.fullmatch(said) is not None
