"""Who votes, and which contrasts are declared, as people write them on one line."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.domain.study import Rater
from router.domain.errors import BadInput, UnknownName
from router.domain.partner import Partner

MOST_CONTRASTS = 3


def positive(field_: str, found: int, least: int) -> int:
    """Give a number back; raises BadInput where it is less than the least."""
    if found < least:
        raise BadInput(field=field_, found=found, expected=f"at least {least}")
    return found


def raters_of(words: Sequence[str], partners: Mapping[str, Partner]) -> tuple[Rater, ...]:
    """Read NAME@PARTNER, or NAME for one of the platform's own people."""
    found: dict[str, Rater] = {}
    for word in words:
        name, _, studio = word.strip().rpartition("@") if "@" in word else (word.strip(), "", "")
        if not name or len(name) > 80:
            raise BadInput(field="raters", found=word, expected="NAME@PARTNER, or NAME for ours")
        if not name[0].isalnum():  # it stands in sheets that spreadsheets open
            expected = "a name that begins with a letter or a digit"
            raise BadInput(field="raters", found=word, expected=expected)
        if studio and studio not in partners:
            raise UnknownName("partner", studio, partners)
        if name.casefold() in found:
            raise BadInput(field="raters", found=f"{name} twice", expected="each person once")
        found[name.casefold()] = Rater(name=name, studio=studio)
    if not found:
        raise BadInput(field="raters", found="nobody", expected="at least one person")
    return tuple(found.values())


def contrasts_of(words: Sequence[str], recipes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read FIRST:SECOND."""
    if len(words) > MOST_CONTRASTS:
        raise BadInput(
            field="contrast", found=len(words), expected=f"at most {MOST_CONTRASTS} declared"
        )
    known = frozenset(recipes)
    found = []
    for word in words:
        first, _, second = word.partition(":")
        for name in (first, second):
            if name not in known:
                raise UnknownName("contrast", name, known)
        if first == second:
            raise BadInput(field="contrast", found=word, expected="two different recipes")
        found.append((first, second))
    return tuple(found)
