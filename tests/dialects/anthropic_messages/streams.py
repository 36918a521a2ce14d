"""What the tests of streams share: events as Anthropic and its imitators send them."""

import json
from typing import Any

from hypothesis import strategies as st

from waystation.dialects.framing import Frame

TEXTS = st.text("aé你 ", max_size=3)
BLOCKS = st.sampled_from(
    [
        {"type": "text", "text": ""},
        {"type": "text", "text": "early"},
        {"type": "text", "text": "", "citations": [{"type": "page_location"}]},
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking", "thinking": "hm", "signature": "S"},
        {"type": "redacted_thinking", "data": "D"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {}},
        {"type": "tool_use", "name": "g", "input": {"a": 1}},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": 5},
        None,
        "odd",
    ]
)
DELTAS = st.one_of(
    st.fixed_dictionaries({"type": st.just("text_delta"), "text": TEXTS}),
    st.fixed_dictionaries({"type": st.just("thinking_delta"), "thinking": TEXTS}),
    st.fixed_dictionaries({"type": st.just("signature_delta"), "signature": TEXTS}),
    st.fixed_dictionaries({"type": st.just("input_json_delta"), "partial_json": st.sampled_from(["", "{", "}", "1"])}),
    st.just({"type": "citations_delta", "citation": {"type": "page_location"}}),
    st.just({"type": "text_delta", "text": 5}),
    st.just({"type": "odd"}),
)
INDEXES = st.integers(0, 3)
EVENTS = st.one_of(
    st.fixed_dictionaries({"type": st.just("content_block_start"), "index": INDEXES, "content_block": BLOCKS}),
    st.fixed_dictionaries({"type": st.just("content_block_delta"), "index": INDEXES, "delta": DELTAS}),
    st.fixed_dictionaries({"type": st.just("content_block_stop"), "index": INDEXES}),
    st.just({"type": "ping"}),
    st.just({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3, "output_tokens": 1}}}),
    st.just({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 4}}),
    st.just({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}),
    st.just({"type": "odd", "index": "x", "delta": 5}),
)
STOP: dict[str, Any] = {"type": "message_stop"}


def frame(event: Any) -> Frame:
    name = event["type"] if isinstance(event, dict) else ""
    return Frame(b"", name.encode(), json.dumps(event).encode())


def sse(*events: Any) -> bytes:
    return b"".join(b"event: %b\ndata: %b\n\n" % (e["type"].encode(), json.dumps(e).encode()) for e in events)


def start(index: int, block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, kind: str, **members: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **members}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def events_in(stream: bytes) -> list[Any]:
    """The data of a stream, each with its own name."""
    found = []
    for piece in stream.decode().split("\n\n"):
        if piece:
            name, _, data = piece.partition("\ndata: ")
            found.append(json.loads(data))
            assert name == f"event: {found[-1]['type']}"
    return found


def assembled(stream: bytes) -> dict[str, Any]:
    """The message that a client puts together, as Anthropic's SDK does: blocks come one after another."""
    events = events_in(stream)
    assert [events[0]["type"], events[-2]["type"], events[-1]["type"]] == [
        "message_start",
        "message_delta",
        "message_stop",
    ]
    message: dict[str, Any] = events[0]["message"]
    open_ = None
    arguments = ""
    for event in events[1:-2]:
        if event["type"] == "content_block_start":
            assert open_ is None
            assert event["index"] == len(message["content"])
            open_ = event["content_block"]
            message["content"].append(open_)
            arguments = ""
            continue
        assert open_ is not None
        assert event["index"] == len(message["content"]) - 1
        if event["type"] == "content_block_stop":
            if arguments:
                open_["input"] = json.loads(arguments)
            open_ = None
            continue
        piece = event["delta"]
        match piece["type"]:
            case "text_delta":
                open_["text"] += piece["text"]
            case "thinking_delta":
                open_["thinking"] += piece["thinking"]
            case "signature_delta":
                open_["signature"] = piece["signature"]
            case "citations_delta":
                open_.setdefault("citations", []).append(piece["citation"])
            case _:
                arguments += piece["partial_json"]
    assert open_ is None
    return {**message, **events[-2]["delta"], "usage": events[-2]["usage"]}
