"""What shall be recoloured, and how, read from a person's words, the line, the costume. Pure.

A colour that something is "too" much of, or shall not have, is never asked for. What is said in the
words wins; what they leave open comes from the named line, and then from the costume.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.repairing.remedies import HUE, SHADE, Garment, garment
from router.domain.errors import BadInput

_COLOUR = re.compile(rf"\b{SHADE}{HUE}\b", re.IGNORECASE)
_NEVER = re.compile(
    r"\b(?:too|not|no|less|never|without|overly|isn't|aren't|don't|instead of|rather than|than)"
    rf"\s+(?:so\s+|as\s+|very\s+|much\s+|that\s+|be\s+)*({SHADE}{HUE})\b",
    re.IGNORECASE,
)
_GOAL = re.compile(
    r"\b(?:be|becomes?|to|into|in|stays?|keeps?|make|paint|dye|colou?r)\s+"
    rf"(?:(?:it|them|this|that|the|a|an|its|their|same|more|all|back)\s+)*({SHADE}{HUE})\b",
    re.IGNORECASE,
)
_NEXT = re.compile(r"\s+([a-z]+)", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+|[^a-z\s]", re.IGNORECASE)
# Words that name no thing, beside a colour or in the words of a costume.
_SMALL_WORDS = """
a an the and or with over of in on to at under for from by as like than but not who which here there
now please again instead everywhere all everything enough only too also one ones it its this that
her his their she he they same right left should must shall is are was be dark light deep pale
bright
"""
_SMALL = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What there is to recolour, in the pack's words."""

    criteria: tuple[str, ...]  # of the lines that the notes answer
    costumes: tuple[str, ...]  # worn in the shot
    props: tuple[str, ...]  # of the shot
    description: str = ""  # of the shot: what else is to be seen


def wanted(words: Sequence[str], scene: Scene) -> Garment:
    """Read what shall have which colour.

    Raises:
        BadInput: the words name a thing that is not there, or several colours, or neither they
            nor the line nor the costume name a colour that is not the one complained of.
    """
    said = " . ".join(words)
    avoided = {found.lower() for found in _NEVER.findall(said)}
    plain = _NEVER.sub(" . ", said)
    _check(plain, scene)
    known = (*scene.costumes, *scene.props)
    worn = _Vocabulary(known)
    colour = _goal(plain)
    thing = worn.first(plain) or next(filter(None, map(worn.first, scene.criteria)), None)
    thing = thing or next((g.name for d in scene.costumes if (g := garment(d))), None)
    thing = thing or _beside(plain, colour)
    if colour is None:
        colour = next(_elsewhere(scene, thing, known), None)
    if colour is None or thing is None:
        raise _unclear(said, "words without a colour and a thing", known)
    if colour.lower() in avoided:
        raise _unclear(said, f"it is too {colour}, and no other colour is named", known)
    return Garment(name=thing, colour=colour)


class _Vocabulary:
    """The words by which somebody's things are called; a plural is the same thing."""

    def __init__(self, texts: Iterable[str]) -> None:
        plain = " ".join(_COLOUR.sub(" ", text) for text in texts).lower()
        self._known = {_one(w) for w in _WORD.findall(plain) if w.isalpha() and w not in _SMALL}

    def __contains__(self, word: str) -> bool:
        return _one(word) in self._known

    def first(self, text: str) -> str | None:
        """Give the first thing that a text names, of all its words: "pressure suit"."""
        run: list[str] = []
        for word in _WORD.findall(_COLOUR.sub(" , ", text)):
            if word in self:
                run.append(word.lower())
            elif run:
                break
        return " ".join(run) or None


def _goal(text: str) -> str | None:
    """Give the colour that is asked for: the one after a verb, else the only one; raises."""
    goals = {c.lower(): c for c in _GOAL.findall(text)}
    named = goals or {c.lower(): c for c in _COLOUR.findall(text)}
    if len(named) > 1:
        expected = "one colour, such as: make it bottle-green"
        raise BadInput(field="notes", found=", ".join(named.values()), expected=expected)
    return next(iter(named.values()), None)


def _check(text: str, scene: Scene) -> None:
    """Raise BadInput for a colour on a thing that nobody wears and the shot does not show."""
    known = (*scene.costumes, *scene.props)
    there = _Vocabulary((*known, *scene.criteria, scene.description))
    if not known:
        return
    for colour in _COLOUR.finditer(text):
        after = _NEXT.match(text, colour.end())
        if after and after[1].lower() not in _SMALL and after[1] not in there:
            if _Vocabulary(known).first(text):
                continue
            raise _unclear(text, f"{after[1]}: nobody wears that here", known)


def _beside(text: str, colour: str | None) -> str | None:
    """Give the word after a colour, where the pack names no things at all."""
    at = text.find(colour) if colour else -1
    after = _NEXT.match(text, at + len(colour or "")) if at >= 0 else None
    return after[1] if after and after[1].lower() not in _SMALL else None


def _elsewhere(scene: Scene, thing: str | None, known: Sequence[str]) -> Iterator[str]:
    """Give the colours that the lines demand, then the costume's, of this thing first."""
    for criterion in scene.criteria:
        yield from _COLOUR.findall(_NEVER.sub(" ", criterion))
    worn = [g for d in known if (g := garment(d))]
    head = _one(thing.split()[-1]) if thing else ""
    yield from (g.colour for g in worn if _one(g.name.split()[-1]) == head)


def _one(word: str) -> str:
    return word.lower().removesuffix("s")


def _unclear(said: str, found: str, known: Sequence[str]) -> BadInput:
    there = "; ".join(known)
    told = f"a colour and a thing of this shot ({there})" if there else "a colour and a thing"
    expected = f"{told}, such as: bottle-green coat; or wish inpaint, to paint it anew"
    return BadInput(field="notes", found=found or said, expected=expected)
