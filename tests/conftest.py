"""Fixtures that every room's tests share."""

import os
from collections.abc import Iterator

import pytest
import trustme
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


@pytest.fixture(scope="session", autouse=True)
def _one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nobody here is known to the world's authorities, and to read all of them takes each connection 20 ms."""
    path = tmp_path_factory.mktemp("authority") / "certificate.pem"
    trustme.CA().cert_pem.write_to_path(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """One PostgreSQL for all tests; each makes databases of its own. Who kills one starts another."""
    return cluster()
