"""The items that a stream's events have whole: what its other events have not told of them."""

from typing import Final

import msgspec

from waystation.dialects.openai_responses.blocks import Blocks
from waystation.dialects.openai_responses.own import Summaries
from waystation.dialects.openai_responses.speech_in import CALLS, Speech, kind_of
from waystation.dialects.table import Table
from waystation.wire.chat import ForeignPart, RefusalPart, TextPart, ToolCallPart

_EMPTY: Final = (b"null", b"{}")


def start_item(blocks: Blocks, raw: msgspec.Raw, at: int, made: str) -> None:
    """Only a call begins with its item: all others begin with their first word. Raises: BadAnswer."""
    if bytes(raw) in _EMPTY:
        return
    item = Table(raw, "item", answer=True)
    kind = kind_of(item)
    if kind in CALLS:
        blocks.call(at, _call(item, kind, raw, at, made))


def hear_item(blocks: Blocks, raw: msgspec.Raw, at: int, made: str) -> None:
    """Raises: BadAnswer."""
    if bytes(raw) in _EMPTY:
        return
    item = Table(raw, "item", answer=True)
    kind = kind_of(item)
    speech = Speech(made, answer=True)
    speech.hear(item, kind, raw, at)
    for number, part in enumerate(speech.parts):
        match part:
            case TextPart():
                _text(blocks, part, at, number)
            case RefusalPart(text=text) if not blocks.has("refusal", at, number):
                blocks.refusal(text, at, number)
            case Summaries():
                _thoughts(blocks, part, at)
            case ToolCallPart():
                blocks.call(at, part)
                blocks.end_call(at, part.arguments)
            case ForeignPart() if kind != "message":
                blocks.foreign(part)
            case _:
                pass
    blocks.leave()


def _call(item: Table, kind: str, raw: msgspec.Raw, at: int, made: str) -> ToolCallPart:
    speech = Speech(made, answer=True)
    speech.hear(item, kind, raw, at)
    call = speech.parts[0]
    assert isinstance(call, ToolCallPart)
    return call


def _text(blocks: Blocks, part: TextPart, at: int, number: int) -> None:
    if blocks.has("text", at, number):
        return
    blocks.text(part.text, at, number)
    for annotation in part.annotations:
        blocks.cite(annotation.raw, at, number)


def _thoughts(blocks: Blocks, part: Summaries, at: int) -> None:
    for kind, texts in (("summary", part.summary), ("content", part.content)):
        for number, text in enumerate(texts):
            if not blocks.has(kind, at, number):
                blocks.thought(text, at, (kind, at, number))
    if part.seal is not None:
        blocks.seal(part.seal, at, redacted=part.redacted)
