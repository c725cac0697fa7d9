"""A draft becomes the prompt of one model: within its limits, in its camera words, nothing silent.

Where a prompt is too long, whole parts are left out in a fixed order (notes, then setting, then
what shall not be seen, then camera) and a sentence says which; never what the shot is, whom it
shows, what happens, or what a take must pass. What is still too long is refused with its figure.
The same order holds for every template of version 2; another order is another version.

Text that other people wrote stays what they wrote: unseen characters are dropped, a line break is
a space (no part can pretend to be another one), and a colon before a number in parentheses is
written \u2236 where the model would read it as a weight. Canonical words are never changed beyond
the first two; where they would be read as a weight the cell is refused.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.planning import camera
from benchmarks.planning.prompts import PLAIN, Part, draft, musts, render
from benchmarks.planning.sources import CannotAsk
from router.admission.tokens import most_tokens
from router.domain.model import Limits, Model

LEFT_OUT_FIRST = ("notes", "setting", "avoid", "camera")
WEIGHT = "1.3"  # of what a take must pass, where a template weighs
_AS_WEIGHT = re.compile(r":(?=\s*[-+]?[\d.,]+\s*\))")
_RATIO = "\u2236"
_JOINERS = "\u200c\u200d"  # needed by several scripts, and inside emoji


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a language model wrote in place of a shot's own words; see writer.py."""

    words: str  # "" = it gave nothing that can be used
    model: str  # its catalogue key
    version: str  # of the question
    asked: str  # what it was told
    inquiry: str  # id in the ledger
    cost_musd: int
    simulated: bool
    refused: str = ""  # why its text is not used


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrased:
    """A prompt as one model gets it, and where it comes from."""

    text: str
    negative: str
    template: str
    left_out: tuple[str, ...] = ()  # names of parts
    said: tuple[str, ...] = ()  # what a reader of the plan must know
    writing: Writing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A shot in its pack, and what a language model wrote about it."""

    shot: Shot
    pack: ShotPack
    writing: Writing | None = None


def phrase(template: str, told: Told, model: Model) -> Phrased:
    """Make the prompt of one model.

    Raises:
        UnknownName: there is no such template.
        CannotAsk: canonical words would be read as a weight, or it is too long at its shortest.
    """
    if template in PLAIN:
        return _of_version_1(template, told, model)
    made = draft(template, told.shot, told.pack)
    limits, said = model.limits, list[str]()
    parts = [_spoken(part, told.shot, limits) for part in made.parts]
    writing = told.writing
    if writing is not None and not writing.refused:
        parts = _written(parts, _safe(writing.words, limits))
    elif writing is not None:
        said.append(f"the template's own words are used: {writing.refused}")
    negative = clean(made.negative)
    if negative and not limits.negative_chars:
        parts.append(Part(name="avoid", text=_safe(f"Avoid: {negative}", limits)))
        negative = ""
    if made.weighs and limits.prompt_weights:
        parts = _weighed(parts, told.shot)
    if any(_AS_WEIGHT.search(p.text) for p in made.parts if not p.is_ours) and (
        limits.prompt_weights
    ):
        said.append("a colon before a number in parentheses is written so that it is no weight")
    kept, left_out = _within(parts, limits, told.shot, is_keyed=made.is_keyed)
    text = _joined(kept, is_keyed=made.is_keyed)
    if left_out:
        said.append(f"left out of the prompt, which would be too long: {', '.join(left_out)}")
    return Phrased(
        text=text,
        negative=negative,
        template=template,
        left_out=left_out,
        said=tuple(said),
        writing=writing,
    )


def clean(text: str) -> str:
    """Drop what cannot be seen (controls, direction marks, tags); breaks become one space."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    seen = (c for c in spaced if c in _JOINERS or unicodedata.category(c) not in _UNSEEN)
    return " ".join("".join(seen).split())


_UNSEEN = frozenset(("Cc", "Cs", "Cf", "Cn", "Co"))


def length(text: str, limits: Limits) -> str:
    """Say how long a text is, by what its model counts."""
    tokens = f" and up to {most_tokens(text)} tokens" if limits.prompt_tokens else ""
    return f"{len(text)} characters{tokens}"


def fits(text: str, limits: Limits) -> bool:
    """Say whether a model takes a text of this length."""
    if limits.prompt_tokens and most_tokens(text) > limits.prompt_tokens:
        return False
    return len(text) <= limits.prompt_chars


def most(limits: Limits) -> str:
    """Say how much a model takes."""
    tokens = f" and {limits.prompt_tokens} tokens" if limits.prompt_tokens else ""
    return f"at most {limits.prompt_chars} characters{tokens}"


def fixed(told: Told, model: Model) -> str:
    """Give what stays as it is whoever writes the rest: canonical words and what must be passed."""
    parts = [
        _spoken(p, told.shot, model.limits) for p in draft("plain/2", told.shot, told.pack).parts
    ]
    return _joined([p for p in parts if p.name in {"subject", "must"}], is_keyed=False)


def _of_version_1(template: str, told: Told, model: Model) -> Phrased:
    prompt = render(template, told.shot, told.pack)
    text, negative = prompt.text, prompt.negative if prompt.text else ""
    if negative and not model.limits.negative_chars:
        text, negative = f"{text} Avoid: {negative}", ""
    return Phrased(text=text, negative=negative, template=template)


def _spoken(part: Part, shot: Shot, limits: Limits) -> Part:
    """Put a part into the words of one model."""
    if part.name == "camera":
        return replace(part, text=_safe(camera.said(shot, limits.camera_words), limits))
    if not part.is_ours:
        return replace(part, text=_safe(part.text, limits))
    text = clean(part.text)
    read = _AS_WEIGHT.search(text) if limits.prompt_weights else None
    if read:
        raise CannotAsk(
            "weights",
            field=f"{shot.id}.characters",
            found=text[max(0, read.start() - 30) : read.end() + 10],
            expected="canonical words without a colon and a number in parentheses: this model "
            "would read them as a weight",
        )
    return replace(part, text=text)


def _safe(text: str, limits: Limits) -> str:
    """Clean a director's own words; no weight is read in them by accident."""
    text = clean(text)
    return _AS_WEIGHT.sub(_RATIO, text) if limits.prompt_weights else text


def _written(parts: Sequence[Part], words: str) -> list[Part]:
    """Put what was written in place of everything that is not fixed."""
    return [Part(name="shot", text=words), *(p for p in parts if p.name in {"subject", "must"})]


def _weighed(parts: Sequence[Part], shot: Shot) -> list[Part]:
    """Give what a take must pass its weight; no parentheses inside."""
    plain = (clean(m).replace("(", "").replace(")", "").rstrip(".") for m in musts(shot))
    text = " ".join(f"({words}:{WEIGHT})" for words in plain)
    return [replace(p, text=text) if p.name == "must" else p for p in parts]


def _within(
    parts: Sequence[Part], limits: Limits, shot: Shot, *, is_keyed: bool
) -> tuple[list[Part], tuple[str, ...]]:
    """Leave out whole parts, in their order, until the rest fits."""
    kept, left_out, text = list(parts), list[str](), ""
    for name in ("", *LEFT_OUT_FIRST):
        if name and any(p.name == name for p in kept):
            kept = [p for p in kept if p.name != name]
            left_out.append(name)
        text = _joined(kept, is_keyed=is_keyed)
        if not limits.prompt_chars or fits(text, limits):
            return kept, tuple(left_out)
    rest = ", ".join(f"{p.name} {length(p.text, limits)}" for p in kept)
    raise CannotAsk(
        "prompt",
        field=f"{shot.id}.prompt",
        found=f"{length(text, limits)} at its shortest ({rest})",
        expected=f"{most(limits)}; shorten the description or what must be passed",
    )


def _joined(parts: Sequence[Part], *, is_keyed: bool) -> str:
    if is_keyed:
        names = (p.name.capitalize() for p in parts)
        lines = (p.text.removeprefix("Avoid: ") for p in parts)
        return "\n".join(f"{name}: {line}" for name, line in zip(names, lines, strict=True))
    return " ".join(p.text for p in parts)
