"""One worker, as its supervisor sees it."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, Self

from waystation.adapters.workers.channel import AllCounts, Channel, Count, CountAll, Counts, Ready, Retire
from waystation.wire.errors import HouseError

log = logging.getLogger(__name__)

COUNT_S: Final = 2.0  # for a worker to say what it has counted; after that, what it said before stands
LAST_WORDS_S: Final = 2.0


class WorkerEnded(HouseError):
    """It ended before it was ready."""


class Child:
    """A process that was started. `counts` is what it said last of what it has counted."""

    def __init__(self, process: asyncio.subprocess.Process, channel: Channel) -> None:
        self.began = monotonic()
        self.is_ready = False
        self.counts: bytes | None = None
        self._process = process
        self._channel = channel
        self._ready = asyncio.Event()
        self._counted = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self._ending = asyncio.create_task(process.wait())

    @classmethod
    async def start(
        cls, command: Sequence[str], sockets: Sequence[socket.socket], asked: Callable[[Self], None]
    ) -> Self:
        """`command` gets two more arguments: where to listen, and where to talk. `asked`: it wants to know all counts.

        In a session of its own: a Ctrl-C at the terminal is for the supervisor, who passes it on. Raises: OSError.
        """
        ours, theirs = socket.socketpair()
        try:
            process = await _run(command, [*sockets, theirs])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        child = cls(process, await Channel.over(ours))
        child._listening = asyncio.create_task(child._listen(asked))
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Wait until it takes calls. Raises: WorkerEnded."""
        waiting = asyncio.create_task(self._ready.wait())
        await asyncio.wait({waiting, self._ending}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not self._ready.is_set():
            raise WorkerEnded(f"A worker ended before it was ready, with status {await self.ended()}.")

    async def ended(self) -> int:
        """Wait for its end and its last words; its exit status, negative for a signal."""
        status = await asyncio.shield(self._ending)
        self.is_ready = False
        if self._listening is not None:
            await asyncio.wait({self._listening}, timeout=LAST_WORDS_S)
            self._listening.cancel()
        self._channel.close()
        return status

    async def count(self) -> None:
        """Let it say what it has counted, if it can soon."""
        if self.is_ready:
            self._counted.clear()
            await self._channel.send(Count())
            with suppress(TimeoutError):
                async with asyncio.timeout(COUNT_S):
                    await self._counted.wait()

    async def tell_all(self, body: bytes) -> None:
        await self._channel.send(AllCounts(body))

    async def retire(self) -> None:
        await self._channel.send(Retire())

    def signal(self, number: signal.Signals) -> None:
        if not self._ending.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _listen(self, asked: Callable[[Self], None]) -> None:
        while (message := await self._channel.receive()) is not None:
            match message:
                case Ready():
                    self.is_ready = True
                    self._ready.set()
                case Counts(body):
                    self.counts = body
                    self._counted.set()
                case CountAll():
                    asked(self)
                case _:
                    log.debug("a worker said what only a supervisor says", extra={"pid": self.pid})
        self._counted.set()


async def _run(command: Sequence[str], sockets: Sequence[socket.socket]) -> asyncio.subprocess.Process:
    """Raises: OSError."""
    *listeners, channel = (one.fileno() for one in sockets)
    return await asyncio.create_subprocess_exec(
        *command,
        ",".join(map(str, listeners)),
        str(channel),
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=(*listeners, channel),
        start_new_session=True,
    )
