"""Remedies: the cheapest operation that can fix the kind of line that failed. Pure.

| failed line | what is done |
|---|---|
| artefact | erased inside the matte, else painted anew there |
| flicker of a clip | one gain for each frame; no model, free |
| wardrobe | in a clean-up patched with the plate's cloth from beside the hole, elsewhere dyed |
|          | as on the plate in the shot's matte, both free; else recoloured by a model where |
|          | its colour failed and has a name; else painted anew in the matte |
| colour, lighting | whole, or in a given matte, graded by a CDL fitted to what is wanted; free |
| composition | the frame is extended to the shot's aspect |
| untouched region | laid back on the plate; no model, free |
| any other, and what none of these can do | asked for again: a new take, all of it |
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict

AGAIN = "again"
GRADE, LAY_IN, DYE, PATCH, DEFLICKER = "grade", "lay_in", "dye", "patch", "deflicker"
FREE = (GRADE, LAY_IN, DYE, PATCH, DEFLICKER)  # done here: the same again gives the same
UNTOUCHED = "untouched_region"

# Best first among equal prices: erasing leaves nothing behind that could be wrong, and recolouring
# keeps the folds of the cloth.
WAYS: Mapping[str, tuple[str, ...]] = {
    "artefact": ("erase", "inpaint"),
    "wardrobe": (PATCH, DYE, "search_recolor", "inpaint"),
    "colour": (GRADE,),
    "lighting": (GRADE,),
    "composition": ("outpaint",),
    UNTOUCHED: (LAY_IN,),
}
MENDED = frozenset(kind for kind, ways in WAYS.items() if set(ways) & set(FREE))
# What is wrong with a number is mended the same way, of whatever kind the line is.
OF_METRIC: Mapping[str, tuple[str, ...]] = {"temporal.flicker": (DEFLICKER,)}
NO_WAY: Mapping[str, str] = {
    "identity": "a face is not painted over here: ask for a new take from the character's sheet",
    "action": "what somebody does is the whole picture: ask for a new take",
    "camera": "the camera is the whole picture: ask for a new take",
    "technical": "frames that stand still or are missing cannot be made up here: no remedy is "
    "known; ask another model",
}
ALIKE = (
    "the file's form (raster, rate, length, codec) comes with the model and the request: asked "
    "again it would come alike; ask a recipe whose takes have it, or conform it in the edit"
)
WHOLE = "this kind of line cannot be fixed in a part of the picture: ask for a new take"

SHADE = r"(?:(?:bottle|dark|deep|light|pale|bright|navy|sky|forest)[ -])?"
HUE = (
    r"(?:red|orange|yellow|green|blue|violet|purple|pink|brown|black|white|gr[ea]y|beige|cream|"
    r"crimson|scarlet|ochre|turquoise|teal|navy|maroon|gold|silver)"
)
_END = r"(?=\s+(?:with|and|over|of|in|on|to|at|under)\b|[.,;:(]|$)"
_GARMENT = re.compile(rf"\b({SHADE}{HUE})\s+([a-z][a-z -]*?){_END}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garment:
    """What is worn, and the colour that it has to have."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What there is to repair a take with."""

    prices: Mapping[str, int]  # operation → the most that one call costs, micro-dollars
    matte: bool = False
    plate: bool = False
    look: bool = False  # a picture with the light and colour that are wanted
    garment: Garment | None = None
    margins: bool = False  # the picture's aspect is not the shot's
    cloth: bool = False  # the matte is the shot's own, so that it shows the costume on the plate
    hole: bool = False  # the matte marks what has to go from the plate
    framed: bool = True  # the take shows the shot's plate, and not only somebody on it
    still: bool = True
    spent: frozenset[str] = frozenset()  # operations that were tried and made nothing better
    formal: frozenset[int] = frozenset()  # lines that a new take would fail again, by its form


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One operation, and the lines that it is aimed at."""

    operation: str
    lines: tuple[AcceptanceLine, ...]
    cost_musd: int
    on_plate: bool  # what is outside the matte comes from the plate, not from the parent
    left: Mapping[int, str] = field(default_factory=dict)  # lines without a remedy, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRemedy:
    """Why nothing can be done: a line's number → the reason."""

    reasons: Mapping[int, str]


def choose(lines: Sequence[AcceptanceLine], situation: Situation) -> Remedy | NoRemedy:
    """Pick the cheapest operation that fixes at least one line, and give it all that it can fix.

    What had to stay untouched is laid back together with any repair inside a matte: one round, one
    price. Lines of another operation stay open for the next round.
    """
    found = {line.number: _way(line, situation) for line in lines}
    ways = {line.number: way for line in lines if isinstance(way := found[line.number], _Way)}
    if not ways:
        return NoRemedy(reasons={n: why for n, why in found.items() if isinstance(why, str)})
    best = min((w for w in ways.values() if not w.lays_in), key=lambda w: w.cost, default=None)
    kept = [line for line in lines if (w := ways.get(line.number)) and w.joins(best, situation)]
    lays_in = any(ways[line.number].lays_in for line in kept)
    return Remedy(
        operation=best.operation if best else LAY_IN,
        lines=tuple(kept),
        cost_musd=best.cost if best else 0,
        on_plate=lays_in,
        left={n: why for n, why in found.items() if isinstance(why, str)},
    )


def dearest(lines: Sequence[AcceptanceLine], situation: Situation) -> int:
    """Give the most that one further round on these lines could cost, micro-dollars."""
    able = {AGAIN} | {
        operation
        for line in lines
        for operation in WAYS.get(line.kind, ())
        if next(_missing(operation, line, situation), None) is None
    }
    return max((situation.prices.get(operation, 0) for operation in able), default=0)


def garment(description: str) -> Garment | None:
    """Read "A bottle-green coat with brass buttons" as a coat that is bottle-green."""
    found = _GARMENT.search(description)
    return Garment(name=found[2].strip(), colour=found[1]) if found else None


def standing(
    verdicts: Sequence[Verdict], aimed: Sequence[int], had: Collection[int] = ()
) -> tuple[int, int, int, float]:
    """Say how far a take is from what is wanted; lower is better.

    First the must-lines that passed before (`had`) and no longer do, because a repair that breaks
    another line, or brings it into doubt, is no gain, whatever else it mends; then those that fail
    elsewhere; then the aimed lines that are open; then the worst shortfall among these, in
    thresholds.
    """
    known = {v.line.number: v for v in verdicts if v.line.number in aimed}
    elsewhere = [v for v in verdicts if v.line.must and v.line.number not in aimed]
    lost = sum(v.ruling is not Ruling.PASS and v.line.number in had for v in elsewhere)
    failing = sum(v.ruling is Ruling.FAIL for v in elsewhere)
    still_open = sum(n not in known or known[n].ruling is not Ruling.PASS for n in set(aimed))
    return lost, failing, still_open, max((shortfall(v) for v in known.values()), default=0.0)


def shortfall(verdict: Verdict) -> float:
    """Give how much is missing, in thresholds, so that metrics of different units compare."""
    return max(0.0, -(verdict.margin or 0.0)) / (abs(verdict.threshold or 0.0) or 1.0)


@dataclass(frozen=True, slots=True)
class _Way:
    operation: str
    cost: int

    @property
    def lays_in(self) -> bool:
        return self.operation == LAY_IN

    def joins(self, best: "_Way | None", situation: Situation) -> bool:
        """Say whether this is done in the same round as the best one."""
        if best is None or self == best:
            return True
        return self.lays_in and situation.matte and best.operation not in {"outpaint", AGAIN}


def _way(line: AcceptanceLine, situation: Situation) -> _Way | str:
    """Give the cheapest way to fix one line, or the reason why there is none."""
    reasons, ways = [], []
    for operation in (*OF_METRIC.get(line.metric or "", ()), *WAYS.get(line.kind, ())):
        missing = next(_missing(operation, line, situation), None)
        if missing is None:
            cost = 0 if operation in FREE else situation.prices[operation]
            ways.append(_Way(operation, cost))
        else:
            reasons.append(f"{operation} needs {missing}")
    if ways:
        return min(ways, key=lambda w: w.cost)
    if line.number in situation.formal:
        return "; ".join([*reasons, ALIKE])
    if AGAIN in situation.prices and AGAIN not in situation.spent:
        return _Way(AGAIN, situation.prices[AGAIN])
    return "; ".join(reasons) or NO_WAY.get(line.kind, WHOLE)


def _missing(operation: str, line: AcceptanceLine, situation: Situation) -> Iterator[str]:
    """Name what an operation needs and has not."""
    for operations, is_there, words in _NEEDS:
        if operation in operations and not is_there(line, situation):
            yield words
    if operation in situation.spent:
        yield "another take: here it made nothing better"
    if operation not in FREE and operation not in situation.prices:
        yield "a model that does it"


def _names_colour(line: AcceptanceLine, situation: Situation) -> bool:
    measured = line.metric in {None, "costume_colour"}
    return measured and situation.garment is not None


_Need = tuple[frozenset[str], Callable[[AcceptanceLine, Situation], bool], str]
_NEEDS: tuple[_Need, ...] = (
    (
        frozenset(way for ways in WAYS.values() for way in ways),
        lambda _, about: about.still,
        "a still; nothing is laid into a clip",
    ),
    (
        frozenset({DEFLICKER}),
        lambda _, about: not about.still,
        "a clip",
    ),
    (
        frozenset({"erase", "inpaint", LAY_IN}),
        lambda _, about: about.matte,
        "a matte: give one with --matte, white where the take may change",
    ),
    (
        frozenset({LAY_IN}),
        lambda _, about: about.plate,
        "a plate, to put back what had to stay",
    ),
    (
        frozenset({GRADE}),
        lambda _, about: about.look,
        "a plate or style frame with the wanted light",
    ),
    (
        frozenset({GRADE}),
        lambda _, about: about.framed,
        "a take of the shot's plate: the light of another picture is made of other things",
    ),
    (
        frozenset({DYE}),
        lambda _, about: about.cloth and about.plate and about.matte,
        "a plate, and the shot's own matte of the costume on it",
    ),
    (
        frozenset({PATCH}),
        lambda _, about: about.hole and about.plate and about.matte,
        "a clean-up: a plate, and a matte of what has to go from it",
    ),
    (
        frozenset({DYE, PATCH}),
        lambda line, _: line.metric in {None, "costume_colour"},
        "a line about the costume's colour",
    ),
    (
        frozenset({"outpaint"}),
        lambda _, about: about.margins,
        "a frame whose aspect is not the shot's; within the aspect, ask for a new take",
    ),
    (
        frozenset({"search_recolor"}),
        _names_colour,
        "a line about the costume's colour, and the colour's name in the costume's words",
    ),
)
