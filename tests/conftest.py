"""The long ways first, so that parallel workers end together."""

from pathlib import Path

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
LONG = ("journeys", "dashboard", "evaluators")


def pytest_collection_modifyitems(items):
    def turn(item):
        folder = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=turn)
