"""A vendor's plain answer, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.own import Item, Output
from waystation.dialects.openai_responses.reply_in import decode_reply
from waystation.wire.chat import ChatReply, RefusalPart, TextPart, ToolCallPart
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import Heard, Usage


def read(**members: Any) -> ChatReply:
    body = {"status": "completed", "output": [], **members}
    return decode_reply(json.dumps(body, separators=(",", ":")).encode(), "call_9")


def message(*parts: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(parts), **members}


def text(word: str, **members: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": word, **members}


def test_an_answer_is_read() -> None:
    reply = read(
        id="resp_1",
        object="response",
        model="v",
        created_at=5.0,
        service_tier="flex",
        output=[message(text("a"), id="msg_1", phase="final_answer")],
        usage={"input_tokens": 1, "output_tokens": 2, "cost": 3},
        truncation="auto",
    )
    phase = msgspec.Raw(b'"final_answer"')
    assert reply == ChatReply(
        dialect="openai.responses",
        id="resp_1",
        model="v",
        created=5,
        service_tier="flex",
        choices=(
            Output(
                parts=(TextPart(text="a"),),
                items=(Item("message", 1, {"id": msgspec.Raw(b'"msg_1"'), "phase": phase}),),
                extras={"phase": phase},
            ),
        ),
        heard=Heard(Usage(input_tokens=1, output_tokens=2, service_tier="flex"), ()),
        extras={"truncation": msgspec.Raw(b'"auto"'), "usage.cost": msgspec.Raw(b"3")},
    )


def test_several_items_in_their_order() -> None:
    call = {"type": "function_call", "name": "f", "arguments": "{}"}
    choice = read(output=[message(text("a")), call, message({"type": "refusal", "refusal": "no"})]).choices[0]
    assert choice.parts == (
        TextPart(text="a"),
        ToolCallPart(id="call_9_1", name="f", arguments="{}"),
        RefusalPart(text="no"),
    )
    assert choice.finish_reason == "tool_calls"


def test_token_odds_of_all_texts() -> None:
    odds = [[{"token": "a"}], [{"token": "b"}]]
    items = [message(text("a", logprobs=odds[0]), text("b", logprobs=odds[1])), {"type": "reasoning", "content": None}]
    assert read(output=items).choices[0].logprobs == msgspec.Raw(b'[{"token":"a"},{"token":"b"}]')
    assert read(output=[message(text("a", logprobs=[]))]).choices[0].logprobs is None
    assert read(output=[message(text("a", logprobs="odd"))]).choices[0].logprobs is None


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "stop"),
        ({"status": None}, "stop"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ({"status": "incomplete", "incomplete_details": "odd"}, "other"),
        ({"status": "queued", "output": None}, "other"),
        ({"output": [message({"type": "refusal", "refusal": "no"})]}, "refusal"),
        ({"output": [message({"type": "refusal", "refusal": ""})]}, "stop"),
    ],
)
def test_ends(members: dict[str, Any], reason: str) -> None:
    assert read(**members).choices[0].finish_reason == reason


@pytest.mark.parametrize(
    "members",
    [
        {"status": "failed", "error": {"code": "server_error", "message": "secret"}},
        {"error": {"code": "server_error", "message": "secret"}},
        {"status": "cancelled", "code": "server_error"},
        {"type": "error", "code": "server_error", "message": "secret"},
    ],
)
def test_a_failure_is_raised_without_its_prose(members: dict[str, Any]) -> None:
    with pytest.raises(VendorFailure) as raised:
        read(**members)
    assert raised.value.vendor_code == "server_error"
    assert "secret" not in raised.value.message


@pytest.mark.parametrize("body", [b"", b"[]", b"x", b"{}", b'{"output":5}', b'{"output":[5]}', b'{"output":[{}]}'])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_reply(body, "call_9")


def test_half_a_surrogate_pair_is_mended() -> None:
    body = rb'{"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"\ud83d"}]}]}'
    assert decode_reply(b"\xef\xbb\xbf" + body, "call_9").choices[0].parts == (TextPart(text="\ufffd"),)
