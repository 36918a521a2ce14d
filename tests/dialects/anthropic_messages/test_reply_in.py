"""A vendor's plain answer, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.reply_in import decode_reply
from waystation.wire.chat import ChatReply, Choice, TextPart, ToolCallPart
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import Heard, Usage

USAGE = {"input_tokens": 3, "output_tokens": 4}


def read(**members: Any) -> ChatReply:
    return decode_reply(
        json.dumps({"type": "message", "role": "assistant", "content": [], **members}).encode(), "call_9"
    )


def raw(given: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(given).encode())


def test_an_answer_is_read() -> None:
    got = read(
        id="i",
        model="m",
        content=[{"type": "text", "text": ""}, {"type": "text", "text": "4, "}],
        stop_reason="stop_sequence",
        stop_sequence="5",
        stop_details=None,
        container={"id": "c"},
        usage={**USAGE, "service_tier": "standard", "cache_creation": None},
    )
    assert got == ChatReply(
        dialect="anthropic.messages",
        id="i",
        model="m",
        choices=(Choice(parts=(TextPart(text="4, "),), finish_reason="stop_sequence", stop_sequence="5"),),
        heard=Heard(Usage(input_tokens=3, output_tokens=4), ()),
        extras={"container": raw({"id": "c"}), "usage.service_tier": raw("standard")},
    )


def test_what_is_odd_costs_only_itself() -> None:
    got = read(id=5, model=None, content="t", stop_reason=5, usage=7)
    assert (got.id, got.model, got.heard) == (None, None, None)
    assert got.choices == (Choice(parts=(TextPart(text="t"),)),)
    assert got.extras == {"id": raw(5), "stop_reason": raw(5)}
    assert read().heard is None


def test_calls_end_with_calls() -> None:
    got = read(content=[{"type": "tool_use", "name": "f", "input": {}}], stop_reason="end_turn")
    call = ToolCallPart(id="call_9_0", name="f", arguments="{}")
    assert got.choices == (Choice(parts=(call,), finish_reason="tool_calls"),)


@pytest.mark.parametrize("content", [None, 5, {}, [5], [{"type": "text", "text": 5}], [{"type": "tool_use"}]])
def test_what_is_no_answer_is_refused(content: object) -> None:
    with pytest.raises(BadAnswer):
        read(content=content)


@pytest.mark.parametrize("body", [b"", b"5", b"<html>", b"{"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_reply(body, "call_9")


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"error","error":{"type":"api_error","message":"m"}}',
        b'{"error":{"type":"api_error"}}',
    ],
)
def test_an_error_in_its_place(body: bytes) -> None:
    with pytest.raises(VendorFailure) as caught:
        decode_reply(body, "call_9")
    assert caught.value.vendor_type == "api_error"
