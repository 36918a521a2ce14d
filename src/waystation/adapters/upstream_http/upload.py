"""A request body that is too large for one write: piece by piece, as fast as the upstream takes it."""

import asyncio
from collections.abc import Callable
from typing import Final

IN_ONE_WRITE_BYTES_MAX: Final = 32 * 1024  # below the transport's high-water mark, and cheaper to copy than to split
EXPECT_ABOVE_BYTES: Final = 1024 * 1024  # curl asks above 1 MiB (8.x)
CONTINUE_WAIT_S: Final = 1.0  # as curl: servers that ignore `Expect` say nothing
PIECE_BYTES: Final = 256 * 1024


class Upload:
    """`done` is called after the last piece was handed to the transport."""

    __slots__ = ("_done", "_left", "_loop", "_next", "_paused", "_started", "_transport", "progress_at")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, body: bytes, done: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._left = memoryview(body)
        self._done = done
        self._paused = False
        self._started = False
        self._next: asyncio.Handle | None = None
        self.progress_at = loop.time()

    def start_after_continue(self) -> None:
        """Wait for "100 Continue", which calls `start`, but not for ever."""
        self._next = self._loop.call_later(CONTINUE_WAIT_S, self._send_piece)

    def start(self) -> None:
        """Send the first piece in the loop's next turn. Once is enough."""
        if not self._started:
            self._started = True
            self.stop()
            self._next = self._loop.call_soon(self._send_piece)

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self.progress_at = self._loop.time()
        if self._next is None:
            self._send_piece()

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _send_piece(self) -> None:
        self._started = True
        self._next = None
        piece, self._left = self._left[:PIECE_BYTES], self._left[PIECE_BYTES:]
        self._transport.write(piece)
        if not self._left:
            self._done()
        elif not self._paused:
            # A turn of the loop between pieces: others get theirs, and an early answer is seen.
            self._next = self._loop.call_soon(self._send_piece)
