"""Words into a stream for the caller."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.anthropic_messages.streams import EVENTS, STOP, assembled, events_in, frame
from tests.dialects.openai_chat.streams import deltas
from waystation.dialects.anthropic_messages.reader import AnthropicEvents
from waystation.dialects.anthropic_messages.reply_in import decode_reply
from waystation.dialects.anthropic_messages.reply_out import encode_reply
from waystation.dialects.anthropic_messages.writer import AnthropicWriter
from waystation.dialects.codec import Asked
from waystation.dialects.framing import Frame
from waystation.dialects.openai_chat.reader import ChatEvents
from waystation.wire.chat import (
    Annotation,
    ChatReply,
    ChatRequest,
    Choice,
    ForeignPart,
    Message,
    Part,
    Reasoning,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    Metered,
    RefusalDelta,
    Sealed,
    Started,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from waystation.wire.usage import Heard, Usage

HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
OTHER = Seal("gemini.generate", "c2ln")
THINK = Reasoning(enabled=True)


def asked(**members: Any) -> Asked:
    hi = Message(role="user", parts=(TextPart(text="Hi"),))
    members = {"reasoning": THINK} | members
    return Asked(
        request=ChatRequest(dialect="anthropic.messages", model="public", messages=(hi,), **members),
        call_id="call_9",
        at=5,
    )


def write(*words: StreamEvent, **members: Any) -> bytes:
    writer = AnthropicWriter(asked(**members))
    return b"".join((*map(writer.write, words), writer.close()))


def content(*words: StreamEvent, **members: Any) -> Any:
    return assembled(write(*words, **members))["content"]


def test_a_whole_stream() -> None:
    words = (Started(id="msg_1", model="m"), Metered(HEARD), TextDelta("a"), BlockEnded(), Finished("length"))
    usage = {"input_tokens": 3, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    assert events_in(write(*words)) == [
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {**usage, "output_tokens": 4},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "max_tokens", "stop_sequence": None},
            "usage": {**usage, "output_tokens": 4},
        },
        {"type": "message_stop"},
    ]


def test_nothing_is_written_before_the_first_word() -> None:
    writer = AnthropicWriter(asked())
    assert writer.write(Started(id="chatcmpl-1")) + writer.write(Metered(HEARD)) == b""
    (begun,) = events_in(writer.write(ToolCallStarted("i", "f")))
    assert (begun["message"]["id"], begun["message"]["model"]) == ("msg_9", "public")


def test_an_input_that_is_not_known_yet_is_guessed() -> None:
    begun, *_, last, _ = events_in(write(TextDelta("a" * 40), Finished("stop"), Metered(HEARD)))
    assert begun["message"]["usage"] == {"input_tokens": 1, "output_tokens": 1}
    assert last["usage"]["input_tokens"] == 3
    unheard = events_in(write(TextDelta("a" * 40), Finished("stop")))[-2]
    assert unheard["usage"] == {"input_tokens": 1, "output_tokens": 10}
    zero = Metered(Heard(Usage(input_tokens=0, output_tokens=0), ()))
    assert events_in(write(zero, TextDelta("a")))[0]["message"]["usage"]["input_tokens"] == 1


def test_an_answer_without_anything() -> None:
    got = assembled(write())
    assert (got["content"], got["stop_reason"]) == ([], "end_turn")


def test_how_it_ended() -> None:
    got = assembled(write(Finished("stop_sequence", stop_sequence="4")))
    assert (got["stop_reason"], got["stop_sequence"]) == ("stop_sequence", "4")


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ([RefusalDelta("no")], [{"type": "text", "text": "no"}]),
        ([TextDelta(""), BlockEnded()], []),
        (
            [ThinkingDelta(""), ThinkingDelta("h"), Sealed(Seal("anthropic.messages", "S")), BlockEnded()],
            [{"type": "thinking", "thinking": "h", "signature": "S"}],
        ),
        (
            [ThinkingDelta("", redacted=True), Sealed(Seal("anthropic.messages", "S")), BlockEnded()],
            [{"type": "redacted_thinking", "data": "S"}],
        ),
        (
            [ToolCallStarted("i", "f"), ToolCallDelta('{"a":'), ToolCallDelta("1}"), BlockEnded()],
            [{"type": "tool_use", "id": "i", "name": "f", "input": {"a": 1}}],
        ),
        ([ToolCallStarted("i", "f"), BlockEnded()], [{"type": "tool_use", "id": "i", "name": "f", "input": {}}]),
        (
            [ToolCallStarted("i", "f", custom=True), ToolCallDelta("*** "), ToolCallDelta("End"), BlockEnded()],
            [{"type": "tool_use", "id": "i", "name": "f", "input": {"input": "*** End"}}],
        ),
        ([TextDelta("b", choice=1), ToolCallStarted("i", "f", choice=1), Finished("length", 1)], []),
        ([Sealed(OTHER, 7)], []),
        (
            [Annotated(Annotation(quote="q")), TextDelta("a"), BlockEnded()],
            [{"type": "text", "text": "a"}],
        ),
    ],
)
def test_every_word(words: list[StreamEvent], due: object) -> None:
    assert content(*words) == due


def test_citations_are_told() -> None:
    (block,) = content(TextDelta("a"), Annotated(Annotation(url="https://y")), BlockEnded())
    assert [citation["url"] for citation in block["citations"]] == ["https://y"]


def test_built_in_calls_of_its_own_language() -> None:
    search = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "x"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    parts = [
        ForeignPart(dialect="anthropic.messages", kind=one["type"], raw=msgspec.Raw(msgspec.json.encode(one)))  # type: ignore[arg-type]
        for one in (search, found)
    ]
    other = ForeignPart(dialect="gemini.generate", kind="x", raw=msgspec.Raw(b"{}"))
    words: list[StreamEvent] = [
        word for at, part in enumerate((*parts, other)) for word in (ForeignBlock(part, at), BlockEnded(at))
    ]
    assert content(*words) == [search, found]


def test_thoughts_for_those_who_want_them_omitted_or_did_not_ask() -> None:
    words = (ThinkingDelta("h"), Sealed(OTHER), BlockEnded(), TextDelta("a", 1), BlockEnded(1))
    (hidden, _) = content(*words, reasoning=Reasoning(enabled=True, summary="none"))
    assert (hidden["type"], hidden["thinking"], bool(hidden["signature"])) == ("thinking", "", True)
    assert content(*words, reasoning=None) == [{"type": "text", "text": "a"}]


def test_calls_that_overlap_come_one_after_another() -> None:
    words: list[StreamEvent] = [
        ToolCallStarted("i", "f"),
        ToolCallStarted("j", "g", 1),
        ToolCallDelta("{", 0),
        ToolCallDelta("{", 1),
        ToolCallDelta("}", 1),
        ToolCallDelta("}", 0),
        BlockEnded(1),
        BlockEnded(0),
    ]
    assert [block["id"] for block in content(*words)] == ["i", "j"]


@given(st.lists(EVENTS, max_size=12))
def test_whatever_an_anthropic_vendor_says_is_a_stream(events: list[Any]) -> None:
    reader = AnthropicEvents("c")
    words = [word for event in (*events, STOP) for word in reader.read(frame(event))]
    assembles(words)


@given(st.lists(deltas(), max_size=8))
def test_whatever_an_openai_vendor_says_is_a_stream(chunks: list[Any]) -> None:
    reader = ChatEvents(1, "c")
    payloads = [json.dumps({"choices": [{"index": 0, "delta": one}]}).encode() for one in chunks]
    ended = b'{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
    words = [word for one in (*payloads, ended, b"[DONE]") for word in reader.read(Frame(b"", b"", one))]
    assembles(words)


def assembles(words: list[StreamEvent]) -> None:
    """Arguments that are no JSON are for the caller to judge; all else has to be in order."""
    stream = write(*words)
    text = "".join(word.text for word in words if isinstance(word, TextDelta | RefusalDelta))
    try:
        got = assembled(stream)
    except json.JSONDecodeError:
        return
    assert "".join(block["text"] for block in got["content"] if block["type"] == "text") == text


PARTS = st.lists(
    st.one_of(
        st.text("aé", min_size=1, max_size=3).map(lambda text: TextPart(text=text)),
        st.sampled_from([None, OTHER]).map(lambda seal: ThinkingPart(text="h", seal=seal)),
        st.just(ThinkingPart(seal=OTHER, redacted=True)),
        st.sampled_from([None, OTHER]).map(lambda seal: ToolCallPart(id="i", name="f", arguments='{"a":1}', seal=seal)),
    ),
    max_size=5,
)


def said(block: int, part: Part) -> list[StreamEvent]:
    match part:
        case TextPart(text=text):
            words: list[StreamEvent] = [TextDelta(text, block)]
        case ThinkingPart():
            words = [ThinkingDelta(part.text, block, redacted=part.redacted)]
        case ToolCallPart():
            words = [ToolCallStarted(part.id, part.name, block), ToolCallDelta(part.arguments, block)]
        case _:
            raise AssertionError(part)
    seal = getattr(part, "seal", None)
    return [*words, *([] if seal is None else [Sealed(seal, block)]), BlockEnded(block)]


@given(PARTS)
def test_a_stream_amounts_to_the_plain_answer(parts: list[Part]) -> None:
    reply = ChatReply(dialect="openai.chat", choices=(Choice(parts=tuple(parts)),), heard=HEARD)
    words = [word for at, part in enumerate(parts) for word in said(at, part)]
    streamed = assembled(write(Metered(HEARD), *words, Finished("stop")))
    assert streamed == json.loads(encode_reply(reply, asked()))


@given(PARTS)
def test_what_a_caller_sends_back_is_what_it_was_told(parts: list[Part]) -> None:
    words = [word for at, part in enumerate(parts) for word in said(at, part)]
    streamed = msgspec.json.encode(assembled(write(*words, Finished("stop"))))
    (choice,) = decode_reply(streamed, "c").choices
    assert choice.parts == tuple(parts)
