"""The shape of ASGI, and what our server adds to it."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]


class Connection(Protocol):
    """`scope["extensions"]["waystation.connection"]`: what ASGI itself can't tell without a task per request."""

    lost: bool
    react: Callable[[], None] | None  # called once when the caller hangs up

    @property
    def blocked(self) -> object:
        """None unless what was sent waits for the caller to read: the next send waits with it."""
        ...

    def abort(self) -> None: ...
