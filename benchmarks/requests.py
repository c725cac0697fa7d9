"""A cell of a campaign becomes the router's request: pure, and the same every time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction

from benchmarks.domain.campaign import Recipe
from benchmarks.domain.pack import PackFile, Shot, ShotPack
from benchmarks.prompts import Prompt, costume_of, render
from benchmarks.recipes import PREVIOUS, Wish, wishes
from router.domain.clearance import Clearance
from router.domain.errors import BadInput
from router.domain.ids import content_id, sha256_of
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.request import Input, JsonScalar, Request
from router.operations import OPERATIONS

NOBODY = ("evaluate_only", "still_image", "moving_image")
ASPECT_TOLERANCE = 0.05  # 1.85:1 may be asked for as 16:9, 2.39:1 as 21:9
SEEDS = 2_147_483_646


class CannotAsk(BadInput):
    """A cell that cannot be asked, with one word that says why."""

    def __init__(self, code: str, *, field: str, found: object, expected: str) -> None:
        """Keep the word beside the three facts."""
        super().__init__(field=field, found=found, expected=expected)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The circled take of the shot before, from which a shot can start."""

    shot: Shot
    media: MediaRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A shot, and the recipe that shall serve it."""

    pack: ShotPack
    shot: Shot
    recipe: Recipe
    model: Model
    account: str  # campaign id
    media: Mapping[str, MediaRef]  # sha256 → stored file of the pack
    anchor: Anchor | None = None  # of the shot before, if somebody circled a take of it


def build(cell: Cell, number: int) -> Request:
    """Write the request of one take; equal cells give equal ids.

    Raises:
        CannotAsk: the shot lacks what the recipe needs, or consent does not cover it.
        UnknownName: the recipe's template does not exist.
    """
    shot, recipe = cell.shot, cell.recipe
    pictures = dict(_pictures(cell))
    prompt = _prompt(cell)
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
            clearance=_cleared(cell, tuple(pictures.values())),
            negative=prompt.negative,
            inputs=inputs,
            seed=seed(cell, number),
            aspect=_aspect(cell),
            seconds=_seconds(cell, parameters.pop("seconds", None)),
            resolution=None if resolution is None else str(resolution),
            parameters=tuple(parameters.items()),
            label=f"{shot.id} {recipe.name} take {number}",
        )
    )


def named(request: Request) -> Request:
    """Name a request by its content; the label (with its take number) is part of it."""
    content = asdict(request)
    del content["id"]
    until = request.clearance.expires_on
    content["clearance"]["expires_on"] = until.isoformat() if until else None
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
    )


def _evidence(hashes: list[str], seal: str) -> str:
    """Name the one document, the list of several, or the sealed pack that shows nobody."""
    if len(hashes) == 1:
        return hashes[0]
    return sha256_of("".join(hashes or [seal]).encode())


def _prompt(cell: Cell) -> Prompt:
    """Render the words; what shall not be seen goes into the prompt where a model has no field."""
    prompt = render(cell.recipe.template, cell.shot, cell.pack)
    if not prompt.text or not prompt.negative:
        return Prompt(text=prompt.text)
    if cell.model.limits.negative_chars:
        return prompt
    return Prompt(text=f"{prompt.text} Avoid: {prompt.negative}")


def _pictures(cell: Cell) -> Iterator[tuple[str, PackFile | Anchor]]:
    for wish in wishes(cell.recipe):
        found = next((f for s in wish.sources if (f := _source(cell, s))), None)
        if found:
            yield wish.role, found
        elif not wish.optional:
            raise _missing(cell, wish)


def _cleared(cell: Cell, pictures: Sequence[PackFile | Anchor]) -> Clearance:
    """Gather consents; an anchor shows everybody who was seen in its own shot."""
    before = [p.shot.appearances for p in pictures if isinstance(p, Anchor)]
    seen = (*cell.shot.appearances, *(a for shot in before for a in shot))
    files = tuple(p for p in pictures if isinstance(p, PackFile))
    return clearance(cell.pack, replace(cell.shot, appearances=seen), files)


def shown_file(pack: ShotPack, shot: Shot) -> PackFile | None:
    """Give the picture that stands for a shot: its plate or start frame, else whom it shows."""
    order = ("plate", "start", "style", "character_ref", "prop_ref")
    return next((f for name in order if (f := _SOURCES[name](pack, shot))), None)


def _missing(cell: Cell, wish: Wish) -> CannotAsk:
    if PREVIOUS in wish.sources:
        return CannotAsk(
            "no_anchor",
            field=f"{cell.shot.id}.inputs",
            found="no circled still of the shot before it in the sequence",
            expected="a decision: somebody circles a take of that shot first",
        )
    return CannotAsk(
        "missing_input",
        field=f"{cell.shot.id}.inputs",
        found=f"no {' or '.join(wish.sources)}",
        expected=f"a picture for {wish.role}",
    )


def _source(cell: Cell, name: str) -> PackFile | Anchor | None:
    if name == PREVIOUS:
        return cell.anchor
    return _SOURCES[name](cell.pack, cell.shot)


def _input(*types: str) -> Callable[[ShotPack, Shot], PackFile | None]:
    return lambda _pack, shot: next((f for t in types if (f := shot.input(t))), None)


def _character_ref(pack: ShotPack, shot: Shot) -> PackFile | None:
    names = (n for a in shot.appearances for n in pack.character(a.character).references)
    return _named_file(pack, next(names, None))


def _costume_ref(pack: ShotPack, shot: Shot) -> PackFile | None:
    costumes = (c for a in shot.appearances if (c := costume_of(a, pack)))
    return _named_file(pack, next((n for c in costumes for n in c.references), None))


def _prop_ref(pack: ShotPack, shot: Shot) -> PackFile | None:
    names = (n for p in shot.props for n in pack.character(p).references)
    return _named_file(pack, next(names, None))


def _named_file(pack: ShotPack, name: str | None) -> PackFile | None:
    return None if name is None else pack.file(name)


_SOURCES: Mapping[str, Callable[[ShotPack, Shot], PackFile | None]] = {
    "plate": _input("x.plate"),
    "cleanplate": _input("x.cleanplate"),
    "matte": _input("matte"),
    "start": _input("x.lookdev"),
    "style": _input("x.style"),
    "character_ref": _character_ref,
    "costume_ref": _costume_ref,
    "prop_ref": _prop_ref,
}


def _media(cell: Cell, picture: PackFile | Anchor) -> MediaRef:
    return picture.media if isinstance(picture, Anchor) else _stored(cell, picture)


def _stored(cell: Cell, file: PackFile) -> MediaRef:
    media = cell.media.get(file.sha256 or "")
    if media is None:
        expected = "one picture or clip that was taken in; frame sequences cannot steer a model"
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
    """Choose the clip's length: the recipe's, else the shortest that covers the cut."""
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
    return long_enough[0]


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
