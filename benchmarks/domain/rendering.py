"""How a scene-referred plate was shown to a model: enough to make it again, and to come back."""

from dataclasses import dataclass

CONFIG = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4"
WORKING, DISPLAY, VIEW = "ACEScg", "sRGB - Display", "ACES 1.0 - SDR Video"
ON_DISPLAY = "display"  # where a grade acts that was made on the picture as it is seen

Three = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """What a pack says about colour: names of an OpenColorIO config that is built in."""

    config: str = CONFIG
    working_space: str = WORKING
    model_display: str = DISPLAY
    model_view: str = VIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """An ASC CDL and the space in which its numbers act."""

    slope: Three
    offset: Three
    power: Three
    saturation: float
    space: str  # a colour space of the config, or ON_DISPLAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """One way from a plate to a picture."""

    colours: Colours
    source_space: str
    exposure: float = 0.0  # stops, added before the view
    grade: Graded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What the picture's 8 bits and its view do not give back, measured on the plate itself.

    Stops are |log2(back / plate)| over values that the picture shows between MID's ends.
    """

    median_stops: float | None  # None = nothing in the middle range
    p99_stops: float | None
    clipped: float  # share of pixels with a channel at white
    brightest: float  # of the plate, in the working space, exposure applied
    brightest_back: float  # the most that comes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The record of a picture that was made of a plate."""

    showing: Showing
    config_id: str  # OpenColorIO's cache id of the config
    processor_id: str  # … and of the processor
    ocio: str  # version
    source_sha256: str
    loss: Loss
    notes: tuple[str, ...] = ()
