"""A vendor's stream, into words."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_chat.streams import check_order, parts_of
from tests.dialects.openai_responses.streams import ITEMS, USAGE, completed, events_of, frame, read
from waystation.dialects.framing import Frame
from waystation.dialects.openai_responses.reader import ResponsesEvents
from waystation.dialects.openai_responses.reply_in import decode_reply
from waystation.wire.chat import Annotation, ForeignPart, Seal, ToolCallPart
from waystation.wire.errors import BadAnswer, Truncated, UpstreamError, VendorFailure
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

HEARD = Heard(
    Usage(input_tokens=9, output_tokens=5, cache_read_input_tokens=2, reasoning_output_tokens=1),
    (),
)
CREATED = frame("response.created", response={"id": "resp_1", "model": "v", "created_at": 5.0, "service_tier": "flex"})
STARTED = Started(id="resp_1", model="v", created=5, service_tier="flex")
DELTA = "response.output_text.delta"


def words(*frames: Frame) -> list[StreamEvent]:
    """Between the beginning and the end."""
    events, _ = read(CREATED, *frames, completed())
    assert events[0] == STARTED
    check_order(events)
    return events[1:-2]


def test_a_stream_is_read_to_its_end() -> None:
    events, reader = read(
        CREATED,
        frame("response.in_progress", response={"id": "resp_1"}),
        frame("response.output_item.added", output_index=0, item={"type": "message", "role": "assistant"}),
        frame(DELTA, output_index=0, content_index=0, delta="a", logprobs=[]),
        completed(),
        frame(DELTA, delta="too late"),
    )
    assert events == [STARTED, TextDelta("a"), BlockEnded(), Metered(HEARD), Finished("stop")]
    assert (reader.ended, reader.finished, reader.close()) == (True, True, [])


def test_what_is_no_event_says_nothing() -> None:
    pings = (Frame(b": hi\n\n", b"", None), Frame(b"", b"", b"[DONE]"), frame("response.web_search_call.searching"))
    assert read(*pings)[0] == []


def test_a_stream_may_leave_out_its_beginning_and_the_types() -> None:
    bare = Frame(b"", DELTA.encode(), b'{"delta":"a"}')
    assert read(bare, CREATED)[0] == [Started(), TextDelta("a")]


def test_token_odds_come_with_their_text() -> None:
    odds = msgspec.Raw(b'[{"token": "a"}]')
    assert words(frame(DELTA, delta="a", logprobs=[{"token": "a"}])) == [TextDelta("a", 0, 0, odds), BlockEnded()]
    done = frame("response.output_text.done", text="a", logprobs=[{"token": "a"}])
    assert words(done) == [TextDelta("a", 0, 0, odds), BlockEnded()]


def test_what_is_told_only_at_its_end_is_heard_there() -> None:
    assert words(frame("response.output_text.done", text="a")) == [TextDelta("a"), BlockEnded()]
    assert words(frame("response.refusal.done", refusal="no")) == [RefusalDelta("no"), BlockEnded()]
    assert words(frame("response.reasoning_summary_text.done", text="h")) == [ThinkingDelta("h"), BlockEnded()]
    assert words(frame("response.reasoning_text.done", text="h")) == [ThinkingDelta("h"), BlockEnded()]


def test_what_is_told_again_at_its_end_counts_once() -> None:
    pairs: list[tuple[str, dict[str, str]]] = [
        ("output_text", {"text": "a"}),
        ("refusal", {"refusal": "a"}),
        ("reasoning_summary_text", {"text": "a"}),
        ("reasoning_text", {"text": "a"}),
    ]
    for name, whole in pairs:
        found = words(frame(f"response.{name}.delta", delta="a"), frame(f"response.{name}.done", **whole))
        assert len(found) == 2


def test_parts_of_thoughts_are_told_apart_by_an_empty_line() -> None:
    kind = "response.reasoning_summary_text.delta"
    found = words(frame(kind, summary_index=0, delta="a"), frame(kind, summary_index=1, delta="b"))
    assert found == [ThinkingDelta("a"), ThinkingDelta("\n\nb"), BlockEnded()]


def test_a_citation_stands_on_its_text() -> None:
    raw = {"type": "url_citation", "url": "https://x", "title": "X", "start_index": 0, "end_index": 1}
    cited = Annotation(url="https://x", title="X", start=0, end=1, raw=msgspec.Raw(json.dumps(raw).encode()))
    added = frame("response.output_text.annotation.added", annotation=raw)
    assert words(frame(DELTA, delta="a"), added) == [TextDelta("a"), Annotated(cited), BlockEnded()]
    assert words(added) == [TextDelta(""), Annotated(cited), BlockEnded()]
    assert words(frame("response.output_text.annotation.added")) == []


def test_sealed_thoughts_without_text() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "enc"}
    seal = Seal("openai.responses", "rs_1 enc")
    done = frame("response.output_item.done", item=item)
    assert words(done) == [ThinkingDelta(""), Sealed(seal), BlockEnded()]


def test_a_call_comes_in_pieces() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""}
    found = words(
        frame("response.output_item.added", output_index=1, item=item),
        frame("response.function_call_arguments.delta", output_index=1, delta="{"),
        frame("response.function_call_arguments.delta", output_index=1, delta="}"),
        frame("response.function_call_arguments.done", output_index=1, arguments="{}"),
        frame("response.output_item.done", output_index=1, item=item | {"arguments": "{}"}),
    )
    assert found == [ToolCallStarted("c", "f"), ToolCallDelta("{"), ToolCallDelta("}"), BlockEnded()]


def test_a_custom_call_that_is_told_as_a_whole() -> None:
    item = {"type": "custom_tool_call", "call_id": "c", "name": "g", "input": "x"}
    found = words(
        frame("response.custom_tool_call_input.delta", delta="waits for its call"),
        frame("response.output_item.done", item=item),
    )
    assert found == [ToolCallStarted("c", "g", custom=True), ToolCallDelta("x"), BlockEnded()]


def test_a_call_that_never_ended_ends_with_the_stream() -> None:
    item = {"type": "function_call", "name": "f"}
    events, _ = read(CREATED, frame("response.output_item.added", output_index=2, item=item), completed())
    assert events[1:3] == [ToolCallStarted("call_9_2", "f"), BlockEnded()]
    assert events[-1] == Finished("tool_calls")


def test_a_vendors_own_work_is_one_block() -> None:
    item = {"type": "web_search_call", "id": "ws_1"}
    part = ForeignPart(dialect="openai.responses", kind="web_search_call", raw=msgspec.Raw(json.dumps(item).encode()))
    added = frame("response.output_item.added", item=item)
    done = frame("response.output_item.done", item=item)
    assert words(added, done) == [ForeignBlock(part), BlockEnded()]


def test_items_without_events_stand_in_the_whole_response() -> None:
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}
    events, _ = read(completed([message]))
    assert events[1:3] == [TextDelta("a"), BlockEnded()]
    events, _ = read(frame(DELTA, delta="a"), completed([message]))
    assert events[1:3] == [TextDelta("a"), BlockEnded()]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ({"status": None}, "stop"),
    ],
)
def test_ends(members: dict[str, Any], reason: str) -> None:
    assert read(completed(**members))[0][-1] == Finished(reason)  # type: ignore[arg-type]


def test_an_incomplete_response_without_a_status() -> None:
    events, _ = read(frame("response.incomplete", response={"usage": None}))
    assert events == [Started(), Finished("other")]


def test_a_refusal_is_an_end_of_its_own() -> None:
    assert read(frame("response.refusal.delta", delta="no"), completed())[0][-1] == Finished("refusal")


@pytest.mark.parametrize(
    ("payload", "code", "kind"),
    [
        ({"type": "error", "code": "server_error", "message": "secret"}, "server_error", "error"),
        ({"type": "error", "error": {"type": "t", "code": "c", "message": "secret"}}, "c", "t"),
        ({"error": {"type": "t", "code": "c", "message": "secret"}}, "c", "t"),
        (
            {"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded", "message": "secret"}}},
            "rate_limit_exceeded",
            "response.failed",
        ),
    ],
)
def test_errors_are_raised_without_their_prose(payload: object, code: str, kind: str) -> None:
    with pytest.raises(VendorFailure) as raised:
        read(Frame(b"", b"", json.dumps(payload).encode()))
    assert (raised.value.vendor_code, raised.value.vendor_type) == (code, kind)
    assert "secret" not in raised.value.message


@pytest.mark.parametrize("payload", [b"x", b"[]", b'"a"', b"{"])
def test_what_is_not_an_object_is_refused(payload: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(Frame(b"", b"", payload))


def test_a_stream_without_its_end_is_truncated() -> None:
    _, reader = read(CREATED, frame(DELTA, delta="a"))
    assert reader.finished is False
    with pytest.raises(Truncated):
        reader.close()


@given(st.lists(ITEMS, max_size=4), st.data())
def test_a_stream_amounts_to_the_plain_answer(items: list[dict[str, Any]], data: st.DataObject) -> None:
    told = [one for at, item in enumerate(items) for one in events_of(item, at, deltas=data.draw(st.booleans()))]
    events, _ = read(CREATED, *told, completed(items))
    check_order(events)
    body = {"id": "resp_1", "status": "completed", "output": items, "usage": USAGE}
    plain = decode_reply(json.dumps(body).encode(), "call_9")
    assert plain.heard is not None
    assert events[-2:] == [Metered(plain.heard), Finished(plain.choices[0].finish_reason)]
    got = [_bare(part) for part in parts_of(events)]
    assert got == [
        _bare(part)
        for part in plain.choices[0].parts
        if getattr(part, "kind", "") != "web_search_call"
        and (getattr(part, "text", True) or getattr(part, "seal", None))
    ]


def _bare(part: object) -> object:
    if isinstance(part, ToolCallPart):
        return (part.id, part.name, part.arguments, part.custom)
    return (getattr(part, "text", None), getattr(part, "seal", None))


KINDS = st.sampled_from(
    [
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        DELTA,
        "response.output_text.done",
        "response.output_text.annotation.added",
        "response.refusal.delta",
        "response.function_call_arguments.delta",
        "response.reasoning_summary_text.delta",
        "response.reasoning_text.delta",
        "response.completed",
        "response.incomplete",
        "error",
        "other",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
EVENTS = st.fixed_dictionaries(
    {"type": KINDS},
    optional={
        "output_index": st.integers(0, 2) | JSON,
        "content_index": st.integers(0, 1) | JSON,
        "summary_index": st.integers(0, 1),
        "delta": st.just("d") | JSON,
        "text": st.just("t") | JSON,
        "item": ITEMS | JSON,
        "annotation": JSON,
        "response": st.fixed_dictionaries({}, optional={"output": st.lists(ITEMS | JSON, max_size=2), "usage": JSON}),
        "logprobs": JSON,
    },
)


@given(st.lists(EVENTS, max_size=8))
def test_any_stream_keeps_the_order_or_is_refused(payloads: list[dict[str, Any]]) -> None:
    reader = ResponsesEvents("call_9")
    events: list[StreamEvent] = []
    try:
        for payload in payloads:
            events += reader.read(Frame(b"", b"", json.dumps(payload).encode()))
    except UpstreamError:
        return
    if reader.ended:
        check_order(events)
    elif events:
        check_order([*events, *_closing(events)])


def _closing(events: list[StreamEvent]) -> list[StreamEvent]:
    """What would end the stream here."""
    begun = {event.block for event in events if not isinstance(event, Started | Metered | Finished | BlockEnded)}
    ended = {event.block for event in events if isinstance(event, BlockEnded)}
    return [*(BlockEnded(block) for block in sorted(begun - ended)), Finished("stop")]
