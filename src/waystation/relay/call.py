"""A call before any work on it starts, and the caller's end of it."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from waystation.dialects.codec import Ask, Codec
from waystation.relay.board import Board
from waystation.wire.catalogue import Organization, Token


class Call(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The facts of a call.

    `board` is the one revision that it sees to its end. `at` is Unix seconds, `began` and `deadline` monotonic ones.
    """

    call_id: str
    token: Token
    organization: Organization
    board: Board
    codec: Codec
    ask: Ask
    body: bytes
    at: float
    began: float
    deadline: float

    @property
    def hold_id(self) -> str:
        """The id of its one hold."""
        return "hold" + self.call_id.removeprefix("call")


class Reply(Protocol):
    """The caller's end. Every method but `on_gone` raises CallerGone once the caller has hung up.

    What is sent waits while the caller does not read.
    """

    @property
    def started(self) -> bool:
        """Whether the answer's head was sent."""
        ...

    @property
    def gone(self) -> bool: ...

    def on_gone(self, react: Callable[[], None]) -> None:
        """`react` is called when the caller hangs up, at once if it already has."""
        ...

    async def answer(self, body: bytes) -> None:
        """The whole of a plain answer."""
        ...

    async def stream(self, data: bytes) -> None:
        """The next bytes of a streamed answer; its head goes out with the first."""
        ...

    async def finish(self, data: bytes) -> None:
        """The last bytes of a streamed answer."""
        ...
