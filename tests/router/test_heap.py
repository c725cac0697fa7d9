"""The collector rests while much is made, and always works again afterwards."""

import gc

import pytest

from router.heap import growing


def test_it_rests_inside_and_works_again_after_it():
    with growing():
        assert not gc.isenabled()
        with growing():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_breaks_inside_leaves_it_at_work():
    with pytest.raises(LookupError), growing():
        raise LookupError
    assert gc.isenabled()


def test_who_found_it_at_rest_leaves_it_so():
    gc.disable()
    try:
        with growing():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_it_can_stand_above_a_function_and_be_called_twice():
    @growing()
    def made():
        return gc.isenabled()

    assert [made(), made(), gc.isenabled()] == [False, False, True]
