"""Names looked up in threads of their own."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final

THREADS_MAX: Final = 8


class Lookup:
    """The system's resolver.

    A thread can't be called back from a name server that keeps it waiting, and callers choose these names: in the
    loop's few threads, which look up our upstreams too, they could hold up every call.
    """

    __slots__ = ("_threads",)

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="fetch-lookup")

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Raises: OSError, UnicodeError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)

    def close(self) -> None:
        """Look-ups that wait are dropped; one under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
