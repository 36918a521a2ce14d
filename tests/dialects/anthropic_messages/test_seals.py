"""Seals of other vendors travel in blocks of their own, and find their way back."""

import msgspec
import pytest

from waystation.dialects.anthropic_messages.seals import (
    OF_LAST_CALL,
    OF_LAST_TEXT,
    OF_NEXT_CALL,
    OF_NEXT_TEXT,
    marked,
    placed,
    seal_of,
)
from waystation.wire.chat import Part, Seal, TextPart, ThinkingPart, ToolCallPart

SEAL = Seal("gemini.generate", "c2ln")
CALL = ToolCallPart(id="c", name="f", arguments="{}")
TEXT = TextPart(text="t")


def block(mark: str) -> ThinkingPart:
    data = marked(SEAL, mark)["data"]
    assert isinstance(data, str)
    return ThinkingPart(seal=seal_of(data), redacted=True)


def sealed(part: Part) -> Part:
    return msgspec.structs.replace(part, seal=SEAL)


@pytest.mark.parametrize(
    ("parts", "due"),
    [
        ([block(OF_NEXT_CALL), CALL], [sealed(CALL)]),
        ([block(OF_NEXT_CALL), TEXT, CALL, CALL], [TEXT, sealed(CALL), CALL]),
        ([block(OF_NEXT_TEXT), TEXT], [sealed(TEXT)]),
        ([CALL, TEXT, block(OF_LAST_CALL)], [sealed(CALL), TEXT]),
        ([TEXT, TEXT, block(OF_LAST_TEXT), CALL], [TEXT, sealed(TEXT), CALL]),
        ([block(OF_LAST_TEXT), CALL], [CALL]),
        ([CALL, block(OF_NEXT_CALL)], [CALL]),
    ],
)
def test_a_marked_seal_stands_on_its_part(parts: list[Part], due: list[Part]) -> None:
    assert placed(parts) == tuple(due)


@pytest.mark.parametrize(
    "part",
    [
        ThinkingPart(seal=SEAL, redacted=True),
        ThinkingPart(seal=Seal("anthropic.messages", "call:x"), redacted=True),
        ThinkingPart(text="hm", seal=Seal("gemini.generate", "call:x")),
        ThinkingPart(redacted=True),
    ],
)
def test_what_has_no_mark_is_a_part_of_its_own(part: ThinkingPart) -> None:
    assert placed([part, CALL]) == (part, CALL)


def test_an_empty_signature_is_no_seal() -> None:
    assert (seal_of(""), seal_of(None)) == (None, None)
    assert seal_of("EqQB") == Seal("anthropic.messages", "EqQB")
