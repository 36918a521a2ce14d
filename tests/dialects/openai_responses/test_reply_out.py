"""A whole answer, as a caller reads it."""

import json
from typing import Any

import msgspec

from tests.dialects.openai_responses.streams import asked
from waystation.dialects.openai_responses.reply_in import decode_reply
from waystation.dialects.openai_responses.reply_out import encode_reply
from waystation.wire.chat import ChatReply, Choice, Part, Seal, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.usage import Heard, Usage

HEARD = Heard(Usage(input_tokens=9, output_tokens=5), ())


def told(*parts: Part, **members: Any) -> dict[str, Any]:
    reply = ChatReply(dialect="anthropic.messages", id="msg_x", choices=(Choice(parts=parts, **members),), heard=HEARD)
    given: dict[str, Any] = json.loads(encode_reply(reply, asked()))
    return given


def test_another_languages_answer() -> None:
    seal = Seal("anthropic.messages", "s")
    given = told(ThinkingPart(text="h", seal=seal), TextPart(text="a"), ToolCallPart(id="c", name="f", arguments="{}"))
    assert (given["id"], given["status"], given["model"], given["created_at"]) == ("resp_9", "completed", "m", 7)
    assert [item["type"] for item in given["output"]] == ["reasoning", "message", "function_call"]
    assert [item["id"] for item in given["output"]] == ["rs_9_0", "msg_9_1", "fc_9_2"]
    assert given["usage"]["total_tokens"] == 14


def test_ends() -> None:
    given = told(TextPart(text="a"), finish_reason="length")
    assert (given["status"], given["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert given["output"][0]["status"] == "incomplete"


def test_its_own_languages_answer_is_given_as_it_was() -> None:
    body = {
        "id": "odd_1",
        "status": "completed",
        "model": "v",
        "created_at": 5,
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "enc"},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "a", "annotations": []}],
                "id": "msg_1",
                "status": "completed",
                "phase": "final_answer",
            },
            {"type": "web_search_call", "id": "ws_1"},
        ],
        "usage": {"input_tokens": 1, "output_tokens": 2, "cost": 3},
        "truncation": "auto",
    }
    reply = decode_reply(json.dumps(body).encode(), "call_9")
    given = json.loads(encode_reply(reply, asked()))
    assert given["output"] == body["output"]
    assert (given["id"], given["truncation"], given["usage"]["cost"]) == ("odd_1", "auto", 3)


def test_an_answer_without_choices() -> None:
    given = json.loads(encode_reply(ChatReply(dialect="openai.responses"), asked()))
    assert (given["id"], given["output"], given["usage"]) == ("resp_9", [], None)


def test_unknown_members_of_another_language_stay_there() -> None:
    reply = ChatReply(dialect="openai.chat", extras={"x": msgspec.Raw(b"1")})
    assert "x" not in json.loads(encode_reply(reply, asked()))
