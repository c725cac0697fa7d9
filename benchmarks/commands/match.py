"""`circletake models match`: who can do what is needed, who cannot and why, and whom to ask.

It stands in this storey because two policies go by what stored campaigns measured.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import anywhere, only_here
from router.commands import models
from router.console import console
from router.domain.money import musd_of

if TYPE_CHECKING:
    from benchmarks.track_record import TrackRecord
    from router.admission.matching import Asker, Fit, Matched, Need, Unfit
    from router.admission.policies import Choice
    from router.domain.partner import Partner

Row = dict[str, Any]


class Policy(StrEnum):
    """How one of several models is chosen."""

    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    BEST = "best"
    WEIGHTED = "weighted"
    PINNED = "pinned"


Task = Annotated[str, typer.Option(help="What a shot asks for, e.g. reference_to_image.")]
References = Annotated[
    int | None,
    typer.Option(
        help="Pictures that go in: plate, character, look; mask and key frames apart.  "
        "[default: what the task cannot be without]"
    ),
]
Mask = Annotated[bool, typer.Option("--mask", help="A mask must be obeyed.")]
KeyFrames = Annotated[int | None, typer.Option(help="0, 1 (start) or 2 (and end).")]
Seconds = Annotated[int | None, typer.Option(help="Length of the film.")]
Aspect = Annotated[str | None, typer.Option(help="Shape, e.g. 16:9.")]
Resolution = Annotated[str | None, typer.Option(help="E.g. 720p.")]
Size = Annotated[
    str | None, typer.Option(help="Pixels of the pictures that go in, e.g. 1920x1080.")
]
Seeded = Annotated[bool, typer.Option("--seeded", help="It must take a seed.")]
Indemnified = Annotated[
    bool, typer.Option("--indemnified", help="Only under AWS' output indemnity.")
]
Region = Annotated[list[str] | None, typer.Option(help="Only in this Region; repeat it.")]
Budget = Annotated[str | None, typer.Option(help="Most that a take may cost.", metavar="USD")]
Whose = Annotated[str | None, typer.Option(help="Whose agreement and whose stored takes count.")]
How = Annotated[Policy | None, typer.Option(help="Also choose one of those that can.")]
Pinned = Annotated[str | None, typer.Option(help="With pinned: this one.")]
Weight = Annotated[list[str] | None, typer.Option(help="With weighted: MODEL=NUMBER; repeat it.")]
Draw = Annotated[
    int | None, typer.Option(help="With best, weighted: seed of the draw, to repeat it.")
]
Simulate = Annotated[
    bool, typer.Option("--simulate", help="Go by simulated takes instead of real ones.")
]


def register(app: typer.Typer) -> None:
    """Mount the sub-command of this file in its group."""
    del app
    models.group.command("match")(match)


@anywhere
def match(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    task: Task,
    *,
    references: References = None,
    mask: Mask = False,
    key_frames: KeyFrames = None,
    seconds: Seconds = None,
    aspect: Aspect = None,
    resolution: Resolution = None,
    size: Size = None,
    seeded: Seeded = False,
    indemnified: Indemnified = False,
    region: Region = None,
    budget: Budget = None,
    partner: Whose = None,
    policy: How = None,
    model: Pinned = None,
    weight: Weight = None,
    draw: Draw = None,
    simulate: Simulate = False,
) -> None:
    """Say which models can do what is needed, and for each other one why it cannot.

    Consent is looked at when a campaign is planned. That no model can is an answer.
    """
    said = console(context)
    from dataclasses import replace

    from router import catalog, tasks
    from router.admission import matching

    if partner is not None and said.server is not None:
        raise only_here("--partner", todo="the partner's file and takes lie at the service")
    _belongs("--model", model, policy, Policy.PINNED)
    _belongs("--weight", weight, policy, Policy.WEIGHTED)

    catalogue = catalog.load()
    least = matching.needed_for(tasks.load().operations(task), catalogue)
    need = replace(
        least,
        references=least.references if references is None else references,
        mask=mask or least.mask,
        key_frames=least.key_frames if key_frames is None else key_frames,
        seconds=seconds,
        aspect=aspect,
        resolution=resolution,
        size=_size(size),
        seeded=seeded,
        regions=tuple(region or ()),
        indemnified=indemnified,
        budget_musd=None if budget is None else musd_of("--budget", budget),
    )
    asker = _asker(said.home, partner)
    matched = matching.match(need, catalogue, asker)
    body: Row = {"task": task, "need": _need_row(need), **_matched_row(matched), "choice": None}
    lines = _lines(task, matched)
    if policy is not None and matched.can:
        record = _record(said.home, partner, task, policy, simulate=simulate)
        weights = _weights(weight)
        choice = _choice(matched, record, policy, model=model or "", weights=weights, draw=draw)
        body["choice"] = choice
        lines += ["", f"{choice['policy']}: {choice['model']}", f"  {choice['reason']}"]
    said.answer(body, "\n".join(lines))


def _belongs(option: str, given: object, policy: Policy | None, to: Policy) -> None:
    """Refuse an option that would be ignored, and the lack of one that is needed."""
    from router.domain.errors import BadInput

    if given and policy is not to:
        raise BadInput(field=option, found=given, expected=f"--policy {to} beside it")
    if policy is to and not given:
        raise BadInput(field=option, found="none", expected=f"one: --policy {to} goes by it")


def _size(text: str | None) -> tuple[int, int] | None:
    from router.domain.errors import BadInput

    if text is None:
        return None
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise BadInput(field="--size", found=text, expected="WIDTHxHEIGHT, e.g. 1920x1080")
    return int(width), int(height)


def _weights(written: list[str] | None) -> dict[str, float]:
    from router.domain.errors import BadInput

    weights: dict[str, float] = {}
    for text in written or ():
        name, _, number = text.partition("=")
        try:
            weights[name] = float(number)
        except ValueError:
            raise BadInput(field="--weight", found=text, expected="MODEL=NUMBER") from None
    return weights


def _asker(home: Path | None, name: str | None) -> "Asker":
    """Ask for a partner; without one, for somebody whose agreement allows every Region."""
    from benchmarks.studio import DIALECTS
    from router import catalog, partners, settings
    from router.admission.matching import Asker
    from router.clock import SystemClock
    from router.domain.clearance import Clearance
    from router.domain.errors import UnknownName

    today = SystemClock().now().date()
    if name is None:
        everywhere = {r for m in catalog.load().values() for r in m.regions}
        who = _anybody(tuple(sorted(everywhere)))
    else:
        known = partners.load(*settings.read(home).partner_folders)
        if name not in known:
            hint = f"`circletake partners new {name}` adds one"
            raise UnknownName("partner", name, known, hint=hint)
        who = known[name]
    consent = Clearance(
        permitted=("still_image", "moving_image"), expires_on=None, evidence_sha256="0" * 64
    )
    return Asker(partner=who, clearance=consent, today=today, runnable_dialects=DIALECTS)


def _anybody(regions: tuple[str, ...]) -> "Partner":
    from datetime import date

    from router.domain.partner import Partner, Window

    return Partner(
        name="anybody",
        display_name="anybody",
        tier="vfx_studio",
        window=Window(opens=date.min, findings_due=date.max),
        budget_musd=0,
        regions=regions,
        providers=(),
        recipes=(),
        retention_days=0,
        review_roles=(),
        illustrative=True,
    )


def _record(
    home: Path | None, name: str | None, task: str, policy: Policy, *, simulate: bool
) -> "TrackRecord":
    """Read what is stored for this partner, where the policy goes by it; makes no home."""
    from benchmarks.bootstrap import studio
    from benchmarks.track_record import TrackRecord, track_record
    from router import settings
    from router.domain.errors import BadInput

    if policy is Policy.BEST and name is None:
        expected = "--partner NAME: whose stored takes to go by"
        raise BadInput(field="--partner", found="none", expected=expected)
    measured = policy in {Policy.BEST, Policy.FASTEST}
    if not measured or name is None or not settings.read(home).database.exists():
        return TrackRecord(latencies={}, kept={})
    with studio(home) as here:
        cases = [here.case(kept.campaign.id) for kept in here.store.campaigns(name)]
        return track_record(cases, task, simulated=simulate)


def _choice(
    matched: "Matched",
    record: "TrackRecord",
    policy: Policy,
    *,
    model: str,
    weights: dict[str, float],
    draw: int | None,
) -> Row:
    """Choose, and keep the seed of a draw so that it can be repeated."""
    import random
    import secrets

    from router.admission import policies

    seed = secrets.randbelow(2**32) if draw is None else draw
    chance = random.Random(seed)  # noqa: S311 - a draw that can be repeated, no secret
    match policy:
        case Policy.CHEAPEST:
            return _choice_row(policies.cheapest(matched))
        case Policy.FASTEST:
            return _choice_row(policies.fastest(matched, record.latencies))
        case Policy.BEST:
            return _choice_row(policies.best(matched, record.kept, chance=chance), seed)
        case Policy.WEIGHTED:
            return _choice_row(policies.weighted(matched, weights, chance=chance), seed)
        case Policy.PINNED:
            return _choice_row(policies.pinned(matched, model))


def _choice_row(choice: "Choice", draw: int | None = None) -> Row:
    return {
        "policy": choice.policy,
        "model": choice.fit.model.key,
        "operation": choice.fit.operation,
        "region": choice.fit.region,
        "reason": choice.reason,
        "draw": draw,
        "considered": [
            {"model": c.model, "number": c.number, "said": c.said} for c in choice.considered
        ],
    }


def _need_row(need: "Need") -> Row:
    from dataclasses import asdict

    row = asdict(need)
    budget = row.pop("budget_musd")
    return {**row, "budget_usd": None if budget is None else budget / 1e6}


def _matched_row(matched: "Matched") -> Row:
    return {
        "can": [_fit_row(fit) for fit in matched.can],
        "cannot": [
            {"key": u.model.key, "code": u.code, "reason": u.reason} for u in matched.cannot
        ],
        "nearest": [
            {
                "key": u.model.key,
                "operation": u.operation,
                "misses": [{"code": m.code, "reason": m.reason} for m in u.misses],
            }
            for u in matched.nearest
        ],
    }


def _fit_row(fit: "Fit") -> Row:
    return {
        "key": fit.model.key,
        "operation": fit.operation,
        "region": fit.region,
        "seconds": fit.seconds,
        "resolution": fit.resolution,
        "worst_usd": fit.worst_musd / 1e6,
        **models.rights(fit.model),
        "notes": list(fit.notes),
    }


def _lines(task: str, matched: "Matched") -> list[str]:
    lines = [_fit_line(fit) for fit in matched.can]
    if not matched.can:
        lines = [f"No backend can do this {task}."]
        lines += ["Nearest:"] if matched.nearest else []
        lines += [line for u in matched.nearest for line in _near_lines(u)]
    near = set() if matched.can else {u.model.key for u in matched.nearest}
    others = [u for u in matched.cannot if u.code != "operation" and u.model.key not in near]
    lines += ["", "Cannot:"] if others else []
    lines += [f"  {u.model.key:28} {u.code}: {u.reason}" for u in others]
    elsewhere = sum(u.code == "operation" for u in matched.cannot)
    return [*lines, f"  {elsewhere} more models do other work"] if elsewhere else lines


def _fit_line(fit: "Fit") -> str:
    worst = f"{fit.worst_musd / 1e6:.2f} USD a take at worst"
    line = f"{fit.model.key:28} {fit.operation:20} {fit.region:12} {worst}"
    owned = fit.model.output_ownership.says
    rights = f"{fit.model.training_data.sentence}; output owned by: {owned}"
    return "\n".join([line, f"  {rights}", *(f"  {note}" for note in fit.notes)])


def _near_lines(unfit: "Unfit") -> list[str]:
    return [f"  {unfit.model.key}", *(f"    {m.code}: {m.reason}" for m in unfit.misses)]
