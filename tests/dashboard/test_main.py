"""What one test leaves in the process must not kill the measuring processes of the next."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from streamlit.testing.v1 import AppTest

from tests.conftest import MAIN


def script():
    import streamlit as st

    st.write("a screen")


def test_a_screen_takes_the_place_of_main_for_its_own_test_only():
    AppTest.from_function(script).run()


def test_a_process_can_be_spawned_after_a_screen():
    assert sys.modules["__main__"] is MAIN
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
