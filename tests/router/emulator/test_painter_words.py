"""The painter reads a prompt by plain word lists."""

import pytest

from router.emulator.painter.words import (
    COLOURS,
    camera_move,
    colour_named,
    colour_wanted,
    garment_colour,
    read,
)


def rgb(name: str) -> tuple[float, ...]:
    return tuple(int(COLOURS[name][k : k + 2], 16) / 255 for k in (1, 3, 5))


@pytest.mark.parametrize(
    ("prompt", "time", "weather", "place"),
    [
        ("A rainy street at night", "night", "rain", "street"),
        ("a kitchen at dawn", "dawn", "clear", "interior"),
        ("Harbour at sunset", "dusk", "clear", "sea"),
        ("a foggy forest", "overcast", "fog", "forest"),
        ("a valley at noon", "noon", "clear", "hills"),
    ],
)
def test_light_weather_and_place_follow_the_words(
    prompt: str, time: str, weather: str, place: str
) -> None:
    found = read(prompt)
    assert (found.time, found.weather, found.place) == (time, weather, place)


def test_a_colour_of_two_words_is_one_colour() -> None:
    assert colour_named("Bottle Green coat") == rgb("bottle green")
    assert colour_named("navy blue") == rgb("navy blue")


def test_the_coat_takes_the_colour_named_with_it_and_not_the_scarf_s() -> None:
    assert garment_colour("a woman with a red scarf, in a mustard coat") == rgb("mustard")
    assert garment_colour("coat of amber, blue door behind") == rgb("amber")
    assert read("a man in a navy coat with a red scarf").accent == rgb("red")


def test_an_edit_wants_what_the_thing_turns_into() -> None:
    assert colour_wanted("the orange suit becomes bottle green") == rgb("bottle green")
    assert colour_wanted("a teal coat") == rgb("teal")
    assert colour_wanted("a clean wall") is None


@pytest.mark.parametrize(
    ("prompt", "people"),
    [
        ("a detective waits", 1),
        ("two figures on a beach", 2),
        ("empty background plate of a street", 0),
        ("a cup of coffee on a table", 0),
        ("someone with a cup", 1),
        ("a green coat", 1),
    ],
)
def test_people_are_counted(prompt: str, people: int) -> None:
    assert read(prompt).people == people


@pytest.mark.parametrize(
    ("prompt", "move"),
    [
        ("static shot of a man", "static"),
        ("slow dolly in on her face", "push"),
        ("the camera pulls, pull back", "pull"),
        ("pan left over the harbour", "left"),
        ("pan over the harbour", "right"),
        ("tilt up", "up"),
        ("a man walks", "drift"),
    ],
)
def test_camera_moves_are_read(prompt: str, move: str) -> None:
    assert camera_move(prompt) == move


@pytest.mark.parametrize(
    ("prompt", "side"), [("lit from the left", -1), ("from right", 1), ("", 0)]
)
def test_the_side_of_the_light_is_read(prompt: str, side: int) -> None:
    assert read(prompt).key_side == side
