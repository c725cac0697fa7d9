"""Who or what must stay itself from take to take."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Decides how identity is measured; said by a person, never guessed by a detector."""

    PERSON = "person"  # face identity
    CREATURE = "creature"  # appearance of the subject
    OBJECT = "object"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Costume:
    """One wardrobe of a character (OMC: NarrativeWardrobe)."""

    id: str
    description: str
    references: tuple[str, ...] = ()  # media, by path or sha-256
    invariants: tuple[str, ...] = ()  # what must never drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A character (or prop) with its reference sheet (OMC: Character)."""

    id: str
    name: str
    kind: Kind
    description: str = ""  # canonical text, reused verbatim in prompts
    references: tuple[str, ...] = ()  # media, by path or sha-256
    costumes: tuple[Costume, ...] = ()
    invariants: tuple[str, ...] = ()
