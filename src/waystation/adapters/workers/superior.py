"""The supervisor, as a worker sees it."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from waystation.adapters.workers.channel import AllCounts, Channel, Count, CountAll, Counts, Ready, Retire
from waystation.wire.errors import HouseError

ALL_COUNTS_S: Final = 10.0  # for all workers to be asked


class Superior:
    """Between `start` and `aclose`. `counts` gives what this worker has counted; `retire` is called once it shall end.

    It shall also end when the supervisor is gone: nobody would restart it, or tell it to stop.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._channel: Channel | None = None
        self._counts: Callable[[], bytes] = bytes
        self._asked: list[asyncio.Future[bytes]] = []
        self._listening: asyncio.Task[None] | None = None

    async def start(self, counts: Callable[[], bytes], retire: Callable[[], None]) -> None:
        """Say that this worker takes calls, and do what it is asked to from now on."""
        self._counts = counts
        self._channel = channel = await Channel.over(self._end)
        self._listening = asyncio.create_task(self._listen(channel, retire))
        await channel.send(Ready())

    async def all_counts(self) -> bytes:
        """What all workers of the node have counted. Raises: HouseError if the supervisor does not say."""
        if self._channel is None:
            raise HouseError("The worker has no supervisor.")
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked.append(future)
        await self._channel.send(CountAll())
        try:
            async with asyncio.timeout(ALL_COUNTS_S):
                return await future
        except TimeoutError:
            raise HouseError("The supervisor does not say what all workers have counted.") from None
        finally:
            if future in self._asked:
                self._asked.remove(future)

    async def aclose(self) -> None:
        """Say what was counted to the end."""
        if self._listening is not None:
            self._listening.cancel()
        if self._channel is not None:
            await self._channel.send(Counts(self._counts()))
            self._channel.close()

    async def _listen(self, channel: Channel, retire: Callable[[], None]) -> None:
        while (message := await channel.receive()) is not None:
            match message:
                case Count():
                    await channel.send(Counts(self._counts()))
                case AllCounts(body):
                    self._answer(body)
                case Retire():
                    retire()
                case _:
                    continue
        retire()

    def _answer(self, body: bytes) -> None:
        asked, self._asked = self._asked, []
        for future in asked:
            if not future.done():
                future.set_result(body)
