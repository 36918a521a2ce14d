"""The shape of ASGI, and what our server adds to it."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]


class Connection(Protocol):
    """`scope["extensions"]["waystation.connection"]`: what ASGI itself can't tell without a task per request.

    `take` and `answer` do at once what ASGI makes a coroutine for, and most calls need no more.
    """

    lost: bool
    react: Callable[[], None] | None  # called once when the caller hangs up

    @property
    def blocked(self) -> object:
        """None unless what was sent waits for the caller to read: the next send waits with it."""
        ...

    def take(self) -> bytes | None:
        """What the request's body has left, if all of it has come: there is nothing to receive any more. Else None."""
        ...

    def answer(self, status: int, headers: HeaderList, body: bytes) -> bool:
        """Send a whole answer at once. False, and nothing is sent, if that would have to wait or nobody is there.

        Whoever has answered must not ask again: the connection may be at its next request.
        """
        ...

    def abort(self) -> None: ...
