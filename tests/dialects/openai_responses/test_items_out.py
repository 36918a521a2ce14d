"""The items of an answer as a caller reads them."""

import msgspec
import pytest

from waystation.dialects.openai_responses.items_out import (
    Names,
    call_item,
    citation_of,
    image_item,
    message_item,
    reasoning_item,
    refusal_part,
    text_part,
)
from waystation.wire.chat import Annotation


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def test_names_are_made_from_the_calls_own() -> None:
    names = Names("call_01X")
    assert (names.response(), names.item("msg", 2)) == ("resp_01X", "msg_01X_2")


def test_items() -> None:
    part = text_part("a", [])
    assert part == {"type": "output_text", "text": "a", "annotations": [], "logprobs": raw("[]")}
    assert message_item("msg_1", [part]) == {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    assert refusal_part("no") == {"type": "refusal", "refusal": "no"}
    assert reasoning_item("rs_1") == {"id": "rs_1", "type": "reasoning", "summary": []}
    assert reasoning_item("rs_1", "h", "e")["encrypted_content"] == "e"
    assert image_item("ig_1", "QQ==")["result"] == "QQ=="


def test_calls() -> None:
    assert call_item("fc_1", "c", "f", "{}", {}, custom=False) == {
        "id": "fc_1",
        "type": "function_call",
        "status": "completed",
        "call_id": "c",
        "name": "f",
        "arguments": "{}",
    }
    spaced = call_item("ctc_1", "c", "docs__g", "x", {"docs__g": ("docs", "g")}, custom=True, status="in_progress")
    assert (spaced["type"], spaced["namespace"], spaced["name"]) == ("custom_tool_call", "docs", "g")
    assert (spaced["input"], spaced["status"]) == ("x", "in_progress")


@pytest.mark.parametrize(
    "own",
    [
        raw('{"type":"url_citation","url":"u"}'),
        raw('{"type":"file_citation","file_id":"f"}'),
        raw('{"type":"container_file_citation","file_id":"f"}'),
        raw('{"type":"file_path","file_id":"f"}'),
    ],
)
def test_its_own_citations_stay_as_they_are(own: msgspec.Raw) -> None:
    assert citation_of(Annotation(raw=own), "text") == own


def test_citations_of_other_languages() -> None:
    chats = Annotation(url="u", title="t", start=1, end=2, raw=raw('{"type":"url_citation","url_citation":{}}'))
    assert citation_of(chats, "text") == {
        "type": "url_citation",
        "url": "u",
        "title": "t",
        "start_index": 1,
        "end_index": 2,
    }
    assert citation_of(Annotation(url="u"), "text") == {
        "type": "url_citation",
        "url": "u",
        "title": "",
        "start_index": 0,
        "end_index": 4,
    }
    assert citation_of(Annotation(raw=raw('{"type":"char_location"}')), "text") is None
