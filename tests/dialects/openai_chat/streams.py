"""What the tests of streams share: deltas that servers may send, the order of events, and what they amount to."""

from typing import Any

from hypothesis import strategies as st

from waystation.dialects.framing import Frame, SseReader
from waystation.wire.chat import Part, RefusalPart, Seal, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
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

TEXTS = st.text("aé你 ", max_size=3)
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "index": st.integers(0, 2),
        "id": st.sampled_from(["", "x", "y"]),
        "function": st.fixed_dictionaries(
            {}, optional={"name": st.sampled_from(["", "f", "g"]), "arguments": st.sampled_from(["", "{", {"a": 1}])}
        ),
        "extra_content": st.just({"google": {"thought_signature": "s"}}),
    },
)
DETAILS = st.sampled_from(
    [
        {"type": "reasoning.text", "text": "hm"},
        {"type": "reasoning.text", "signature": "s"},
        {"type": "reasoning.encrypted", "data": "d", "id": "rs_1"},
    ]
)


def deltas() -> st.SearchStrategy[dict[str, Any]]:
    """Deltas of any server, also of those that do as they like."""
    part = st.sampled_from([{"type": "text", "text": "t"}, {"type": "thinking", "thinking": "h"}, {"type": "odd"}])
    return st.fixed_dictionaries(
        {},
        optional={
            "content": st.none() | TEXTS | st.lists(part, max_size=2),
            "reasoning_content": TEXTS,
            "reasoning": TEXTS,
            "reasoning_details": st.lists(DETAILS, max_size=2),
            "refusal": st.none() | TEXTS,
            "tool_calls": st.lists(CALLS, max_size=2),
            "function_call": st.just({"name": "h", "arguments": "{}"}),
            "annotations": st.just([{"type": "url_citation", "url_citation": {"url": "u"}}]),
            "images": st.just([{"type": "image_url", "image_url": {"url": "https://x"}}]),
        },
    )


def frames(pieces: list[bytes]) -> list[Frame]:
    sse = SseReader(1_000_000)
    return [frame for piece in pieces for frame in sse.feed(piece)] + sse.close()


def check_order(events: list[StreamEvent]) -> None:
    """What `wire.events` says of one choice. Fails an assertion if it is not so."""
    if not events:
        return
    assert isinstance(events[0], Started)
    assert sum(isinstance(event, Started) for event in events) == 1
    assert sum(isinstance(event, Finished) for event in events) == 1
    begun = 0
    calls: set[int] = set()
    open_: set[int] = set()
    for event in events[1:]:
        match event:
            case Metered() | Started():
                continue
            case Finished():
                assert not open_
                assert all(isinstance(later, Metered) for later in events[events.index(event) + 1 :])
            case BlockEnded(block):
                open_.remove(block)
            case _:
                if event.block == begun:
                    assert open_ <= calls, "all but calls end where the next block begins"
                    begun += 1
                    open_.add(event.block)
                    if isinstance(event, ToolCallStarted):
                        calls.add(event.block)
                assert event.block in open_
                assert isinstance(event, ToolCallDelta | ToolCallStarted | Sealed) or event.block not in calls


def parts_of(events: list[StreamEvent], choice: int = 0) -> tuple[Part, ...]:
    """The parts that the events of a choice amount to; blocks of text and thoughts that are empty are none."""
    blocks: dict[int, list[StreamEvent]] = {}
    for event in events:
        if not isinstance(event, Started | Metered | Finished) and event.choice == choice:
            blocks.setdefault(event.block, []).append(event)
    parts = (_part(blocks[block]) for block in sorted(blocks))
    return tuple(part for part in parts if part is not None)


def _part(block: list[StreamEvent]) -> Part | None:
    seal = next((event.seal for event in block if isinstance(event, Sealed)), None)
    match block[0]:
        case TextDelta():
            annotations = tuple(event.annotation for event in block if isinstance(event, Annotated))
            text = "".join(event.text for event in block if isinstance(event, TextDelta))
            return TextPart(text=text, annotations=annotations) if text or annotations else None
        case ThinkingDelta(redacted=redacted):
            return _thought("".join(event.text for event in block if isinstance(event, ThinkingDelta)), seal, redacted)
        case RefusalDelta():
            return RefusalPart(text="".join(event.text for event in block if isinstance(event, RefusalDelta)))
        case ToolCallStarted() as call:
            arguments = "".join(event.arguments for event in block if isinstance(event, ToolCallDelta))
            return ToolCallPart(id=call.id, name=call.name, arguments=arguments, custom=call.custom, seal=seal)
        case _:
            return None


def _thought(text: str, seal: Seal | None, redacted: bool) -> Part | None:
    return ThinkingPart(text=text, seal=seal, redacted=redacted) if text or seal else None
