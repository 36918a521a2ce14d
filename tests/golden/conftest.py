"""`pytest tests/golden --update` writes the snapshots anew; where the option is unknown, UPDATE_GOLDEN=1 does."""

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the snapshots of the golden matrix anew")


@pytest.fixture
def updating(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--update", default=False)) or os.environ.get("UPDATE_GOLDEN") == "1"
