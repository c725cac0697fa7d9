"""Which models can do what is needed, why each other one cannot, and which come nearest. Pure.

A need is turned into the plainest request that states it, and every rule of the gate looks at that
request: what matches here is what may be sent. "No model can" is an answer.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from router.admission import gate, pricing
from router.admission.retention import Modes
from router.domain.clearance import Clearance
from router.domain.errors import BadInput, NotEntitled, Refused, UnknownName
from router.domain.media import MediaRef
from router.domain.model import Model, Parameter
from router.domain.partner import Partner
from router.domain.request import Input, JsonScalar, Request
from router.operations import MOVING, OPERATIONS, STILL, Operation

MASK = "mask"
KEY_FRAMES = ("key_frame_start", "key_frame_end")
NEAREST = 3  # models shown as coming near
# What a person can change least comes first: of several reasons, this one is told.
_WEIGHT = (
    *("operation", "lifecycle", "references", "inputs", "seconds", "aspect", "resolution", "seed"),
    *(
        "indemnity",
        "provider",
        "region",
        "data_retention",
        "clearance",
        "dialect",
        "price",
        "budget",
    ),
)
_FINAL = ("operation", "lifecycle")  # who misses these does not come near


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What somebody wants made; what is left out does not matter to them."""

    operations: tuple[str, ...]  # any of these would do, the first rather than the next
    references: int = 0  # pictures that go in: plate, character, look; no mask, no key frames
    mask: bool = False
    key_frames: int = 0  # 0, 1 (start) or 2 (start and end)
    seconds: int | None = None
    aspect: str | None = None  # "16:9"
    resolution: str | None = None  # "720p"
    size: tuple[int, int] | None = None  # width and height of the pictures that go in, pixels
    seeded: bool = False  # must take a seed
    makes: str | None = None  # still_image or moving_image
    regions: tuple[str, ...] = ()  # only here; empty = wherever partner and consent allow
    indemnified: bool = False
    budget_musd: int | None = None  # most that one take may cost, micro-dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A model that can, and how it would be asked."""

    model: Model
    operation: str
    region: str
    seconds: int | None
    resolution: str | None
    worst_musd: int  # of one take, micro-dollars
    notes: tuple[str, ...]  # what is worth knowing first


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One need that a model does not meet."""

    code: str  # references, inputs.mask, seconds, region, …
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A model that cannot, at the operation at which it comes nearest."""

    model: Model
    operation: str
    misses: tuple[Miss, ...]  # the most helpful one first; never empty

    @property
    def code(self) -> str:
        """Name the one thing to tell."""
        return self.misses[0].code

    @property
    def reason(self) -> str:
        """Say the one thing to tell."""
        return self.misses[0].reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Everybody's answer, by key."""

    can: tuple[Fit, ...]
    cannot: tuple[Unfit, ...]
    nearest: tuple[Unfit, ...]  # of those that cannot: who misses fewest


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, under which consent, when, and what is spoken here."""

    partner: Partner
    clearance: Clearance
    today: date
    runnable_dialects: Collection[str]
    modes: Modes | None = None  # the account's data-retention mode by Region; None = not asked


def match(need: Need, catalogue: Mapping[str, Model], asker: Asker) -> Matched:
    """Say for every model whether it can; free local controls answer no need and are left out.

    Raises:
        UnknownName: an operation that nobody knows.
        BadInput: numbers that mean nothing.
    """
    _sane(need)
    can: list[Fit] = []
    cannot: list[Unfit] = []
    for key in sorted(catalogue):
        model = catalogue[key]
        if model.dialect == gate.LOCAL:
            continue
        answer = _answer(need, model, asker)
        if isinstance(answer, Fit):
            can.append(answer)
        else:
            cannot.append(answer)
    return Matched(can=tuple(can), cannot=tuple(cannot), nearest=_nearest(cannot))


def needed_for(operations: Collection[str], catalogue: Mapping[str, Model]) -> Need:
    """Give the least that a task needs whose operations these are.

    A task that every model can only do with a mask comes with a mask, and so on. The first of the
    operations says what the task is about: where it looks at pictures, one that looks at none does
    not count.
    """
    paid = {o for m in catalogue.values() if m.dialect != gate.LOCAL for o in m.operations}
    wanted = tuple(o for o in operations if o in paid) or tuple(operations)
    if wanted and _looks(wanted[0]):
        wanted = tuple(o for o in wanted if _looks(o))
    known = [OPERATIONS[o] for o in wanted if o in OPERATIONS]
    return Need(
        operations=wanted,
        references=min((len(_steering(o.needs)) for o in known), default=0),
        mask=bool(known) and all(MASK in o.needs for o in known),
        key_frames=min((len(set(o.needs) & set(KEY_FRAMES)) for o in known), default=0),
    )


def _looks(operation: str) -> bool:
    return operation in OPERATIONS and bool(OPERATIONS[operation].needs)


def _sane(need: Need) -> None:
    for operation in need.operations:
        if operation not in OPERATIONS:
            raise UnknownName("operation", operation, OPERATIONS)
    shaped = need.aspect is None or re.fullmatch(r"[1-9]\d*:[1-9]\d*", need.aspect)
    for field, right, expected in (
        ("operations", need.operations, "what the models should do"),
        ("references", need.references >= 0, "0 or more"),
        ("key_frames", 0 <= need.key_frames <= len(KEY_FRAMES), "0, 1 or 2"),
        ("seconds", need.seconds is None or need.seconds >= 1, "1 or more"),
        ("aspect", shaped, "two whole numbers, e.g. 16:9"),
        ("size", need.size is None or min(need.size) >= 1, "1 pixel or more each way"),
        ("makes", need.makes in {None, STILL, MOVING}, f"{STILL} or {MOVING}"),
        ("budget_musd", (need.budget_musd or 0) >= 0, "0 or more"),
    ):
        if not right:
            raise BadInput(field=field, found=getattr(need, field), expected=expected)


def _answer(need: Need, model: Model, asker: Asker) -> Fit | Unfit:
    """Ask a model for each operation that would do; the one with the fewest misses counts."""
    known = [o for o in need.operations if o in model.operations]
    wanted = [o for o in known if need.makes in {None, OPERATIONS[o].makes}]
    if not wanted:
        return Unfit(model=model, operation="", misses=(_other_work(need, model, known),))
    tried = [(o, _misses(need, model, OPERATIONS[o], asker)) for o in wanted]
    operation, misses = min(tried, key=lambda t: (len(t[1]), *_weights(t[1])))
    if misses:
        return Unfit(model=model, operation=operation, misses=misses)
    return _fit(need, model, OPERATIONS[operation], asker)


def _other_work(need: Need, model: Model, known: Collection[str]) -> Miss:
    if known:
        made = ", ".join(sorted({OPERATIONS[o].makes for o in known}))
        return Miss(code="operation", reason=f"makes {made}, not {need.makes}")
    does = ", ".join(model.operations)
    return Miss(code="operation", reason=f"does {does}; none of: {', '.join(need.operations)}")


def _fit(need: Need, model: Model, operation: Operation, asker: Asker) -> Fit:
    asked = plainest(need, model, operation, asker)
    notes = gate.warnings(asker.partner, model, asked, today=asker.today, modes=asker.modes)
    if need.aspect is not None and asked.aspect is None:
        follows = f"the result follows the picture that goes in: give it as {need.aspect}"
        notes = (follows, *notes) if need.size is None else notes
    return Fit(
        model=model,
        operation=operation.name,
        region=gate.region_for(_narrowed(need, asker.partner), model, asker.clearance),
        seconds=asked.seconds,
        resolution=asked.resolution,
        worst_musd=pricing.worst_case_musd(model, asked),
        notes=notes,
    )


def _misses(need: Need, model: Model, operation: Operation, asker: Asker) -> tuple[Miss, ...]:
    asked = plainest(need, model, operation, asker)
    refused = gate.refusals(
        asker.partner,
        model,
        asked,
        today=asker.today,
        runnable_dialects=asker.runnable_dialects,
        modes=asker.modes,
    )
    absent = [role for role in _steering(operation.needs) if asked.input(role) is None]
    counted = {f"inputs.{role}" for role in absent}  # told as a number
    found = [_said(r) for r in refused if r.field not in counted]
    found += _beyond_the_gate(need, model, operation, asked)
    if all(miss.code != "region" for miss in found):
        found += _elsewhere(need, model, asker)
    return tuple(sorted(found, key=lambda miss: _weight(miss.code)))


def _beyond_the_gate(
    need: Need, model: Model, operation: Operation, asked: Request
) -> Iterator[Miss]:
    """What the gate does not know of: how many references, cover, and money."""
    fewest, seats = len(_steering(operation.needs)), len(_seats(model, operation))
    if not fewest <= need.references <= seats:
        short = need.references < fewest
        takes = f"needs {fewest}" if short else f"takes {f'at most {seats}' if seats else 'none'}"
        beside = " beside its key frames" if need.key_frames else ""
        reason = f"{operation.name} {takes}{beside}, not {need.references}"
        yield Miss(code="references", reason=reason)
    if need.aspect is not None and not operation.aspect and need.size is not None:
        width, height = need.size
        if not _is_shaped(need.aspect, width, height):
            reason = f"the result follows the picture, and {width}x{height} is not {need.aspect}"
            yield Miss(code="aspect", reason=reason)
    if need.indemnified and not model.indemnified:
        yield Miss(code="indemnity", reason=f"not indemnified: {model.licence}")
    try:
        worst = pricing.worst_case_musd(model, asked)
    except Refused as refused:
        yield _said(refused)
        return
    if need.budget_musd is not None and worst > need.budget_musd:
        reason = f"costs up to {_usd(worst)}; the budget of a take is {_usd(need.budget_musd)}"
        yield Miss(code="budget", reason=reason)


def _elsewhere(need: Need, model: Model, asker: Asker) -> Iterator[Miss]:
    """Say where a model works that is allowed, but not where it is wanted."""
    try:
        gate.region_for(_narrowed(need, asker.partner), model, asker.clearance)
    except NotEntitled:
        how = "works in any of" if model.profile_id is not None else "works in"
        where = f"{how} {', '.join(model.regions)}"
        yield Miss(code="region", reason=f"{where}; wanted only in {', '.join(need.regions)}")


def _narrowed(need: Need, partner: Partner) -> Partner:
    if not need.regions:
        return partner
    return replace(partner, regions=tuple(r for r in partner.regions if r in need.regions))


def plainest(need: Need, model: Model, operation: Operation, asker: Asker) -> Request:
    """Write the plainest request that states a need; its pictures are stand-ins."""
    limits = model.limits
    roles = _seats(model, operation)[: need.references]
    roles += [MASK] * need.mask + list(KEY_FRAMES[: need.key_frames])
    width, height = need.size or (0, 0)
    stand_in = MediaRef(
        sha256="0" * 64,
        mime=next(iter(limits.mimes), "image/png"),
        size=1,
        width=width,
        height=height,
    )
    film = operation.seconds
    return Request(
        partner=asker.partner.name,
        id="need",
        account="need",
        model=model.key,
        operation=operation.name,
        prompt="a prompt" if limits.prompt_chars else "",
        clearance=asker.clearance,
        inputs=tuple(Input(role=role, media=stand_in) for role in roles),
        seed=1 if need.seeded else None,
        aspect=need.aspect if operation.aspect else None,
        seconds=need.seconds or (min(limits.seconds, default=None) if film else None),
        resolution=need.resolution or next(iter(limits.resolutions), None),
        parameters=_required(model, operation.name),
    )


def _seats(model: Model, operation: Operation) -> list[str]:
    """Give the roles in which this operation takes a picture that is no mask and no key frame."""
    roles = _steering((*operation.needs, *operation.may))
    return [role for role in roles if role in model.references]


def _steering(roles: Collection[str]) -> list[str]:
    return [role for role in roles if role != MASK and role not in KEY_FRAMES]


def _required(model: Model, operation: str) -> tuple[tuple[str, JsonScalar], ...]:
    """Fill in what the model cannot be asked without."""
    known = [p for p in model.parameters if not p.operations or operation in p.operations]
    some = dict(model.options).get("some_of", "").split()[:1]
    return tuple((p.name, _lawful(p)) for p in known if p.required or p.name in some)


def _lawful(parameter: Parameter) -> JsonScalar:
    makers: dict[str, Callable[[], JsonScalar]] = {
        "switch": partial(bool, 1),
        "choice": lambda: parameter.choices[0],
        "text": lambda: "x" * max(1, int(parameter.low)),
        "integer": partial(int, parameter.high),
    }
    return makers.get(parameter.kind, lambda: parameter.high)()


def _said(refused: Refused) -> Miss:
    said = refused.as_dict()
    return Miss(code=refused.field, reason=f"found {said['found']}; expected {refused.expected}")


def _nearest(cannot: Collection[Unfit]) -> tuple[Unfit, ...]:
    near = [u for u in cannot if all(_family(m.code) not in _FINAL for m in u.misses)]
    fewest = min((len(u.misses) for u in near), default=0)
    best = [u for u in near if len(u.misses) == fewest]
    return tuple(sorted(best, key=lambda u: (-_weight(u.code), u.model.key))[:NEAREST])


def _weights(misses: Collection[Miss]) -> tuple[int, ...]:
    return tuple(-_weight(miss.code) for miss in misses)


def _weight(code: str) -> int:
    family = _family(code)
    return _WEIGHT.index(family) if family in _WEIGHT else len(_WEIGHT)


def _family(code: str) -> str:
    return code.partition(".")[0]


def _is_shaped(aspect: str, width: int, height: int) -> bool:
    """Say whether a picture has this shape, within a hundredth."""
    across, down = map(int, aspect.split(":"))
    return abs(width * down - height * across) * 100 <= height * across


def _usd(musd: int) -> str:
    return f"{musd / 1e6:.2f} USD"
