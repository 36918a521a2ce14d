"""Usage as OpenAI tells it."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.openai_chat.answer import hear_usage
from waystation.dialects.openai_chat.usage_out import usage_of
from waystation.wire.usage import Heard, Usage

COUNTS = st.integers(0, 1_000)


def test_what_was_not_said_is_left_out() -> None:
    assert usage_of(Heard(Usage(input_tokens=3, output_tokens=4), ())) == {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "total_tokens": 7,
    }


@given(COUNTS, COUNTS, st.none() | COUNTS, st.none() | COUNTS, st.none() | COUNTS)
def test_it_is_heard_as_it_was_told(
    whole_in: int, whole_out: int, read: int | None, written: int | None, thought: int | None
) -> None:
    usage = Usage(
        input_tokens=whole_in + (read or 0) + (written or 0),
        output_tokens=whole_out + (thought or 0),
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
        reasoning_output_tokens=thought,
    )
    assert hear_usage(msgspec.Raw(msgspec.json.encode(usage_of(Heard(usage, ()))))) == Heard(usage, ())
