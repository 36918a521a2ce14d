"""Probabilities, in columns."""

import msgspec

from waystation.dialects.openai_completions.logprobs import columns_of


def test_a_list_of_tokens_becomes_columns() -> None:
    raw = msgspec.json.encode(
        [
            {"token": "ab", "logprob": -1.0, "bytes": None, "top_logprobs": [{"token": "x", "logprob": -2.0}]},
            {"token": "c", "logprob": -3.0},
        ]
    )
    assert columns_of(msgspec.Raw(raw), 10) == {
        "tokens": ["ab", "c"],
        "token_logprobs": [-1.0, -3.0],
        "top_logprobs": [{"x": -2.0}, {}],
        "text_offset": [10, 12],
    }


def test_what_is_no_list_of_tokens_is_left_out() -> None:
    assert columns_of(msgspec.Raw(b"{}"), 0) is None
