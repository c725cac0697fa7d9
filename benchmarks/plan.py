"""Packs × recipes × takes: what would be asked, what it may cost, and what cannot be asked.

Pure. Ids are derived from content (packs' seals, recipes' rows, take numbers): the same order
twice is the same campaign, so that asking again continues it and never pays again. The budget
stands outside the id, because raising it must not make another campaign.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from benchmarks.domain.campaign import Campaign, CampaignState, Later, Recipe, Refusal, Trial
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.forecast import advice, finish, lanes
from benchmarks.recipes import PREVIOUS, wishes
from benchmarks.requests import Anchor, CannotAsk, Cell, build
from router.domain.errors import BadInput, NotEntitled, Refused
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.partner import Partner
from router.domain.request import Request
from router.gate import check, warnings
from router.pricing import worst_case_musd
from router.retention import Modes

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What there is to ask with."""

    catalogue: Mapping[str, Model]
    media: Mapping[str, MediaRef]  # sha256 → the packs' files, taken in
    dialects: Collection[str]  # wire dialects that can be spoken here
    circled: Mapping[tuple[str, str], MediaRef] = field(default_factory=dict)  # seal, shot → still
    modes: Modes | None = None  # the account's data-retention mode by Region; None = not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign before its first cent."""

    campaign: Campaign
    packs: tuple[ShotPack, ...]
    recipes: tuple[Recipe, ...]
    trials: tuple[Trial, ...]
    requests: tuple[Request, ...]  # in the order of the trials
    refused: tuple[Refusal, ...]
    warnings: tuple[str, ...]  # allowed today, and still worth knowing
    pace: str = ""  # which quota sets the pace, and what a larger one would change
    later: tuple[Later, ...] = ()  # further steps of chains

    @property
    def worst_case_musd(self) -> int:
        """The most that all trials together can cost, micro-dollars."""
        return sum(t.worst_case_musd for t in self.trials)

    def as_json(self) -> dict[str, Any]:
        """Give what `campaign plan --json` prints."""
        recipes = dict.fromkeys(t.recipe for t in self.trials)
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
            "refused": [asdict(r) for r in self.refused],
            "warnings": list(self.warnings),
        }

    def _of_recipe(self, name: str) -> dict[str, Any]:
        costs = [t.worst_case_musd for t in self.trials if t.recipe == name]
        return {"recipe": name, "trials": len(costs), "worst_case_usd": usd(sum(costs))}


def plan(order: Order, stock: Stock, *, now: datetime) -> Plan:
    """Lay out every cell, and pass each one through the gate.

    Raises:
        BadInput: a pack is unsealed, or the number of takes makes no sense.
        NotEntitled: a pack is another partner's.
    """
    _admit(order)
    account = _campaign_id(order, stock)
    trials: list[Trial] = []
    requests: list[Request] = []
    refused = list(_unused(order))
    said: dict[str, None] = {}
    for cell in _cells(order, stock, account):
        asked = _asked(order, stock, cell, now.date())
        if isinstance(asked, Refusal):
            refused.append(asked)
            continue
        requests.extend(asked)
        trials.extend(_trial(cell, request, n) for n, request in enumerate(asked, 1))
        told = warnings(order.partner, cell.model, asked[0], today=now.date(), modes=stock.modes)
        said |= dict.fromkeys(told)
    queues = lanes(requests, stock.catalogue, order.partner)
    return Plan(
        campaign=_campaign(order, account, finish(queues, now), now),
        packs=tuple(order.packs),
        recipes=tuple(order.recipes),
        trials=tuple(trials),
        requests=tuple(requests),
        refused=tuple(refused),
        warnings=tuple(said),
        pace=advice(queues, _names(stock.catalogue, simulated=order.simulated)),
    )


def _names(catalogue: Mapping[str, Model], *, simulated: bool) -> Mapping[str, str]:
    return {key: m.alias if simulated else key for key, m in catalogue.items()}


def _asked(order: Order, stock: Stock, cell: Cell, today: date) -> list[Request] | Refusal:
    """Write a cell's requests and pass them through the gate."""
    try:
        asked = [build(cell, n) for n in range(1, _takes(order, cell.shot, cell.recipe) + 1)]
        for request in asked:
            check(
                order.partner,
                cell.model,
                request,
                today=today,
                runnable_dialects=stock.dialects,
                modes=stock.modes,
            )
    except Refused as why:
        code = why.code if isinstance(why, CannotAsk) else why.field
        return Refusal(recipe=cell.recipe.name, shot=cell.shot.id, code=code, reason=str(why))
    return asked


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


def _campaign_id(order: Order, stock: Stock) -> str:
    content: dict[str, Any] = {
        "partner": order.partner.name,
        "packs": sorted(p.seal for p in order.packs),
        "recipes": sorted((asdict(r) for r in order.recipes), key=lambda r: str(r["name"])),
        "takes": order.takes,
        "simulated": order.simulated,
    }
    if any(PREVIOUS in wish.sources for r in order.recipes for wish in wishes(r)):
        # Another decision is another start, so another campaign.
        content["circled"] = sorted([*shot, m.sha256] for shot, m in stock.circled.items())
    return content_id("campaign", content)


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
        before: Shot | None = None
        for shot in sorted(pack.shots, key=lambda s: (s.sequence, s.order, s.id)):
            anchor = _anchor(stock, pack, shot, before)
            before = shot
            for recipe in order.recipes:
                if shot.task in recipe.tasks:
                    yield Cell(
                        pack=pack,
                        shot=shot,
                        recipe=recipe,
                        model=stock.catalogue[recipe.model],
                        account=account,
                        media=stock.media,
                        anchor=anchor,
                    )


def _anchor(stock: Stock, pack: ShotPack, shot: Shot, before: Shot | None) -> Anchor | None:
    """Give the circled take of the shot before this one in its sequence."""
    if before is None or before.sequence != shot.sequence:
        return None
    media = stock.circled.get((pack.seal, before.id))
    return Anchor(shot=before, media=media) if media else None


def _takes(order: Order, shot: Shot, recipe: Recipe) -> int:
    """Count the takes of a cell; a control is deterministic, so one says everything."""
    if recipe.control:
        return 1
    if order.takes is not None:
        return order.takes
    return 1 if shot.task in VIDEO_TASKS else shot.takes_wanted


def _unused(order: Order) -> Iterator[Refusal]:
    tasks = {s.task for p in order.packs for s in p.shots}
    for recipe in order.recipes:
        if not tasks & set(recipe.tasks) and not recipe.control:
            reason = f"no shot asks for {' or '.join(recipe.tasks)}"
            yield Refusal(recipe=recipe.name, shot="*", code="no_fitting_shot", reason=reason)


def _trial(cell: Cell, request: Request, number: int) -> Trial:
    return Trial(
        partner=cell.pack.partner,
        id=content_id(
            "trial", [cell.pack.seal, cell.shot.id, cell.recipe.name, number, request.id]
        ),
        campaign=cell.account,
        pack=cell.pack.seal,
        shot=cell.shot.id,
        recipe=cell.recipe.name,
        number=number,
        request=request.id,
        worst_case_musd=worst_case_musd(cell.model, request),
    )
