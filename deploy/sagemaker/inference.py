"""Inside the container: one request of Circle Take's dialect becomes one picture or one film.

The four functions that SageMaker's inference toolkit calls, for open weights that lie beside this
file (the container reaches no network). What a request holds is what `router/endpoints/*.yaml` of
the repository sends: `flux_kontext.yaml` for pictures, `wan_i2v.yaml` for films. CIRCLETAKE_RECIPE
chooses the pipeline. `fake` needs neither weights nor a GPU, and marks what it makes as simulated.

Sources: SageMaker Python SDK, "Write an inference script"; Diffusers, pipelines Qwen-Image, FLUX.2
and Wan. The calls of the real pipelines have not been run by us.
"""

import base64
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

MOST_PICTURES = 4
MOST_PIXELS = 9_437_184  # of a picture that comes in
MOST_PROMPT = 10_000
JSON = "application/json"
# About a megapixel, sides by 16: what the aspect ratios of the dialect mean here.
SIZES = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "21:9": (1536, 640),
    "2:3": (832, 1216),
    "3:2": (1216, 832),
    "4:5": (896, 1088),
    "5:4": (1088, 896),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
FILM_SIZES = {"832*480": (832, 480), "1280*720": (1280, 720)}
WAN_SIZES = {(832, 480): (832, 480), (1280, 720): (1280, 704)}  # what its weights can make
WAN_FPS = 24
SIMULATED = "circletake-simulated"


class Refused(ValueError):
    """A request that is not of the dialect; its text comes back as the failure in S3."""


@dataclass(frozen=True)
class Still:
    """A picture that is asked for."""

    prompt: str
    pictures: tuple[Image.Image, ...]
    size: tuple[int, int]  # pixels: width, height
    seed: int
    steps: int
    guidance: float
    kind: str  # PNG | JPEG


@dataclass(frozen=True)
class Film:
    """A film that is asked for."""

    prompt: str
    negative: str
    picture: Image.Image
    size: tuple[int, int]
    frames: int
    fps: int
    seed: int
    steps: int


@dataclass(frozen=True)
class Made:
    """What a pipeline made: pictures of shape (n, height, width, 3), 8 bits."""

    frames: np.ndarray
    seed: int
    fps: int = 0  # 0 = one picture
    kind: str = "PNG"
    simulated: bool = False


Pipeline = Callable[[Any], Made]


# --- what SageMaker calls ------------------------------------------------------------------------


def model_fn(model_dir: str, *_: Any) -> Pipeline:
    """Load the pipeline that CIRCLETAKE_RECIPE names, once for each container."""
    recipe = os.environ["CIRCLETAKE_RECIPE"]
    if recipe not in RECIPES:
        raise Refused(f"CIRCLETAKE_RECIPE {recipe!r}: one of {', '.join(sorted(RECIPES))}")
    return RECIPES[recipe](model_dir)


def input_fn(body: bytes | str, content_type: str, *_: Any) -> Still | Film:
    """Read a request, strictly: a field that nobody here knows is refused, never ignored."""
    if content_type.partition(";")[0].strip() != JSON:
        raise Refused(f"content type {content_type!r}: {JSON} is read here")
    try:
        said = json.loads(body)
    except ValueError as error:
        raise Refused(f"no JSON: {error}") from error
    if not isinstance(said, dict):
        raise Refused("a JSON object is read here")
    return _film(said) if "frame_num" in said else _still(said)


def predict_fn(asked: Still | Film, pipeline: Pipeline, *_: Any) -> Made:
    """Make it."""
    return pipeline(asked)


def output_fn(made: Made, accept: str, *_: Any) -> tuple[bytes, str]:
    """Write the answer: JSON with the picture in base64 and its seed, or the film itself."""
    del accept  # each dialect has one form
    if made.fps:
        return _mp4(made), "video/mp4"
    text = base64.b64encode(_picture(made)).decode("ascii")
    answer: dict[str, Any] = {"images": [text], "seed": made.seed}
    answer["has_nsfw_concepts"] = [None]  # nobody here looks: a filter is the recipe's to add
    if made.simulated:
        answer["simulated"] = True
    return json.dumps(answer).encode("ascii"), JSON


# --- the dialect ---------------------------------------------------------------------------------


def _still(said: Mapping[str, Any]) -> Still:
    known = {"prompt", "images", "aspect_ratio", "seed", "guidance_scale"}
    _only(said, known | {"num_inference_steps", "output_format"})
    texts = said.get("images")
    if not isinstance(texts, list) or not 1 <= len(texts) <= MOST_PICTURES:
        raise Refused(f"images: a list of 1 to {MOST_PICTURES}")
    pictures = tuple(_decoded(f"images[{i}]", text) for i, text in enumerate(texts))
    aspect = said.get("aspect_ratio")
    if aspect is not None and aspect not in SIZES:
        raise Refused(f"aspect_ratio: one of {', '.join(SIZES)}")
    kind = said.get("output_format", "png")
    if kind not in {"png", "jpeg"}:
        raise Refused("output_format: png or jpeg")
    return Still(
        prompt=_words(said, "prompt", needed=True),
        pictures=pictures,
        size=SIZES[aspect] if aspect else _like(pictures[0]),
        seed=int(_number(said, "seed", (0, 2**32 - 1), 0)),
        steps=int(_number(said, "num_inference_steps", (1, 50), 28)),
        guidance=_number(said, "guidance_scale", (1, 10), 4.0),
        kind=kind.upper(),
    )


def _film(said: Mapping[str, Any]) -> Film:
    known = {"prompt", "negative_prompt", "image", "size", "frame_num", "fps"}
    _only(said, known | {"sample_steps", "seed"})
    if said.get("size") not in FILM_SIZES:
        raise Refused(f"size: one of {', '.join(FILM_SIZES)}")
    frames = int(_number(said, "frame_num", (17, 161), None))
    if (frames - 1) % 4:
        raise Refused("frame_num: 4 n + 1")
    return Film(
        prompt=_words(said, "prompt", needed=True),
        negative=_words(said, "negative_prompt", needed=False),
        picture=_decoded("image", said.get("image")),
        size=FILM_SIZES[said["size"]],
        frames=frames,
        fps=int(_number(said, "fps", (8, 30), 16)),
        seed=int(_number(said, "seed", (0, 2**32 - 1), 0)),
        steps=int(_number(said, "sample_steps", (1, 50), 40)),
    )


def _only(said: Mapping[str, Any], known: set[str]) -> None:
    strange = sorted(set(said) - known)
    if strange:
        raise Refused(f"{', '.join(strange)}: not of this dialect")


def _words(said: Mapping[str, Any], name: str, *, needed: bool) -> str:
    text = said.get(name, "")
    if not isinstance(text, str) or len(text) > MOST_PROMPT or (needed and not text.strip()):
        raise Refused(f"{name}: a text of at most {MOST_PROMPT} characters")
    return text


def _number(
    said: Mapping[str, Any], name: str, bounds: tuple[int, int], default: float | None
) -> float:
    value = said.get(name, default)
    low, high = bounds
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refused(f"{name}: a number from {low} to {high}")
    return value


def _decoded(name: str, text: Any) -> Image.Image:
    """Open a picture in base64, with or without the head of a data URI."""
    if not isinstance(text, str):
        raise Refused(f"{name}: a picture in base64")
    try:
        data = base64.b64decode(text.rpartition(",")[2], validate=True)
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        small = picture.width * picture.height <= MOST_PIXELS
        decoded = picture.convert("RGB") if small else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused(f"{name}: no picture that can be read") from error
    if decoded is None:
        raise Refused(f"{name}: at most {MOST_PIXELS} pixels")
    return decoded


def _like(picture: Image.Image) -> tuple[int, int]:
    """Choose the size whose shape is nearest to a picture's."""
    ratio = picture.width / picture.height
    return min(SIZES.values(), key=lambda size: abs(size[0] / size[1] - ratio))


# --- what is written -----------------------------------------------------------------------------


def _picture(made: Made) -> bytes:
    stream, notes = io.BytesIO(), PngImagePlugin.PngInfo()
    if made.simulated:
        notes.add_text(SIMULATED, "1")
    picture = Image.fromarray(made.frames[0])
    if made.kind == "PNG":
        picture.save(stream, "PNG", pnginfo=notes)
    else:
        picture.save(stream, "JPEG", quality=95)
    return stream.getvalue()


def _mp4(made: Made) -> bytes:
    import av

    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as file:
        if made.simulated:
            file.metadata["comment"] = SIMULATED
        height, width = made.frames.shape[1:3]
        track = file.add_stream("libx264", rate=made.fps)
        track.width, track.height, track.pix_fmt = width, height, "yuv420p"
        track.options = {"crf": "12"}
        for pixels in made.frames:
            for packet in track.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                file.mux(packet)
        for packet in track.encode():
            file.mux(packet)
    return stream.getvalue()


# --- pipelines -----------------------------------------------------------------------------------


def _qwen(model_dir: str) -> Pipeline:
    """Qwen-Image-Edit-2509: up to three pictures; its parts take turns on one GPU of 48 GB."""
    import torch
    from diffusers import QwenImageEditPlusPipeline

    loaded = QwenImageEditPlusPipeline.from_pretrained(model_dir, torch_dtype=torch.bfloat16)
    loaded.enable_model_cpu_offload()

    def make(asked: Still) -> Made:
        width, height = asked.size
        answer = loaded(
            image=list(asked.pictures),
            prompt=asked.prompt,
            negative_prompt=" ",
            true_cfg_scale=asked.guidance,
            num_inference_steps=asked.steps,
            width=width,
            height=height,
            generator=_chance(asked.seed),
        )
        return _one(answer.images[0], asked)

    return make


def _klein(model_dir: str) -> Pipeline:
    """FLUX.2 klein 4B: up to four pictures; distilled, so four steps whatever is asked."""
    import torch
    from diffusers import Flux2KleinPipeline

    loaded = Flux2KleinPipeline.from_pretrained(model_dir, torch_dtype=torch.bfloat16).to("cuda")

    def make(asked: Still) -> Made:
        width, height = asked.size
        answer = loaded(
            image=list(asked.pictures),
            prompt=asked.prompt,
            guidance_scale=1.0,
            num_inference_steps=4,
            width=width,
            height=height,
            generator=_chance(asked.seed),
        )
        return _one(answer.images[0], asked)

    return make


def _wan(model_dir: str) -> Pipeline:
    """Wan 2.2 TI2V-5B: the same seconds at its own 24 frames a second and its own sizes."""
    import torch
    from diffusers import WanImageToVideoPipeline

    loaded = WanImageToVideoPipeline.from_pretrained(model_dir, torch_dtype=torch.bfloat16)
    loaded.enable_model_cpu_offload()

    def make(asked: Film) -> Made:
        width, height = WAN_SIZES[asked.size]
        frames = (asked.frames - 1) * WAN_FPS // asked.fps // 4 * 4 + 1
        answer = loaded(
            image=asked.picture.resize((width, height)),
            prompt=asked.prompt,
            negative_prompt=asked.negative,
            width=width,
            height=height,
            num_frames=frames,
            num_inference_steps=asked.steps,
            guidance_scale=5.0,
            generator=_chance(asked.seed),
            output_type="np",
        )
        pixels = (np.asarray(answer.frames[0]) * 255).round().astype(np.uint8)
        return Made(frames=pixels, seed=asked.seed, fps=WAN_FPS)

    return make


def _chance(seed: int) -> Any:
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def _one(picture: Image.Image, asked: Still) -> Made:
    pixels = np.asarray(picture.convert("RGB"))[None]
    return Made(frames=pixels, seed=asked.seed, kind=asked.kind)


def _fake(_: str) -> Pipeline:
    """Tiny random tensors, made large: for trying the dialect. Everything is marked simulated."""

    def make(asked: Still | Film) -> Made:
        chance = np.random.default_rng(asked.seed)
        is_film = isinstance(asked, Film)
        count = asked.frames if is_film else 1
        tiny = chance.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
        large = [np.asarray(Image.fromarray(one).resize(asked.size)) for one in tiny]
        return Made(
            frames=np.stack(large),
            seed=asked.seed,
            fps=asked.fps if is_film else 0,
            kind="PNG" if is_film else asked.kind,
            simulated=True,
        )

    return make


RECIPES: Mapping[str, Callable[[str], Pipeline]] = {
    "qwen_image_edit": _qwen,
    "flux2_klein": _klein,
    "wan22_ti2v": _wan,
    "fake": _fake,
}
