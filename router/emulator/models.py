"""The emulated models: where they are offered, what they take, what they cost.

Sources: Amazon Bedrock User Guide (Stability AI and Luma AI model parameters, model cards, model
lifecycle), prices as published by AWS and in public price lists, November 2026.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from router.emulator.errors import AwsError, not_found, pattern, validation
from router.emulator.fields import Choice, Field, Flag, Number, Plain, Text
from router.emulator.pictures import ANY, CREATIVE, FAST, Rule

WEST = ("us-west-2",)
US = ("us-east-1", "us-east-2", "us-west-2")
RATIOS = ("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
STYLES = (
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
)
BASE64 = Text(longest=25_000_000)

Fields = dict[str, Field]

PROMPT: Fields = {"prompt": Text()}
NEGATIVE: Fields = {"negative_prompt": Text()}
SEED: Fields = {"seed": Number(0, 4294967294, whole=True)}
WIDE_SEED: Fields = {"seed": Number(0, 4294967295, whole=True)}
FORMAT: Fields = {"output_format": Choice(("jpeg", "png", "webp"))}
TWO_FORMATS: Fields = {"output_format": Choice(("jpeg", "png"))}
STYLE: Fields = {"style_preset": Choice(STYLES)}
RATIO: Fields = {"aspect_ratio": Choice(RATIOS)}
IMAGE: Fields = {"image": BASE64}
MASK: Fields = {"mask": BASE64, "grow_mask": Number(0, 20, whole=True)}
GROW: Fields = {"grow_mask": Number(0, 20, whole=True)}
CONTROL: Fields = {"control_strength": Number(0, 1)}
STRENGTH: Fields = {"strength": Number(0, 1)}
SIDE = Number(0, 2000, whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One emulated model."""

    id: str
    api: str
    """The only operation that reaches it: InvokeModel, StartAsyncInvoke or Converse."""
    operation: str = ""
    """What the painter calls it."""
    usd: float = 0.0
    """Price of one picture; films and words are priced by what they hold."""
    regions: tuple[str, ...] = WEST
    profiles: tuple[str, ...] = ()
    """Prefixes of the inference profiles without which it cannot be called."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    rule: Rule = ANY
    """What an input picture must be like."""
    usd_per_mtok: tuple[float, float] = (0.0, 0.0)
    outputs: str = "IMAGE"


def _service(
    name: str,
    operation: str,
    usd: float,
    required: str,
    *fields: Mapping[str, Field],
    rule: Rule = ANY,
) -> Model:
    known: dict[str, Field] = dict(FORMAT)
    for some in fields:
        known |= some
    return Model(
        id=f"stability.{name}-v1:0",
        api="InvokeModel",
        operation=operation,
        usd=usd,
        regions=US,
        profiles=("us",),
        fields=known,
        required=tuple(required.split()),
        rule=rule,
    )


def _chat(model_id: str, low: float, high: float, profiles: tuple[str, ...]) -> Model:
    return Model(
        id=model_id,
        api="Converse",
        regions=US,
        profiles=profiles,
        usd_per_mtok=(low, high),
        outputs="TEXT",
    )


GENERATORS = (
    Model(
        id="stability.sd3-5-large-v1:0",
        api="InvokeModel",
        operation="text_to_image",
        usd=0.08,
        fields=PROMPT
        | NEGATIVE
        | SEED
        | FORMAT
        | RATIO
        | IMAGE
        | STRENGTH
        | {"mode": Choice(("text-to-image", "image-to-image"))},
        required=("prompt",),
    ),
    Model(
        id="stability.stable-image-ultra-v1:1",
        api="InvokeModel",
        operation="text_to_image",
        usd=0.14,
        fields=PROMPT
        | NEGATIVE
        | WIDE_SEED
        | TWO_FORMATS
        | RATIO
        | IMAGE
        | STRENGTH
        | {"mode": Choice(("text-to-image",))},
        required=("prompt",),
    ),
    Model(
        id="stability.stable-image-core-v1:1",
        api="InvokeModel",
        operation="text_to_image",
        usd=0.04,
        fields=PROMPT | NEGATIVE | WIDE_SEED | TWO_FORMATS | RATIO,
        required=("prompt",),
    ),
)

SERVICES = (
    _service(
        "stable-creative-upscale",
        "upscale_creative",
        0.60,
        "prompt image",
        PROMPT | IMAGE | NEGATIVE | SEED | STYLE,
        {"creativity": Number(0.1, 0.5)},
        rule=CREATIVE,
    ),
    _service(
        "stable-conservative-upscale",
        "upscale_conservative",
        0.40,
        "prompt image",
        PROMPT | IMAGE | NEGATIVE | SEED,
        {"creativity": Number(0.1, 0.5)},
    ),
    _service("stable-fast-upscale", "upscale_fast", 0.03, "image", IMAGE, rule=FAST),
    _service(
        "stable-image-inpaint",
        "inpaint",
        0.07,
        "prompt image",
        PROMPT | IMAGE | MASK | NEGATIVE | SEED | STYLE,
    ),
    _service(
        "stable-outpaint",
        "outpaint",
        0.06,
        "image",
        PROMPT | IMAGE | SEED | STYLE,
        {"left": SIDE, "right": SIDE, "up": SIDE, "down": SIDE, "creativity": Number(0.1, 1)},
    ),
    _service(
        "stable-image-search-recolor",
        "search_recolor",
        0.07,
        "prompt image select_prompt",
        PROMPT | IMAGE | GROW | NEGATIVE | SEED | STYLE,
        {"select_prompt": Text()},
    ),
    _service(
        "stable-image-search-replace",
        "search_replace",
        0.07,
        "prompt image search_prompt",
        PROMPT | IMAGE | GROW | NEGATIVE | SEED | STYLE,
        {"search_prompt": Text()},
    ),
    _service("stable-image-erase-object", "erase", 0.07, "image", IMAGE | MASK | SEED),
    _service("stable-image-remove-background", "remove_background", 0.07, "image", IMAGE),
    _service(
        "stable-image-control-sketch",
        "control_sketch",
        0.07,
        "prompt image",
        PROMPT | IMAGE | CONTROL | NEGATIVE | SEED | STYLE,
    ),
    _service(
        "stable-image-control-structure",
        "control_structure",
        0.07,
        "prompt image",
        PROMPT | IMAGE | CONTROL | NEGATIVE | SEED | STYLE,
    ),
    _service(
        "stable-image-style-guide",
        "style_guide",
        0.07,
        "prompt image",
        PROMPT | IMAGE | RATIO | NEGATIVE | SEED | STYLE,
        {"fidelity": Number(0, 1)},
    ),
    _service(
        "stable-style-transfer",
        "style_transfer",
        0.08,
        "init_image style_image",
        PROMPT | NEGATIVE | SEED,
        {"init_image": BASE64, "style_image": BASE64},
        {
            "composition_fidelity": Number(0, 1),
            "style_strength": Number(0, 1),
            "change_strength": Number(0.1, 1),
        },
    ),
)

FILMS = (
    Model(
        id="luma.ray-v2:0",
        api="StartAsyncInvoke",
        operation="film",
        fields={
            "prompt": Text(longest=5000),
            "aspect_ratio": Choice(("1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21")),
            "duration": Choice(("5s", "9s")),
            "resolution": Choice(("540p", "720p")),
            "loop": Flag(),
            "keyframes": Plain(dict, "JSONObject"),
        },
        required=("prompt",),
        outputs="VIDEO",
    ),
)
USD_PER_SECOND = {"540p": 0.75, "720p": 1.50}

CHATS = (
    _chat("amazon.nova-2-lite-v1:0", 0.33, 2.75, ("us", "global")),
    _chat("amazon.nova-pro-v1:0", 0.80, 3.20, ("us",)),
    _chat("anthropic.claude-sonnet-5", 2.2, 11.0, ("us", "global")),
    _chat("anthropic.claude-sonnet-4-6", 3.3, 16.5, ("us", "global")),
    _chat("anthropic.claude-haiku-4-5-20251001-v1:0", 1.1, 5.5, ("us", "global")),
    _chat("anthropic.claude-haiku-5-5", 0.11, 0.55, ("us", "global")),
    _chat("anthropic.claude-opus-5-5", 4.4, 22.0, ("us", "global")),
    _chat("qwen.qwen3-vl-235b-a22b", 0.53, 2.66, ()),
    _chat("mistral.mistral-large-3-675b-instruct", 0.50, 1.50, ()),
)

MODELS = {model.id: model for model in (*GENERATORS, *SERVICES, *FILMS, *CHATS)}
RETIRED = {
    "amazon.nova-canvas-v1:0": "2026-09-30",
    "amazon.nova-reel-v1:0": "2026-09-30",
    "amazon.nova-reel-v1:1": "2026-09-30",
    "amazon.titan-image-generator-v2:0": "2026-06-30",
    "amazon.titan-image-generator-v1": "before 2026",
    "stability.sd3-large-v1:0": "before 2026-09",
    "stability.stable-image-ultra-v1:0": "before 2026-09",
    "stability.stable-image-core-v1:0": "before 2026-09",
    "stability.stable-diffusion-xl-v1": "before 2026-09",
}
MODEL_ID = re.compile(r"[a-zA-Z_\.\-/0-9:]+")
ARN = re.compile(
    r"arn:aws:bedrock:(?P<region>[a-z0-9-]+):\d*:(foundation-model|inference-profile)/(?P<id>.+)"
)
PREFIXES = ("us", "eu", "apac", "global")
WRONG_API = {
    "Converse": "This action doesn't support the model that you provided. Try again with a "
    "supported text or chat model.",
    "InvokeModel": "The model that you provided can't be used with InvokeModel.",
    "StartAsyncInvoke": "The model that you provided doesn't support asynchronous invocation.",
}


def base_id(model_id: str) -> str:
    """Take the inference-profile prefix off an id."""
    prefix, _, rest = model_id.rpartition("/")[2].partition(".")
    return rest if prefix in PREFIXES else model_id.rpartition("/")[2]


def _plain_id(model_id: str, region: str) -> str:
    """Take the id out of an ARN of this region."""
    if not MODEL_ID.fullmatch(model_id) or len(model_id) > 2048:
        raise pattern(model_id, "modelId", MODEL_ID.pattern)
    match = ARN.fullmatch(model_id)
    if match is None:
        return model_id
    if match["region"] != region:
        raise validation("The provided model identifier is invalid.")
    return match["id"]


def end_of_life() -> AwsError:
    """The model is gone for good."""
    return not_found(
        "This model version has reached the end of its life. Please refer to the AWS "
        "documentation for more details."
    )


def admit(model_id: str, region: str, api: str) -> Model:
    """Find the model that this id or ARN means in this region through this operation.

    Raises:
        AwsError: unknown, retired, not offered here or not reachable this way.
    """
    model_id = _plain_id(model_id, region)
    base = base_id(model_id)
    if base in RETIRED:
        raise end_of_life()
    model = MODELS.get(base)
    prefix = model_id.removesuffix(base).removesuffix(".")
    if model is None or region not in model.regions or (prefix and prefix not in model.profiles):
        raise validation("The provided model identifier is invalid.")
    if model.profiles and not prefix:
        raise validation(
            f"Invocation of model ID {model_id} with on-demand throughput isn't supported. Retry "
            "your request with the ID or ARN of an inference profile that contains this model."
        )
    if model.api != api:
        raise validation(WRONG_API[api])
    return model
