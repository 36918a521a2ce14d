"""The blocks of a vendor's stream."""

import msgspec

from waystation.dialects.openai_responses.blocks import Blocks
from waystation.wire.chat import ForeignPart, Seal, ToolCallPart
from waystation.wire.events import (
    BlockEnded,
    ForeignBlock,
    RefusalDelta,
    Sealed,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)

CALL = ToolCallPart(id="c", name="f", arguments="")
SEAL = Seal("openai.responses", "rs_1 enc")


def test_a_block_ends_where_the_next_begins() -> None:
    blocks = Blocks()
    blocks.text("a", 0, 0)
    blocks.text("b", 0, 1)
    blocks.text("c", 0, 0)
    blocks.refusal("no", 1, 0)
    blocks.leave()
    blocks.leave()
    assert blocks.take() == [
        TextDelta("a"),
        BlockEnded(),
        TextDelta("b", 1),
        BlockEnded(1),
        TextDelta("c", 2),
        BlockEnded(2),
        RefusalDelta("no", 3),
        BlockEnded(3),
    ]
    assert (blocks.refused, blocks.calls, blocks.any, blocks.take()) == (True, False, True, [])


def test_empty_words_begin_nothing() -> None:
    blocks = Blocks()
    blocks.text("", 0, 0)
    blocks.refusal("", 0, 0)
    blocks.thought("", 0, ("summary", 0, 0))
    assert (blocks.take(), blocks.any, blocks.refused) == ([], False, False)
    assert blocks.has("summary", 0, 0)
    blocks.text("", 0, 0, msgspec.Raw(b"[1]"))
    assert blocks.take() == [TextDelta("", 0, 0, msgspec.Raw(b"[1]"))]


def test_thoughts_of_one_item_are_one_block() -> None:
    blocks = Blocks()
    blocks.thought("a", 0, ("summary", 0, 0))
    blocks.thought("b", 0, ("summary", 0, 0))
    blocks.thought("c", 0, ("content", 0, 0))
    blocks.seal(SEAL, 0, redacted=False)
    blocks.seal(SEAL, 1, redacted=True)
    assert blocks.take() == [
        ThinkingDelta("a"),
        ThinkingDelta("b"),
        ThinkingDelta("\n\nc"),
        Sealed(SEAL),
        BlockEnded(),
        ThinkingDelta("", 1, redacted=True),
        Sealed(SEAL, 1),
    ]


def test_calls_overlap_and_texts_do_not() -> None:
    blocks = Blocks()
    blocks.call(0, CALL)
    blocks.call(0, CALL)
    blocks.call(1, CALL)
    blocks.text("a", 2, 0)
    blocks.arguments("{}", 0)
    blocks.arguments("", 1)
    blocks.arguments("lost", 5)
    blocks.end_call(0, "{}")
    blocks.finish()
    assert blocks.take() == [
        ToolCallStarted("c", "f", 0),
        ToolCallStarted("c", "f", 1),
        TextDelta("a", 2),
        ToolCallDelta("{}", 0),
        BlockEnded(0),
        BlockEnded(2),
        BlockEnded(1),
    ]
    assert blocks.calls


def test_a_foreign_part_is_a_block() -> None:
    blocks = Blocks()
    part = ForeignPart(dialect="openai.responses", kind="x", raw=msgspec.Raw(b"{}"))
    blocks.text("a", 0, 0)
    blocks.foreign(part)
    assert blocks.take()[1:] == [BlockEnded(), ForeignBlock(part, 1), BlockEnded(1)]
