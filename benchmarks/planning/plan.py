"""Packs × recipes × takes: what would be asked, what it may cost, and what cannot be asked.

Pure. Ids are derived from content (packs' seals, recipes' rows, take numbers): the same order
twice is the same campaign, so that asking again continues it and never pays again. The budget
stands outside the id, because raising it must not make another campaign.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from benchmarks.domain.campaign import Campaign, CampaignState, Later, Recipe, Refusal, Trial
from benchmarks.domain.cost import Costs
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.planning import costs
from benchmarks.planning.approval import notes
from benchmarks.planning.fitting import misshapen, unused, written
from benchmarks.planning.forecast import advice, finish, lanes
from benchmarks.planning.phrasing import Phrased, Writing
from benchmarks.planning.recipes import FIRST_FRAME, LAST_FRAME, PREVIOUS, builds_on, needs, rights
from benchmarks.planning.requests import Asked, Cell, asked
from benchmarks.planning.sources import Anchor, CannotAsk, several
from benchmarks.planning.unit_costs import load as unit_costs
from benchmarks.planning.writer import VERSION, Due, is_written, name_of
from benchmarks.planning.writer import due as due_of
from router.admission.gate import check, region_of_question, warnings
from router.admission.pricing import worst_case_musd
from router.admission.retention import Modes
from router.domain.errors import BadInput, NotEntitled, Refused
from router.domain.ids import content_id, sha256_of
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.partner import Partner
from router.domain.request import Request

VIDEO_TASKS = ("image_to_video", "text_to_video")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    partner: Partner
    packs: Sequence[ShotPack]
    recipes: Sequence[Recipe]  # paid ones and controls
    takes: int | None  # a cell; None = what each shot wants, and one for a clip
    budget_musd: int
    simulated: bool
    writer: str | None = None  # the language model that writes prompts; None = the templates do


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What there is to ask with."""

    catalogue: Mapping[str, Model]
    media: Mapping[str, MediaRef]  # sha256 → the packs' files, taken in
    dialects: Collection[str]  # wire dialects that can be spoken here
    # Of the take that was circled last, by seal and shot:
    circled: Mapping[tuple[str, str], MediaRef] = field(default_factory=dict)  # a still
    first_frames: Mapping[tuple[str, str], MediaRef] = field(default_factory=dict)
    last_frames: Mapping[tuple[str, str], MediaRef] = field(default_factory=dict)
    modes: Modes | None = None  # the account's data-retention mode by Region; None = not asked
    notes: tuple[str, ...] = ()  # what the stock itself has to say
    recipes: Collection[Recipe] = ()  # every one that could be chosen
    written: Callable[[Sequence[str]], Mapping[str, Writing]] = lambda _names: {}  # by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign before its first cent."""

    campaign: Campaign
    packs: tuple[ShotPack, ...]
    recipes: tuple[Recipe, ...]
    trials: tuple[Trial, ...]
    requests: tuple[Request, ...]  # in the order of the trials; of a chain, its first step
    refused: tuple[Refusal, ...]
    warnings: tuple[str, ...]  # allowed today, and still worth knowing
    pace: str = ""  # which quota sets the pace, and what a larger one would change
    later: tuple[Later, ...] = ()  # further steps of chains
    needs: Mapping[str, str] = field(default_factory=dict)  # of each paid recipe, in a sentence
    rights: Mapping[str, str] = field(default_factory=dict)  # of its models' training and output
    phrased: Mapping[str, Phrased] = field(default_factory=dict)  # by sha-256 of the prompt
    writer: str | None = None
    due: tuple[Due, ...] = ()  # texts that the writer has yet to write
    costs: Costs | None = None  # part by part

    @property
    def worst_case_musd(self) -> int:
        """The most that all trials together can cost, micro-dollars."""
        return sum(t.worst_case_musd for t in self.trials)

    def as_json(self) -> dict[str, Any]:
        """Give what `campaign plan --json` prints."""
        recipes = dict.fromkeys(t.recipe for t in self.trials)
        free = {r.name for r in self.recipes if r.control}
        return {
            "campaign": self.campaign.id,
            "partner": self.campaign.partner,
            "simulated": self.campaign.simulated,
            "trials": len(self.trials),
            "worst_case_usd": usd(self.worst_case_musd),
            "budget_usd": usd(self.campaign.budget_musd),
            "forecast_finish": stamp(self.campaign.forecast_finish),
            "pace": self.pace,
            "by_recipe": [self._of_recipe(name) for name in recipes],
            "refused": [{**asdict(r), "free": r.recipe in free} for r in self.refused],
            "warnings": list(self.warnings),
            **({"costs": costs.as_json(self.costs)} if self.costs else {}),
            **({"writer": self._writer()} if self.writer else {}),
        }

    def _writer(self) -> dict[str, Any]:
        """Say what the language model wrote already; what it has to write is in `due`."""
        every = [told for told in self.phrased.values() if told.writing is not None]
        return {
            "model": self.writer,
            "texts_due": len({ask.name for ask in self.due}),
            "prompts": [
                {"text": told.text, "refused": told.writing.refused or None}
                for told in every
                if told.writing is not None
            ],
        }

    def _of_recipe(self, name: str) -> dict[str, Any]:
        costs = [t.worst_case_musd for t in self.trials if t.recipe == name]
        told = {"needs": self.needs.get(name, ""), "rights": self.rights.get(name, "")}
        return {"recipe": name, "trials": len(costs), "worst_case_usd": usd(sum(costs)), **told}


def plan(order: Order, stock: Stock, *, now: datetime) -> Plan:
    """Lay out every cell, and pass each one through the gate.

    Raises:
        BadInput: a pack is unsealed, or the number of takes makes no sense.
        NotEntitled: a pack is another partner's, or the writer may not read a shot's words.
    """
    _admit(order)
    account = _campaign_id(order, stock)
    trials: list[Trial] = []
    requests: list[Request] = []
    later: list[Later] = []
    refused = list(unused(order.recipes, order.packs, stock.recipes))
    phrased: dict[str, Phrased] = {}
    said = dict.fromkeys([*several(order.recipes, order.packs), *notes(order.packs)])
    due: list[Due] = []
    cells = list(_cells(order, stock, account))
    for cell, ask in _with_writings(order, stock, cells, now.date()):
        takes = _asked(order, stock, cell, now.date())
        if isinstance(takes, Refusal):
            refused.append(takes)
            continue
        due += [ask] if ask is not None else []
        requests.extend(take.first for take in takes)
        later.extend(one for take in takes for one in take.later)
        trials.extend(_trial(cell, take, n, stock) for n, take in enumerate(takes, 1))
        words = list(zip(takes[0].requests, takes[0].phrased, strict=True))
        phrased |= {sha256_of(r.prompt.encode()): told for r, told in words if r.prompt}
        said |= dict.fromkeys([*_of_words(cell, takes[0].phrased), *misshapen(cell, takes[0])])
        for request in takes[0].requests:
            model = stock.catalogue[request.model]
            told = warnings(order.partner, model, request, today=now.date(), modes=stock.modes)
            said |= dict.fromkeys(told)
    every = [*requests, *(one.request for one in later)]
    queues = lanes(every, stock.catalogue, order.partner)
    days, last = order.partner.retention_days, {t.request for t in trials}
    return Plan(
        campaign=_campaign(order, account, finish(queues, now), now),
        packs=tuple(order.packs),
        recipes=tuple(order.recipes),
        trials=tuple(trials),
        requests=tuple(requests),
        refused=tuple(refused),
        warnings=(*stock.notes, *said),
        pace=advice(queues, _names(stock.catalogue, simulated=order.simulated)),
        later=tuple(later),
        needs={r.name: needs(r, stock.catalogue) for r in order.recipes if not r.control},
        rights={r.name: rights(r, stock.catalogue) for r in order.recipes},
        phrased=phrased,
        writer=order.writer,
        due=tuple(due),
        costs=_costs(every, stock.catalogue, days, last),
    )


def _costs(
    every: Sequence[Request], catalogue: Mapping[str, Model], days: int, last: Collection[str]
) -> Costs | None:
    """Reckon what it costs; None where this catalogue has no judges to reckon with."""
    unit = unit_costs()
    if not set(unit.judges) <= set(catalogue):
        return None
    return costs.reckon(every, catalogue, unit, retention_days=days, measured=last)


def _with_writings(
    order: Order, stock: Stock, cells: Sequence[Cell], today: date
) -> Iterator[tuple[Cell, Due | None]]:
    """Give each cell what was written for it, else what has to be; None = nothing has to."""
    writer = order.writer
    if writer is None:
        yield from ((cell, None) for cell in cells)
        return
    names = {
        id(cell): name_of(cell, writer, simulated=order.simulated)
        for cell in cells
        if is_written(cell.recipe, cell.model)
    }
    known = stock.written(list(names.values()))
    for cell in cells:
        name = names.get(id(cell))
        if name is None or name in known:
            yield replace(cell, writing=known.get(name) if name else None), None
        else:
            yield cell, _due(order, stock, cell, writer, today)


def _due(order: Order, stock: Stock, cell: Cell, writer: str, today: date) -> Due | None:
    try:
        ask = due_of(cell, writer, simulated=order.simulated)
    except CannotAsk:
        return None  # the cell itself is refused for the same reason
    cleared, model = ask.inquiry.clearance, stock.catalogue[writer]
    region_of_question(order.partner, model, cleared, today=today, modes=stock.modes)
    return ask


def _of_words(cell: Cell, phrased: Sequence[Phrased]) -> Iterator[str]:
    """Say what was done to a cell's words."""
    for told in phrased:
        for sentence in told.said:
            yield f"{cell.recipe.name} × {cell.shot.id}: {sentence}"


def _names(catalogue: Mapping[str, Model], *, simulated: bool) -> Mapping[str, str]:
    return {key: m.alias if simulated else key for key, m in catalogue.items()}


def _asked(order: Order, stock: Stock, cell: Cell, today: date) -> list[Asked] | Refusal:
    """Write a cell's requests and pass them through the gate, every step of a chain."""
    try:
        written(cell.shot)
        numbers = range(1, _takes(order, cell.shot, cell.recipe) + 1)
        takes = [asked(cell, n, stock.catalogue) for n in numbers]
        for request in (r for take in takes for r in take.requests):
            check(
                order.partner,
                stock.catalogue[request.model],
                request,
                today=today,
                runnable_dialects=stock.dialects,
                modes=stock.modes,
            )
    except Refused as why:
        code = why.code if isinstance(why, CannotAsk) else why.field
        return Refusal(recipe=cell.recipe.name, shot=cell.shot.id, code=code, reason=str(why))
    return takes


def usd(musd: int) -> float:
    """Give dollars with at most 6 decimals."""
    return round(musd / 1_000_000, 6)


def stamp(time: datetime | None) -> str | None:
    """Write a time as UTC ISO 8601 with Z, to the second."""
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _admit(order: Order) -> None:
    partner = order.partner
    if order.takes is not None and not 1 <= order.takes <= 16:
        raise BadInput(field="takes", found=order.takes, expected="1 to 16")
    if not 0 < order.budget_musd <= partner.budget_musd:
        expected = f"more than 0 and at most {partner.name}'s {usd(partner.budget_musd)} USD"
        raise BadInput(field="budget", found=usd(order.budget_musd), expected=expected)
    _admit_packs(order.packs, partner)


def _admit_packs(packs: Sequence[ShotPack], partner: Partner) -> None:
    if not packs:
        raise BadInput(field="packs", found="none", expected="at least one shot pack")
    for pack in packs:
        if not pack.sealed:
            expected = "a sealed pack; run `circletake pack seal` first"
            raise BadInput(field="pack", found=f"{pack.code} is not sealed", expected=expected)
        if pack.partner != partner.name:
            expected = f"a pack of {partner.name}"
            raise NotEntitled(field="pack", found=f"a pack of {pack.partner}", expected=expected)
    if len({pack.seal for pack in packs}) < len(packs):
        found = ", ".join(pack.code for pack in packs)
        raise BadInput(field="packs", found=found, expected="each pack once; twice pays twice")


def _campaign_id(order: Order, stock: Stock) -> str:
    content: dict[str, Any] = {
        "partner": order.partner.name,
        "packs": sorted(p.seal for p in order.packs),
        "recipes": sorted((_row(r) for r in order.recipes), key=lambda r: str(r["name"])),
        "takes": order.takes,
        "simulated": order.simulated,
    }
    if order.writer is not None:
        content["writer"] = [order.writer, VERSION]
    wanted = {source for r in order.recipes for source in builds_on(r)}
    if wanted:
        # Another decision is another start, so another campaign.
        decided = (stock.circled, stock.first_frames, stock.last_frames)
        names = ("circled", "first_frames", "last_frames")
        content |= {
            name: sorted([*shot, m.sha256] for shot, m in stills.items())
            for name, stills in zip(names, decided, strict=True)
            if stills or name == "circled"
        }
    return content_id("campaign", content)


def _row(recipe: Recipe) -> dict[str, Any]:
    """Give a recipe's row; one that is no chain keeps the id that it had before there were any."""
    return {name: value for name, value in asdict(recipe).items() if value or name != "then"}


def _campaign(order: Order, id_: str, forecast: datetime, now: datetime) -> Campaign:
    shots = [s for p in order.packs for s in p.shots]
    return Campaign(
        partner=order.partner.name,
        id=id_,
        packs=tuple(p.seal for p in order.packs),
        recipes=tuple(r.name for r in order.recipes),
        takes=order.takes or max(s.takes_wanted for s in shots),
        budget_musd=order.budget_musd,
        simulated=order.simulated,
        state=CampaignState.PLANNED,
        created_at=now,
        forecast_finish=forecast,
    )


def _cells(order: Order, stock: Stock, account: str) -> Iterator[Cell]:
    for pack in order.packs:
        cut = sorted(pack.shots, key=lambda s: (s.sequence, s.order, s.id))
        for before, shot, after in zip([None, *cut], cut, [*cut[1:], None], strict=False):
            anchors = dict(_anchors(stock, pack, shot, before, after))
            for recipe in order.recipes:
                if shot.task in recipe.tasks:
                    yield Cell(
                        pack=pack,
                        shot=shot,
                        recipe=recipe,
                        model=stock.catalogue[recipe.model],
                        account=account,
                        media=stock.media,
                        anchors=anchors,
                    )


def _anchors(
    stock: Stock, pack: ShotPack, shot: Shot, before: Shot | None, after: Shot | None
) -> Iterator[tuple[str, Anchor]]:
    """Give what was circled of the neighbours of a shot in its sequence, by source."""
    for source, near, stills in (
        (PREVIOUS, before, stock.circled),
        (LAST_FRAME, before, stock.last_frames),
        (FIRST_FRAME, after, stock.first_frames),
    ):
        if near is not None and near.sequence == shot.sequence and (pack.seal, near.id) in stills:
            yield source, Anchor(shot=near, media=stills[pack.seal, near.id])


def _takes(order: Order, shot: Shot, recipe: Recipe) -> int:
    """Count the takes of a cell; a control is deterministic, so one says everything."""
    if recipe.control:
        return 1
    if order.takes is not None:
        return order.takes
    return 1 if shot.task in VIDEO_TASKS else shot.takes_wanted


def _trial(cell: Cell, take: Asked, number: int, stock: Stock) -> Trial:
    *earlier, last = take.requests
    return Trial(
        partner=cell.pack.partner,
        id=content_id("trial", [cell.pack.seal, cell.shot.id, cell.recipe.name, number, last.id]),
        campaign=cell.account,
        pack=cell.pack.seal,
        shot=cell.shot.id,
        recipe=cell.recipe.name,
        number=number,
        request=last.id,
        worst_case_musd=sum(worst_case_musd(stock.catalogue[r.model], r) for r in take.requests),
        earlier=tuple(r.id for r in earlier),
    )
