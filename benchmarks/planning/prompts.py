"""Versioned prompt templates: the same shot always gives the same words.

A character's canonical description is repeated verbatim, because consistency between shots rests
on it. A template that changes its words gets a new version and keeps the old one.

Version 1 gives every model the same text. From version 2 on a template gives *parts*, and
`phrasing.py` makes of them what one model takes: its camera words, its limits in characters and
tokens, and no weights by accident. Lines that a shot must pass are told to the model as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.domain.pack import Appearance, Shot, ShotPack
from benchmarks.planning.camera import FRAMINGS
from evaluators.domain.character import Costume
from evaluators.domain.verdict import AcceptanceLine
from router.domain.errors import UnknownName


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is told."""

    text: str
    negative: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that a prompt tells."""

    name: str  # shot, subject, must, action, setting, camera, avoid, notes
    text: str
    is_ours: bool = False  # canonical words: verbatim, or not at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A prompt before a model is chosen."""

    parts: tuple[Part, ...]  # in the order in which they are told
    negative: str = ""
    is_keyed: bool = False  # each part on a line with its name
    weighs: bool = False  # what a shot must pass gets weight, where the model knows weights


def render(template: str, shot: Shot, pack: ShotPack) -> Prompt:
    """Fill a template of version 1 with a shot's words.

    Raises:
        UnknownName: there is no such template.
    """
    if template not in PLAIN:
        raise UnknownName("template", template, PLAIN)
    return PLAIN[template](shot, pack)


def draft(template: str, shot: Shot, pack: ShotPack) -> Draft:
    """Fill a template of version 2 with a shot's words.

    Raises:
        UnknownName: there is no such template.
    """
    if template not in DRAFTS:
        raise UnknownName("template", template, DRAFTS)
    wanted = DRAFTS[template]
    every = {part.name: part for part in _parts(shot, pack) if part.text}
    return Draft(
        parts=tuple(every[name] for name in wanted.parts if name in every),
        negative=shot.negative,
        is_keyed=wanted.is_keyed,
        weighs=wanted.weighs,
    )


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


PLAIN: Mapping[str, Callable[[Shot, ShotPack], Prompt]] = {
    "plain/1": _plain,
    "keyed/1": _keyed,
    "motion/1": _motion,
    "fill/1": _fill,
    "none/1": _none,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a template of version 2 tells, and how."""

    parts: tuple[str, ...]
    is_keyed: bool = False
    weighs: bool = False


# Who is seen stands early: a text encoder may leave the end of a long prompt unread.
_EVERY = ("shot", "subject", "must", "action", "setting", "camera", "notes")
DRAFTS: Mapping[str, _Wanted] = {
    "plain/2": _Wanted(parts=("shot", "subject", "must")),
    "keyed/2": _Wanted(parts=_EVERY, is_keyed=True),
    "weighted/2": _Wanted(parts=_EVERY, is_keyed=True, weighs=True),
    "motion/2": _Wanted(parts=("shot", "action", "camera", "subject", "must")),
    "fill/2": _Wanted(parts=("shot", "notes")),
}
TEMPLATES = (*PLAIN, *DRAFTS)

# Kinds of acceptance lines that a model can follow; the others are about the file.
TOLD = frozenset(
    (
        "identity",
        "wardrobe",
        "composition",
        "camera",
        "lighting",
        "colour",
        "action",
        "artefact",
        "continuity",
    )
)


def _parts(shot: Shot, pack: ShotPack) -> tuple[Part, ...]:
    return (
        Part(name="shot", text=_sentence(shot.description)),
        Part(name="subject", text=canonical(shot, pack), is_ours=True),
        Part(name="must", text=" ".join(map(_sentence, musts(shot)))),
        Part(
            name="action", text=" ".join(_sentence(a.action) for a in shot.appearances if a.action)
        ),
        Part(name="setting", text=_setting(shot, pack)),
        Part(name="camera", text=shot.framing),  # in each model's own words: camera.py
        Part(name="notes", text=_sentence(shot.director_notes)),
    )


def musts(shot: Shot) -> tuple[str, ...]:
    """Give what a take of this shot must pass, as far as a model can be told."""
    return tuple(line.criterion for line in shot.acceptance if _is_told(line))


def _is_told(line: AcceptanceLine) -> bool:
    return line.must and line.kind in TOLD


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
