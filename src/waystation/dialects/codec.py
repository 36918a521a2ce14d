"""The seam between the wire languages and the house: what a dialect can do with bytes."""

from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from waystation.wire.dialect import Dialect
from waystation.wire.errors import WaystationError
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard


class Edit(NamedTuple):
    """Bytes `start` to `end` of the caller's body give way to `text`."""

    start: int
    end: int
    text: bytes


class Ask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the house needs to know of a request; the rest stays in the caller's bytes.

    `include_usage`: whether the caller asked for usage in its stream. `choices`: how many answers it wants.
    `max_output_tokens`: its own bound for each of them. `weight`: the text that the input estimate rests on.
    `model_span` and `fixes` are the codec's own notes for `retarget`.
    """

    model: str
    stream: bool
    include_usage: bool
    choices: int
    max_output_tokens: int | None
    weight: Weight
    model_span: tuple[int, int]
    fixes: tuple[Edit, ...] = ()


class ReplyFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a plain answer says of itself. `weight` is the delivered text's."""

    usage: Heard | None
    response_model: str | None
    finish_reasons: tuple[str, ...]
    weight: Weight


class Complaint(msgspec.Struct, frozen=True):
    """A vendor's error body, as far as it could be read. `message` is bounded, but not scrubbed of secrets."""

    message: str = ""
    type: str | None = None
    code: str | None = None
    param: str | None = None


class StreamReader(Protocol):
    """A vendor's stream on its way to the caller. The facts are those noted so far.

    `started`: a whole, valid event with choices or usage has come; nothing is handed out before that.
    `finished`: the stream may end here without being truncated. `done`: nothing after this will be listened to.
    `unsent`: when feed raises, the good bytes that came before the fault in the same feed.
    """

    unsent: bytes

    @property
    def started(self) -> bool: ...

    @property
    def finished(self) -> bool: ...

    @property
    def done(self) -> bool: ...

    @property
    def response_model(self) -> str | None: ...

    @property
    def finish_reasons(self) -> tuple[str, ...]: ...

    @property
    def usage(self) -> Heard | None: ...

    @property
    def weight(self) -> Weight: ...

    def feed(self, data: bytes) -> bytes:
        """The bytes that may go to the caller now. Raises: BadAnswer, BodyTooLarge, VendorFailure."""
        ...

    def close(self) -> bytes:
        """The withheld tail: what the caller still needs to see the stream complete. To be called once.

        Raises: Truncated if the stream has not finished.
        """
        ...


@runtime_checkable
class Codec(Protocol):
    """One wire language. `operation_name` is OpenTelemetry's; the gateway serves `paths`, with and without /v1.

    `keep_alive` breaks the silence of a stream without being an event of it.
    """

    dialect: Dialect
    operation_name: str
    paths: tuple[str, ...]
    keep_alive: bytes

    def decode(self, body: bytes) -> Ask:
        """Raises: BadRequest, which says what is wrong and where (`param`)."""
        ...

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        """The caller's own bytes, asking for `model` and, in a stream, for usage. `ask` is decode's for `body`."""
        ...

    def reply(self, body: bytes) -> ReplyFacts:
        """Raises: BadAnswer, VendorFailure (an error in place of an answer)."""
        ...

    def reader(self, ask: Ask) -> StreamReader: ...

    def error(self, error: WaystationError) -> bytes:
        """The JSON body that tells the caller of `error`."""
        ...

    def fail(self, error: WaystationError) -> bytes:
        """The bytes that end a stream with `error` after its first byte has left."""
        ...

    def complaint(self, body: bytes) -> Complaint:
        """A vendor's error body of any shape. Never raises."""
        ...
