import pytest

from waystation.dialects.openai_embeddings.ask import decode_ask
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight, tokens_of


def test_a_request_asks_for_no_output() -> None:
    ask = decode_ask(b'{"model":"m","input":"hello"}')
    assert (ask.model, ask.stream, ask.include_usage) == ("m", False, False)
    assert (ask.choices, ask.max_output_tokens) == (1, 0)
    assert ask.fixes == ()


def test_the_input_is_what_weighs() -> None:
    assert decode_ask(b'{"model":"m","input":"hello","user":"somebody"}').weight == Weight(len('"hello"'))
    assert decode_ask('{"model":"m","input":["你好","ab"]}'.encode()).weight == Weight(len('["","ab"]'), 2)


def test_a_byte_order_mark_is_not_passed_on() -> None:
    ask = decode_ask(b'\xef\xbb\xbf{"model":"m","input":"a"}')
    assert ask.fixes[0].text == b""
    assert ask.model_span == (12, 15)


@pytest.mark.parametrize(
    ("ids", "count"), [(b"[1,2,3]", 3), (b"[ 15496 ]", 1), (b"[[1,2],[3]]", 3), (b"[\n [ 100257, 1 ] ]", 2)]
)
def test_each_token_id_is_a_token(ids: bytes, count: int) -> None:
    assert tokens_of(decode_ask(b'{"model":"m","input":%s}' % ids).weight) == count


@pytest.mark.parametrize("body", [b'{"model":"m"}', b'{"model":"m","input":null}'])
def test_there_must_be_something_to_embed(body: bytes) -> None:
    with pytest.raises(BadRequest, match="'input' must be") as caught:
        decode_ask(body)
    assert caught.value.param == "input"


def test_a_stream_is_refused() -> None:
    with pytest.raises(BadRequest, match="not streamed") as caught:
        decode_ask(b'{"model":"m","input":"a","stream":true}')
    assert caught.value.param == "stream"
    assert decode_ask(b'{"model":"m","input":"a","stream":false}').stream is False


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"input":"a"}', b'{"model":"","input":"a"}', b'\xff{"input":1}'])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode_ask(body)


def test_many_large_inputs_are_one_member() -> None:
    text = b'"%s"' % (b"x" * 600_000)
    assert decode_ask(b'{"model":"m","input":[%s,%s]}' % (text, text)).weight.ascii_chars > 1_200_000
