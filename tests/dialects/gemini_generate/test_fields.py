"""Members in either spelling."""

import pytest

from waystation.dialects.gemini_generate.fields import Fields, names_of
from waystation.wire.errors import BadAnswer, BadRequest


@pytest.mark.parametrize("body", [b'{"topK":5}', b'{"top_k":5}'])
def test_both_spellings_are_read(body: bytes) -> None:
    assert Fields(body).whole("topK") == 5


def test_a_name_that_is_not_known_keeps_its_spelling() -> None:
    assert list(Fields(b'{"odd_name":1}').left()) == ["odd_name"]


def test_a_member_in_both_spellings_is_refused() -> None:
    with pytest.raises(BadRequest, match="must be given once") as caught:
        Fields(b'{"topK":5,"top_k":6}', "config")
    assert caught.value.param == "config.topK"
    with pytest.raises(BadAnswer):
        Fields(b'{"topK":5,"top_k":6}', answer=True)


def test_inner_objects_are_read_alike() -> None:
    inner = Fields(b'{"generation_config":{"max_output_tokens":7}}').table("generationConfig")
    assert inner is not None
    assert inner.path == "generationConfig"
    assert inner.whole("maxOutputTokens") == 7
    assert Fields(b"{}").table("generationConfig") is None


def test_a_single_object_stands_for_an_array_of_one() -> None:
    assert [one.path for one in Fields(b'{"contents":{"role":"user"}}').each("contents")] == ["contents"]
    assert [one.path for one in Fields(b'{"contents":[{},{}]}').each("contents")] == ["contents[0]", "contents[1]"]
    assert Fields(b"{}").each("contents") == []


def test_only_text_is_taken_as_text() -> None:
    fields = Fields(b'{"a":"x","b":5}')
    assert (fields.text_or_none("a"), fields.text_or_none("b"), fields.text_or_none("c")) == ("x", None, None)
    assert list(fields.left()) == ["b"]


def test_a_peek_takes_nothing() -> None:
    fields = Fields(b'{"a":"x","b":5}')
    assert (fields.peek("a"), fields.peek("b"), fields.peek("c")) == ("x", None, None)
    assert list(fields.left()) == ["a", "b"]


def test_names_come_in_all_their_spellings() -> None:
    assert names_of("generationConfig") == ("generationConfig", "generation_config")
    assert names_of("contents") == ("contents",)
