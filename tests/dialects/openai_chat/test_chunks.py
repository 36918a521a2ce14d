"""One chunk of a stream."""

import msgspec
import pytest

from waystation.dialects.openai_chat.chunks import Call, Choice, Chunk, Delta, Function, decode_chunk
from waystation.wire.errors import BadAnswer, VendorFailure


def test_a_chunk_is_read() -> None:
    payload = b'{"id":"i","model":"m","choices":[{"index":1,"delta":{"content":"a","x":1},"finish_reason":null}]}'
    assert decode_chunk(payload) == Chunk(id="i", model="m", choices=[Choice(index=1, delta=Delta(content="a"))])


def test_a_member_of_another_type_does_not_cost_the_others() -> None:
    payload = (
        b'{"created":"now","choices":[{"index":"1","delta":{"content":"a","tool_calls":'
        b'[{"id":5,"index":0,"function":{"name":[],"arguments":{"a":1}}}]}}]}'
    )
    function = Function(arguments={"a": msgspec.Raw(b"1")})
    delta = Delta(content="a", tool_calls=[Call(index=0, function=function)])
    assert decode_chunk(payload) == Chunk(choices=[Choice(index=1, delta=delta)])


@pytest.mark.parametrize("payload", [b'{"choices":[]}', b'{"ping":1}', b'{"usage":{}}'])
def test_a_chunk_without_choices_may_be(payload: bytes) -> None:
    assert not decode_chunk(payload).choices


@pytest.mark.parametrize("payload", [b"", b"{", b"5", b'{"choices":5}'])
def test_what_is_no_chunk_is_refused(payload: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_chunk(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"error":{"code":"busy"}}',
        b'{"choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"code":"busy"}}',
        b'{"choices":[{"index":"0"}],"error":{"code":"busy"}}',
        b'{"code":"busy","message":"try later"}',
    ],
)
def test_an_error_is_the_vendors_failure(payload: bytes) -> None:
    with pytest.raises(VendorFailure) as caught:
        decode_chunk(payload)
    assert caught.value.vendor_code == "busy"
