"""Refining: a note's wish becomes one request inside what is drawn, and a child beside its parent.

The models that take a matte for a local wish are those of repairs, and so is what happens to the
answer: it is laid into the parent inside matte and feather, and what changed outside is measured.
Whether the child is what was wished for is the person's to say; only where a note answers an
acceptance line does a verdict say it, too. A note without a wish that answers lines asks for
whatever repairs these, inside its drawing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.domain.note import Note, Wish
from benchmarks.notes.colours import Scene
from benchmarks.notes.colours import wanted as wanted_colour
from benchmarks.planning.plan import usd
from benchmarks.planning.prompts import Prompt, costume_of
from benchmarks.planning.prompts import repair as demand
from benchmarks.repairing.errands import Errand, Site, Tool, Words, asked, line_of, site, tools
from benchmarks.repairing.outcome import Outcome, why
from benchmarks.repairing.remedies import Garment, Remedy
from benchmarks.repairing.repair import Repairer
from benchmarks.views.case import Case
from router.admission.pricing import worst_case_musd
from router.domain.attempt import Attempt
from router.domain.errors import BadInput, OverBudget
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.request import JsonScalar

OPERATIONS: Mapping[Wish, str] = {
    Wish.INPAINT: "inpaint",
    Wish.ERASE: "erase",
    Wish.RECOLOUR: "search_recolor",
    Wish.OUTPAINT: "outpaint",
}
NEXT = "look at the child beside its parent, and circle the one that you want"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What one or several notes on a take wish together."""

    take: str
    wish: Wish
    words: tuple[str, ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...]  # ids
    matte: MediaRef | None = None  # drawn, at the take's raster


@dataclass(frozen=True, slots=True, kw_only=True)
class Refined:
    """What came of it."""

    outcome: Outcome
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give what `notes refine --json` prints: a repair's outcome, and the notes."""
        told = self.outcome.as_json() | {"notes": list(self.notes)}
        return told | ({"next": NEXT} if self.outcome.repairs else {})


def together(notes: Sequence[Note]) -> Wished:
    """Join notes on one take into one wish.

    Raises:
        BadInput: there are none, they wish different things, or nothing is asked.
    """
    wishes = sorted({note.wish.value for note in notes})
    if len(wishes) != 1:
        expected = "notes that wish the same; refine the others one after the other"
        raise BadInput(field="notes", found=wishes or "none", expected=expected)
    lines = tuple(sorted({note.line for note in notes if note.line is not None}))
    wish = Wish(wishes[0])
    if wish is Wish.NONE and not lines:
        expected = "a note that wishes inpaint, erase, recolour or outpaint, or answers a line"
        raise BadInput(field="notes", found="notes that ask for nothing", expected=expected)
    return Wished(
        take=notes[0].take,
        wish=wish,
        words=tuple(dict.fromkeys(note.text for note in notes if note.text)),
        lines=lines,
        notes=tuple(note.id for note in notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refiner:
    """Asks for what notes wish; money comes from the campaign of the take."""

    repairer: Repairer

    def errand(self, case: Case, wanted: Wished, budget_musd: int | None = None) -> Errand:
        """Say what would be asked, for how much; spends nothing.

        Raises:
            UnknownName: no such take or line.
            BadInput: the wish cannot be asked for, with the reason.
            OverBudget: it could cost more than `budget_musd`.
        """
        if wanted.wish is Wish.NONE:
            asking = replace(self.repairer, notes=wanted.notes)
            return asking.errand(case, wanted.take, wanted.lines, wanted.matte, budget_musd)
        able = tools(self.repairer.catalogue, self.repairer.recipes)
        found = plan(site(case, wanted.take, wanted.matte), wanted, able)
        if budget_musd is not None and found.worst_case_musd > budget_musd:
            expected = f"at least {usd(found.worst_case_musd)} USD"
            raise OverBudget(field="budget", found=f"{usd(budget_musd)} USD", expected=expected)
        return found

    def refine(self, case: Case, wanted: Wished, *, budget_musd: int | None = None) -> Refined:
        """Ask once, and lay the answer into the take.

        Raises:
            UnknownName, BadInput, OverBudget: as `errand`.
        """
        repairer = replace(self.repairer, notes=wanted.notes)
        if wanted.wish is Wish.NONE:
            done = repairer.repair(
                case, wanted.take, wanted.lines, matte=wanted.matte, budget_musd=budget_musd
            )
            return Refined(outcome=done, notes=wanted.notes)
        errand = self.errand(case, wanted, budget_musd)
        if repairer.on_round:
            repairer.on_round(1, errand)
        outcome = Outcome(
            take=wanted.take,
            lines=wanted.lines,
            before=case.verdicts.get(wanted.take, ()),
            repairs=(),
            rounds=1,
        )
        made = repairer.carried(case, errand)
        if isinstance(made, str | Attempt):
            told = made if isinstance(made, str) else why(made)
            return Refined(outcome=replace(outcome, refused=told), notes=wanted.notes)
        return Refined(outcome=replace(outcome, repairs=(made[1],)), notes=wanted.notes)


def plan(at: Site, wanted: Wished, able: Mapping[str, Tool]) -> Errand:
    """Plan what a wish asks for. Pure.

    Raises:
        UnknownName: a line that the shot has not.
        BadInput: what the wish needs is missing, or no model does it.
    """
    operation = OPERATIONS[wanted.wish]
    _possible(at, wanted)
    thing = (
        wanted_colour(wanted.words, _scene(at, wanted)) if wanted.wish is Wish.RECOLOUR else None
    )
    if operation not in able:
        expected = "a wish that a model of the catalogue does"
        raise BadInput(field="notes", found=wanted.wish.value, expected=expected)
    tool = able[operation]
    remedy = Remedy(
        operation=operation,
        lines=tuple(line_of(at.shot, number) for number in wanted.lines),
        cost_musd=0,
        on_plate=False,
    )
    at = replace(at, matte=wanted.matte, is_own=False)
    said = Words(
        prompt=_prompt(at, wanted, tool.model, thing),
        more=_more(at, wanted, thing),
        mark=("notes", *wanted.notes),
        label=f"{at.shot.id} {wanted.wish.value} by a note on {at.parent.id[:8]}",
    )
    request = asked(at, remedy, tool, said)
    extends = wanted.wish is Wish.OUTPAINT
    cost = worst_case_musd(tool.model, request)
    return Errand(
        parent=at.parent,
        remedy=replace(remedy, cost_musd=cost),
        matte=None if extends else wanted.matte,
        margins=at.margins if extends else {},
        request=request,
        worst_case_musd=cost,
    )


def _possible(at: Site, wanted: Wished) -> None:
    """Raise BadInput with what is missing for a wish."""
    wish = wanted.wish
    needs = (
        (at.parent.media.is_video, "a clip", "a still; nothing is laid into a clip"),
        (
            wish is not Wish.OUTPAINT and wanted.matte is None,
            "nothing drawn",
            "strokes or a region on the picture: where it shall change",
        ),
        (
            wish is Wish.OUTPAINT and not at.margins,
            "a take of the shot's aspect",
            "a take that lacks some of the shot's frame; within it, draw what shall be painted "
            "anew and wish inpaint",
        ),
    )
    for is_missing, found, expected in needs:
        if is_missing:
            raise BadInput(field="notes", found=found, expected=expected)


def _scene(at: Site, wanted: Wished) -> Scene:
    """Give the pack's words on what can be recoloured in a shot."""
    worn = (costume_of(a, at.pack) for a in at.shot.appearances)
    props = (p for p in at.pack.props if p.id in at.shot.props)
    return Scene(
        criteria=tuple(line_of(at.shot, number).criterion for number in wanted.lines),
        costumes=tuple(c.description for c in worn if c),
        props=tuple(f"{p.name}, {p.description}" for p in props),
        description=at.shot.description,
    )


def _prompt(at: Site, wanted: Wished, model: Model, thing: Garment | None) -> Prompt:
    """Write the person's words first, then what the lines demand and who is seen."""
    most = model.limits.prompt_chars
    if not most:
        return Prompt(text="")
    if thing is not None:
        return Prompt(text=f"{thing.colour} {thing.name}")
    criteria = tuple(line_of(at.shot, number).criterion for number in wanted.lines)
    prompt = demand((*wanted.words, *criteria), at.shot, at.pack)
    if len(prompt.text) > most:
        prompt = replace(prompt, text=" ".join((*wanted.words, *criteria))[:most])
    return prompt if model.limits.negative_chars else Prompt(text=prompt.text)


def _more(at: Site, wanted: Wished, thing: Garment | None) -> tuple[tuple[str, JsonScalar], ...]:
    if wanted.wish is Wish.OUTPAINT:
        return tuple(at.margins.items())
    return (("select_prompt", thing.name),) if thing is not None else ()
