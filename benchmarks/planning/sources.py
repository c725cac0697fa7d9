"""Where the pictures come from that steer a request: a shot's files, decisions, earlier steps."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.domain.campaign import Recipe
from benchmarks.domain.pack import PackFile, Shot, ShotPack
from benchmarks.planning.prompts import costume_of
from router.domain.errors import BadInput
from router.domain.media import MediaRef

SEVERAL = "multi_reference_to_image"
ONE_PICTURE = (
    "Bedrock alone has no model that takes several references of a character; the recipe "
    "multi_reference runs on an endpoint of your own"
)
FITTED = "fitted"  # a matte of the pack, scaled to the take that it goes with
TO_COME = MediaRef(sha256="", mime="image/png", size=0)


class CannotAsk(BadInput):
    """A cell that cannot be asked, with one word that says why."""

    def __init__(self, code: str, *, field: str, found: object, expected: str) -> None:
        """Keep the word beside the three facts."""
        super().__init__(field=field, found=found, expected=expected)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A circled take of a neighbouring shot, or a frame of it, from which a shot can start."""

    shot: Shot
    media: MediaRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCome:
    """A picture that an earlier step has to make first."""

    source: str  # step.1, face_region, costume_region or fitted
    media: MediaRef = TO_COME
    file: PackFile | None = None  # what is fitted


Picture = PackFile | Anchor | ToCome


def shown_file(pack: ShotPack, shot: Shot) -> PackFile | None:
    """Give the picture that stands for a shot: its plate or start frame, else whom it shows."""
    order = ("plate", "start", "style", "character_ref", "prop_ref")
    return next((f for name in order for f in FILES[name](pack, shot)), None)


def references(pack: ShotPack, shot: Shot) -> int:
    """Count the different pictures that show whom or what a shot has to keep."""
    names = ("character_ref", "costume_ref", "prop_ref")
    return len({f.sha256 for name in names for f in FILES[name](pack, shot)})


def _input(*types: str) -> Callable[[ShotPack, Shot], Iterator[PackFile]]:
    return lambda _pack, shot: (f for t in types for f in [shot.input(t)] if f)


def _character_ref(pack: ShotPack, shot: Shot) -> Iterator[PackFile]:
    return (pack.file(n) for a in shot.appearances for n in pack.character(a.character).references)


def _costume_ref(pack: ShotPack, shot: Shot) -> Iterator[PackFile]:
    costumes = (c for a in shot.appearances if (c := costume_of(a, pack)))
    return (pack.file(n) for c in costumes for n in c.references)


def _prop_ref(pack: ShotPack, shot: Shot) -> Iterator[PackFile]:
    return (pack.file(n) for p in shot.props for n in pack.character(p).references)


FILES: Mapping[str, Callable[[ShotPack, Shot], Iterable[PackFile]]] = {
    "plate": _input("x.plate"),
    "previs": _input("x.previs"),
    "cleanplate": _input("x.cleanplate"),
    "matte": _input("matte"),
    "start": _input("x.lookdev"),
    "style": _input("x.style"),
    "character_ref": _character_ref,
    "costume_ref": _costume_ref,
    "prop_ref": _prop_ref,
}


def several(recipes: Iterable[Recipe], packs: Iterable[ShotPack]) -> Iterator[str]:
    """Say who takes several references, where that is a question at all."""
    chosen = any(c.operation == SEVERAL for r in recipes for c in r.calls)
    wanted = (
        references(pack, shot) > 1
        for pack in packs
        for shot in pack.shots
        if shot.task == "reference_to_image"
    )
    if chosen or any(wanted):
        yield ONE_PICTURE
