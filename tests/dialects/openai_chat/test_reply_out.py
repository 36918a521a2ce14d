"""A whole answer, as the caller reads it."""

import json
from typing import Any

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.openai_chat.reply_in import decode_reply
from waystation.dialects.openai_chat.reply_out import encode_reply
from waystation.dialects.openai_chat.tools import OldFunction
from waystation.dialects.seal import wrap
from waystation.wire.chat import (
    Annotation,
    ChatReply,
    ChatRequest,
    Choice,
    FileId,
    ForeignPart,
    ImagePart,
    Inline,
    Message,
    Part,
    Reasoning,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from waystation.wire.usage import Heard, Usage

REQUEST = ChatRequest(dialect="openai.chat", model="public", messages=(Message(role="user", parts=()),))
OLD = msgspec.structs.replace(REQUEST, tools=(OldFunction(name="f"),))
SEAL = Seal("gemini.generate", "s")
CALL = ToolCallPart(id="c", name="f", arguments="{}")


def write(reply: ChatReply, request: ChatRequest = REQUEST) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_reply(reply, Asked(request=request, call_id="call_9", at=7)))
    return body


def answer(*parts: Part, request: ChatRequest = REQUEST, **choice: Any) -> dict[str, Any]:
    reply = ChatReply(dialect="gemini.generate", choices=(Choice(parts=parts, **choice),))
    written: dict[str, Any] = write(reply, request)["choices"][0]
    return written


def test_an_answer_of_another_language_has_all_that_clients_look_for() -> None:
    reply = ChatReply(
        dialect="anthropic.messages",
        id="msg_1",
        model="claude",
        choices=(Choice(parts=(TextPart(text="a"), TextPart(text="b")), finish_reason="length"),),
        heard=Heard(Usage(input_tokens=1, output_tokens=2), ()),
        extras={"container": msgspec.Raw(b"1")},
    )
    assert write(reply) == {
        "id": "chatcmpl-9",
        "object": "chat.completion",
        "created": 7,
        "model": "claude",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "ab", "refusal": None},
                "logprobs": None,
                "finish_reason": "length",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def test_what_is_not_known_is_made_up_or_left_out() -> None:
    body = write(ChatReply(dialect="gemini.generate"))
    assert body == {
        "id": "chatcmpl-9",
        "object": "chat.completion",
        "created": 7,
        "model": "public",
        "choices": [],
    }


def test_thoughts_are_shown_with_their_seals() -> None:
    message = answer(ThinkingPart(text="h", seal=SEAL), ThinkingPart(text="m"), TextPart(text="a"))["message"]
    assert message["reasoning_content"] == "hm"
    assert message["reasoning_details"] == [
        {"type": "reasoning.text", "signature": wrap(SEAL), "text": "h", "index": 0}
    ]


def test_thoughts_are_hidden_if_the_caller_wants_that() -> None:
    request = msgspec.structs.replace(REQUEST, reasoning=Reasoning(summary="none"))
    message = answer(ThinkingPart(text="h", seal=SEAL), TextPart(text="a"), request=request)["message"]
    assert "reasoning_content" not in message
    assert message["reasoning_details"] == [{"type": "reasoning.text", "signature": wrap(SEAL), "text": "", "index": 0}]


def test_a_call_stands_alone() -> None:
    call = msgspec.structs.replace(CALL, seal=SEAL)
    choice = answer(call, finish_reason="tool_calls")
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "tool_calls": [
            {
                "id": "c",
                "type": "function",
                "function": {"name": "f", "arguments": "{}"},
                "extra_content": {"google": {"thought_signature": wrap(SEAL)}},
            }
        ],
    }
    custom = answer(ToolCallPart(id="c", name="f", arguments="x", custom=True))["message"]["tool_calls"]
    assert custom == [{"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}]


def test_who_gave_functions_gets_a_function_call() -> None:
    choice = answer(CALL, request=OLD, finish_reason="tool_calls")
    assert choice["finish_reason"] == "function_call"
    assert choice["message"]["function_call"] == {"name": "f", "arguments": "{}"}
    assert "tool_calls" not in choice["message"]
    assert "function_call" not in answer(TextPart(text="a"), request=OLD)["message"]


def test_refusals_citations_and_images_have_their_members() -> None:
    message = answer(
        TextPart(text="a", annotations=(Annotation(url="u"),)),
        RefusalPart(text="no"),
        ImagePart(source=Inline("image/png", "AAAA")),
        ImagePart(source=FileId("gemini.generate", "f")),
    )["message"]
    cited = {"url": "u", "title": "", "start_index": 0, "end_index": 0}
    assert message == {
        "role": "assistant",
        "content": "a",
        "refusal": "no",
        "annotations": [{"type": "url_citation", "url_citation": cited}],
        "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
    }
    assert answer(RefusalPart(text="no"))["message"]["content"] is None
    assert answer()["message"]["content"] == ""


def test_parts_of_other_languages_are_left_out() -> None:
    part = ForeignPart(dialect="anthropic.messages", kind="server_tool_use", raw=msgspec.Raw(b"{}"))
    assert answer(part, TextPart(text="a"))["message"]["content"] == "a"


def test_logprobs_are_shown() -> None:
    assert answer(logprobs=msgspec.Raw(b"[]"))["logprobs"] == {"content": []}


def test_an_answer_of_this_language_comes_back_whole() -> None:
    message = {
        "role": "assistant",
        "content": [{"type": "text", "text": "a"}, {"type": "reference", "reference_ids": [1]}],
        "refusal": None,
        "reasoning_content": "hm",
        "annotations": [{"type": "file_citation"}],
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}", "x": 1}, "y": 2}],
        "audio": {"id": "a"},
    }
    body = {
        "id": "i",
        "object": "chat.completion",
        "created": 5,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": {"content": [], "refusal": []},
                "finish_reason": "tool_calls",
                "flag": 0,
            }
        ],
        "usage": {
            "prompt_tokens": 1,
            "completion_tokens": 2,
            "total_tokens": 3,
            "cost": 0.5,
            "completion_tokens_details": {"reasoning_tokens": 1, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": "fp",
    }
    assert write(decode_reply(json.dumps(body).encode(), "call_9")) == body
