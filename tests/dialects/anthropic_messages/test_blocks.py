"""Blocks for the caller: one after another."""

import json
from typing import Any

import msgspec
import pytest

from tests.dialects.anthropic_messages.streams import events_in
from waystation.dialects.anthropic_messages.blocks import Block, Blocks, foreign_block
from waystation.dialects.anthropic_messages.seals import OF_LAST_CALL, OF_LAST_TEXT, OF_NEXT_CALL, marked
from waystation.dialects.seal import wrap
from waystation.wire.chat import Seal

OTHER = Seal("gemini.generate", "c2ln")


def brief(stream: bytes) -> list[Any]:
    """Each event as its index and what it says."""
    found: list[Any] = []
    for event in events_in(stream):
        said = event.get("content_block") or event.get("delta") or "stop"
        found.append((event["index"], said))
    return found


def call(name: str) -> Block:
    return Block("call", {"id": name})


def test_a_text_is_written_as_it_comes() -> None:
    blocks = Blocks()
    text = blocks.begin(0, Block("text"))
    assert brief(blocks.add(0, b'"a"')) == [(0, {"type": "text", "text": ""}), (0, "a")]
    assert brief(blocks.add(0, b'"b"')) == [(0, "b")]
    assert (blocks.get(0), brief(blocks.end(0)), blocks.get(0)) == (text, [(0, "stop")], None)
    assert blocks.end(0) == b""


def test_what_says_nothing_is_not_written() -> None:
    blocks = Blocks()
    blocks.begin(0, Block("text")).seal = OTHER
    blocks.begin(1, Block("thinking"))
    blocks.begin(2, Block("redacted"))
    assert blocks.end_all() == b""


def test_later_blocks_wait_for_those_before_them() -> None:
    blocks = Blocks()
    for number, block in enumerate((call("a"), call("b"), Block("text"), call("d"))):
        blocks.begin(number, block)
    assert blocks.add(1, b'"b1"') + blocks.add(2, b'"c1"') + blocks.end(1) == b""
    assert brief(blocks.add(0, b'"a1"') + blocks.add(0, b'"a2"')) == [(0, {"id": "a"}), (0, "a1"), (0, "a2")]
    assert blocks.end(2) == b""
    assert brief(blocks.end(0)) == [
        (0, "stop"),
        (1, {"id": "b"}),
        (1, "b1"),
        (1, "stop"),
        (2, {"type": "text", "text": ""}),
        (2, "c1"),
        (2, "stop"),
    ]
    assert brief(blocks.end_all()) == [(3, {"id": "d"}), (3, "stop")]


def test_the_first_piece_of_a_call_waits_for_its_seal() -> None:
    blocks = Blocks()
    block = blocks.begin(0, call("a"))
    assert blocks.add(0, b'"1"') == b""
    block.seal = OTHER
    assert brief(blocks.add(0, b'"2"') + blocks.end(0)) == [
        (0, marked(OTHER, OF_NEXT_CALL)),
        (0, "stop"),
        (1, {"id": "a"}),
        (1, "1"),
        (1, "2"),
        (1, "stop"),
    ]


@pytest.mark.parametrize(("kind", "mark"), [("call", OF_LAST_CALL), ("text", OF_LAST_TEXT)])
def test_a_seal_that_comes_late_follows(kind: str, mark: str) -> None:
    blocks = Blocks()
    block = blocks.begin(0, Block(kind, {"id": "a"}))
    blocks.add(0, b'"1"')
    blocks.add(0, b'"2"')
    block.seal = OTHER
    assert brief(blocks.end(0)) == [(0, "stop"), (1, marked(OTHER, mark)), (1, "stop")]


def test_thoughts_are_signed_at_their_end() -> None:
    blocks = Blocks()
    blocks.begin(0, Block("thinking")).seal = OTHER
    blocks.begin(1, Block("redacted")).seal = Seal("anthropic.messages", "S")
    assert brief(blocks.end_all()) == [
        (0, {"type": "thinking", "thinking": "", "signature": ""}),
        (0, {"type": "signature_delta", "signature": wrap(OTHER)}),
        (0, "stop"),
        (1, {"type": "redacted_thinking", "data": "S"}),
        (1, "stop"),
    ]


@pytest.mark.parametrize(
    ("given", "start", "piece"),
    [
        (
            {"type": "server_tool_use", "id": "s", "input": {"q": 1}},
            {"type": "server_tool_use", "id": "s", "input": {}},
            {"type": "input_json_delta", "partial_json": '{"q":1}'},
        ),
        ({"type": "server_tool_use", "id": "s"}, {"type": "server_tool_use", "id": "s"}, None),
        ({"type": "odd", "input": {"q": 1}}, {"type": "odd", "input": {"q": 1}}, None),
    ],
)
def test_the_input_of_a_built_in_tool_is_a_delta(given: dict[str, Any], start: object, piece: object) -> None:
    block, delta = foreign_block(given["type"], msgspec.Raw(msgspec.json.encode(given)))
    assert json.loads(msgspec.json.encode(block.start)) == start
    assert (None if delta is None else json.loads(delta)) == piece
