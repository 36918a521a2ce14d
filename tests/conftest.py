"""Fixtures that every room's tests share."""

import pytest

from rigs.postgres import Postgres
from tests.cluster import cluster


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the only loop that the gateway runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """One PostgreSQL for all tests; each makes databases of its own. Who kills one starts another."""
    return cluster()
