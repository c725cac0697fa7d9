"""An errand: what one round of a repair asks for, with what, and for how much. Sends nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from benchmarks.domain.campaign import Recipe
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.planning.plan import usd
from benchmarks.planning.prompts import Prompt, costume_of
from benchmarks.planning.prompts import repair as words
from benchmarks.planning.requests import clearance, margins, named
from benchmarks.ports import Files
from benchmarks.repairing.again import anew
from benchmarks.repairing.remedies import (
    AGAIN,
    DEFLICKER,
    GRADE,
    UNTOUCHED,
    Garment,
    NoRemedy,
    Remedy,
    Situation,
    choose,
    dearest,
    garment,
)
from benchmarks.running.briefs import EDITS, reference
from benchmarks.views.case import Case
from evaluators.domain.verdict import AcceptanceLine
from router.admission.pricing import worst_case_musd
from router.domain.errors import BadInput, UnknownName
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.request import Input, JsonScalar, Request
from router.domain.take import Take

OPERATIONS = ("erase", "inpaint", "search_recolor", "outpaint")
MASKED = ("erase", "inpaint")  # the matte goes with the request
ROUNDING = 16  # pixels by which a model's raster may miss an aspect without anybody minding
SEEDS = 2_147_483_646


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One round that could be done: what is aimed at, and what it may cost."""

    parent: Take
    remedy: Remedy
    matte: MediaRef | None  # None = the whole picture, or the margins of an extended one
    margins: Mapping[str, int]  # of an extended frame, pixels by side
    request: Request | None  # None = nothing has to be asked for
    worst_case_musd: int
    recipe: str | None = None  # that a new take would be asked for with
    later_musd: int = 0  # the most that each further round could cost
    left: Mapping[int, str] = field(default_factory=dict)  # lines left alone, and why

    @property
    def lines(self) -> tuple[AcceptanceLine, ...]:
        """Give the lines that this round is aimed at."""
        return self.remedy.lines

    @property
    def ground(self) -> str:
        """Say what the child is outside the matte: parent or plate."""
        return "plate" if self.remedy.on_plate else "parent"

    def as_json(self) -> dict[str, Any]:
        """Give what `repair --dry-run --json` prints."""
        return {
            "take": self.parent.id,
            "lines": [x.number for x in self.lines],
            "operation": self.remedy.operation,
            "prompt": self.request.prompt if self.request else "",
            "worst_case_usd": usd(self.worst_case_musd),
            "left_alone": [{"line": n, "reason": why} for n, why in self.left.items()],
        }

    def steps(self, rounds: int) -> dict[str, Any]:
        """Give the most that each of so many rounds could cost, and all of them together."""
        later = [self.later_musd] * (rounds - 1)
        costs = [self.worst_case_musd, *later]
        return {
            "steps": [{"round": n, "worst_case_usd": usd(c)} for n, c in enumerate(costs, start=1)],
            "worst_case_sum_usd": usd(sum(costs)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A model that does an operation, and how it is asked."""

    model: Model
    parameters: tuple[tuple[str, JsonScalar], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said with an operation."""

    prompt: Prompt
    more: tuple[tuple[str, JsonScalar], ...]  # parameters that follow from the take
    mark: tuple[JsonScalar, ...]  # tells this asking from others of the same lines
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that a repair of one take has to know."""

    case: Case
    parent: Take
    matte: MediaRef | None
    is_own: bool = False  # the matte is the shot's: nobody said that the repair has to stay in it
    framed: bool = True  # the take shows the shot's plate, and not only somebody on it
    asked: Request | None = None  # what a new take of the shot would be asked with
    formal: frozenset[int] = frozenset()  # lines whose form a new take would have again

    @property
    def shot(self) -> Shot:
        """Give the take's shot."""
        return self.case.shot(self.case.trial_of[self.parent.id])

    @property
    def pack(self) -> ShotPack:
        """Give the pack that the shot stands in."""
        return self.case.packs[self.case.trial_of[self.parent.id].pack].pack

    @property
    def files(self) -> Files:
        """Give the pack's files, as they are stored."""
        return self.case.packs[self.case.trial_of[self.parent.id].pack].media

    @property
    def plate(self) -> MediaRef | None:
        """Give the plate, if the shot has one that was taken in."""
        return stored(self.shot, "x.plate", self.files)

    @property
    def margins(self) -> Mapping[str, int]:
        """Give the pixels that the take lacks of the shot's aspect, by side."""
        sides = margins(self.parent.media, self.shot, self.pack)
        return sides if sum(sides.values()) > ROUNDING else {}

    @property
    def garment(self) -> Garment | None:
        """Give what the first costumed character wears, if its words name a colour."""
        worn = (costume_of(a, self.pack) for a in self.shot.appearances)
        return next((g for c in worn if c and (g := garment(c.description))), None)


def site(case: Case, take: str, matte: MediaRef | None) -> Site:
    """Look at a take that shall be repaired; without a matte, inside the shot's own.

    Raises:
        UnknownName: no such take.
    """
    if take not in case.takes:
        raise UnknownName("take", take, case.takes)
    found = Site(case=case, parent=case.takes[take], matte=matte)
    if matte:
        return found
    return replace(found, matte=stored(found.shot, "matte", found.files), is_own=True)


def plan(
    at: Site,
    lines: Sequence[int],
    tools: Mapping[str, Tool],
    round_: int,
    spent: frozenset[str] = frozenset(),
) -> Errand:
    """Plan one round; what was tried in vain is not tried again.

    Raises:
        UnknownName: no such line.
        BadInput: nothing can be done about any of the lines, with the reason for each.
    """
    about = Situation(
        prices={name: _price_of(name, tool, at) for name, tool in tools.items()},
        matte=at.matte is not None,
        plate=at.plate is not None,
        look=reference(at.shot, at.files) is not None,
        garment=at.garment,
        margins=bool(at.margins),
        cloth=at.is_own,
        hole=at.shot.task in EDITS,
        framed=at.framed,
        still=not at.parent.media.is_video,
        spent=spent,
        formal=at.formal,
    )
    chosen = [line_of(at.shot, number) for number in dict.fromkeys(lines)]
    remedy = choose(chosen, about)
    if isinstance(remedy, NoRemedy):
        reasons = "; ".join(f"line {n}: {why}" for n, why in remedy.reasons.items())
        raise BadInput(field="lines", found=sorted(remedy.reasons), expected=reasons)
    tool = tools.get(remedy.operation)
    request = _request(at, remedy, tool, round_) if tool else None
    extends = remedy.operation == "outpaint"
    of_all = remedy.operation == GRADE and at.is_own and not remedy.on_plate
    whole = of_all or remedy.operation in {AGAIN, DEFLICKER}
    return Errand(
        parent=at.parent,
        remedy=remedy,
        matte=None if extends or whole else at.matte,
        margins=at.margins if extends else {},
        request=request,
        worst_case_musd=worst_case_musd(tool.model, request) if tool and request else 0,
        later_musd=dearest(chosen, about),
        left=remedy.left,
    )


def tools(catalogue: Mapping[str, Model], recipes: Mapping[str, Recipe]) -> Mapping[str, Tool]:
    """Find what does each operation: a recipe's row says how, else the cheapest model does it."""
    paid = [r for r in recipes.values() if not r.control and not r.then]
    known = {catalogue[r.model].dialect for r in paid}
    found = {}
    for operation in OPERATIONS:
        row = next((r for r in paid if r.operation == operation), None)
        able = [
            m
            for m in catalogue.values()
            if operation in m.operations
            and m.dialect in known
            and m.price.unit == "image"
            and m.lifecycle.status == "active"
        ]
        if row:
            found[operation] = Tool(model=catalogue[row.model], parameters=row.parameters)
        elif able:
            found[operation] = Tool(model=min(able, key=_price))
    return found


def stored(shot: Shot, functional_type: str, files: Files) -> MediaRef | None:
    """Give a shot's input as it is stored; None = the shot has none, or it was not taken in."""
    file = shot.input(functional_type)
    return files.get(file.sha256 or "") if file else None


def _price_of(operation: str, tool: Tool, at: Site) -> int:
    if operation == AGAIN and at.asked:
        return worst_case_musd(tool.model, at.asked)
    return _price(tool.model)


def _price(model: Model) -> int:
    """Give the price of one picture, micro-dollars."""
    return int((Decimal(model.price.usd) * 1_000_000).to_integral_value(ROUND_CEILING))


def line_of(shot: Shot, number: int) -> AcceptanceLine:
    """Give a line of a shot; raises UnknownName."""
    found = next((x for x in shot.acceptance if x.number == number), None)
    if found is None:
        raise UnknownName("line", number, [str(x.number) for x in shot.acceptance])
    return found


def _request(at: Site, remedy: Remedy, tool: Tool, round_: int) -> Request:
    shot, parent, model = at.shot, at.parent, tool.model
    if remedy.operation == AGAIN and at.asked:
        return anew(at.asked, parent.id, model, [x.number for x in remedy.lines], round_)
    said = Words(
        prompt=_prompt(at, remedy, model),
        more=_more(at, remedy),
        mark=(round_,),
        label=f"{shot.id} repair of {parent.id[:8]} round {round_}",
    )
    return asked(at, remedy, tool, said)


def asked(at: Site, remedy: Remedy, tool: Tool, said: Words) -> Request:
    """Write the request that changes a take by one operation; same words, same request."""
    parent, model = at.parent, tool.model
    number = content_id("seed", [parent.id, [x.number for x in remedy.lines], *said.mark])
    inputs = [Input(role="init_image", media=parent.media)]
    if remedy.operation in MASKED and at.matte:
        inputs.append(Input(role="mask", media=at.matte))
    return named(
        Request(
            partner=parent.partner,
            id="",
            account=at.case.id,
            model=model.key,
            operation=remedy.operation,
            prompt=said.prompt.text,
            clearance=clearance(at.pack, at.shot, at.shot.inputs),
            negative=said.prompt.negative,
            inputs=tuple(inputs),
            seed=1 + int(number, 16) % SEEDS if model.limits.seed_max else None,
            parameters=(*tool.parameters, *said.more),
            parent=parent.id,
            label=said.label,
        )
    )


def _prompt(at: Site, remedy: Remedy, model: Model) -> Prompt:
    """Write what the lines demand; a model that takes no words gets none."""
    if not model.limits.prompt_chars:
        return Prompt(text="")
    worn = at.garment
    if remedy.operation == "search_recolor" and worn:
        return Prompt(text=f"{worn.colour} {worn.name}")
    criteria = tuple(x.criterion for x in remedy.lines if x.kind != UNTOUCHED)
    prompt = words(criteria, at.shot, at.pack)
    return prompt if model.limits.negative_chars else Prompt(text=prompt.text)


def _more(at: Site, remedy: Remedy) -> tuple[tuple[str, JsonScalar], ...]:
    """Give the parameters that follow from the take."""
    if remedy.operation == "outpaint":
        return tuple(at.margins.items())
    if remedy.operation == "search_recolor" and at.garment:
        return (("select_prompt", at.garment.name),)
    return ()
