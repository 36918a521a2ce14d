"""How likely each token was, both ways."""

import json

import msgspec
import pytest

from waystation.dialects.gemini_generate.logprobs import result_of, tokens_of

CHOSEN = {"token": "é", "tokenId": 5, "logProbability": -0.5}
RESULT = {"chosenCandidates": [CHOSEN, {"token": "b"}], "topCandidates": [{"candidates": [CHOSEN]}]}


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def test_a_result_is_read() -> None:
    got = tokens_of(raw(RESULT))
    assert got is not None
    first = {"token": "é", "logprob": -0.5, "bytes": [195, 169]}
    assert json.loads(bytes(got)) == [
        first | {"top_logprobs": [first]},
        {"token": "b", "logprob": 0.0, "bytes": [98], "top_logprobs": []},
    ]


def test_tokens_are_written() -> None:
    got = tokens_of(raw(RESULT))
    assert result_of(got) == {
        "chosenCandidates": [{"token": "é", "logProbability": -0.5}, {"token": "b", "logProbability": 0.0}],
        "topCandidates": [{"candidates": [{"token": "é", "logProbability": -0.5}]}, {"candidates": []}],
    }
    assert result_of(raw([{"token": "a", "logprob": 0}])) == {
        "chosenCandidates": [{"token": "a", "logProbability": 0.0}]
    }


@pytest.mark.parametrize("odd", [5, {}, {"chosenCandidates": []}, {"chosenCandidates": [5]}])
def test_what_can_not_be_read_says_nothing(odd: object) -> None:
    assert tokens_of(raw(odd)) is None


def test_no_tokens_no_result() -> None:
    assert result_of(None) is None
    assert result_of(raw({"odd": 1})) is None
