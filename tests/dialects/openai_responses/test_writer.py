"""Words into a stream for the caller."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_responses.streams import TEXTS, asked, kinds, told
from waystation.dialects.framing import SseReader
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.pieces import events_of
from waystation.dialects.openai_responses.reader import ResponsesEvents
from waystation.dialects.openai_responses.reply_in import decode_reply
from waystation.dialects.openai_responses.reply_out import encode_reply
from waystation.dialects.openai_responses.seals import seal_of
from waystation.dialects.openai_responses.writer import ResponsesWriter
from waystation.wire.chat import (
    Annotation,
    ChatReply,
    Choice,
    ForeignPart,
    Part,
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

HEARD = Heard(Usage(input_tokens=9, output_tokens=5), ())
SEAL = Seal("gemini.generate", "s")


def write(*events: StreamEvent, **members: Any) -> bytes:
    writer = ResponsesWriter(asked(**members))
    return b"".join((*map(writer.write, events), writer.close()))


def last(stream: bytes) -> dict[str, Any]:
    response: dict[str, Any] = told(stream)[-1]["response"]
    return response


def test_a_stream_has_its_beginning_and_its_end() -> None:
    stream = write(
        Started(id="msg_x", model="v", created=5, service_tier="flex"),
        TextDelta("a"),
        BlockEnded(),
        Metered(HEARD),
        Finished("stop"),
    )
    events = told(stream)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [kinds(stream)[0], kinds(stream)[1], kinds(stream)[-1]] == ["created", "in_progress", "completed"]
    response = last(stream)
    assert (response["id"], response["model"], response["created_at"]) == ("resp_9", "v", 5)
    assert (response["service_tier"], response["usage"]["total_tokens"]) == ("flex", 14)
    assert response["output"] == [event["item"] for event in events if event["type"].endswith("item.done")]


def test_a_responses_own_id_is_kept() -> None:
    assert last(write(Started(id="resp_1"), Finished("stop")))["id"] == "resp_1"


def test_a_stream_without_a_beginning_gets_one() -> None:
    assert kinds(write(TextDelta("a"), Finished("stop")))[:3] == ["created", "in_progress", "output_item.added"]
    assert kinds(write(Metered(HEARD))) == ["created", "in_progress", "completed"]


def test_items_follow_each_other() -> None:
    stream = write(
        ThinkingDelta("h"),
        BlockEnded(),
        TextDelta("a", 1),
        BlockEnded(1),
        RefusalDelta("no", 2),
        BlockEnded(2),
        ToolCallStarted("c", "f", 3),
        ToolCallDelta("{}", 3),
        BlockEnded(3),
        Finished("tool_calls"),
    )
    output = last(stream)["output"]
    assert [item["type"] for item in output] == ["reasoning", "message", "function_call"]
    assert [part["type"] for part in output[1]["content"]] == ["output_text", "refusal"]


def test_blocks_that_never_ended_end_with_the_stream() -> None:
    stream = write(
        ThinkingDelta("h"),
        ThinkingDelta("i", 1),
        TextDelta("a", 2),
        ToolCallStarted("c", "f", 3),
        ToolCallStarted("d", "f", 4),
        Finished("length"),
    )
    response = last(stream)
    assert [item["type"] for item in response["output"]] == ["reasoning"] * 2 + ["message"] + ["function_call"] * 2
    assert (response["status"], kinds(stream)[-1]) == ("incomplete", "incomplete")


def test_the_message_that_was_cut_says_so() -> None:
    item = last(write(TextDelta("a"), BlockEnded(), Finished("content_filter")))["output"][0]
    assert item["status"] == "incomplete"


def test_a_refusal_that_is_told_is_a_whole_response() -> None:
    assert last(write(RefusalDelta("no"), Finished("refusal")))["status"] == "completed"
    assert last(write(TextDelta("a"), Finished("refusal")))["incomplete_details"] == {"reason": "content_filter"}


def test_seals() -> None:
    stream = write(
        ThinkingDelta("h"),
        Sealed(SEAL),
        BlockEnded(),
        TextDelta("a", 1),
        Sealed(SEAL, 1),
        BlockEnded(1),
        ToolCallStarted("c", "f", 2),
        Sealed(SEAL, 2),
        BlockEnded(2),
        Sealed(SEAL, 7),
        BlockEnded(7),
        Finished("tool_calls"),
    )
    sealed = [seal_of("", item["encrypted_content"]) for item in last(stream)["output"] if "encrypted_content" in item]
    assert [(one.owner, one.call_id) for one in sealed] == [("thoughts", ""), ("text", ""), ("call", "c")]


def test_a_caller_that_wants_no_thoughts() -> None:
    stream = write(ThinkingDelta("h"), BlockEnded(), Finished("stop"), reasoning={"summary": "none"})
    assert last(stream)["output"] == []


def test_a_vendors_own_work_is_shown_in_its_own_language() -> None:
    own = ForeignPart(dialect="openai.responses", kind="x", raw=msgspec.Raw(b'{"id":"ws_1"}'))
    other = ForeignPart(dialect="gemini.generate", kind="x", raw=msgspec.Raw(b"{}"))
    stream = write(ForeignBlock(own), BlockEnded(), ForeignBlock(other, 1), BlockEnded(1), Finished("stop"))
    assert last(stream)["output"] == [{"id": "ws_1"}]


def test_only_the_first_choice_is_told() -> None:
    assert last(write(TextDelta("a", 0, 1), Finished("length", 1), Finished("stop")))["output"] == []


def test_a_call_in_a_namespace() -> None:
    tools = [{"type": "namespace", "name": "docs", "tools": [{"type": "function", "name": "f"}]}]
    stream = write(ToolCallStarted("c", "docs__f"), BlockEnded(), Finished("tool_calls"), tools=tools)
    (item,) = last(stream)["output"]
    assert (item["namespace"], item["name"]) == ("docs", "f")


def test_a_citation_needs_no_text_before_it() -> None:
    stream = write(TextDelta(""), Annotated(Annotation(url="u")), Finished("stop"))
    assert last(stream)["output"][0]["content"][0]["annotations"][0]["url"] == "u"


PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(TextPart, text=TEXTS),
    st.builds(RefusalPart, text=TEXTS),
    st.builds(ThinkingPart, text=TEXTS, seal=st.sampled_from([None, SEAL])),
    st.builds(
        ToolCallPart,
        id=st.sampled_from(["a", "b"]),
        name=st.just("f"),
        arguments=TEXTS,
        custom=st.booleans(),
        seal=st.sampled_from([None, SEAL]),
    ),
)


@given(st.lists(PARTS, max_size=5), st.sampled_from(["stop", "length"]))
def test_a_stream_amounts_to_the_plain_answer(parts: list[Part], reason: Any) -> None:
    choice = Choice(parts=tuple(parts), finish_reason=reason)
    reply = ChatReply(dialect="anthropic.messages", choices=(choice,), heard=HEARD)
    plain = json.loads(encode_reply(reply, asked()))
    stream = write(*events_of(reply, Names("call_9")))
    assert last(stream) == plain


@given(st.lists(PARTS, max_size=5))
def test_what_was_said_is_read_again(parts: list[Part]) -> None:
    reply = ChatReply(dialect="anthropic.messages", choices=(Choice(parts=tuple(parts)),), heard=HEARD)
    again = decode_reply(encode_reply(reply, asked()), "call_9").choices[0].parts
    sse, reader = SseReader(1_000_000), ResponsesEvents("call_9")
    frames = [*sse.feed(write(*events_of(reply, Names("call_9")))), *sse.close()]
    streamed = [event for one in frames for event in reader.read(one)]
    for kind, delta in ((TextPart, TextDelta), (RefusalPart, RefusalDelta), (ThinkingPart, ThinkingDelta)):
        due = "".join(part.text for part in parts if isinstance(part, kind))
        assert "".join(part.text for part in again if isinstance(part, kind)) == due
        assert "".join(event.text for event in streamed if isinstance(event, delta)) == due
    calls = [(part.id, part.name, part.arguments, part.custom) for part in parts if isinstance(part, ToolCallPart)]
    assert [(p.id, p.name, p.arguments, p.custom) for p in again if isinstance(p, ToolCallPart)] == calls
    assert [(e.id, e.name, e.custom) for e in streamed if isinstance(e, ToolCallStarted)] == [
        (identity, name, custom) for identity, name, _, custom in calls
    ]
