"""Times of day: the sky's colours and the light that goes with them."""

from dataclasses import dataclass

from router.emulator.painter.canvas import Light
from router.emulator.painter.words import Colour, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One time of day; colours are sRGB 0..1."""

    zenith: Colour
    middle: Colour
    horizon: Colour
    key: Colour
    ambient: Colour
    rim: Colour
    height: float
    disc: Colour
    """Sun or moon; black where there is none."""


HOURS = {
    "noon": Hour(
        zenith=(0.22, 0.45, 0.72),
        middle=(0.47, 0.67, 0.84),
        horizon=(0.82, 0.87, 0.87),
        key=(0.74, 0.7, 0.63),
        ambient=(0.33, 0.36, 0.42),
        rim=(0.9, 0.9, 0.85),
        height=0.85,
        disc=(0.0, 0.0, 0.0),
    ),
    "dusk": Hour(
        zenith=(0.13, 0.15, 0.31),
        middle=(0.55, 0.32, 0.38),
        horizon=(0.98, 0.66, 0.38),
        key=(0.95, 0.62, 0.38),
        ambient=(0.25, 0.24, 0.34),
        rim=(1.0, 0.62, 0.35),
        height=0.25,
        disc=(1.3, 1.05, 0.75),
    ),
    "dawn": Hour(
        zenith=(0.3, 0.42, 0.58),
        middle=(0.72, 0.63, 0.66),
        horizon=(0.98, 0.83, 0.68),
        key=(0.84, 0.7, 0.58),
        ambient=(0.34, 0.36, 0.44),
        rim=(1.0, 0.82, 0.66),
        height=0.3,
        disc=(1.0, 0.9, 0.75),
    ),
    "night": Hour(
        zenith=(0.02, 0.035, 0.08),
        middle=(0.05, 0.085, 0.17),
        horizon=(0.13, 0.2, 0.31),
        key=(0.56, 0.6, 0.7),
        ambient=(0.17, 0.19, 0.26),
        rim=(0.5, 0.65, 0.95),
        height=0.6,
        disc=(0.85, 0.9, 1.0),
    ),
    "overcast": Hour(
        zenith=(0.5, 0.54, 0.58),
        middle=(0.63, 0.66, 0.68),
        horizon=(0.78, 0.79, 0.78),
        key=(0.45, 0.46, 0.48),
        ambient=(0.44, 0.46, 0.49),
        rim=(0.6, 0.62, 0.64),
        height=0.9,
        disc=(0.0, 0.0, 0.0),
    ),
}
NEON = ((0.95, 0.2, 0.55), (0.15, 0.75, 0.95), (0.98, 0.6, 0.15))


def light_of(hour: Hour, reading: Reading, side: float) -> Light:
    """Give the light that falls on things.

    Args:
        hour: the time of day.
        reading: weather thickens the air, neon colours the rim, rooms keep the sky out.
        side: where the key comes from, -1 left … 1 right.
    """
    indoors = reading.place == "interior"
    key, ambient, rim = hour.key, hour.ambient, hour.rim
    if reading.neon:
        key, rim = (0.72, 0.53, 0.6), NEON[1]
    if indoors:
        key = tuple_mix(key, (0.9, 0.72, 0.5), 0.55)
        ambient = tuple_mix(ambient, (0.26, 0.22, 0.2), 0.5)
    air = tuple_mix(hour.horizon, hour.middle, 0.35)
    density = {"fog": 0.95, "rain": 0.75, "snow": 0.75}.get(reading.weather, 0.55)
    return Light(
        key=key,
        ambient=ambient,
        rim=rim,
        air=air,
        side=side,
        height=hour.height,
        density=density * (0.3 if indoors else 1.0),
    )


def tuple_mix(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours: share 0 gives the first, 1 the second."""
    red, green, blue = (a * (1 - share) + b * share for a, b in zip(one, other, strict=True))
    return red, green, blue
