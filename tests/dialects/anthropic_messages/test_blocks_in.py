"""Content blocks into parts."""

import base64
import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.blocks_in import content_of
from waystation.dialects.anthropic_messages.own import Told
from waystation.dialects.anthropic_messages.seals import OF_NEXT_CALL, marked
from waystation.dialects.table import Table
from waystation.wire.chat import (
    Annotation,
    FileId,
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
    Part,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.errors import BadAnswer, BadRequest

MARK = {"type": "ephemeral", "ttl": "1h"}


def raw(given: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(given))


def read(*blocks: Any, answer: bool = False, made: str = "") -> tuple[Part, ...]:
    table = Table(msgspec.json.encode({"content": blocks}), "messages[0]", answer=answer)
    return content_of(table, "content", answer=answer, made=made)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (
            {"type": "text", "text": "t", "cache_control": MARK, "x": 1},
            TextPart(text="t", cache="1h", extras={"x": raw(1)}),
        ),
        (
            {"type": "text", "text": "t", "citations": [{"type": "page_location", "cited_text": "q"}]},
            TextPart(
                text="t",
                annotations=(Annotation(quote="q", raw=raw({"type": "page_location", "cited_text": "q"})),),
            ),
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://x", "y": 1}, "cache_control": MARK},
            ImagePart(source=Link("https://x"), cache="1h", extras={"source.y": raw(1)}),
        ),
        (
            {"type": "document", "source": {"type": "file", "file_id": "f"}, "title": "T", "context": "c"},
            FilePart(source=FileId("anthropic.messages", "f"), filename="T", extras={"context": raw("c")}),
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://x"}},
            FilePart(source=Link("https://x", "application/pdf")),
        ),
        (
            {"type": "document", "source": {"type": "text", "data": "hi"}, "cache_control": MARK},
            FilePart(source=Inline("text/plain", base64.b64encode(b"hi").decode()), cache="1h"),
        ),
        (
            {"type": "thinking", "thinking": "hm", "signature": "S"},
            ThinkingPart(text="hm", seal=Seal("anthropic.messages", "S")),
        ),
        ({"type": "thinking", "thinking": "hm"}, ThinkingPart(text="hm")),
        (
            {"type": "redacted_thinking", "data": "D"},
            ThinkingPart(seal=Seal("anthropic.messages", "D"), redacted=True),
        ),
        (
            {"type": "tool_use", "id": "i", "name": "f", "input": {"a": 1}, "cache_control": MARK, "caller": None},
            ToolCallPart(id="i", name="f", arguments='{"a":1}', cache="1h"),
        ),
        ({"type": "tool_use", "id": "i", "name": "f"}, ToolCallPart(id="i", name="f", arguments="{}")),
        (
            {"type": "tool_result", "tool_use_id": "i", "content": "r", "is_error": True, "cache_control": MARK},
            ToolResultPart(call_id="i", parts=(TextPart(text="r"),), is_error=True, cache="1h"),
        ),
        (
            {"type": "tool_result", "tool_use_id": "i", "x": 1},
            ToolResultPart(call_id="i", parts=(), extras={"x": raw(1)}),
        ),
    ],
)
def test_every_kind_of_block(block: Any, part: Part) -> None:
    assert read(block) == (part,)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": "image", "source": {"type": "odd"}},
        {"type": "document", "source": {"type": "content", "content": [{"type": "image"}]}},
        {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "odd"}]},
        {"type": "odd"},
    ],
)
def test_what_only_this_language_has_is_kept_whole(block: Any) -> None:
    assert read(block) == (ForeignPart(dialect="anthropic.messages", kind=block["type"], raw=raw(block)),)


def test_a_search_result_is_text_to_others() -> None:
    block = {
        "type": "search_result",
        "source": "https://kb",
        "title": "Returns",
        "content": [{"type": "text", "text": "30 days."}, {"type": "text", "text": "No more."}],
        "citations": {"enabled": True},
        "cache_control": MARK,
    }
    text = "Returns\n\nhttps://kb\n\n30 days.\n\nNo more."
    extras = {"citations": raw({"enabled": True})}
    assert read(block) == (Told(text=text, cache="1h", extras=extras, raw=raw(block)),)


def test_a_document_of_texts_is_text_to_others() -> None:
    block = {"type": "document", "source": {"type": "content", "content": "all"}, "title": "T"}
    assert read(block) == (Told(text="T\n\nall", raw=raw(block)),)


def test_a_string_is_a_text_and_an_empty_one_nothing() -> None:
    table = Table(b'{"a":"t","b":""}')
    assert content_of(table, "a") == (TextPart(text="t"),)
    assert content_of(table, "b") == ()
    assert content_of(table, "c") == ()


def test_a_wrapped_seal_stands_on_its_call() -> None:
    seal = Seal("gemini.generate", "c2ln")
    got = read(marked(seal, OF_NEXT_CALL), {"type": "tool_use", "id": "i", "name": "f", "input": {}})
    assert got == (ToolCallPart(id="i", name="f", arguments="{}", seal=seal),)


def test_what_a_result_can_hold() -> None:
    inner = [{"type": "text", "text": "t"}, {"type": "tool_reference", "tool_name": "x"}]
    (got,) = read({"type": "tool_result", "tool_use_id": "i", "content": inner})
    foreign = ForeignPart(dialect="anthropic.messages", kind="tool_reference", raw=raw(inner[1]))
    assert got == ToolResultPart(call_id="i", parts=(TextPart(text="t"), foreign))
    with pytest.raises(BadRequest, match="what a tool can give") as caught:
        read({"type": "tool_result", "tool_use_id": "i", "content": [{"type": "thinking"}]})
    assert caught.value.param == "messages[0].content[0].content"


@pytest.mark.parametrize(
    ("block", "param"),
    [
        ({"type": "tool_use", "name": "f"}, "messages[0].content[0].id"),
        ({"type": "tool_use", "id": "i"}, "messages[0].content[0].name"),
        ({"type": "tool_result"}, "messages[0].content[0].tool_use_id"),
        ({"type": "image"}, "messages[0].content[0].source"),
        ({"type": "text", "text": 5}, "messages[0].content[0].text"),
        (5, "messages[0].content[0]"),
    ],
)
def test_a_callers_mistake_is_named(block: Any, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(block)
    assert caught.value.param == param


def test_a_vendors_call_may_lack_an_id() -> None:
    assert read({"type": "tool_use", "name": "f"}, answer=True, made="call_9") == (
        ToolCallPart(id="call_9_0", name="f", arguments="{}"),
    )
    with pytest.raises(BadAnswer):
        read({"type": "tool_use", "id": "i"}, answer=True)


def test_input_stays_as_it_was_written() -> None:
    body = b'{"content":[{"type":"tool_use","id":"i","name":"f","input": {"a" : 1e2,"b":"\\u00e9"}}]}'
    (part,) = content_of(Table(body), "content")
    assert isinstance(part, ToolCallPart)
    assert part.arguments == '{"a" : 1e2,"b":"\\u00e9"}'
    assert json.loads(part.arguments) == {"a": 100, "b": "é"}
