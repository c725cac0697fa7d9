"""The emulated endpoints: what their containers take, and what a take of theirs costs.

SageMaker bills instances by the hour; the price of a take is its share of them, as an example.
Source of the wire: Amazon SageMaker API Reference, "InvokeEndpointAsync".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from router.emulator.canvas import SIZES
from router.emulator.errors import AwsError, malformed
from router.emulator.fields import Choice, Field, Number, Plain, check, expect
from router.emulator.models import BASE64, NEGATIVE, PROMPT, WEST, WIDE_SEED
from router.emulator.pictures import KEYFRAME, Picture, Rule, read

REFERENCE = Rule(longest=16_384, steepest=4.0)
MOST_REFERENCES = 4
FILM_SIZES = {"832*480": 0.12, "1280*720": 0.36}
"""US dollars a second of film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One deployed endpoint."""

    id: str
    fields: Mapping[str, Field]
    required: tuple[str, ...]
    pictures: Callable[[Mapping[str, Any]], Mapping[str, Picture]]
    usd: Callable[[Mapping[str, Any]], float]
    makes: str
    """image or video"""
    regions: tuple[str, ...] = WEST

    def admit(self, body: Mapping[str, Any]) -> Mapping[str, Picture]:
        """Check a body as the container would, and give its pictures by role.

        Raises:
            AwsError: the container refuses it; its text is what counts.
        """
        check(body, self.fields, self.required)
        return self.pictures(body)


def find(name: str, region: str) -> Endpoint | None:
    """Give the endpoint that stands in a region under this name."""
    endpoint = ENDPOINTS.get(name)
    return endpoint if endpoint and region in endpoint.regions else None


def film_size(body: Mapping[str, Any]) -> tuple[int, int]:
    """Give width and height of a film."""
    width, height = body["size"].split("*")
    return int(width), int(height)


def film_seconds(body: Mapping[str, Any]) -> int:
    """Give the whole seconds that so many frames last."""
    return max(1, int((body["frame_num"] - 1) // body.get("fps", 16)))


def _references(body: Mapping[str, Any]) -> Mapping[str, Picture]:
    texts = body["images"]
    if not 1 <= len(texts) <= MOST_REFERENCES:
        raise malformed(f"#/images: expected 1 to {MOST_REFERENCES} items, actual: {len(texts)}")
    roles = ("image", "image_2", "image_3", "image_4")
    found = {}
    for place, (role, text) in enumerate(zip(roles, texts, strict=False)):
        expect(f"images/{place}", text, str, "String")
        found[role] = read(re.sub(r"^data:image/\w+;base64,", "", text), role, REFERENCE)
    return found


def _first_frame(body: Mapping[str, Any]) -> Mapping[str, Picture]:
    if (body["frame_num"] - 1) % 4:
        raise malformed("#/frame_num: expected 4n + 1 frames")
    rule = Rule(shortest=64, longest=KEYFRAME.longest, formats=KEYFRAME.formats, steepest=None)
    return {"start": read(body["image"], "image", rule)}


ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.id: endpoint
    for endpoint in (
        Endpoint(
            id="flux-kontext-endpoint",
            makes="image",
            fields=PROMPT
            | WIDE_SEED
            | {
                "images": Plain(list, "JSONArray"),
                "aspect_ratio": Choice(tuple(SIZES)),
                "guidance_scale": Number(1, 10),
                "num_inference_steps": Number(1, 50, whole=True),
                "output_format": Choice(("png", "jpeg")),
            },
            required=("prompt", "images"),
            pictures=_references,
            usd=lambda _: 0.05,
        ),
        Endpoint(
            id="wan-i2v-endpoint",
            makes="video",
            fields=PROMPT
            | NEGATIVE
            | WIDE_SEED
            | {
                "image": BASE64,
                "size": Choice(tuple(FILM_SIZES)),
                "frame_num": Number(17, 161, whole=True),
                "fps": Number(8, 30, whole=True),
                "sample_steps": Number(1, 50, whole=True),
            },
            required=("prompt", "image", "size", "frame_num"),
            pictures=_first_frame,
            usd=lambda body: FILM_SIZES[body["size"]] * film_seconds(body),
        ),
    )
}


def not_deployed(name: str, account: str) -> AwsError:
    """No such endpoint in this account and region."""
    return AwsError(400, "ValidationError", f"Endpoint {name} of account {account} not found.")
