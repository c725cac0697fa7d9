"""One still picture for one request to an emulated image model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from router.emulator.painter import drift, extend, mend, redraw, region
from router.emulator.painter.chance import stream
from router.emulator.painter.hours import HOURS
from router.emulator.painter.replace import put_in
from router.emulator.painter.scene import paint_scene
from router.emulator.painter.take import (
    FULL_DRIFT_AT,
    GRAIN,
    TAKES_OVER_AT,
    cover,
    finish,
    new_take,
    towards,
)
from router.emulator.painter.words import colour_wanted, read
from router.emulator.profiles import Profile

DEFAULTS = {
    "strength": 0.35,
    "fidelity": 0.5,
    "control_strength": 0.7,
    "style_strength": 1.0,
    "change_strength": 0.9,
    "creativity": 0.3,
    "grow_mask": 5,
}
"""What the services assume where a request is silent."""
LEAN = 0.15
"""How far further references pull the mean colour towards their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the picture is painted from."""

    operation: str
    prompt: str
    negative: str
    seed: int
    size: tuple[int, int]
    """Width and height of the wanted picture in pixels."""
    images: Mapping[str, np.ndarray]
    """Role (image, init_image, style_image) to uint8 (H, W, 3) RGB, or (H, W, 4) with alpha."""
    mask: np.ndarray | None
    """uint8 (H, W); white is edited."""
    options: Mapping[str, object]
    """The remaining fields of the request."""

    def number(self, name: str) -> float:
        """Give a numeric field of the request, or what the service assumes."""
        value = self.options.get(name, DEFAULTS.get(name, 0))
        return float(value) if isinstance(value, int | float) else float(DEFAULTS.get(name, 0))

    def words(self, name: str) -> str:
        """Give a text field of the request, or nothing."""
        return str(self.options.get(name, ""))

    def picture(self) -> np.ndarray:
        """Give the picture that the request is about, uint8 (H, W, 3).

        Raises:
            KeyError: the request has none.
        """
        role = "init_image" if "init_image" in self.images else "image"
        return np.ascontiguousarray(self.images[role][..., :3])


def paint(job: Job, profile: Profile) -> np.ndarray:
    """Paint the picture; same job and profile, same pixels.

    Returns:
        uint8 (H, W, 3) RGB, or (H, W, 4) RGBA for remove_background.

    Raises:
        KeyError: an operation that is not painted here, or an input picture that it lacks.
    """
    rng = stream(
        job.operation, job.prompt, job.seed, *(job.images[role] for role in sorted(job.images))
    )
    return OPERATIONS[job.operation](job, profile, rng)


def _text_to_image(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    """Paint a scene; without an input there is no subject or costume to drift from."""
    scene = paint_scene(job.prompt, job.negative, job.seed, job.size)
    off = drift.recolour(scene, replace(profile, hue_drift=0.0), rng)
    return finish(off, profile, rng, GRAIN)


def _image_to_image(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    strength = job.number("strength")
    taken = new_take(job.picture(), job.size, strength, profile, rng)
    if strength > 0.6:
        part = 1 if strength > TAKES_OVER_AT else 4  # only its light is wanted until then
        size = (job.size[0] // part, job.size[1] // part)
        scene = paint_scene(job.prompt, job.negative, job.seed, size)
        taken = towards(taken, scene, strength)
    return finish(taken, profile, rng, GRAIN * min(1.0, 3 * strength))


def _style_guide(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    """Take the reference again with the mood of the prompt."""
    taken = new_take(job.picture(), job.size, FULL_DRIFT_AT, profile, rng)
    mood = 0.10 * (1.5 - job.number("fidelity"))
    return finish(_mood(taken, job.prompt, mood), profile, rng, GRAIN)


def _multi_reference(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    """Take the first reference again, in light that leans towards the colours of the others."""
    taken = new_take(job.picture(), job.size, FULL_DRIFT_AT, profile, rng)
    others = [job.images[role][..., :3] for role in sorted(job.images) if role != "image"]
    for other in others:
        lean = other.reshape(-1, 3).mean(axis=0) / 255 - taken.reshape(-1, 3).mean(axis=0)
        taken = taken + (LEAN / len(others)) * lean.astype(np.float32)
    return finish(taken, profile, rng, GRAIN)


def _mood(picture: np.ndarray, prompt: str, amount: float) -> np.ndarray:
    hour = HOURS[read(prompt).time]
    grey = cv2.cvtColor(np.clip(picture, 0, 1), cv2.COLOR_RGB2GRAY)[..., None]
    tone = (
        np.array(hour.zenith, np.float32) * (1 - grey) + np.array(hour.horizon, np.float32) * grey
    )
    out: np.ndarray = picture + (tone - picture) * np.float32(amount)
    return out


def _inpaint(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    picture = job.picture()
    weight = mend.matte(job.mask, picture.shape[1::-1], round(job.number("grow_mask")))
    colour = colour_wanted(job.prompt)
    new = mend.erase(picture, weight, rng) if colour is None else mend.dye(picture, weight, colour)
    return mend.blend(mend.spill(picture, profile.spill, rng), new, weight)


def _erase(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    picture = job.picture()
    weight = mend.matte(job.mask, picture.shape[1::-1], round(job.number("grow_mask")))
    new = mend.erase(picture, weight, rng)
    return mend.blend(mend.spill(picture, profile.spill, rng), new, weight)


def _outpaint(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    left, right, up, down = (round(job.number(side)) for side in ("left", "right", "up", "down"))
    wide, _ = extend.outpaint(job.picture(), (left, right, up, down), rng)
    return mend.spill(wide, profile.spill, rng)


def _search_recolor(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    picture = job.picture()
    weight = region.select(picture, job.words("select_prompt"))
    colour = colour_wanted(job.prompt) or (0.5, 0.5, 0.5)
    return mend.blend(
        mend.spill(picture, profile.spill, rng), mend.dye(picture, weight, colour), weight
    )


def _search_replace(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    picture = job.picture()
    chosen = region.select(picture, job.words("search_prompt"))
    weight = mend.matte(
        (chosen > 0.4).astype(np.uint8) * 255, picture.shape[1::-1], round(job.number("grow_mask"))
    )
    cleared = mend.blend(
        mend.spill(picture, profile.spill, rng), mend.erase(picture, weight, rng), weight
    )
    return put_in(cleared, weight, job.prompt, rng)


def _control_structure(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    picture = cover(job.picture(), job.size)
    drawn = redraw.from_structure(picture, read(job.prompt), job.number("control_strength"))
    return finish(drift.recolour(drawn, profile, rng), profile, rng, GRAIN)


def _control_sketch(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    picture = cover(job.picture(), job.size)
    drawn = redraw.from_sketch(picture, read(job.prompt), job.number("control_strength"))
    return finish(drift.recolour(drawn, profile, rng), profile, rng, GRAIN)


def _style_transfer(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    change = job.number("change_strength")
    taken = new_take(job.picture(), job.size, 0.3 * change, profile, rng)
    eight = np.clip(taken * 255 + 0.5, 0, 255).astype(np.uint8)
    style = np.ascontiguousarray(job.images["style_image"][..., :3])
    styled = redraw.in_style(eight, style, job.number("style_strength") * change)
    return finish(styled, profile, rng, GRAIN)


def _remove_background(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    picture = job.picture()
    alpha = (region.foreground(picture) * 255 + 0.5).astype(np.uint8)
    return np.dstack([mend.spill(picture, profile.spill, rng), alpha])


def _upscale(
    sharpen: float, *, invents: bool
) -> Callable[[Job, Profile, np.random.Generator], np.ndarray]:
    def upscale(job: Job, profile: Profile, rng: np.random.Generator) -> np.ndarray:
        picture = job.picture()
        if invents and profile.identity_drift:
            bent = new_take(
                picture,
                picture.shape[1::-1],
                0.35,
                Profile(identity_drift=profile.identity_drift),
                rng,
            )
            picture = np.clip(bent * 255 + 0.5, 0, 255).astype(np.uint8)
        large = extend.enlarge(picture, job.size, sharpen)
        if not (invents or profile.noise):  # stays in 8 bits: such a picture may have 37 megapixels
            return drift.soften(large, profile.blur)
        fine = 1.5 + 4 * job.number("creativity") if invents else 0.0
        return finish(large.astype(np.float32) / 255, profile, rng, fine)

    return upscale


OPERATIONS: Mapping[str, Callable[[Job, Profile, np.random.Generator], np.ndarray]] = {
    "text_to_image": _text_to_image,
    "image_to_image": _image_to_image,
    "multi_reference_to_image": _multi_reference,
    "inpaint": _inpaint,
    "erase": _erase,
    "outpaint": _outpaint,
    "search_replace": _search_replace,
    "search_recolor": _search_recolor,
    "control_structure": _control_structure,
    "control_sketch": _control_sketch,
    "style_guide": _style_guide,
    "style_transfer": _style_transfer,
    "remove_background": _remove_background,
    "upscale_fast": _upscale(0.35, invents=False),
    "upscale_conservative": _upscale(0.25, invents=False),
    "upscale_creative": _upscale(0.5, invents=True),
}
