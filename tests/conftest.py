"""Fixtures that every room's tests share."""

from collections.abc import Iterator

import pytest

from rigs.postgres import Postgres


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the only loop that the gateway runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One PostgreSQL for all tests; each makes databases of its own. Who kills one starts another."""
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()
