"""What the tests of streams share: a vendor's events, and what a caller is told."""

import json
from typing import Any

from hypothesis import strategies as st

from waystation.dialects.codec import Asked
from waystation.dialects.framing import Frame
from waystation.dialects.openai_responses.reader import ResponsesEvents
from waystation.dialects.openai_responses.request_in import decode_request
from waystation.wire.events import StreamEvent

TEXTS = st.text("aé你 ", max_size=3)
USAGE = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 2},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 1},
}


def frame(kind: str, **members: Any) -> Frame:
    return Frame(b"", kind.encode(), json.dumps({"type": kind, **members}).encode())


def completed(output: list[dict[str, Any]] | None = None, **members: Any) -> Frame:
    response = {"id": "resp_1", "status": "completed", "output": output or [], "usage": USAGE, **members}
    return frame("response.completed", response=response)


def read(*frames: Frame) -> tuple[list[StreamEvent], ResponsesEvents]:
    events = ResponsesEvents("call_9")
    return [event for one in frames for event in events.read(one)], events


def asked(**members: Any) -> Asked:
    body = {"model": "m", "input": "hi", **members}
    return Asked(request=decode_request(json.dumps(body).encode()), call_id="call_9", at=7)


def told(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream; each has its own name before it."""
    found = []
    for event in stream.decode().split("\n\n")[:-1]:
        name, data = event.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


def kinds(stream: bytes) -> list[str]:
    return [event["type"].removeprefix("response.") for event in told(stream)]


PARTS = st.one_of(
    st.fixed_dictionaries({"type": st.just("output_text"), "text": TEXTS, "annotations": st.just([])}),
    st.fixed_dictionaries({"type": st.just("refusal"), "refusal": TEXTS}),
)
SUMMARIES = st.lists(st.fixed_dictionaries({"type": st.just("summary_text"), "text": TEXTS}), max_size=2)
ITEMS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("message"), "role": st.just("assistant"), "content": st.lists(PARTS, max_size=2)}
    ),
    st.fixed_dictionaries(
        {"type": st.just("reasoning"), "id": st.just("rs_1"), "summary": SUMMARIES},
        optional={"encrypted_content": st.just("enc")},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("function_call"),
            "call_id": st.sampled_from(["a", "b"]),
            "name": st.just("f"),
            "arguments": st.sampled_from(["", "{}"]),
        }
    ),
    st.fixed_dictionaries(
        {"type": st.just("custom_tool_call"), "call_id": st.just("c"), "name": st.just("g"), "input": TEXTS}
    ),
    st.just({"type": "web_search_call", "id": "ws_1"}),
)


def events_of(item: dict[str, Any], at: int, *, deltas: bool) -> list[Frame]:
    """How a vendor streams an item; without `deltas`, it is told only as a whole."""
    inner: list[Frame] = []
    if deltas:
        match item["type"]:
            case "message":
                inner = [one for number, part in enumerate(item["content"]) for one in _part(part, at, number)]
            case "reasoning":
                inner = [
                    frame("response.reasoning_summary_text.delta", output_index=at, summary_index=n, delta=part["text"])
                    for n, part in enumerate(item["summary"])
                ]
            case "function_call":
                inner = [frame("response.function_call_arguments.delta", output_index=at, delta=item["arguments"])]
            case "custom_tool_call":
                inner = [frame("response.custom_tool_call_input.delta", output_index=at, delta=item["input"])]
    added = frame("response.output_item.added", output_index=at, item=item)
    return [added, *inner, frame("response.output_item.done", output_index=at, item=item)]


def _part(part: dict[str, Any], at: int, number: int) -> list[Frame]:
    place = {"output_index": at, "content_index": number}
    if part["type"] == "refusal":
        return [
            frame("response.refusal.delta", **place, delta=part["refusal"]),
            frame("response.refusal.done", **place, refusal=part["refusal"]),
        ]
    return [
        frame("response.output_text.delta", **place, delta=part["text"]),
        frame("response.output_text.done", **place, text=part["text"]),
    ]
