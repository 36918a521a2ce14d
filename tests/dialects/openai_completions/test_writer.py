"""Words into a stream for the caller."""

import json
from typing import Any

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.openai_completions.writer import CompletionWriter
from waystation.wire.chat import ChatRequest
from waystation.wire.events import Finished, Metered, RefusalDelta, Started, StreamEvent, TextDelta, ThinkingDelta
from waystation.wire.usage import Heard, Usage

HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
DONE = b"data: [DONE]\n\n"


def write(*events: StreamEvent, include_usage: bool = False) -> list[Any]:
    request = ChatRequest(dialect="openai.completions", model="public", messages=(), include_usage=include_usage)
    writer = CompletionWriter(Asked(request=request, call_id="call_9", at=7))
    stream = b"".join(map(writer.write, events)) + writer.close()
    assert stream.endswith(DONE)
    return [json.loads(chunk.removeprefix(b"data: ")) for chunk in stream.removesuffix(DONE).split(b"\n\n") if chunk]


def test_a_stream_is_chunks_of_text() -> None:
    chunks = write(
        Started(id="i", model="m", created=5), ThinkingDelta("hm"), TextDelta("a", 1), Finished("tool_calls")
    )
    head = {"id": "cmpl-9", "object": "text_completion", "created": 5, "model": "m"}
    assert chunks == [
        head | {"choices": [{"text": "a", "index": 0, "logprobs": None, "finish_reason": None}]},
        head | {"choices": [{"text": "", "index": 0, "logprobs": None, "finish_reason": "stop"}]},
    ]


def test_usage_is_told_to_who_asked() -> None:
    assert write(Metered(HEARD)) == []
    assert write(include_usage=True) == []
    assert write(TextDelta("a"), Metered(HEARD), include_usage=True)[1] == {
        "id": "cmpl-9",
        "object": "text_completion",
        "created": 7,
        "model": "public",
        "choices": [],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }
    assert write(TextDelta("a"), include_usage=True)[0]["usage"] is None


def test_probabilities_count_on_from_the_text_before() -> None:
    logprobs = msgspec.Raw(b'[{"token":"c","logprob":-1.0}]')
    chunks = write(
        TextDelta("ab"), RefusalDelta("x", 1), TextDelta("c", 2, 0, logprobs), TextDelta("c", 0, 1, logprobs)
    )
    assert [one["choices"][0]["text"] for one in chunks] == ["ab", "x", "c", "c"]
    assert [one["choices"][0]["logprobs"]["text_offset"] for one in chunks[2:]] == [[3], [0]]
