"""The seam between the wire languages and the house: what a dialect can do with bytes."""

from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from waystation.dialects.framing import Frame
from waystation.wire.chat import ChatReply, ChatRequest
from waystation.wire.dialect import Dialect, Trait
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import WaystationError
from waystation.wire.estimate import Weight
from waystation.wire.events import StreamEvent
from waystation.wire.loss import Loss
from waystation.wire.usage import Heard
from waystation.wire.wish import Wish


class Place(msgspec.Struct, frozen=True, gc=False):
    """What the request's path says, in languages that do not say it in the body (Gemini).

    `array`: the stream is to be one JSON array instead of server-sent events. `verb` is what the path asks for, in
    languages with one shape of body for each (embedContent).
    """

    model: str | None = None
    stream: bool = False
    array: bool = False
    verb: str = ""


NOWHERE = Place()


class Edit(NamedTuple):
    """Bytes `start` to `end` of the caller's body give way to `text`."""

    start: int
    end: int
    text: bytes


class Ask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the house needs to know of a request; the rest stays in the caller's bytes.

    `include_usage`: whether the caller asked for usage in its stream. `choices`: how many answers it wants.
    `max_output_tokens`: its own bound for each of them, 0 where answers hold no text. `weight`: the text that the input
    estimate rests on. `model_span` and `fixes` are the codec's own notes for `retarget`. `spoken` is the language of
    the body where that is not the path's. `array`: the stream is to be one JSON array, as in `Place`. `wished`: it has
    wishes of its way in its body, which are in `wish` once they are taken out.
    """

    model: str
    stream: bool
    include_usage: bool
    choices: int
    max_output_tokens: int | None
    weight: Weight
    model_span: tuple[int, int]
    fixes: tuple[Edit, ...] = ()
    spoken: Dialect | None = None
    array: bool = False
    wished: bool = False
    wish: Wish | None = None


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


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where an encoded request goes. `max_output_tokens` is for languages that demand a bound."""

    model: str
    stream: bool = False
    traits: frozenset[Trait] = frozenset()
    max_output_tokens: int = 16_384


class Encoded(msgspec.Struct, frozen=True):
    """A vendor's request, and what could not be said in it."""

    body: bytes
    losses: tuple[Loss, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer is written for. `call_id` is ours ("call_…"), `at` Unix seconds."""

    request: ChatRequest
    call_id: str
    at: int
    place: Place = NOWHERE


class EventReader(Protocol):
    """A vendor's stream, one server-sent event after another, into words. The order is that of `wire.events`.

    `finished`: every choice has its end, so the stream may stop here. `ended`: the language's own last event was read.
    """

    @property
    def finished(self) -> bool: ...

    @property
    def ended(self) -> bool: ...

    def read(self, frame: Frame) -> list[StreamEvent]:
        """Nothing for a comment or a ping. Raises: BadAnswer, VendorFailure (an error instead of an event)."""
        ...

    def close(self) -> list[StreamEvent]:
        """What is left to say when the connection ends. Raises: Truncated if a choice has no end."""
        ...


class EventWriter(Protocol):
    """Words into the caller's stream. What is said only at the end (usage, the last event) waits for close."""

    def write(self, event: StreamEvent) -> bytes: ...

    def close(self) -> bytes: ...


class ChatHub(Protocol):
    """A language of conversations, to and from words."""

    def decode_request(self, body: bytes, place: Place = NOWHERE) -> ChatRequest:
        """Raises: BadRequest."""
        ...

    def encode_request(self, request: ChatRequest, target: Target) -> Encoded:
        """Never raises for what the language can't say: that is a loss."""
        ...

    def decode_reply(self, body: bytes, call_id: str) -> ChatReply:
        """`call_id` (ours) is what ids are made from where the vendor gives none. Raises: BadAnswer, VendorFailure."""
        ...

    def encode_reply(self, reply: ChatReply, asked: Asked) -> bytes: ...

    def event_reader(self, choices: int, call_id: str) -> EventReader: ...

    def event_writer(self, asked: Asked) -> EventWriter: ...


class EmbeddingHub(Protocol):
    """A language of embeddings, to and from words."""

    def decode_request(self, body: bytes, place: Place = NOWHERE) -> EmbeddingRequest:
        """Raises: BadRequest."""
        ...

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Encoded: ...

    def decode_reply(self, body: bytes) -> EmbeddingReply:
        """Raises: BadAnswer, VendorFailure."""
        ...

    def encode_reply(self, reply: EmbeddingReply, request: EmbeddingRequest) -> bytes: ...


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
    """One wire language. `operation_name` is OpenTelemetry's.

    The gateway serves `paths`, with and without /v1, also under /`namespace`; and whatever path `locate` knows, for
    languages that name the model there. A language without either is a vendor's only. `chat` or `embeddings` is its
    way to the hub; neither means that it is only ever passed through.
    `keep_alive` breaks the silence of a stream without being an event of it. `headers` (lower case) belong to the
    language: a caller's are handed on to a vendor that speaks it too.
    """

    dialect: Dialect
    operation_name: str
    namespace: str
    paths: tuple[str, ...]
    keep_alive: bytes
    headers: tuple[bytes, ...]
    chat: ChatHub | None
    embeddings: EmbeddingHub | None

    def locate(self, path: str, query: str) -> Place | None:
        """What a path (without version and namespace) says, if it is one of this language's."""
        ...

    def vendor_path(self, path: str, model: str, *, stream: bool) -> str:
        """The path and query at a vendor that serves this language under `path`."""
        ...

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
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
