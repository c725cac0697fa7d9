"""Versioned prompt templates: the same shot always gives the same words.

A character's canonical description is repeated verbatim, because consistency between shots rests
on it. Nothing is ever cut: a prompt that is too long for a model is refused by the gate.
A template that changes its words gets a new version and keeps the old one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.domain.pack import Appearance, Shot, ShotPack
from evaluators.domain.character import Costume
from router.domain.errors import UnknownName

FRAMINGS = {
    "ECU": "extreme close-up",
    "CU": "close-up",
    "MCU": "medium close-up",
    "MS": "medium shot",
    "MWS": "medium wide shot",
    "WS": "wide shot",
    "EWS": "extreme wide shot",
    "OTS": "over the shoulder",
    "POV": "point of view",
    "INSERT": "insert",
    "TWO_SHOT": "two shot",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is told."""

    text: str
    negative: str = ""


def render(template: str, shot: Shot, pack: ShotPack) -> Prompt:
    """Fill a template with a shot's words.

    Raises:
        UnknownName: there is no such template.
    """
    if template not in TEMPLATES:
        raise UnknownName("template", template, TEMPLATES)
    return TEMPLATES[template](shot, pack)


def repair(criteria: tuple[str, ...], shot: Shot, pack: ShotPack) -> Prompt:
    """Say what the failed lines demand, for a picture that is asked again inside a matte."""
    wanted = [_sentence(c) for c in criteria]
    return Prompt(text=" ".join([*wanted, *_who(shot, pack)]), negative=shot.negative)


def _plain(shot: Shot, pack: ShotPack) -> Prompt:
    text = " ".join([_sentence(shot.description), *_who(shot, pack)])
    return Prompt(text=text, negative=shot.negative)


def _keyed(shot: Shot, pack: ShotPack) -> Prompt:
    parts = [
        ("Shot", _sentence(shot.description)),
        ("Subject", " ".join(_who(shot, pack))),
        ("Action", " ".join(_sentence(a.action) for a in shot.appearances if a.action)),
        ("Setting", _setting(shot, pack)),
        ("Camera", f"{FRAMINGS.get(shot.framing, shot.framing)}."),
        ("Notes", _sentence(shot.director_notes)),
    ]
    text = "\n".join(f"{name}: {words}" for name, words in parts if words)
    return Prompt(text=text, negative=shot.negative)


def _motion(shot: Shot, pack: ShotPack) -> Prompt:
    move = shot.movement.replace("_", " ")
    camera = f"{FRAMINGS.get(shot.framing, shot.framing)}, camera {move}."
    actions = [_sentence(a.action) for a in shot.appearances if a.action]
    words = [_sentence(shot.description), *actions, camera.capitalize(), *_who(shot, pack)]
    return Prompt(text=" ".join(words), negative=shot.negative)


def _fill(shot: Shot, _pack: ShotPack) -> Prompt:
    words = [_sentence(shot.description), _sentence(shot.director_notes)]
    return Prompt(text=" ".join(w for w in words if w), negative=shot.negative)


def _none(_shot: Shot, _pack: ShotPack) -> Prompt:
    return Prompt(text="")


TEMPLATES: Mapping[str, Callable[[Shot, ShotPack], Prompt]] = {
    "plain/1": _plain,
    "keyed/1": _keyed,
    "motion/1": _motion,
    "fill/1": _fill,
    "none/1": _none,
}


def costume_of(appearance: Appearance, pack: ShotPack) -> Costume | None:
    """Give the costume that a character wears in a shot."""
    costumes = pack.character(appearance.character).costumes
    return next((c for c in costumes if c.id == appearance.costume), None)


def canonical(shot: Shot, pack: ShotPack) -> str:
    """Give the canonical words for everybody and everything that a shot shows."""
    return " ".join(_who(shot, pack))


def _who(shot: Shot, pack: ShotPack) -> list[str]:
    """Describe characters, costumes and props in their canonical words."""
    words = []
    for appearance in shot.appearances:
        character = pack.character(appearance.character)
        costume = costume_of(appearance, pack)
        words.append(_named(character.name, character.description))
        if costume:
            words.append(_sentence(costume.description))
        must = (*character.invariants, *(costume.invariants if costume else ()))
        words.extend(_sentence(m) for m in must)
    for id_ in shot.props:
        prop = pack.character(id_)
        words.append(_named(prop.name, prop.description))
    return words


def _named(name: str, description: str) -> str:
    return f"{name}: {_sentence(description)}" if description else _sentence(name)


def _setting(shot: Shot, pack: ShotPack) -> str:
    return _sentence(dict(pack.locations).get(shot.location or "", ""))


def _sentence(words: str) -> str:
    """End with a full stop; the words themselves stay untouched."""
    words = words.strip()
    return words if not words or words[-1] in ".!?…" else f"{words}."
