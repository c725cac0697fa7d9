"""The long ways first, so that parallel workers end together."""

import sys
from pathlib import Path

import pytest

from router.telling import words
from tests.postgres import (  # noqa: F401  # fixtures of every folder below
    postgres,
    postgres_alone,
    postgres_empty,
    postgres_server,
    records,
)
from tests.s3server import s3  # noqa: F401

words.demand(strict=True)  # what may not be told is a mistake here
MAIN = sys.modules["__main__"]
LONG = ("journeys", "dashboard", "evaluators")


def pytest_collection_modifyitems(items):
    def turn(item):
        folder = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=turn)


@pytest.fixture(autouse=True)
def main_again():
    """Streamlit's AppTest sets a module of its own as `__main__` and leaves it there.

    A process that `multiprocessing` spawns begins by reading the file of `__main__`; AppTest has
    deleted it by then, and every measuring process of the tests that follow dies at its start.
    """
    yield
    sys.modules["__main__"] = MAIN
