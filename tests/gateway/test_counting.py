import json

import pytest

from waystation.dialects import codecs
from waystation.gateway.counting import count, is_count
from waystation.wire.errors import BadRequest

ANTHROPIC = codecs()["anthropic.messages"]
MESSAGES = "/messages/count_tokens"
GEMINI = "/models/gemini-3-pro:countTokens"


def counted(bare: str, body: object) -> tuple[str, dict[str, int]]:
    model, answer = count(bare, json.dumps(body).encode(), ANTHROPIC)
    return model, json.loads(answer)


@pytest.mark.parametrize(
    ("bare", "expected"),
    [(MESSAGES, True), (GEMINI, True), ("/messages", False), ("/models/m", False), ("/m:countTokens", False)],
)
def test_which_paths_count(bare: str, expected: bool) -> None:
    assert is_count(bare) == expected


def test_a_count_grows_with_the_text_and_is_never_zero() -> None:
    def tokens(text: str) -> int:
        body = {"model": "claude", "messages": [{"role": "user", "content": text}]}
        model, answer = counted(MESSAGES, body)
        assert model == "claude"
        return answer["input_tokens"]

    assert 0 < tokens("") < tokens("Hello there, how are you?") < tokens("Hello there, how are you? " * 20)
    assert 900 < tokens("word " * 1000) < 1600


def test_geminis_count_names_the_model_in_the_path() -> None:
    contents = [{"role": "user", "parts": [{"text": "How is the weather in 北京?"}]}]
    assert counted(GEMINI, {"contents": contents})[0] == "gemini-3-pro"
    assert counted(GEMINI, {"contents": contents})[1]["totalTokens"] > 5
    assert counted(GEMINI, {"contents": [{"parts": [{"text": ""}]}]})[1]["totalTokens"] >= 1


@pytest.mark.parametrize("bare", [MESSAGES, GEMINI])
@pytest.mark.parametrize("body", [b"", b"[]", b'{"messages":1}', b'{"contents":'])
def test_what_can_not_be_read_is_refused(bare: str, body: bytes) -> None:
    with pytest.raises(BadRequest):
        count(bare, body, ANTHROPIC)
