"""Every test of this room runs on uvloop, which serves in production, and on plain asyncio."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from waystation.adapters.upstream_http.transport import HttpTransport


@pytest.fixture(params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    await transport.aclose()
