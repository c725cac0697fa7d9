"""Text that a person can trust: what is shown is what is written."""

import re
import unicodedata
from collections.abc import Iterator

from benchmarks.packs.node import every_text
from benchmarks.packs.wording import mistake
from router.domain.mistake import Mistake
from router.files.yaml_file import Document

# Fields that name something: one line, one form, no look-alikes.
_NAMES = frozenset(
    ("title", "name", "display_name", "owner", "who", "by", "rights_holder", "territory")
)
# Alphabets whose letters look alike; a word that mixes them is made to deceive, or by accident.
_ALIKE = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"))
_JOINERS = "\u200c\u200d"  # needed to write Persian and several Indic languages
_WORD = re.compile(r"\w+")


def mistakes(document: Document) -> Iterator[Mistake]:
    """Refuse control and invisible characters everywhere, and look-alikes in names."""
    for field, text in every_text(document.data):
        problem = _unseen(text)
        if problem is None and field.rsplit(".", 1)[-1] in _NAMES:
            problem = _deceiving(text)
        if problem is not None:
            expected, code = problem
            yield mistake(document, field, text, expected, code)


def _unseen(text: str) -> tuple[str, str] | None:
    for character in text:
        kind = unicodedata.category(character)
        if kind in {"Cc", "Cs", "Cf", "Cn"} and character not in f"\n\t{_JOINERS}":
            point = f"U+{ord(character):04X}"
            return f"text without the unseen character {point}", "unseen_character"
    return None


def _deceiving(text: str) -> tuple[str, str] | None:
    if any(c in text for c in f"\n\t{_JOINERS}"):
        return "a name on one line, without joiners", "unseen_character"
    if text != unicodedata.normalize("NFC", text):
        return "the composed form of its letters (Unicode NFC)", "not_nfc"
    for word in _WORD.findall(text):
        scripts = {unicodedata.name(c, "?").split()[0] for c in word if c.isalpha()} & _ALIKE
        if len(scripts) > 1:
            mixed = " and ".join(sorted(s.capitalize() for s in scripts))
            return f"words of one alphabet; one here mixes {mixed}", "confusable"
    return None
