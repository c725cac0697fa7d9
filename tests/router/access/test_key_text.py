"""The text of keys and sessions: what is read is what was written, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from router.access import key, session
from router.secrecy import suspects
from router.testing.doubles import NOON

SIGNING = b"s" * 32
OTHER = b"o" * 32


@given(some.from_regex(key.ENVIRONMENT, fullmatch=True).filter(str.isascii))
def test_a_key_is_read_as_it_was_written(environment):
    made = key.mint(environment)
    assert key.read(made.text) == made


@given(some.text(max_size=120))
def test_no_text_that_was_not_written_here_is_a_key_or_a_session(words):
    assert key.read(words) is None
    assert session.read(words, SIGNING) is None


@given(some.data())
def test_a_key_with_one_letter_changed_is_no_key(data):
    whole = key.mint("beta").text
    at = data.draw(some.integers(0, len(whole) - 1))
    letter = data.draw(some.characters(codec="utf-8").filter(lambda c: c != whole[at]))
    assert key.read(whole[:at] + letter + whole[at + 1 :]) is None


def test_a_key_has_the_shape_that_scanners_know():
    start, environment, id_, secret, crc = key.mint("live").text.split("_")
    assert (start, environment) == ("ct", "live")
    assert (len(id_), len(secret), len(crc)) == (12, 43, 8)
    assert 62**43 > 2**256


def test_a_thousand_keys_are_a_thousand():
    made = [key.mint("beta") for _ in range(1000)]
    assert len({k.id for k in made}) == len({k.secret for k in made}) == 1000


def test_a_key_in_a_traceback_shows_no_secret():
    made = key.mint("beta")
    assert made.secret not in f"{made!r} {made}"


def test_a_key_pasted_into_a_partners_file_is_seen():
    assert list(suspects(f"note: {key.mint('beta').text}"))


def test_a_session_is_read_as_it_was_written():
    begun = session.begun("person", "north_light", NOON)
    assert session.read(session.written(begun, SIGNING), SIGNING) == begun


@given(some.data())
def test_a_session_with_one_letter_changed_is_none_or_the_same(data):
    """The last letter of base64 may carry bits that nobody reads."""
    begun = session.begun("person", "north_light", NOON)
    whole = session.written(begun, SIGNING)
    at = data.draw(some.integers(0, len(whole) - 1))
    letter = data.draw(some.characters(codec="utf-8").filter(lambda c: c != whole[at]))
    assert session.read(whole[:at] + letter + whole[at + 1 :], SIGNING) in {None, begun}


def test_a_session_signed_elsewhere_is_none():
    begun = session.begun("person", "north_light", NOON)
    assert session.read(session.written(begun, OTHER), SIGNING) is None


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(-600, False), (-61, False), (-60, True), (0, True), (659, True), (660, False), (1200, False)],
)
def test_row38_a_session_allows_a_minute_between_clocks_and_no_ten(seconds, good):
    begun = session.begun("person", "north_light", NOON)
    assert begun.in_force(NOON + timedelta(seconds=seconds)) is good


def test_a_session_is_never_renewed_past_twelve_hours():
    begun = session.begun("person", "north_light", NOON)
    late = session.renewed(begun, NOON + timedelta(hours=11, minutes=55))
    assert late == replace(
        begun,
        issued=NOON + timedelta(hours=11, minutes=55),
        expires=NOON + timedelta(hours=12),
    )
