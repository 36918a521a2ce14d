"""Whoever keeps so many workers running: starts them, restarts those that die, replaces and ends them."""

import asyncio
import logging
import signal
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, Protocol

from waystation.adapters.workers.child import Child, WorkerEnded

log = logging.getLogger(__name__)

START_S: Final = 120.0  # for a new one to be ready when another is to be replaced: it may have a journal to book
PAUSE_S: Final = 0.5  # before one that died is started again; doubled up to the next, if it dies soon
PAUSE_MAX_S: Final = 30.0
STEADY_S: Final = 60.0  # who lived so long did not die of its start


class Gathered(Protocol):
    """What all workers have counted, those too that are gone."""

    def leave(self, counts: bytes) -> None:
        """Keep what one has counted that is gone now."""

    def of(self, living: Sequence[bytes], *, ready: int, died: int) -> bytes:
        """All of it."""


class Supervisor:
    """`run` returns when all workers have ended after a `stop`. `listening` is set when all are ready at first.

    `command` starts one; `patience_s` is how long one that shall end may take before it is killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        sockets: Sequence[socket.socket],
        *,
        count: int,
        patience_s: float,
        gathered: Gathered,
    ) -> None:
        self._command = command
        self._sockets = sockets
        self._patience_s = patience_s
        self._gathered = gathered
        self._died = 0
        self._seats: list[Child] = []
        self._count = count
        self._locks = [asyncio.Lock() for _ in range(count)]
        self._living: set[Child] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._rolling = asyncio.Event()
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Raises: WorkerEnded if one ends before all were ready at first: what is wrong then, time does not mend."""
        try:
            for _ in range(self._count):
                self._seats.append(await self._start())
            await self._until_stopped(self._all_ready())
            if not self._stopping.is_set():
                await self._until_stopped(self._serve())
        finally:
            await self._end()

    def stop(self) -> None:
        """End all; the second time, let them wait for no call."""
        if self._stopping.is_set():
            for child in self._living:
                child.signal(signal.SIGTERM)
        self._stopping.set()

    def roll(self) -> None:
        """Replace all, one after the other. Asked for while it is being done, it is done once more."""
        self._rolling.set()

    async def _until_stopped(self, work: Coroutine[object, object, None]) -> None:
        """Raises: what the work does."""
        working = asyncio.ensure_future(work)
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not working.done():
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            return
        working.result()

    async def _all_ready(self) -> None:
        await asyncio.gather(*(child.ready() for child in self._seats))
        self.listening.set()

    async def _serve(self) -> None:
        await asyncio.gather(*(self._keep(at) for at in range(self._count)), self._roll_on())

    # One worker's life

    async def _start(self) -> Child:
        child = await Child.start(self._command, self._sockets, self._asked)
        self._living.add(child)
        self._spawn(self._bury(child))
        log.info("worker started", extra={"pid": child.pid})
        return child

    async def _bury(self, child: Child) -> None:
        """When it has ended, keep what it had counted."""
        await child.ended()
        self._living.discard(child)
        if child.counts is not None:
            self._gathered.leave(child.counts)

    async def _keep(self, at: int) -> None:
        """Restart whoever dies in that seat, for ever."""
        pause = PAUSE_S / 2
        while True:
            child = self._seats[at]
            status = await child.ended()
            if self._seats[at] is not child:  # it was replaced
                continue
            self._died += 1
            pause = PAUSE_S if monotonic() - child.began > STEADY_S else min(pause * 2, PAUSE_MAX_S)
            log.error("worker died", extra={"pid": child.pid, "status": status, "restart_in_s": pause})
            while self._seats[at] is child:
                await asyncio.sleep(pause)
                await self._restart(at, child)

    async def _restart(self, at: int, child: Child) -> None:
        """Unless it was replaced meanwhile."""
        async with self._locks[at]:
            if self._seats[at] is child:
                try:
                    self._seats[at] = await self._start()
                except OSError as error:  # no memory, no processes left: they may come back
                    log.error("worker not started", extra={"error": str(error)})  # noqa: TRY400 - expected

    # All of them, one after the other

    async def _roll_on(self) -> None:
        while True:
            await self._rolling.wait()
            self._rolling.clear()
            for at in range(self._count):
                if not await self._replace(at):
                    break
            else:
                log.info("all workers replaced")

    async def _replace(self, at: int) -> bool:
        """Whether it could be done: if the new one does not come to be ready, the old one stays, and the others do."""
        new = None
        try:
            async with asyncio.timeout(START_S):
                new = await self._start()
                await new.ready()
        except (WorkerEnded, TimeoutError, OSError) as error:
            log.error("workers not replaced: the old ones go on", extra={"error": repr(error)})  # noqa: TRY400 - expected
            if new is not None:
                new.signal(signal.SIGKILL)
            return False
        async with self._locks[at]:
            old, self._seats[at] = self._seats[at], new
        await old.retire()
        await self._await_end({old})
        log.info("worker replaced", extra={"pid": old.pid, "by": new.pid})
        return True

    async def _end(self) -> None:
        """Tell all, wait, and kill who is left."""
        for one in self._sockets:  # from now on the workers alone have them
            one.close()
        for child in self._living:
            child.signal(signal.SIGTERM)
        await self._await_end(set(self._living))
        await asyncio.gather(*self._tasks)

    async def _await_end(self, children: set[Child]) -> None:
        ends = {asyncio.create_task(child.ended()): child for child in children}
        if not ends:
            return
        _, late = await asyncio.wait(ends, timeout=self._patience_s)
        for end in late:
            log.error("worker killed: it did not end in time", extra={"pid": ends[end].pid})
            ends[end].signal(signal.SIGKILL)
        await asyncio.gather(*ends)

    # What they have counted

    def _asked(self, child: Child) -> None:
        self._spawn(self._tell_all(child))

    async def _tell_all(self, child: Child) -> None:
        await asyncio.gather(*(one.count() for one in self._living))
        counts = [one.counts for one in self._living if one.counts is not None]
        ready = sum(one.is_ready for one in self._living)
        await child.tell_all(self._gathered.of(counts, ready=ready, died=self._died))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
