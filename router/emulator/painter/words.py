"""What a prompt asks for, by plain word lists: colours, light, place, people, props, camera."""

import re
from dataclasses import dataclass

Colour = tuple[float, float, float]
"""sRGB, 0..1."""

COLOURS: dict[str, str] = {
    "bottle green": "#0f4a38", "forest green": "#1f4d2b", "olive": "#5d6231", "mint": "#9fd3b8",
    "emerald": "#0f7a55", "teal": "#14666b", "green": "#2f6b3a", "navy blue": "#1d2b52",
    "navy": "#1d2b52", "midnight blue": "#151d3b", "sky blue": "#86b6d9", "cobalt": "#1f4aa8",
    "turquoise": "#2fa6a0", "cyan": "#2fb4c8", "blue": "#2a4d8f", "crimson": "#8f1529",
    "scarlet": "#b9201f", "burgundy": "#5b1526", "maroon": "#5a1620", "wine": "#5f1a30",
    "rust": "#8f431f", "red": "#a8201f", "amber": "#d68a1c", "ochre": "#b98428",
    "mustard": "#c0962b", "gold": "#c79a3a", "golden": "#c79a3a", "yellow": "#dcb83a",
    "orange": "#d4651c", "copper": "#a55a32", "violet": "#5a3c86", "purple": "#4f2d6f",
    "lilac": "#a690c4", "magenta": "#a62a78", "pink": "#d78aa2", "rose": "#b9606f",
    "charcoal": "#2c2e33", "black": "#1b1b1f", "white": "#d9d6cf", "cream": "#dccfb0",
    "ivory": "#dfd6bd", "beige": "#c0ab87", "camel": "#a97f4b", "tan": "#a5825a",
    "brown": "#5b3d28", "chestnut": "#5f3320", "silver": "#9aa0a6", "grey": "#6c7077",
    "gray": "#6c7077",
}  # fmt: skip
TIMES = {
    "night": "night midnight moonlit moonlight neon nocturnal dark",
    "dusk": "dusk sunset evening twilight golden-hour",
    "dawn": "dawn sunrise morning daybreak",
    "overcast": "overcast cloudy grey-day rain rainy fog foggy mist misty snow storm haze",
    "noon": "noon midday sunny daylight day bright",
}
WEATHERS = {
    "rain": "rain rainy raining downpour storm wet drizzle",
    "snow": "snow snowy snowing blizzard",
    "fog": "fog foggy mist misty haze hazy smoke smoky steam",
}
PLACES = {
    "street": "street alley city road downtown market avenue pavement neon cafe café station",
    "interior": "room interior kitchen office hall hallway corridor lab laboratory studio library "
    "workshop bar inside indoors hangar cockpit bridge cabin attic bedroom table desk shelf",
    "sea": "sea ocean beach harbour harbor pier shore coast boat lake water",
    "forest": "forest woods trees jungle park garden",
    "hills": "hill hills mountain mountains valley desert field meadow plain moor cliff landscape",
}
PEOPLE = (
    "woman man girl boy person figure detective astronaut pilot captain hero heroine she he actor "
    "actress officer soldier worker child lady gentleman traveller stranger singer chef doctor "
    "scientist portrait character someone face"
)
GARMENTS = (
    "coat jacket suit dress uniform raincoat cloak robe shirt sweater parka cape overcoat spacesuit"
)
PROPS = {
    "cup": "cup mug coffee tea teacup espresso",
    "cat": "cat kitten tabby feline",
    "lamp": "lamp lantern lamplight candle",
    "umbrella": "umbrella parasol",
    "book": "book notebook letter map diary",
    "tree": "tree oak pine",
    "boat": "boat ship sail",
    "moon": "moon moonlit moonlight",
}
MANY = frozenset({"people", "persons", "figures", "humans", "men", "women"})
FRAMINGS = {
    "close": "close-up closeup portrait face headshot macro",
    "wide": "wide establishing landscape panorama extreme-wide distant far",
    "medium": "medium waist mid-shot cowboy",
}
COUNTS = {
    "two": 2,
    "both": 2,
    "couple": 2,
    "pair": 2,
    "three": 3,
    "group": 3,
    "crowd": 4,
    "crew": 3,
    "four": 4,
}
MARKS = frozenset({"scar", "beard", "hat", "glasses", "scarf", "hood"})
MOVES = {
    "static": "static locked locked-off still tripod",
    "push": "dolly-in push-in push zoom-in closer dolly approach",
    "pull": "dolly-out pull-out pull-back pull zoom-out retreat",
    "left": "pan-left left",
    "right": "pan pan-right right truck",
    "up": "tilt-up crane-up rise up",
    "down": "tilt-down crane-down down",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the painter understood of a prompt."""

    time: str
    weather: str
    place: str
    neon: bool
    people: int
    framing: str
    coat: Colour | None
    accent: Colour | None
    props: tuple[str, ...]
    marks: frozenset[str]
    key_side: int
    """Where the light comes from: -1 left, 1 right, 0 as the painter likes."""


def read(prompt: str) -> Reading:
    """Read a prompt; what it does not say gets the painter's usual choice."""
    text = normal(prompt)
    words = frozenset(re.findall(r"[a-zé]+(?:-[a-zé]+)*", text))
    props = tuple(name for name, signs in PROPS.items() if words & frozenset(signs.split()))
    place = _first(PLACES, words, "")
    if place == "street":  # a street has lamps of its own
        props = tuple(name for name in props if name != "lamp")
    names = [colour for _, colour in _named(text)]
    coat = garment_colour(text)
    return Reading(
        time=_first(TIMES, words, "noon" if place in {"sea", "forest"} else "dusk"),
        weather=_first(WEATHERS, words, "clear"),
        place=place or ("interior" if {"cup", "cat"} & set(props) else "hills"),
        neon="neon" in words,
        people=_people(words, props, coat),
        framing=_first(FRAMINGS, words, "medium"),
        coat=coat,
        accent=next((c for c in names if c != coat), None),
        props=props,
        marks=words & MARKS,
        key_side=_side(text),
    )


def normal(prompt: str) -> str:
    """Lower the case and join the two-word terms that the lists know with a hyphen."""
    text = re.sub(r"\s+", " ", prompt.lower())
    return re.sub(
        r"\b(close|golden|dolly|push|pull|zoom|pan|tilt|crane|locked|extreme|mid|medium) "
        r"(up|hour|in|out|back|left|right|down|off|wide|shot)\b",
        r"\1-\2",
        text,
    )


def colour_named(prompt: str) -> Colour | None:
    """Give the first colour that a prompt names."""
    return next((colour for _, colour in _named(normal(prompt))), None)


def colour_wanted(prompt: str) -> Colour | None:
    """Give the colour that an edit asks for: what it turns into, else the first one named."""
    text = normal(prompt)
    turned = re.search(r"\b(?:becomes?|turns?|into|to|in)\b(.{0,25})", text)
    after = _named(turned.group(1)) if turned else []
    return after[0][1] if after else colour_named(text)


def garment_colour(prompt: str) -> Colour | None:
    """Give the colour of the garment: the last one named before it, else the first after it."""
    text = normal(prompt)
    named = _named(text)
    garment = re.search(r"\b(" + "|".join(GARMENTS.split()) + r")s?\b", text)
    if garment is None or not named:
        return named[0][1] if named else None
    before = [colour for start, colour in named if garment.start() - 40 <= start < garment.start()]
    after = [colour for start, colour in named if garment.start() < start < garment.end() + 30]
    return (before[-1:] or after[:1] or [named[0][1]])[0]


def camera_move(prompt: str) -> str:
    """Name the camera move: one of MOVES; a gentle push where none is asked for."""
    return _first(MOVES, frozenset(re.findall(r"[a-z]+(?:-[a-z]+)*", normal(prompt))), "drift")


def _first(lists: dict[str, str], words: frozenset[str], otherwise: str) -> str:
    return next((name for name, signs in lists.items() if words & set(signs.split())), otherwise)


def _named(text: str) -> list[tuple[int, Colour]]:
    found = re.finditer(r"\b(" + "|".join(map(re.escape, COLOURS)) + r")\b", text)
    return [(match.start(), _rgb(COLOURS[match.group(1)])) for match in found]


def _rgb(code: str) -> Colour:
    red, green, blue = (int(code[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return red, green, blue


def names_people(text: str) -> bool:
    """Say whether a text speaks of people."""
    words = frozenset(re.findall(r"[a-zé]+(?:-[a-zé]+)*", normal(text)))
    return bool(words & (frozenset(PEOPLE.split()) | MANY))


def _people(words: frozenset[str], props: tuple[str, ...], coat: Colour | None) -> int:
    garment = bool(words & set(GARMENTS.split())) and coat is not None
    someone = bool(words & set(PEOPLE.split())) or garment
    if words & {"empty", "plate", "deserted", "unoccupied"} and not garment:
        return 0
    counted = max((number for word, number in COUNTS.items() if word in words), default=0)
    if counted and (someone or words & MANY):
        return counted
    return 1 if someone or not props else 0


def _side(text: str) -> int:
    side = re.search(
        r"\b(?:from|on|at|camera)[ -](?:the )?(left|right)\b|\b(left|right)[ -]lit\b", text
    )
    return 0 if side is None else (-1 if "left" in side.group(0) else 1)
