"""A call before any work on it starts, and the caller's end of it."""

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from waystation.dialects.codec import NOWHERE, Ask, Codec, Place
from waystation.dialects.openai_responses.turn import Turn
from waystation.relay.board import Board
from waystation.wire.catalogue import Organization, Token
from waystation.wire.estimate import tokens_of
from waystation.wire.headers import Headers
from waystation.wire.limit import Rates
from waystation.wire.loss import Loss

Named = tuple[bytes | None, bytes | None]

NO_SESSION: Final[Named] = (None, None)
SLACK_S: Final = 0.01  # a loop's timers may be early by a few milliseconds


class Pin(msgspec.Struct, frozen=True, gc=False):
    """The one upstream and key that can serve a call: what it refers to is stored there."""

    upstream_id: str
    key_fingerprint: str


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """What a call is known again by. `digest` stands for its key and its sub-token, `input_digest` for what it asks.

    The key itself goes no further than the gateway's door: it may hold anything that a caller writes.
    """

    digest: bytes
    input_digest: bytes


class Call(msgspec.Struct, frozen=True, gc=False):
    """The facts of a call.

    `board` is the one revision that it sees to its end. `at` is Unix seconds, `began` and `deadline` monotonic ones.
    `forwarded` are headers that belong to the caller's language and go on to a vendor of the same one. `bears_losses`:
    the caller would rather have an answer than be told that something grave can't be said. `turn`: what of it may be
    referred to later, in the language that has that. `department_id` is the nearest one's above the token.
    `passed` are headers of the caller that some upstream's rules let through. `sessions` are those that may name what
    the call belongs to, if the board asks for them. `explains`: its caller wants to know which way it took. `model`:
    which is asked in place of the one in its body, since that one failed; `others` may follow, None: it was not looked
    yet who may. `turns`: how many models were asked before.
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
    place: Place = NOWHERE
    forwarded: Headers = ()
    bears_losses: bool = False
    pin: Pin | None = None
    turn: Turn | None = None
    repeat: Repeat | None = None
    department_id: str | None = None
    passed: Headers = ()
    sessions: Named = NO_SESSION
    explains: bool = False
    model: str | None = None
    others: tuple[str, ...] | None = None
    turns: int = 0

    def overdue(self, now: float) -> bool:
        """Whether its own time is up, so that nobody else is to blame for what has failed."""
        return now >= self.deadline - SLACK_S

    @property
    def hold_id(self) -> str:
        """The id of its one hold, or of that for the model whose turn it is."""
        hold_id = "hold" + self.call_id.removeprefix("call")
        return f"{hold_id}.{self.turns}" if self.turns else hold_id

    @property
    def expected_tokens(self) -> tuple[int, int | None]:
        """What it is likely to send, and the most that it lets come; None: it has no bound of its own."""
        bound = self.ask.max_output_tokens
        return tokens_of(self.ask.weight), None if bound is None else bound * self.ask.choices


class Reply(Protocol):
    """The caller's end. What sends raises CallerGone once the caller has hung up.

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

    def replay(self, call_id: str) -> None:
        """What follows was answered before, to that call. Before the first byte."""
        ...

    def tell(self, losses: tuple[Loss, ...]) -> None:
        """What was lost on the way to the vendor, for a caller who wants to know. Before the first byte."""
        ...

    def show(self, way: str) -> None:
        """The way that the call took, in ASCII, for a caller who has asked for it. Before the first byte."""
        ...

    def rate(self, rates: Rates, at: float) -> None:
        """What is left of the limits above the call at that moment (Unix seconds). Before the first byte."""
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
