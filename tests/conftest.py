"""The long ways first, so that parallel workers end together."""

from pathlib import Path

LONG = ("journeys", "dashboard", "evaluators")


def pytest_collection_modifyitems(items):
    def turn(item):
        folder = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=turn)
