"""A cell of a campaign becomes the router's request: pure, and the same every time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from benchmarks.domain.campaign import Later, Recipe
from benchmarks.domain.pack import PackFile, Shot, ShotPack
from benchmarks.planning.approval import disclosed
from benchmarks.planning.phrasing import Phrased, Told, Writing, phrase
from benchmarks.planning.recipes import CIRCLED, FOUND, SOURCES, STEP, Wish, source_of_step, wishes
from benchmarks.planning.sources import FILES, FITTED, Anchor, CannotAsk, Picture, ToCome
from router.domain.clearance import SAID_LATER, Clearance
from router.domain.ids import content_id, sha256_of
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.request import Input, JsonScalar, Request
from router.operations import OPERATIONS

NOBODY = ("evaluate_only", "still_image", "moving_image")
ASPECT_TOLERANCE = 0.05  # 1.85:1 may be asked for as 16:9, 2.39:1 as 21:9
SEEDS = 2_147_483_646


class Asked(NamedTuple):
    """What one take is asked with: a call, and in a chain the further ones."""

    first: Request
    later: tuple[Later, ...] = ()
    phrased: tuple[Phrased, ...] = ()  # where the prompt of each step comes from

    @property
    def requests(self) -> tuple[Request, ...]:
        """Give the requests of all steps, in order."""
        return (self.first, *(one.request for one in self.later))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A shot, and the recipe that shall serve it."""

    pack: ShotPack
    shot: Shot
    recipe: Recipe
    model: Model
    account: str  # campaign id
    media: Mapping[str, MediaRef]  # sha256 → stored file of the pack
    anchors: Mapping[str, Anchor] = field(default_factory=dict)  # by source, where circled
    step: int = 0  # which call of the recipe, from 0
    steps: int = 1
    parent: str | None = None  # request of the step before
    shown: tuple[Picture, ...] = ()  # what steered the steps before
    writing: Writing | None = None  # of a language model, for the first step


def asked(cell: Cell, number: int, catalogue: Mapping[str, Model]) -> Asked:
    """Write what one take is asked with, every step of it; equal cells give equal ids.

    Raises:
        CannotAsk: the shot lacks what the recipe needs, or consent does not cover it.
        UnknownName: the recipe's template does not exist.
    """
    requests: list[Request] = []
    later: list[Later] = []
    words: list[Phrased] = []
    calls, here = cell.recipe.calls, cell
    for step, call in enumerate(calls):
        as_one = replace(
            cell.recipe,
            model=call.model,
            operation=call.operation,
            conditioning=call.conditioning,
            template=call.template,
            parameters=call.parameters,
            then=(),
        )
        here = replace(
            here,
            recipe=as_one,
            model=catalogue[call.model],
            step=step,
            steps=len(calls),
            parent=requests[-1].id if requests else None,
        )
        pictures = dict(_pictures(here))
        words.append(phrase(call.template, _told(here), here.model))
        requests.append(_built(here, number, pictures, words[-1]))
        if step:
            waits = {r: p.source for r, p in pictures.items() if isinstance(p, ToCome)}
            later.append(Later(request=requests[-1], waits=tuple(waits.items())))
        here = replace(here, shown=(*here.shown, *pictures.values()))
    return Asked(requests[0], tuple(later), tuple(words))


def _told(cell: Cell) -> Told:
    return Told(shot=cell.shot, pack=cell.pack, writing=None if cell.step else cell.writing)


def _built(cell: Cell, number: int, pictures: Mapping[str, Picture], prompt: Phrased) -> Request:
    shot, recipe = cell.shot, cell.recipe
    inputs = tuple(Input(role=role, media=_media(cell, p)) for role, p in pictures.items())
    parameters: dict[str, JsonScalar] = dict(recipe.parameters)
    if recipe.operation == "outpaint":
        parameters |= _margins(cell, inputs)
    resolution = parameters.pop("resolution", None)
    return named(
        Request(
            partner=cell.pack.partner,
            id="",
            account=cell.account,
            model=cell.model.key,
            operation=recipe.operation,
            prompt=prompt.text,
            clearance=_cleared(cell, (*cell.shown, *pictures.values())),
            negative=prompt.negative,
            inputs=inputs,
            seed=seed(cell, number),
            aspect=_aspect(cell),
            seconds=_seconds(cell, parameters.pop("seconds", None)),
            resolution=None if resolution is None else str(resolution),
            parameters=tuple(parameters.items()),
            parent=cell.parent,
            label=f"{shot.id} {recipe.name} take {number}{_place(cell)}",
        )
    )


def _place(cell: Cell) -> str:
    return f" step {cell.step + 1} of {cell.steps}" if cell.steps > 1 else ""


def named(request: Request) -> Request:
    """Name a request by its content; the label (with its take number) is part of it."""
    content = asdict(request)
    del content["id"]
    until = request.clearance.expires_on
    content["clearance"]["expires_on"] = until.isoformat() if until else None
    for name in SAID_LATER:  # ids that were given before it could be said stay
        if not content["clearance"][name]:
            del content["clearance"][name]
    return replace(request, id=content_id("request", content))


def seed(cell: Cell, number: int) -> int | None:
    """Give take n of a shot the same non-zero seed under every recipe; None where none is taken."""
    highest = cell.model.limits.seed_max
    if highest is None:
        return None
    name = content_id("seed", [cell.pack.partner, cell.pack.code, cell.shot.id, number])
    return 1 + int(name, 16) % min(highest, SEEDS)


def clearance(pack: ShotPack, shot: Shot, files: tuple[PackFile, ...]) -> Clearance:
    """Gather what everybody who can be recognised has permitted; the stricter wins."""
    shown = {f.likeness_of for f in files if f.likeness_of}
    seen = {a.character for a in shot.appearances}
    shown |= {person for character, person in pack.portrayals if character in seen}
    consents = [c for c in pack.consents if c.participant in shown]
    for person in sorted(shown - {c.participant for c in consents}):
        expected = "a consent of this participant"
        raise CannotAsk("no_consent", field="consents", found=person, expected=expected)
    permitted: tuple[str, ...] = NOBODY
    if consents:
        permitted = tuple(
            p for p in consents[0].permitted if all(p in c.permitted for c in consents)
        )
    return Clearance(
        permitted=permitted,
        expires_on=min((c.expires_on for c in consents), default=None),
        evidence_sha256=_evidence(sorted(c.evidence_sha256 for c in consents), pack.seal),
        regions=pack.regions,
        providers=pack.providers,
        data_retention=pack.data_retention,
        **disclosed(pack),
    )


def _evidence(hashes: list[str], seal: str) -> str:
    """Name the one document, the list of several, or the sealed pack that shows nobody."""
    if len(hashes) == 1:
        return hashes[0]
    return sha256_of("".join(hashes or [seal]).encode())


def _pictures(cell: Cell) -> Iterator[tuple[str, Picture]]:
    """Choose a picture for each role; those that go together as references are all different."""
    told: set[str | None] = set()
    for wish in wishes(cell.recipe):
        together = wish.role.startswith("reference")
        every = (p for s in wish.sources for p in _source(cell, s, wish.role))
        found = next((p for p in every if not together or _name(p) not in told), None)
        if found:
            told |= {_name(found)} if together else set()
            yield wish.role, found
        elif not wish.optional:
            raise _missing(cell, wish, taken=bool(told))


def _name(picture: Picture) -> str | None:
    return picture.sha256 if isinstance(picture, PackFile) else picture.media.sha256


def _cleared(cell: Cell, pictures: Sequence[Picture]) -> Clearance:
    """Gather consents; an anchor shows everybody who was seen in its own shot."""
    before = [p.shot.appearances for p in pictures if isinstance(p, Anchor)]
    seen = (*cell.shot.appearances, *(a for shot in before for a in shot))
    kept = (p.file if isinstance(p, ToCome) else p for p in pictures)
    files = tuple(f for f in kept if isinstance(f, PackFile))
    return clearance(cell.pack, replace(cell.shot, appearances=seen), files)


def _missing(cell: Cell, wish: Wish, *, taken: bool) -> CannotAsk:
    field_ = f"{cell.shot.id}.inputs"
    asked_of = next((s for s in wish.sources if s in CIRCLED), None)
    if asked_of:
        return CannotAsk(
            "no_anchor",
            field=field_,
            found=f"no {CIRCLED[asked_of]} in the sequence",
            expected="a decision: somebody circles a take of that shot first",
        )
    other = taken and wish.role.startswith("reference")
    return CannotAsk(
        "missing_input",
        field=field_,
        found=f"no {'other ' if other else ''}{' or '.join(wish.sources)}",
        expected=_wanted(wish) + (" that no other reference is" if other else ""),
    )


def _wanted(wish: Wish) -> str:
    named = [SOURCES[s] for s in wish.sources if s in SOURCES]
    return f"{' or '.join(named)} among what the shot names" if named else f"a {wish.role}"


def _source(cell: Cell, name: str, role: str) -> Iterable[Picture]:
    if name in CIRCLED:
        return [cell.anchors[name]] if name in cell.anchors else []
    if name in FOUND:
        return [ToCome(source=name)]
    if STEP.fullmatch(name):
        return [ToCome(source=f"step.{source_of_step(name, cell.step)}")]
    files = FILES[name](cell.pack, cell.shot)
    if role == "mask" and cell.step:
        return (ToCome(source=FITTED, media=_stored(cell, f), file=f) for f in files if _fits(cell))
    return files


def _fits(cell: Cell) -> bool:
    """Say whether a drawn matte has its place in a take: it is drawn for the plate's framing."""
    plates = tuple(FILES["plate"](cell.pack, cell.shot))
    return any(picture in plates for picture in cell.shown)


def _media(cell: Cell, picture: Picture) -> MediaRef:
    return _stored(cell, picture) if isinstance(picture, PackFile) else picture.media


def _stored(cell: Cell, file: PackFile) -> MediaRef:
    media = cell.media.get(file.sha256 or "")
    if media is None:
        expected = (
            "one picture or clip that was taken in; frame sequences cannot steer a model, "
            "and an OpenEXR or DPX needs its colour_space"
        )
        raise CannotAsk("no_media", field="inputs", found=file.name, expected=expected)
    return media


def _aspect(cell: Cell) -> str | None:
    """Choose the aspect to ask for: the shot's own, or the nearest one within tolerance."""
    offered = cell.model.limits.aspects
    if not offered or not OPERATIONS[cell.recipe.operation].aspect:
        return None
    width, height = cell.pack.raster
    wanted = ratio(cell.shot.aspect) if cell.shot.aspect else Fraction(width, height)
    nearest = min(offered, key=lambda a: abs(ratio(a) / wanted - 1))
    if abs(ratio(nearest) / wanted - 1) > ASPECT_TOLERANCE:
        found = cell.shot.aspect or f"{width}x{height}"
        expected = f"within 5 % of one of: {', '.join(offered)}"
        raise CannotAsk("aspect", field=f"{cell.shot.id}.aspect", found=found, expected=expected)
    return nearest


def ratio(aspect: str) -> Fraction:
    """Read "16:9" or "2.39:1" as width over height."""
    width, height = aspect.split(":")
    return Fraction(width) / Fraction(height)


def _seconds(cell: Cell, fixed: JsonScalar | None) -> int | None:
    """Choose the clip's length: the recipe's, else the shortest with handles, else the longest."""
    offered = cell.model.limits.seconds
    if not offered or not OPERATIONS[cell.recipe.operation].seconds:
        return None
    cut = (cell.shot.cut_frames or 0) / cell.pack.fps
    choice = [int(fixed)] if fixed is not None else sorted(offered)
    long_enough = [s for s in choice if s >= cut]
    if not long_enough:
        raise CannotAsk(
            "too_long",
            field=f"{cell.shot.id}.timing",
            found=f"{cut:.1f} s in the cut",
            expected=f"at most {choice[-1]} s for {cell.recipe.name}",
        )
    used = cell.shot.used_frames / cell.pack.fps
    return next((s for s in long_enough if s >= used), long_enough[-1])


def _margins(cell: Cell, inputs: tuple[Input, ...]) -> dict[str, JsonScalar]:
    """Say how many pixels to add on each side, to reach the shot's aspect."""
    media = inputs[0].media
    found = margins(media, cell.shot, cell.pack)
    if not found:
        expected = "an aspect that differs from the plate's"
        size = f"{media.width}x{media.height}"
        raise CannotAsk("aspect", field=f"{cell.shot.id}.aspect", found=size, expected=expected)
    return dict(found)


def margins(media: MediaRef, shot: Shot, pack: ShotPack) -> Mapping[str, int]:
    """Give the pixels that a picture lacks on each side of the shot's aspect; empty = none."""
    width, height = pack.raster
    wanted = ratio(shot.aspect) if shot.aspect else Fraction(width, height)
    wide = max(0, round(media.height * wanted) - media.width)
    high = max(0, round(media.width / wanted) - media.height)
    left, up = wide // 2, high // 2
    sides = {"left": left, "right": wide - left, "up": up, "down": high - up}
    return {side: pixels for side, pixels in sides.items() if pixels}
