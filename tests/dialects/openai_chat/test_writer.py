"""Words into a stream for the caller."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_chat.streams import TEXTS, frames, parts_of
from waystation.dialects.codec import Asked
from waystation.dialects.openai_chat.reader import ChatEvents
from waystation.dialects.openai_chat.reply_in import decode_reply
from waystation.dialects.openai_chat.reply_out import encode_reply
from waystation.dialects.openai_chat.tools import OldFunction
from waystation.dialects.openai_chat.writer import ChatWriter
from waystation.dialects.seal import wrap
from waystation.wire.chat import (
    Annotation,
    ChatReply,
    ChatRequest,
    Choice,
    ForeignPart,
    Part,
    Reasoning,
    RefusalPart,
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

REQUEST = ChatRequest(dialect="openai.chat", model="public", messages=())
COUNTED = msgspec.structs.replace(REQUEST, include_usage=True)
OLD = msgspec.structs.replace(REQUEST, tools=(OldFunction(name="f"),))
HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
SEAL = Seal("gemini.generate", "s")
HEAD = {"id": "chatcmpl-9", "object": "chat.completion.chunk", "created": 7, "model": "public"}
DONE = b"data: [DONE]\n\n"


def asked(request: ChatRequest = REQUEST) -> Asked:
    return Asked(request=request, call_id="call_9", at=7)


def stream(*events: StreamEvent, request: ChatRequest = REQUEST) -> bytes:
    writer = ChatWriter(asked(request))
    return b"".join(map(writer.write, events)) + writer.close()


def write(*events: StreamEvent, request: ChatRequest = REQUEST) -> list[dict[str, Any]]:
    """The chunks before [DONE]."""
    *chunks, done = [frame.data or b"" for frame in frames([stream(*events, request=request)])]
    assert done == b"[DONE]"
    return [json.loads(chunk) for chunk in chunks]


def said(*events: StreamEvent, request: ChatRequest = REQUEST) -> list[dict[str, Any]]:
    """The deltas after the one for the role."""
    role, *deltas = [chunk["choices"][0]["delta"] for chunk in write(*events, request=request)]
    assert role == {"role": "assistant", "content": ""}
    return deltas


def choice(delta: dict[str, Any], finish: str | None = None, index: int = 0) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def test_a_stream_has_all_that_clients_look_for() -> None:
    assert write(Started(id="msg_1", model="m", created=5), TextDelta("a"), BlockEnded(), Finished("stop")) == [
        HEAD | {"created": 5, "model": "m", "choices": [one]}
        for one in (choice({"role": "assistant", "content": ""}), choice({"content": "a"}), choice({}, "stop"))
    ]


def test_each_choice_begins_with_its_role() -> None:
    chunks = write(Started(service_tier="flex"), TextDelta("a", 0, 1), TextDelta("b", 0, 0), TextDelta("c", 0, 1))
    assert [(one["choices"][0]["index"], one["choices"][0]["delta"].get("role")) for one in chunks] == [
        (1, "assistant"),
        (1, None),
        (0, "assistant"),
        (0, None),
        (1, None),
    ]
    assert {one["service_tier"] for one in chunks} == {"flex"}


def test_usage_is_told_to_who_asked() -> None:
    chunks = write(Started(), Metered(HEARD), Finished("stop"), request=COUNTED)
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert [one["usage"] for one in chunks] == [None, None, usage]
    assert chunks[-1]["choices"] == []
    assert "usage" not in write(Started(), Metered(HEARD), Finished("stop"))[-1]
    assert stream(request=COUNTED) == DONE
    assert write(Metered(HEARD), request=COUNTED) == [HEAD | {"choices": [], "usage": usage}]


def test_thoughts_have_their_seal_with_the_whole_of_them() -> None:
    events = (
        ThinkingDelta("h"),
        ThinkingDelta("m"),
        Sealed(SEAL),
        BlockEnded(),
        ThinkingDelta("", 1, 0, redacted=True),
        Sealed(Seal("openai.chat", "d"), 1),
        BlockEnded(1),
    )
    detail = {"type": "reasoning.text", "signature": wrap(SEAL), "text": "hm", "index": 0}
    assert said(*events) == [
        {"reasoning_content": "h"},
        {"reasoning_content": "m"},
        {"reasoning_details": [detail]},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "d", "index": 1}]},
    ]


def test_a_seal_may_be_the_only_word_of_a_thought() -> None:
    assert said(Sealed(SEAL)) == [
        {"reasoning_details": [{"type": "reasoning.text", "signature": wrap(SEAL), "text": "", "index": 0}]}
    ]
    assert said(TextDelta("a"), Sealed(SEAL)) == [{"content": "a"}]


def test_thoughts_are_hidden_if_the_caller_wants_that() -> None:
    request = msgspec.structs.replace(REQUEST, reasoning=Reasoning(summary="none"))
    detail = {"type": "reasoning.text", "signature": wrap(SEAL), "text": "", "index": 0}
    assert said(ThinkingDelta("h"), Sealed(SEAL), request=request) == [{"reasoning_details": [detail]}]


CALLS = (
    ToolCallStarted("c", "f", 1),
    ToolCallStarted("d", "g", 2, custom=True),
    ToolCallDelta("{", 1),
    ToolCallDelta("x", 2),
    Sealed(SEAL, 1),
)


def test_calls_are_numbered_among_themselves() -> None:
    assert said(*CALLS) == [
        {"tool_calls": [one]}
        for one in (
            {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}},
            {"index": 1, "id": "d", "type": "custom", "custom": {"name": "g", "input": ""}},
            {"index": 0, "function": {"arguments": "{"}},
            {"index": 1, "custom": {"input": "x"}},
            {"index": 0, "extra_content": {"google": {"thought_signature": wrap(SEAL)}}},
        )
    ]


def test_of_two_calls_who_gave_functions_gets_the_first() -> None:
    events = (
        ToolCallStarted("a", "f", 0),
        ToolCallDelta("{}", 0),
        ToolCallStarted("b", "g", 1),
        ToolCallDelta('{"x":1}', 1),
    )
    assert [delta for delta in said(*events, request=OLD) if "function_call" in delta] == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
    ]


def test_who_gave_functions_gets_a_function_call() -> None:
    events = (ToolCallStarted("c", "f"), ToolCallDelta("{}"), Sealed(SEAL))
    assert said(*events, request=OLD) == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
    ]
    assert write(Finished("tool_calls"), request=OLD)[-1]["choices"] == [choice({}, "function_call")]


def test_citations_count_from_the_beginning_of_all_text() -> None:
    cited = Annotation(url="u", start=1, end=2)
    events = (TextDelta("abc"), BlockEnded(), TextDelta("de", 1), Annotated(cited, 1), Annotated(Annotation(), 1))
    place = {"url": "u", "title": "", "start_index": 4, "end_index": 5}
    assert said(*events)[2:] == [{"annotations": [{"type": "url_citation", "url_citation": place}]}]
    assert said(Annotated(cited))[0]["annotations"][0]["url_citation"]["start_index"] == 1
    assert said(Annotated(Annotation())) == []


def test_probabilities_come_with_their_text() -> None:
    chunk = write(TextDelta("a", 0, 0, msgspec.Raw(b"[1]")))[-1]
    assert chunk["choices"][0]["logprobs"] == {"content": [1], "refusal": None}


@pytest.mark.parametrize(("dialect", "kind"), [("anthropic.messages", "image_url"), ("openai.chat", "reference")])
def test_what_the_language_cannot_say_is_left_out(dialect: Any, kind: str) -> None:
    part = ForeignPart(dialect=dialect, kind=kind, raw=msgspec.Raw(b"{}"))
    assert stream(ForeignBlock(part), BlockEnded()) == DONE


def test_refusals_and_images_have_their_members() -> None:
    part = ForeignPart(dialect="openai.chat", kind="image_url", raw=msgspec.Raw(b"{}"))
    assert said(RefusalDelta("no"), ForeignBlock(part, 1)) == [{"refusal": "no"}, {"images": [{}]}]


SEALS = st.sampled_from([None, SEAL, Seal("openai.chat", "s")])
FILLED = TEXTS.filter(bool)
ANSWERS = st.tuples(
    st.lists(st.builds(ThinkingPart, text=FILLED, seal=SEALS), max_size=1),
    st.lists(st.builds(TextPart, text=FILLED), max_size=1),
    st.lists(st.builds(RefusalPart, text=FILLED), max_size=1),
    st.lists(
        st.builds(
            ToolCallPart,
            id=st.uuids().map(str),
            name=st.sampled_from("fg"),
            arguments=TEXTS,
            custom=st.booleans(),
            seal=SEALS,
        ),
        max_size=2,
    ),
).map(lambda kinds: tuple(part for kind in kinds for part in kind))


@given(ANSWERS)
def test_a_stream_says_what_a_plain_answer_says(parts: tuple[Part, ...]) -> None:
    reason: Any = "tool_calls" if any(isinstance(part, ToolCallPart) for part in parts) else "length"
    one = Choice(parts=parts, finish_reason=reason)
    plain = decode_reply(encode_reply(ChatReply(dialect="gemini.generate", choices=(one,), heard=HEARD), asked()), "c")
    events = [event for at, part in enumerate(parts) for event in _events(part, at)]
    reader = ChatEvents(1, "call_9")
    sent = stream(Started(), *events, Metered(HEARD), Finished(reason), request=COUNTED)
    heard = [event for frame in frames([sent]) for event in reader.read(frame)]
    assert (parts_of(heard), heard[-1]) == (plain.choices[0].parts, Finished(plain.choices[0].finish_reason))
    assert [event.heard for event in heard if isinstance(event, Metered)] == [plain.heard]
    assert plain.choices[0].parts == parts


def _events(part: Part, at: int) -> list[StreamEvent]:
    out: list[StreamEvent] = []
    match part:
        case ThinkingPart(text=text):
            out.append(ThinkingDelta(text, at))
        case TextPart(text=text):
            out += (TextDelta(text[:1], at), TextDelta(text[1:], at))
        case RefusalPart(text=text):
            out.append(RefusalDelta(text, at))
        case ToolCallPart():
            out += (
                ToolCallStarted(part.id, part.name, at, 0, part.custom),
                ToolCallDelta(part.arguments, at),
            )
    if isinstance(part, ThinkingPart | ToolCallPart) and part.seal is not None:
        out.append(Sealed(part.seal, at))
    return [*out, BlockEnded(at)]
