import json

import pytest

from waystation.dialects.openai_embeddings.reply_in import decode_reply, read_facts
from waystation.dialects.vectors import packed
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage


def answer(rows: list[object], **members: object) -> bytes:
    return json.dumps({"object": "list", "data": rows} | members).encode()


def row(*vector: float, index: object = 0) -> dict[str, object]:
    return {"object": "embedding", "index": index, "embedding": list(vector)}


def test_vectors_model_and_usage_are_read() -> None:
    reply = decode_reply(answer([row(1, 0.5)], model="m-1", usage={"prompt_tokens": 5, "total_tokens": 5}))
    assert reply.vectors == ((1.0, 0.5),)
    assert reply.model == "m-1"
    assert reply.heard == Heard(Usage(input_tokens=5, output_tokens=0), ())


def test_vectors_in_base64_are_unpacked() -> None:
    rows: list[object] = [{"index": 0, "embedding": packed((0.25, -1.0))}]
    assert decode_reply(answer(rows)).vectors == ((0.25, -1.0),)


def test_vectors_are_put_in_the_order_of_their_inputs() -> None:
    assert decode_reply(answer([row(2, index=1), row(1, index=0)])).vectors == ((1.0,), (2.0,))


@pytest.mark.parametrize("indices", [(0, 0), (1, 2), (None, None), ("1", "0"), (0, True)])
def test_indices_that_say_nothing_are_ignored(indices: tuple[object, object]) -> None:
    first, second = indices
    assert decode_reply(answer([row(1, index=first), row(2, index=second)])).vectors == ((1.0,), (2.0,))


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 5, "total_tokens": 6}, 5),
        ({"total_tokens": 6}, 6),
        ({"prompt_tokens": 4.0}, 4),
        ({"prompt_tokens": 0}, 0),
    ],
)
def test_usage_is_all_input(usage: object, tokens: int) -> None:
    heard = decode_reply(answer([row(1)], usage=usage)).heard
    assert heard == Heard(Usage(input_tokens=tokens, output_tokens=0), ())


@pytest.mark.parametrize("usage", [None, {}, [], {"prompt_tokens": "5"}, "much"])
def test_usage_that_is_none_is_unheard(usage: object) -> None:
    assert decode_reply(answer([row(1)], usage=usage)).heard is None


def test_a_negative_usage_is_mended() -> None:
    heard = decode_reply(answer([row(1)], usage={"prompt_tokens": -5})).heard
    assert heard == Heard(Usage(input_tokens=0, output_tokens=0), ("input_negative",))


@pytest.mark.parametrize("model", [None, 7, "", "a\nb", "m" * 300])
def test_a_model_that_is_no_name_is_none(model: object) -> None:
    assert decode_reply(answer([row(1)], model=model)).model is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"data":[]}',
        b'{"data":{}}',
        b'{"data":[{"embedding":[]}]}',
        b'{"data":[{"embedding":[null]}]}',
        b'{"data":[{"embedding":"*"}]}',
        b'{"data":[{"index":0}]}',
        b'{"data":[1]}',
        b'{"data":[{"embedding":[1e999]}]}',
        b'{"data":[' + b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_reply(body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error":{"message":"no","code":"model_not_found"}}', "model_not_found"),
        (b'{"data":[],"error":{"message":"no","code":"x"}}', "x"),
        (b'{"code":1214,"message":"wrong"}', "1214"),
    ],
)
def test_an_error_in_place_of_an_answer_is_the_vendors(body: bytes, code: str) -> None:
    for read in (decode_reply, read_facts):
        with pytest.raises(VendorFailure) as caught:
            read(body)
        assert caught.value.vendor_code == code


def test_broken_text_beside_the_vectors_does_not_matter() -> None:
    assert decode_reply(b'\xef\xbb\xbf{"data":[{"embedding":[1]}],"x":"\\ud83d"}').vectors == ((1.0,),)
    assert decode_reply(b'{"data":[{"embedding":[1]}],"model":"\xff"}').vectors == ((1.0,),)


def test_the_facts_are_read_without_the_vectors() -> None:
    facts = read_facts(answer([row(1), "any"], model="m-1", usage={"prompt_tokens": 5}))
    assert facts.usage == Heard(Usage(input_tokens=5, output_tokens=0), ())
    assert (facts.response_model, facts.finish_reasons, facts.weight) == ("m-1", (), Weight())
