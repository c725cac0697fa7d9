"""One sample document for all tests of the roof."""

import copy

import pytest

from dashboard import report
from dashboard.testing_report import sample


@pytest.fixture(scope="session")
def made():
    return sample()


@pytest.fixture
def document(made):
    return copy.deepcopy(made[0])


@pytest.fixture(scope="session")
def assets(made):
    return made[1]


@pytest.fixture(scope="session")
def bundle(made, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "findings"
    report.write(copy.deepcopy(made[0]), made[1], out)
    return out
