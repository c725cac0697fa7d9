"""Where pictures are made: painted from the request, or flat and ready for speed."""

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from router.emulator.pictures import Picture, encode, pixels
from router.emulator.profiles import Profile
from router.emulator.truth import Truth

if TYPE_CHECKING:
    import numpy as np

FPS = 24
FLAT_FPS = 2
"""A flat film needs its size and its length, not its frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One picture to make."""

    model: str
    operation: str
    body: Mapping[str, Any]
    seed: int
    size: tuple[int, int]
    format: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """image, init_image, style_image and mask, where sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One film to make."""

    model: str
    prompt: str
    seed: int
    size: tuple[int, int]
    seconds: int
    loop: bool
    start: Picture | None = None
    end: Picture | None = None
    fps: int = FPS


class Studio(Protocol):
    """Makes stills and films."""

    def still(self, sitting: Sitting) -> str:
        """Give the encoded picture as base64."""

    def film(self, take: Take) -> bytes:
        """Give an mp4, H.264, of the asked size and length."""


class FlatStudio:
    """One flat picture or film per model and size, made once: for load, not for looking at."""

    def __init__(self) -> None:
        """Start empty."""
        self._stills: dict[tuple[str, tuple[int, int], str], str] = {}
        self._films: dict[tuple[str, tuple[int, int], int], bytes] = {}
        self._lock = threading.Lock()

    def still(self, sitting: Sitting) -> str:
        """Give the flat picture of this model and size."""
        from PIL import Image

        wanted = (sitting.model, sitting.size, sitting.format)
        with self._lock:
            if wanted not in self._stills:
                image = Image.new("RGB", sitting.size, _colour(sitting.model))
                self._stills[wanted] = base64.b64encode(encode(image, sitting.format, 9)).decode()
            return self._stills[wanted]

    def film(self, take: Take) -> bytes:
        """Give the flat film of this model, size and length."""
        import numpy as np

        from router.emulator.painter.film import encode as film

        wanted = (take.model, take.size, take.seconds)
        with self._lock:
            if wanted not in self._films:
                width, height = take.size
                frame = np.full((height, width, 3), _colour(take.model), np.uint8)
                frames = (frame for _ in range(take.seconds * FLAT_FPS))
                self._films[wanted] = film(frames, size=take.size, fps=FLAT_FPS)
            return self._films[wanted]


class PaintedStudio:
    """Every picture painted from its request, with its model's planted faults."""

    def __init__(self, profiles: Mapping[str, Profile], truth: Truth | None = None) -> None:
        """Keep the profiles, by base model id; `truth` is told what was planted."""
        self._profiles = profiles
        self._truth = truth

    def still(self, sitting: Sitting) -> str:
        """Paint and encode one picture."""
        from PIL import Image

        from router.emulator.painter.still import Job, paint

        body = sitting.body
        images = {role: pixels(found) for role, found in sitting.pictures.items() if role != "mask"}
        sent = sitting.pictures.get("mask")
        job = Job(
            operation=sitting.operation,
            prompt=body.get("prompt", ""),
            negative=body.get("negative_prompt", ""),
            seed=sitting.seed,
            size=sitting.size,
            images=images,
            mask=_matte(sent, images.get("image")),
            options={name: body[name] for name in body if name not in TAKEN},
        )
        profile = self._profiles.get(sitting.model, Profile())
        data = encode(Image.fromarray(paint(job, profile)), sitting.format)
        if self._truth:
            self._truth.tell(data, sitting.model, sitting.operation, body, profile)
        return base64.b64encode(data).decode()

    def film(self, take: Take) -> bytes:
        """Paint and encode one film."""
        from router.emulator.painter.clip import frames
        from router.emulator.painter.film import encode as film

        profile = self._profiles.get(take.model, Profile())
        painted = frames(
            prompt=take.prompt,
            seed=take.seed,
            size=take.size,
            seconds=take.seconds,
            fps=take.fps,
            start=_opaque(take.start),
            end=_opaque(take.end),
            loop=take.loop,
            profile=profile,
        )
        data = film(painted, size=take.size, fps=take.fps)
        if self._truth:
            self._truth.tell(data, take.model, "film", {}, profile)
        return data


TAKEN = {
    "prompt",
    "negative_prompt",
    "seed",
    "image",
    "images",
    "init_image",
    "style_image",
    "mask",
}


def _colour(model: str) -> tuple[int, int, int]:
    red, green, blue = hashlib.sha256(model.encode()).digest()[:3]
    return red, green, blue


def _opaque(picture: Picture | None) -> "np.ndarray | None":
    return None if picture is None else pixels(picture)[..., :3]


def _matte(sent: Picture | None, image: "np.ndarray | None") -> "np.ndarray | None":
    """White where the picture may change: the mask sent, else where the picture is transparent."""
    import numpy as np
    from PIL import Image

    if image is None:
        return None
    if sent is not None:
        grey = Image.fromarray(pixels(sent)[..., :3]).convert("L")
        return np.asarray(grey.resize((image.shape[1], image.shape[0])))
    return 255 - image[..., 3] if image.shape[2] == 4 else None
