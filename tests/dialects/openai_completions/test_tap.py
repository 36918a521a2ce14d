"""A vendor's stream reaches the caller byte for byte."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Ask
from waystation.dialects.openai_completions.tap import CompletionTap
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

DONE = b"data: [DONE]\n\n"


def event(payload: object) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


def chunk(text: str = "", finish: str | None = None, **more: Any) -> bytes:
    return event({"model": "v", "choices": [{"index": 0, "text": text, "finish_reason": finish}]} | more)


HELLO = chunk("Hello", x=1)
STOP = chunk(finish="stop", usage=None)
USAGE = event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}})


def tap(*, include_usage: bool = False) -> CompletionTap:
    ask = Ask(
        model="m",
        stream=True,
        include_usage=include_usage,
        choices=1,
        max_output_tokens=None,
        weight=Weight(),
        model_span=(0, 0),
    )
    return CompletionTap(ask)


@pytest.mark.parametrize(("include_usage", "tail"), [(True, STOP + USAGE + DONE), (False, STOP + DONE)])
def test_usage_alone_is_for_who_asked(include_usage: bool, tail: bytes) -> None:
    reader = tap(include_usage=include_usage)
    assert reader.feed(HELLO + STOP + USAGE + DONE) == HELLO
    assert reader.close() == tail
    assert reader.usage == Heard(Usage(input_tokens=3, output_tokens=4), ())
    assert (reader.response_model, reader.finish_reasons, reader.weight) == ("v", ("stop",), Weight(5))


@given(st.lists(st.integers(0, 1_000), max_size=6))
def test_chunking_does_not_matter(cuts: list[int]) -> None:
    stream = HELLO + STOP + USAGE + DONE
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    reader = tap(include_usage=True)
    sent = b"".join(reader.feed(stream[start:end]) for start, end in pairwise(edges))
    assert sent + reader.close() == stream
