import pytest

from waystation.dialects.cohere_embed.reply_in import decode_reply
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import Heard, Usage

ANSWER = b'{"id":"1","embeddings":{"float":[[1,0.5],[2,3]]},"texts":["a","b"],"meta":%s}'


def test_vectors_and_usage_are_read() -> None:
    reply = decode_reply(ANSWER % b'{"api_version":{"version":"2"},"billed_units":{"input_tokens":7.0}}')
    assert reply.vectors == ((1.0, 0.5), (2.0, 3.0))
    assert reply.heard == Heard(Usage(input_tokens=7, output_tokens=0), ())
    assert reply.model is None


@pytest.mark.parametrize(
    "meta", [b"null", b"{}", b"[]", b'{"billed_units":null}', b'{"billed_units":{}}', b'{"billed_units":{"images":1}}']
)
def test_usage_that_is_none_is_unheard(meta: bytes) -> None:
    assert decode_reply(ANSWER % meta).heard is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"embeddings":{}}',
        b'{"embeddings":{"float":[]}}',
        b'{"embeddings":{"float":[[]]}}',
        b'{"embeddings":{"float":[[null]]}}',
        b'{"embeddings":[[1]]}',
        b'{"embeddings":' + b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_reply(body)


def test_a_message_in_place_of_vectors_is_the_vendors_failure() -> None:
    with pytest.raises(VendorFailure):
        decode_reply(b'{"id":"1","message":"too many tokens"}')


def test_broken_text_beside_the_vectors_does_not_matter() -> None:
    assert decode_reply(b'\xef\xbb\xbf{"embeddings":{"float":[[1]]},"texts":["\\ud83d\xff"]}').vectors == ((1.0,),)
