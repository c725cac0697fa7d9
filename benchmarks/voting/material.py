"""What a study shows: the takes of some campaigns, frozen, and how each question shows them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np

from benchmarks.domain.study import Kind, Rater, Side, Slot
from benchmarks.pictures.pixels import Darkroom, Pixels, png
from benchmarks.ports import Media
from benchmarks.views.case import Case
from benchmarks.votes.blocks import Ask, Ground, Pair
from router.domain.errors import BadInput, Conflict, UnknownName
from router.domain.ids import content_id
from router.domain.take import Take

TILES = 12  # a broken picture is made of that many tiles across
Cell = tuple[str, str]  # shot and recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A shot of a study."""

    partner: str
    pack: str  # seal
    shot: str

    @property
    def key(self) -> str:
        """Name it so that no two shots of a study have one name; campaigns share shots."""
        return f"{self.partner}/{self.pack}/{self.shot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Shots, the takes of each recipe there in the order of their numbers, and broken ones."""

    spots: Mapping[str, Spot]  # by key
    takes: Mapping[Cell, tuple[Take, ...]]
    broken: Mapping[str, Take]  # by key: takes that a person called broken
    simulated: bool

    def recipes(self) -> frozenset[str]:
        """Name what has a take somewhere."""
        return frozenset(recipe for _, recipe in self.takes)

    def ground(self, rater: Rater, pairs: tuple[Pair, ...], *, across: bool) -> Ground:
        """Say what a rater may be asked: without leave, a studio's people see its own shots."""
        free = across or not rater.studio
        seen = [k for k, s in self.spots.items() if free or s.partner == rater.studio]
        shots = {k: frozenset(r for s, r in self.takes if s == k) for k in seen}
        shots = {k: recipes for k, recipes in shots.items() if len(recipes) > 1}
        return Ground(shots=shots, pairs=pairs, golden=frozenset(filter(self._breaks, shots)))

    def notes(self, recipes: Collection[str]) -> Iterator[str]:
        """Say what is missing."""
        for recipe in sorted(recipes):
            without = sum((key, recipe) not in self.takes for key in self.spots)
            if without:
                yield f"{recipe} has no take on {without} of {len(self.spots)} shots"
        if not any(map(self._breaks, self.spots)):
            yield "no gold pairs: clips are not broken here, and nobody named a broken take"

    def _breaks(self, key: str) -> bool:
        stills = (t for (s, _), takes in self.takes.items() if s == key for t in takes)
        return key in self.broken or not any(t.media.is_video for t in stills)


def material(
    cases: Sequence[Case],
    recipes: Sequence[str],
    broken: Sequence[str],
    before: datetime | None = None,
) -> Material:
    """Freeze the takes that a study shows.

    Args:
        cases: campaigns, all simulated or all real.
        recipes: what is compared; empty = every paid recipe.
        broken: takes that a person calls clearly broken, for gold pairs.
        before: only takes that were there at this moment; None = all that there are.

    Raises:
        Conflict: simulated and real campaigns together.
        UnknownName: a recipe or take that these campaigns do not have.
    """
    if len({case.simulated for case in cases}) > 1:
        raise Conflict(
            field="campaigns", found="simulated and real ones", expected="one world in one study"
        )
    wanted = _recipes(cases, recipes)
    spots: dict[str, Spot] = {}
    takes: dict[Cell, list[tuple[int, str, Take]]] = {}
    named: dict[str, Take] = {}
    for case in cases:
        for trial, take in case.own_takes():
            spot = Spot(partner=case.partner.name, pack=trial.pack, shot=trial.shot)
            if take.id in broken:
                named[spot.key] = take
            elif trial.recipe in wanted and (before is None or take.created_at <= before):
                spots[spot.key] = spot
                takes.setdefault((spot.key, trial.recipe), []).append((trial.number, take.id, take))
    absent = wanted & set(recipes) - {recipe for _, recipe in takes}
    if absent and before is None:
        expected = "recipes with takes in these campaigns"
        raise BadInput(field="recipes", found=", ".join(sorted(absent)), expected=expected)
    unknown = set(broken) - {t.id for t in named.values()}
    if unknown:
        raise UnknownName("broken take", min(unknown), ["takes of these campaigns, one a shot"])
    return Material(
        spots=dict(sorted(spots.items())),
        takes={
            cell: tuple(t for *_, t in sorted(found, key=_order)) for cell, found in takes.items()
        },
        broken=named,
        simulated=cases[0].simulated,
    )


def _order(found: tuple[int, str, Take]) -> tuple[int, str]:
    return found[0], found[1]


def _recipes(cases: Sequence[Case], asked: Sequence[str]) -> frozenset[str]:
    every = {name: r for case in cases for name, r in case.recipes.items()}
    for name in asked:
        if name not in every:
            raise UnknownName("recipe", name, every)
    found = frozenset(asked) or frozenset(n for n, r in every.items() if not r.control)
    if len(found) < 2:
        raise BadInput(field="recipes", found=", ".join(found), expected="two or more to compare")
    return found


@dataclass(frozen=True, slots=True)
class Hanging:
    """Hangs the pictures of a study: which take stands on which side of which question."""

    study: str
    of: Material
    raters: Sequence[Rater]
    media: Media
    darkroom: Darkroom

    def slots(self, asks: Sequence[Ask]) -> tuple[Slot, ...]:
        """Give every question with its pictures; broken ones are made here."""
        wrecks = {a.shot: self._wreck(a.shot) for a in asks if a.kind is Kind.GOLD}
        return tuple(self._slot(ask, wrecks) for ask in asks)

    def _slot(self, ask: Ask, wrecks: Mapping[str, Side]) -> Slot:
        spot = self.of.spots[ask.shot]
        return Slot(
            partner=spot.partner,
            study=self.study,
            rater=ask.rater,
            number=ask.number,
            kind=ask.kind,
            pack=spot.pack,
            shot=spot.shot,
            left=self._side(ask, "left", ask.left, wrecks),
            right=self._side(ask, "right", ask.right, wrecks),
            of=ask.of,
        )

    def _side(self, ask: Ask, side: str, recipe: str, wrecks: Mapping[str, Side]) -> Side:
        code = content_id("side", [self.study, ask.rater, ask.number, side])[:12]
        if not recipe:
            wreck = wrecks[ask.shot]
            return Side(code=code, recipe="", take=wreck.take, sha256=wreck.sha256, mime=wreck.mime)
        every = self.of.takes[ask.shot, recipe]
        turn = [r.name for r in self.raters].index(ask.rater)  # raters see different takes
        take = every[turn % len(every)]
        return Side(
            code=code,
            recipe=recipe,
            take=take.id,
            sha256=take.media.sha256,
            mime=take.media.mime,
        )

    def _wreck(self, shot: str) -> Side:
        if shot in self.of.broken:
            take = self.of.broken[shot]
            return Side(
                code="", recipe="", take=take.id, sha256=take.media.sha256, mime=take.media.mime
            )
        partner = self.of.spots[shot].partner
        whole = next(takes[0] for (s, _), takes in sorted(self.of.takes.items()) if s == shot)
        pixels = self.darkroom.picture(self.media.get(partner, whole.media.sha256))
        kept = self.media.put(partner, png(wrecked(pixels)), "image/png")
        return Side(code="", recipe="", take="", sha256=kept.sha256, mime=kept.mime)


def wrecked(pixels: Pixels) -> Pixels:
    """Break a picture beyond doubt: coarse tiles, in turned colours, uint8 RGB (H, W, 3)."""
    height, width = pixels.shape[:2]
    size = (TILES, max(1, round(TILES * height / width)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    tiles = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(255 - np.roll(tiles, 1, axis=2), np.uint8)
