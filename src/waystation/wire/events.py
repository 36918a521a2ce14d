"""The hub's words for an answer that comes in pieces.

The order: `Started` once; then the pieces; each choice's `Finished` once; `Metered` as often as the vendor tells its
count, before or after that. A piece stands in a block: `block` numbers the parts of a choice from 0 in the order in
which they begin. Blocks of tool calls may overlap; all others end where the next block begins. `BlockEnded` is said
where the vendor says it, and by every reader for every block that is still open before its choice's `Finished`.
"""

import msgspec

from waystation.wire.chat import Annotation, FinishReason, ForeignPart, Seal
from waystation.wire.usage import Heard


class Started(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`created` is Unix seconds, None where the vendor does not say."""

    id: str | None = None
    model: str | None = None
    created: int | None = None
    service_tier: str | None = None


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    """`logprobs` is OpenAI chat's list of token objects for this piece."""

    text: str
    block: int = 0
    choice: int = 0
    logprobs: msgspec.Raw | None = None


class RefusalDelta(msgspec.Struct, frozen=True, gc=False):
    text: str
    block: int = 0
    choice: int = 0


class ThinkingDelta(msgspec.Struct, frozen=True, gc=False):
    """`redacted` opens a block whose text the vendor hides: only its seal will come."""

    text: str
    block: int = 0
    choice: int = 0
    redacted: bool = False


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """The seal of a block of any kind; before the block's end, and for a block of thinking also as its only word."""

    seal: Seal
    block: int = 0
    choice: int = 0


class ToolCallStarted(msgspec.Struct, frozen=True, gc=False):
    id: str
    name: str
    block: int = 0
    choice: int = 0
    custom: bool = False


class ToolCallDelta(msgspec.Struct, frozen=True, gc=False):
    arguments: str
    block: int = 0
    choice: int = 0


class Annotated(msgspec.Struct, frozen=True, gc=False):
    """A citation on the block of text `block`."""

    annotation: Annotation
    block: int = 0
    choice: int = 0


class ForeignBlock(msgspec.Struct, frozen=True, gc=False):
    """A whole part that only its own language can say."""

    part: ForeignPart
    block: int = 0
    choice: int = 0


class BlockEnded(msgspec.Struct, frozen=True, gc=False):
    block: int = 0
    choice: int = 0


class Metered(msgspec.Struct, frozen=True, gc=False):
    """The vendor's count so far: the last one is the bill's."""

    heard: Heard


class Finished(msgspec.Struct, frozen=True, gc=False):
    reason: FinishReason
    choice: int = 0
    stop_sequence: str | None = None


StreamEvent = (
    Started
    | TextDelta
    | RefusalDelta
    | ThinkingDelta
    | Sealed
    | ToolCallStarted
    | ToolCallDelta
    | Annotated
    | ForeignBlock
    | BlockEnded
    | Metered
    | Finished
)
