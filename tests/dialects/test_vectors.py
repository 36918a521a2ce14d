import base64
import json
import math
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects import cohere_embed, gemini_embed, openai_embeddings
from waystation.dialects.codec import Codec, Place, Target
from waystation.dialects.vectors import aligned, checked, packed, unpacked
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import BadAnswer, BadRequest, VendorFailure

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FLOATS).map(tuple))
def test_what_is_packed_is_unpacked_the_same(vector: tuple[float, ...]) -> None:
    assert unpacked(packed(vector)) == vector


def test_floats_are_little_endian_with_32_bits() -> None:
    assert packed((1.0, -2.0)) == base64.b64encode(b"\x00\x00\x80\x3f\x00\x00\x00\xc0").decode()


def test_a_number_too_large_for_32_bits_is_refused() -> None:
    with pytest.raises(BadAnswer, match="32-bit"):
        packed((1e300,))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("AACAPw=", "not base64"),
        ("AAC*Pw==", "not base64"),
        ("é", "not base64"),
        ("AACA", "middle of a number"),
        (base64.b64encode(struct.pack("<f", math.inf)).decode(), "not finite"),
        (base64.b64encode(struct.pack("<f", math.nan)).decode(), "not finite"),
    ],
)
def test_what_holds_no_floats_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadAnswer, match=reason):
        unpacked(text)


def test_vectors_that_hold_something_are_handed_on() -> None:
    assert checked([(1.0,), (2.0,)]) == ((1.0,), (2.0,))


@pytest.mark.parametrize("vectors", [[], [()], [(1.0,), ()]])
def test_an_answer_without_vectors_is_refused(vectors: list[tuple[float, ...]]) -> None:
    with pytest.raises(BadAnswer, match="without vectors"):
        checked(vectors)


def test_each_input_has_its_vector() -> None:
    request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=("a", "b"))
    reply = EmbeddingReply(dialect="gemini.embed", vectors=((1.0,), (2.0,)))
    assert aligned(reply, request) == ((1.0,), (2.0,))


@pytest.mark.parametrize("count", [1, 3])
def test_vectors_that_cannot_be_told_apart_are_refused(count: int) -> None:
    request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=("a", "b"))
    reply = EmbeddingReply(dialect="gemini.embed", vectors=((1.0,),) * count)
    with pytest.raises(BadAnswer, match=f"{count} vectors for 2 inputs"):
        aligned(reply, request)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


def odd(**members: object) -> st.SearchStrategy[dict[str, object]]:
    """Objects with some of these members, each sound or anything else."""
    usual = {name: value if isinstance(value, st.SearchStrategy) else st.just(value) for name, value in members.items()}
    return st.fixed_dictionaries({}, optional={name: value | JSON for name, value in usual.items()})


VECTOR = st.lists(st.floats(allow_nan=False), max_size=3) | st.just("AACAPw==")
ROW = odd(embedding=VECTOR, index=st.integers(0, 2))
VALUES = odd(values=VECTOR)
REPLIES = odd(
    data=st.lists(ROW, max_size=3),
    usage=odd(prompt_tokens=1, total_tokens=1),
    embeddings=st.lists(VALUES, max_size=3) | st.fixed_dictionaries({"float": st.lists(VECTOR, max_size=3)}),
    embedding=VALUES,
    usageMetadata=odd(promptTokenCount=1),
    meta=odd(billed_units=odd(input_tokens=1)),
    model="m",
    error=odd(message="no", code="x"),
    message="no",
)
CONTENT = odd(parts=st.lists(odd(text="a"), max_size=2))
WORDS = {"taskType": "CLUSTERING", "title": "t", "outputDimensionality": 8}
ENTRY = odd(content=CONTENT, embedContentConfig=odd(**WORDS), **WORDS)
REQUESTS = odd(
    model="m",
    input=st.just("a")
    | st.lists(st.text(max_size=2) | st.integers() | st.lists(st.integers(), max_size=2), max_size=3),
    encoding_format="base64",
    dimensions=8,
    requests=st.lists(ENTRY, max_size=3),
    content=CONTENT,
    **WORDS,
)


@pytest.mark.parametrize("codec", [openai_embeddings.CODEC, gemini_embed.CODEC, cohere_embed.CODEC])
@given(said=REPLIES, junk=st.binary(max_size=20))
def test_whatever_a_vendor_answers_it_is_vectors_or_an_error_of_its_own(
    codec: Codec, said: object, junk: bytes
) -> None:
    hub = codec.embeddings
    assert hub is not None
    for body in (json.dumps(said).encode(), json.dumps(said).encode() + junk, junk):
        with suppress(BadAnswer, VendorFailure):
            assert all(hub.decode_reply(body).vectors)
        with suppress(BadAnswer, VendorFailure):
            codec.reply(body)


@pytest.mark.parametrize("codec", [openai_embeddings.CODEC, gemini_embed.CODEC])
@given(said=REQUESTS, verb=st.sampled_from(["embedContent", "batchEmbedContents"]))
def test_whatever_a_caller_asks_it_is_understood_or_refused(codec: Codec, said: object, verb: str) -> None:
    hub = codec.embeddings
    assert hub is not None
    body, place = json.dumps(said).encode(), Place(model="m", verb=verb)
    with suppress(BadRequest):
        codec.retarget(body, codec.decode(body, place), "new")
    with suppress(BadRequest):
        request = hub.decode_request(body, place)
        for other in (openai_embeddings.CODEC, gemini_embed.CODEC, cohere_embed.CODEC):
            assert other.embeddings is not None
            assert other.embeddings.encode_request(request, Target(model="m")).body.startswith(b"{")
