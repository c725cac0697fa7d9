"""The smallest question to each family of models, chosen from the catalogue by its price. Pure."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from router.admission import pricing
from router.domain.clearance import Clearance
from router.domain.ids import content_id, sha256_of
from router.domain.inquiry import Inquiry, Purpose, Shown
from router.domain.media import MediaRef
from router.domain.model import LifecycleStatus, Model
from router.domain.request import Input, Request

PARTNER = "smoke"  # who pays: a partner of this home, nobody's material
SIDE = 640  # pixels of the one picture that is sent
NOBODY = "A grey picture that is made here by arithmetic. Nobody is shown, and nobody owns it."
PROMPT = "a plain grey ball on a plain grey table"
QUESTION = "Which one of these colours is this picture: red, green, grey? Answer with one word."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which kind of call a family is."""

    family: str
    dialect: str
    operations: tuple[str, ...]
    what: str
    proves: str
    roles: tuple[str, ...] = ()  # of the one picture that goes along


WISHES = (
    Wish(
        family="picture",
        dialect="bedrock_invoke",
        operations=("text_to_image",),
        what="one picture from one sentence (InvokeModel)",
        proves="model access, request body and answer of a synchronous picture, and its price",
    ),
    Wish(
        family="edit",
        dialect="bedrock_invoke",
        operations=("upscale_fast",),
        what="one picture made larger, behind a us. inference profile (InvokeModel)",
        proves="the subscription of the image services, the profile, and rights in its Regions",
        roles=("init_image",),
    ),
    Wish(
        family="endpoint",
        dialect="sagemaker_async",
        operations=("multi_reference_to_image",),
        what="one picture from an endpoint of your own (InvokeEndpointAsync)",
        proves="endpoint, its folders in the bucket, its role, and scaling up from zero",
        roles=("reference", "reference_2"),
    ),
    Wish(
        family="film",
        dialect="bedrock_async",
        operations=("text_to_video",),
        what="the shortest film at the lowest resolution (StartAsyncInvoke, then polled)",
        proves="access, token, job, the bucket in the model's Region, and delivery by S3",
    ),
)
JUDGE = Wish(
    family="judge",
    dialect="converse",
    operations=("judge_image",),
    what="one word about one picture (Converse)",
    proves="access to a language model, pictures in a question, and the bill by tokens",
)


def grey() -> bytes:
    """Draw the picture that is sent: a PNG with a gradient, by arithmetic alone.

    Source: PNG (W3C, third edition), 11.2.
    """
    rows = b"".join(b"\0" + bytes(96 + (x + y) // 16 for x in range(SIDE)) for y in range(SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def choose(catalogue: Mapping[str, Model], wish: Wish) -> Model | None:
    """Choose the cheapest live model of a family; None where the catalogue has none."""
    able = [
        m
        for m in catalogue.values()
        if m.dialect == wish.dialect
        and set(wish.operations) & set(m.operations)
        and m.lifecycle.status is not LifecycleStatus.RETIRED
        and not m.is_endpoint
    ]
    return min(able, key=_price, default=None)


def request(wish: Wish, model: Model, picture: MediaRef | None, order: "Order") -> Request:
    """Write the smallest request; the same order gives the same request."""
    resolutions = dict(model.price.by_option)
    cheapest = min(resolutions, key=lambda r: float(resolutions[r]), default=None)
    limits = model.limits
    asked = Request(
        partner=PARTNER,
        id="",
        account=order.account,
        model=model.key,
        operation=next(o for o in model.operations if o in wish.operations),
        prompt=PROMPT if limits.prompt_chars else "",
        clearance=order.clearance,
        inputs=tuple(Input(role=role, media=picture) for role in wish.roles if picture),
        seed=7 if limits.seed_max else None,
        aspect="1:1" if "1:1" in limits.aspects else None,
        seconds=min(limits.seconds) if limits.seconds else None,
        resolution=cheapest if limits.resolutions else None,
        label=f"smoke {wish.family}",
    )
    return named(asked, order.number)


def named(asked: Request, number: int) -> Request:
    """Give a request its id: from what it asks, and how often it was asked before in vain."""
    said = [asked.account, asked.model, asked.operation, list(asked.clearance.regions), number]
    return replace(asked, id=content_id("smoke", said))


def inquiry(model: Model, order: "Order") -> Inquiry:
    """Write the smallest question to a language model that looks at pictures."""
    return Inquiry(
        purpose=Purpose.JUDGE,
        partner=PARTNER,
        account=order.account,
        model=model.key,
        clearance=order.clearance,
        text=QUESTION,
        pictures=(Shown(data=grey(), mime="image/png"),),
        most_tokens=32,
        number=order.number,
        about="smoke judge",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Under which budget, where, and how often before."""

    account: str
    regions: tuple[str, ...] = ()  # empty = wherever the catalogue says
    number: int = 0

    @property
    def clearance(self) -> Clearance:
        """Say that nobody is shown."""
        return Clearance(
            permitted=("still_image", "moving_image", "evaluate_only"),
            expires_on=None,
            evidence_sha256=sha256_of(NOBODY.encode()),
            regions=self.regions,
        )


def worst_musd(model: Model, asked: Request) -> int:
    """Give the most that it can cost."""
    return pricing.worst_case_musd(model, asked)


def _price(model: Model) -> float:
    options = [float(usd) for _, usd in model.price.by_option]
    return min([*options, float(model.price.usd)]) if model.price.unit != "token" else max(options)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
