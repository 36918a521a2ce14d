import pytest

from waystation.dialects.openai_embeddings.request_in import decode_request
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.errors import BadRequest


def test_every_member_has_its_word() -> None:
    got = decode_request(
        b'{"model":"m","input":["a","b"],"dimensions":256,"encoding_format":"base64","user":"u","x":[1, 2]}'
    )
    assert got == EmbeddingRequest(
        dialect="openai.embeddings",
        model="m",
        inputs=("a", "b"),
        dimensions=256,
        encoding="base64",
        user="u",
        extras=got.extras,
    )
    assert {name: bytes(raw) for name, raw in got.extras.items()} == {"x": b"[1, 2]"}


@pytest.mark.parametrize(
    ("said", "inputs", "single"),
    [
        ('"a"', ("a",), True),
        ('""', ("",), True),
        ('["a"]', ("a",), False),
        ('["a","你"]', ("a", "你"), False),
        ("[1,2]", ((1, 2),), True),
        ("[[1,2],[3]]", ((1, 2), (3,)), False),
    ],
)
def test_inputs_come_in_four_forms(said: str, inputs: tuple[object, ...], single: bool) -> None:
    got = decode_request(f'{{"model":"m","input":{said}}}'.encode())
    assert (got.inputs, got.single) == (inputs, single)


@pytest.mark.parametrize("said", ["[]", "[1,[2]]", '["a",1]', '["a",[1]]', "1", "{}", "[1.5]", "[true]", '[["a"]]'])
def test_another_form_is_refused(said: str) -> None:
    with pytest.raises(BadRequest, match="'input' must be") as caught:
        decode_request(f'{{"model":"m","input":{said}}}'.encode())
    assert caught.value.param == "input"


@pytest.mark.parametrize(
    ("member", "param"),
    [
        ('"encoding_format":"int8"', "encoding_format"),
        ('"dimensions":0', "dimensions"),
        ('"dimensions":1.5', "dimensions"),
        ('"user":7', "user"),
        ('"stream":true', "stream"),
    ],
)
def test_a_member_that_is_wrong_is_named(member: str, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(f'{{"model":"m","input":"a",{member}}}'.encode())
    assert caught.value.param == param


@pytest.mark.parametrize(("body", "param"), [(b'{"input":"a"}', "model"), (b'{"model":"m"}', "input")])
def test_model_and_input_must_be_there(body: bytes, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(body)
    assert caught.value.param == param


def test_a_byte_order_mark_and_null_members_do_not_matter() -> None:
    got = decode_request(b'\xef\xbb\xbf{"model":"m","input":"a","dimensions":null,"encoding_format":null,"y":null}')
    assert (got.dimensions, got.encoding, dict(got.extras)) == (None, "float", {})


def test_half_a_surrogate_pair_is_mended() -> None:
    assert decode_request(b'{"model":"m","input":"a\\ud83d"}').inputs == ("a\ufffd",)
