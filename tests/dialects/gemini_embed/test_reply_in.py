import pytest

from waystation.dialects.gemini_embed.reply_in import decode_reply, read_facts
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage


def test_many_vectors_and_their_usage_are_read() -> None:
    reply = decode_reply(
        b'{"embeddings":[{"values":[1,0.5]},{"values":[2,3],"shape":[2]}],"usageMetadata":{"promptTokenCount":7}}'
    )
    assert reply.vectors == ((1.0, 0.5), (2.0, 3.0))
    assert reply.heard == Heard(Usage(input_tokens=7, output_tokens=0), ())
    assert reply.model is None


def test_the_answer_to_one_text_is_read_too() -> None:
    assert decode_reply(b'\xef\xbb\xbf{"embedding":{"values":[1]}}').vectors == ((1.0,),)


@pytest.mark.parametrize("usage", [b"null", b"{}", b"7", b'{"promptTokenCount":"7"}'])
def test_usage_that_is_none_is_unheard(usage: bytes) -> None:
    assert decode_reply(b'{"embedding":{"values":[1]},"usageMetadata":%s}' % usage).heard is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[1]",
        b"{}",
        b"<html>",
        b'{"embeddings":[]}',
        b'{"embeddings":[{}]}',
        b'{"embeddings":[{"values":[]}]}',
        b'{"embeddings":[{"values":["1"]}]}',
        b'{"embedding":{"values":null}}',
        b'{"embeddings":' + b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_reply(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED"}}',
        b'[{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED"}}]',
    ],
)
def test_an_error_in_place_of_an_answer_is_the_vendors(body: bytes) -> None:
    for read in (decode_reply, read_facts):
        with pytest.raises(VendorFailure) as caught:
            read(body)
        assert caught.value.vendor_code == "429"


def test_broken_text_beside_the_vectors_does_not_matter() -> None:
    assert decode_reply(b'{"embedding":{"values":[1]},"x":"\\ud83d\xff"}').vectors == ((1.0,),)


def test_the_facts_are_read_without_the_vectors() -> None:
    facts = read_facts(b'{"embeddings":["any"],"usageMetadata":{"promptTokenCount":7}}')
    assert facts.usage == Heard(Usage(input_tokens=7, output_tokens=0), ())
    assert (facts.response_model, facts.finish_reasons, facts.weight) == (None, (), Weight())
