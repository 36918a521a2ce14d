"""Everything that the rooms want from outside, on one page. Adapters implement it; only `house.py` chooses them."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from waystation.wire.booking import ClaimOrder, ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused, Taken
from waystation.wire.catalogue import Catalogue, Timeouts
from waystation.wire.headers import Headers
from waystation.wire.limit import EntryOrder, Limited, Rates
from waystation.wire.record import CallRecord
from waystation.wire.stored import StoredResponse


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump."""
        ...

    def new_id(self, prefix: str) -> str:
        """A fresh id, sortable by time."""
        ...

    def draw(self) -> float:
        """A random number in [0, 1)."""
        ...


class Store(Protocol):
    """Durable facts. Every method raises StoreUnavailable when the store can't answer."""

    async def hold(self, order: HoldOrder) -> Held | Refused:
        """Reserve on all ceilings or on none, decided by one guarded statement."""
        ...

    async def extend(self, order: ExtendOrder) -> Held | Refused:
        """Reserve more for an open hold, on all of its ceilings or on none. Idempotent. Raises: HoldEnded."""
        ...

    async def post(self, order: PostOrder) -> Posted:
        """End a hold by a posting. Idempotent by hold id.

        Raises: HoldEnded if it was voided, or has expired and the order is not `late`.
        """
        ...

    async def void(self, hold_id: str, *, at: float) -> None:
        """End a hold without a posting. Nothing happens if it has ended already."""
        ...

    async def claim_key(self, order: ClaimOrder) -> Taken | None:
        """None: the key is this call's now. It stays so unless its hold ends without a posting."""
        ...

    async def free_key(self, digest: bytes, call_id: str) -> None:
        """Let go of a key whose call never held any money. Nothing happens if the key is not that call's."""
        ...

    async def record(self, call: CallRecord, basis: bytes | None = None) -> None:
        """Append a call record: waits only while the bounded queue is full. `basis` is its JSON, if that was made."""
        ...

    async def keep_response(self, stored: StoredResponse) -> None:
        """Keep it, in place of what its organization has under its id. Whether its text may be kept is not asked here.

        Raises: RequestTooLarge if its text is above `wire.stored.TEXT_BYTES_MAX`, Overloaded.
        """
        ...

    async def find_response(self, organization_id: str, response_id: str, *, at: float) -> StoredResponse | None:
        """None if the organization has none with this id, or had it until it expired. Raises: Overloaded."""
        ...

    async def drop_response(self, organization_id: str, response_id: str) -> bool:
        """Erase it; whether it was there. Raises: Overloaded."""
        ...

    async def catalogue(self) -> Catalogue: ...

    def on_change(self, listener: Callable[[], None]) -> None:
        """`listener` is called on the event loop after another process has changed the catalogue."""
        ...


class Pass(Protocol):
    """A call that all limits above it have let in."""

    @property
    def rates(self) -> Rates: ...

    def leave(self, tokens: int | None) -> None:
        """It is over and has used so many tokens; None: as many as were reserved. Never waits. Twice is once."""
        ...


class Queued(Protocol):
    """A call that waits for another one to be over. Nothing is reserved for it meanwhile."""

    async def outcome(self) -> Pass | Limited | None:
        """None: it has left. A caller that is cancelled here has left too. Raises: LimiterUnavailable."""
        ...

    def leave(self) -> None:
        """It waits no more. Nothing happens if the outcome is known."""
        ...


class Waiting(msgspec.Struct, frozen=True):
    """The answer to a call for which there is a place in a queue."""

    place: Queued


class Limiter(Protocol):
    """Counts calls and tokens. It may forget all of it when it is lost: no money rests on it."""

    async def enter(self, order: EntryOrder) -> Pass | Limited | Waiting:
        """Reserve on all limits or on none. Raises: LimiterUnavailable."""
        ...


class Endpoint(msgspec.Struct, frozen=True):
    """Where an upstream lives. Built once per upstream; equal endpoints share a connection pool.

    `proxy` is "http://[user:password@]host:port", the same with socks5, or None for a direct connection; the
    environment is never asked.
    `ca_file` adds a bundle to the system's; verification is never off.
    """

    scheme: str
    host: str
    port: int
    base_path: str = ""
    proxy: str | None = None
    ca_file: str | None = None

    def __repr__(self) -> str:  # without the proxy, which may hold a password
        return f"Endpoint({self.scheme}://{self.host}:{self.port}{self.base_path})"


class Outbound(msgspec.Struct, frozen=True, gc=False):
    """A request to an upstream. `path` is appended to the endpoint's base path."""

    endpoint: Endpoint
    method: str
    path: str
    headers: Headers
    body: bytes
    timeouts: Timeouts


class Inbound(Protocol):
    """An upstream's answer, from its head on. Header names are lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]

    def header(self, name: bytes) -> bytes | None: ...

    async def chunk(self) -> bytes:
        """The next bytes of the body as they came, b"" at its end. Raises: UpstreamError."""
        ...

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises: BodyTooLarge past `limit` bytes, UpstreamError."""
        ...

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it. Twice is once."""
        ...


class Transport(Protocol):
    async def send(self, request: Outbound) -> Inbound:
        """The head of the final answer. Raises: UpstreamError. Redirects are handed back, not followed."""
        ...

    async def aclose(self) -> None: ...


class Fetched(msgspec.Struct, frozen=True):
    """`media_type` without parameters, such as image/png."""

    media_type: str
    data: bytes


class Fetcher(Protocol):
    async def fetch(self, url: str) -> Fetched:
        """What stands at a public address. Raises: LinkRefused, if it may not or can't be read."""
        ...
