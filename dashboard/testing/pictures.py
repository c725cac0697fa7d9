"""Small drawn pictures for the roof's tests: scenes, takes with a drift, evidence strips."""

import hashlib
import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = (320, 180)
COATS = ((38, 84, 66), (150, 92, 40), (70, 78, 120), (120, 60, 66))


def jpeg(picture: Image.Image) -> bytes:
    """Encode as the thumbnails are: JPEG, quality 80."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def png(picture: Image.Image) -> bytes:
    """Encode without loss, as evidence pictures are."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def scene(shot: str, *, drift: float = 0.0, seed: int = 0, wire: bool = False) -> Image.Image:
    """Draw a figure on a street at dusk, 320 × 180; `drift` 0..1 pulls colour, shape and focus."""
    look = np.random.default_rng(_number(shot))
    chance = np.random.default_rng(_number(f"{shot}/{seed}"))
    picture = _sky(look, drift, chance)
    draw = ImageDraw.Draw(picture)
    _houses(draw, look)
    coat = COATS[int(look.integers(len(COATS)))]
    pull = chance.normal(0, 60 * drift, 3)
    red, green, blue = (int(np.clip(c + p, 0, 255)) for c, p in zip(coat, pull, strict=True))
    centre = 160 + float(look.normal(0, 26)) + float(chance.normal(0, 26 * drift))
    _figure(draw, centre, 1.0 + float(chance.normal(0, 0.22 * drift)), (red, green, blue))
    if wire:
        draw.line((0, 30, 320, 46), fill=(24, 24, 26), width=2)
    blurred = picture.filter(ImageFilter.GaussianBlur(1.4 * drift))
    noise = look.normal(0, 3.0, (SIZE[1], SIZE[0], 1))
    pixels = np.clip(np.asarray(blurred, np.float32) + noise, 0, 255)
    return Image.fromarray(pixels.astype(np.uint8))


def difference(a: Image.Image, b: Image.Image) -> Image.Image:
    """Show where two pictures differ: mid grey is no change, amplified eight times around it."""
    apart = np.asarray(b, np.float32) - np.asarray(a, np.float32)
    return Image.fromarray(np.clip(128 + apart * 8, 0, 255).astype(np.uint8))


def matte() -> Image.Image:
    """Draw the region that a repair may change."""
    picture = Image.new("RGB", SIZE)
    ImageDraw.Draw(picture).line((0, 30, 320, 46), fill=(255, 255, 255), width=12)
    return picture


def strip(reference: Image.Image, take: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Lay reference and take side by side, the judged region boxed."""
    boxed = take.copy()
    ImageDraw.Draw(boxed).rectangle(box, outline=(255, 214, 64), width=2)
    sheet = Image.new("RGB", (SIZE[0] * 2, SIZE[1]))
    sheet.paste(reference, (0, 0))
    sheet.paste(boxed, (SIZE[0], 0))
    return sheet


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _sky(look: np.random.Generator, drift: float, chance: np.random.Generator) -> Image.Image:
    top = look.uniform(30, 90, 3) + chance.normal(0, 30 * drift, 3)
    bottom = look.uniform(120, 225, 3) + chance.normal(0, 30 * drift, 3)
    ramp = np.linspace(0, 1, SIZE[1])[:, None, None]
    sky = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (SIZE[1], SIZE[0], 3))
    return Image.fromarray(np.clip(sky, 0, 255).astype(np.uint8))


def _houses(draw: ImageDraw.ImageDraw, look: np.random.Generator) -> None:
    x = -10
    while x < SIZE[0]:
        width, height = int(look.integers(28, 64)), int(look.integers(50, 130))
        shade = int(look.integers(34, 66))
        draw.rectangle((x, 150 - height, x + width, 160), fill=(shade, shade, shade + 8))
        for window in range(3):
            lit = (236, 190, 104) if look.random() < 0.4 else (shade + 14,) * 3
            left = x + 6 + window * 10
            draw.rectangle((left, 158 - height + 8, left + 5, 158 - height + 17), fill=lit)
        x += width + int(look.integers(2, 12))
    draw.rectangle((0, 156, 320, 180), fill=(52, 50, 52))


def _figure(draw: ImageDraw.ImageDraw, x: float, scale: float, coat: tuple[int, ...]) -> None:
    head, foot = 150 - 92 * scale, 168
    draw.polygon(
        ((x - 15, head + 26), (x + 15, head + 26), (x + 25, foot - 14), (x - 25, foot - 14)),
        fill=coat,
    )
    draw.rectangle((x - 12, foot - 16, x - 4, foot), fill=(28, 26, 28))
    draw.rectangle((x + 4, foot - 16, x + 12, foot), fill=(28, 26, 28))
    draw.ellipse((x - 12, head, x + 12, head + 28), fill=(216, 170, 140))
    draw.rectangle((x - 16, head + 2, x + 16, head + 6), fill=(36, 32, 34))
    draw.rectangle((x - 10, head - 16, x + 10, head + 4), fill=(36, 32, 34))
    for button in range(4):
        top = head + 36 + button * 11
        draw.ellipse((x - 2, top, x + 2, top + 4), fill=(222, 184, 96))
