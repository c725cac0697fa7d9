"""The pictures of Paper Lantern's pack: the Lamplighter on his street, his cat and his cup."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.demo import lamplighter, street
from benchmarks.demo.lamplighter import Stand
from benchmarks.demo.paper import Stage, colour
from benchmarks.demo.pixels import Picture, another_take, code_values, floats, matte, photograph

WIDTH, HEIGHT = 1024, 576


_STAND = Stand(feet=(0.10, 0.43), height=0.72)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One camera on the street."""

    mood: street.Mood
    zoom: float
    centre: tuple[float, float]
    seed: int
    stand: Stand = _STAND


MEDIUM = View(mood=street.NIGHT, zoom=1.55, centre=(0.06, -0.02), seed=31)
CLOSE = View(mood=street.DUSK, zoom=3.0, centre=(0.10, -0.11), seed=32)
WIDE = View(mood=street.DAWN, zoom=1.0, centre=(0.0, 0.0), seed=33)
START = View(mood=street.NIGHT, zoom=1.12, centre=(0.03, 0.0), seed=34)


def pictures() -> Iterator[tuple[str, Picture]]:
    """Give every picture of the pack by its path in it."""
    yield from _sheet()
    for shot, name, view in (
        ("SQ020_SH0010", "night", MEDIUM),
        ("SQ020_SH0020", "dusk", CLOSE),
    ):
        stage = scene(view)
        yield f"plates/{shot}/{name}.png", stage.finished()
        coat = lamplighter.costume(stage, view.stand)
        yield f"plates/{shot}/{name}_coat_matte.png", code_values(stage.averaged(coat))
    yield from _photographs()
    yield from _rigged()
    yield from _torn()
    yield "looks/night_start.png", scene(START).finished()


def scene(view: View) -> Stage:
    """Build the street with the figure on it."""
    stage = Stage(width=WIDTH, height=HEIGHT, zoom=view.zoom, centre=view.centre, seed=view.seed)
    street.draw(stage, view.mood)
    lamplighter.draw(stage, view.stand)
    if view.zoom < 1.4:
        street.wings(stage, view.mood)
    return stage


def _sheet() -> Iterator[tuple[str, Picture]]:
    """Give the model sheet on plain card: whole figure, face, and the cloth of the coat."""
    stand = Stand(feet=(0.04, 0.46), height=0.78, lit=False)
    for name, zoom, centre in (
        ("full_body", 1.0, (0.0, 0.0)),
        ("face_close", 3.4, stand.point(0.0, -0.83)),
        ("coat", 1.45, stand.point(0.0, -0.40)),
    ):
        stage = Stage(width=768, height=640, zoom=zoom, centre=centre, seed=41)
        stage.picture[:] = floats(colour("#cfc6b4")) * (1 + stage.fibres[..., None])
        lamplighter.draw(stage, stand)
        picture = stage.finished(vignette=0.1)
        if name == "coat":  # the cloth alone
            cloth = code_values(stage.averaged(lamplighter.costume(stage, stand)))
            picture = np.dstack([picture, cloth])
        yield f"refs/lamplighter/{name}.png", picture


def _photographs() -> Iterator[tuple[str, Picture]]:
    """Give the cat and the cup: photographs that scikit-image carries, free of rights (CC0)."""
    cat, cup = photograph("chelsea"), photograph("coffee")
    yield "refs/biscuit/face.png", _resized(cat[:300, 60:420], (720, 600))
    yield "plates/SQ030_SH0010/cat.png", _moved(cat[20:274, :], 1)
    yield "refs/cup/top.png", _resized(cup[:400, 100:580], (720, 600))
    yield "plates/SQ030_SH0020/cup.png", _moved(cup[40:378, :], 2)


def _rigged() -> Iterator[tuple[str, Picture]]:
    """Show the puppet's rig: a rod under the coat, threads on hat and shoulder."""
    view = View(mood=street.DUSK, zoom=1.2, centre=(0.06, 0.02), seed=35)
    stage = scene(view)
    stand = view.stand
    rod = stage.stroke((stand.point(-0.10, -0.13), stand.point(-0.20, 0.01), (-0.10, 0.62)), 0.014)
    joint = stage.disc(stand.point(-0.10, -0.13), 0.016)
    threads = [
        stage.stroke((stand.point(*end), (stand.point(*end)[0] + lean, -0.6)), 0.0036)
        for end, lean in (((0.055, -0.99), 0.03), ((0.165, -0.66), 0.06))
    ]
    stage.sheet(rod, colour("#8d9299"), foot=colour("#5a5f66"), shadow=0.012, edge=0.35)
    stage.sheet(joint, colour("#b9bec4"), foot=colour("#6a6f76"), shadow=0.006, edge=0.35)
    for thread in threads:
        stage.sheet(thread, colour("#e8ebee"), shadow=0.003, edge=0.2)
    yield "plates/SQ040_SH0010/rig.png", stage.finished()
    yield (
        "plates/SQ040_SH0010/rig_matte.png",
        matte(stage.averaged(stage.whole(rod, joint, *threads))),
    )


def _torn() -> Iterator[tuple[str, Picture]]:
    """Tear the coat: the white core of the paper shows."""
    view = View(mood=street.NIGHT, zoom=1.9, centre=(0.08, 0.10), seed=36)
    stage = scene(view)
    rng = np.random.default_rng(6)
    ring = []
    for turn in np.linspace(0, 2 * np.pi, 46, endpoint=False):
        reach = 1 + 0.16 * rng.normal()
        ring.append((0.098 + 0.026 * reach * np.cos(turn), -0.225 + 0.062 * reach * np.sin(turn)))
    hole = stage.outline(view.stand.at(ring))
    core = [(0.098 + (x - 0.098) * 0.72, -0.225 + (y + 0.225) * 0.80) for x, y in ring]
    stage.sheet(hole, colour("#efe9dc"), shadow=0.0, edge=-0.25)
    stage.sheet(stage.outline(view.stand.at(core)), colour("#cbbfa9"), shadow=0, edge=0.2)
    yield "plates/SQ040_SH0020/torn.png", stage.finished()
    yield "plates/SQ040_SH0020/torn_matte.png", matte(stage.averaged(stage.whole(hole)))


def _moved(picture: Picture, take: int) -> Picture:
    """Give a photograph as a plate: large, and another take than its reference."""
    return another_take(_resized(picture, (WIDTH, HEIGHT)), take, reach=2.2, feature=40.0)


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
