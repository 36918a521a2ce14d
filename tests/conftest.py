"""Fixtures that every room's tests share."""

import os

import pytest
from hypothesis import settings

from rigs.postgres import Postgres
from tests.cluster import cluster

# How many examples hypothesis tries: few each time, for a change is tested often; many with `make test-long`.
settings.register_profile("short", max_examples=25)
settings.register_profile("long", max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the only loop that the gateway runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """One PostgreSQL for all tests; each makes databases of its own. Who kills one starts another."""
    return cluster()
