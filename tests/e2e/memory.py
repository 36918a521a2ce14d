"""How much the process grows while something happens. The doubles and the callers are in it too."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

MIB = 1 << 20
_STATM = Path("/proc/self/statm")


class Growth:
    """`bytes` is the largest growth seen since the beginning."""

    def __init__(self) -> None:
        self._before = resident_bytes()
        self.bytes = 0

    def look(self) -> None:
        self.bytes = max(self.bytes, resident_bytes() - self._before)


@asynccontextmanager
async def growth() -> AsyncIterator[Growth]:
    seen = Growth()
    watching = asyncio.create_task(_watch(seen))
    try:
        yield seen
    finally:
        seen.look()
        watching.cancel()


async def _watch(seen: Growth) -> None:
    while True:
        seen.look()
        await asyncio.sleep(0.01)


def resident_bytes() -> int:
    pages = int(_STATM.read_text().split()[1])
    return pages * resource.getpagesize()
