"""What is wrong with a file that a person wrote: where, what was found, what would be right."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from router.domain.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing wrong with one file."""

    file: str
    field: str  # path inside the file: models[3].price.usd; "" = the file itself
    line: int | None  # counted from 1; None = not known
    found: str
    expected: str
    code: str  # one word a program can act on: missing, unknown_field, type, secret, …

    def __str__(self) -> str:
        """Write it on one line, the place first."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        name = f" {self.field}" if self.field else ""
        return f"{place}{name}: found {self.found}; expected {self.expected}"


class BadFile(BadInput):
    """A file with mistakes, all of them at once."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        """Keep every mistake; the first one gives field, found and expected."""
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        super().__init__(field=_place(first), found=first.found, expected=first.expected)
        self.args = ("\n".join(str(m) for m in self.mistakes),)

    def as_dict(self) -> dict[str, object]:
        """Give the usual body and, beside it, every mistake."""
        return super().as_dict() | {"mistakes": [asdict(m) for m in self.mistakes]}


def _place(mistake: Mistake) -> str:
    place = mistake.file if mistake.line is None else f"{mistake.file}:{mistake.line}"
    return f"{place} {mistake.field}".strip()
