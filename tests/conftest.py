"""Fixtures that every room's tests share."""

import os
import signal
from collections.abc import Iterator

import pytest
import trustme
from hypothesis import HealthCheck, settings

from rigs.postgres import Postgres
from tests.cluster import cluster

# How many examples hypothesis tries: few each time, for a change is tested often; many with `make test-long`.
# A busy machine makes a test slow, and not wrong: none is timed.
_untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("short", _untimed, max_examples=25)
settings.register_profile("long", _untimed, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

# What runs in a shell's background has SIGINT ignored, and all that it starts: those of ours are to stop by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
