"""A vendor's stream, into words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.framing import Frame
from waystation.dialects.openai_completions.reader import CompletionEvents
from waystation.dialects.openai_completions.reply_in import decode_reply
from waystation.wire.errors import BadAnswer, Truncated, VendorFailure
from waystation.wire.events import BlockEnded, Finished, Metered, Started, StreamEvent, TextDelta
from waystation.wire.usage import Heard, Usage

SPENT = {"prompt_tokens": 3, "completion_tokens": 4}
HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
DONE = Frame(b"", b"", b"[DONE]")


def frame(payload: object, event: bytes = b"") -> Frame:
    return Frame(b"", event, json.dumps(payload).encode())


def chunk(text: Any = "", finish: str | None = None, index: Any = 0, **more: Any) -> Frame:
    return frame({"choices": [{"index": index, "text": text, "finish_reason": finish}]} | more)


def read(*given: Frame, choices: int = 1) -> tuple[list[StreamEvent], CompletionEvents]:
    events = CompletionEvents(choices)
    return [event for one in given for event in events.read(one)], events


def test_a_stream_is_read_to_its_end() -> None:
    usage = frame({"choices": [], "usage": SPENT})
    events, reader = read(chunk("a", id="i", model="m", created=5), chunk(finish="stop"), usage, DONE, chunk("late"))
    assert events == [
        Started(id="i", model="m", created=5),
        TextDelta("a"),
        Metered(HEARD),
        BlockEnded(),
        Finished("stop"),
    ]
    assert (reader.ended, reader.finished, reader.close()) == (True, True, [])


def test_the_choices_of_all_prompts_are_kept_apart() -> None:
    events, reader = read(chunk("a", index=1), chunk("b", "stop"), chunk("", "length", 1), choices=2)
    assert reader.finished
    assert [*events[1:], *reader.close()] == [
        TextDelta("a", 0, 1),
        TextDelta("b"),
        BlockEnded(),
        Finished("stop"),
        BlockEnded(0, 1),
        Finished("length", 1),
    ]


def test_an_answer_without_text_has_only_an_end() -> None:
    assert read(chunk(finish="stop"), DONE)[0][1:] == [Finished("stop")]


def test_usage_alone_is_told_apart() -> None:
    reader = CompletionEvents(1)
    seen = []
    for one in (chunk("a", usage=SPENT), frame({"choices": [], "usage": SPENT}), Frame(b"", b"", None)):
        reader.read(one)
        seen.append(reader.usage_alone)
    assert seen == [False, True, False]
    assert read(frame({"choices": [], "usage": 5}))[0] == [Started()]
    assert read(frame({"ping": 1}))[0] == []


@pytest.mark.parametrize("given", [(), (chunk("a"),), (chunk("a", "stop"), chunk("b", index=1))])
def test_a_stream_that_breaks_off_is_truncated(given: tuple[Frame, ...]) -> None:
    _, reader = read(*given, choices=2)
    assert not reader.finished
    with pytest.raises(Truncated):
        reader.close()


def test_an_end_without_a_beginning_is_no_answer() -> None:
    with pytest.raises(Truncated):
        read(DONE)


def test_members_of_another_type_cost_only_themselves() -> None:
    assert read(chunk("a", index="0"), chunk(5), chunk("b", index=None))[0][1:] == [TextDelta("a"), TextDelta("b")]


def test_a_choice_that_no_one_asked_for_is_refused() -> None:
    assert read(chunk("a", index=7))[0][1:] == [TextDelta("a")]
    with pytest.raises(BadAnswer):
        read(chunk("a", index=2), choices=2)


@pytest.mark.parametrize("bad", [frame({"error": {"code": "busy"}}), frame({"code": "busy", "message": "m"}, b"error")])
def test_an_error_is_the_vendors_failure(bad: Frame) -> None:
    with pytest.raises(VendorFailure):
        read(chunk("a"), bad)


@given(st.lists(st.text("ab", max_size=3), max_size=5), st.sampled_from(["stop", "length", "content_filter"]))
def test_a_stream_says_what_a_plain_answer_says(texts: list[str], word: str) -> None:
    body = {"choices": [{"index": 0, "text": "".join(texts), "finish_reason": word}], "usage": SPENT}
    plain = decode_reply(json.dumps(body).encode())
    events, _ = read(*map(chunk, texts), chunk(finish=word), frame({"choices": [], "usage": SPENT}), DONE)
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert said == "".join(part.text for part in plain.choices[0].parts if hasattr(part, "text"))
    assert [event.heard for event in events if isinstance(event, Metered)] == [plain.heard]
    assert events[-1] == Finished(plain.choices[0].finish_reason)
