import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Target
from waystation.dialects.openai_embeddings.request_in import decode_request
from waystation.dialects.openai_embeddings.request_out import encode_request
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.loss import Loss

TARGET = Target(model="vendor-model")
KNOWN = {"model", "input", "dimensions", "encoding_format", "user", "stream"}
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


def test_a_vendor_is_asked_in_openais_words() -> None:
    request = EmbeddingRequest(
        dialect="gemini.embed", model="public", inputs=("a", "b"), dimensions=3, encoding="base64", user="u"
    )
    encoded = encode_request(request, TARGET)
    assert json.loads(encoded.body) == {
        "model": "vendor-model",
        "input": ["a", "b"],
        "dimensions": 3,
        "encoding_format": "base64",
        "user": "u",
    }
    assert encoded.losses == ()


def test_one_input_is_sent_as_one() -> None:
    for one in ("a", (1, 2)):
        request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=(one,), single=True)
        sent = json.loads(encode_request(request, TARGET).body)
        assert sent == {"model": "vendor-model", "input": "a" if one == "a" else [1, 2], "encoding_format": "float"}


def test_what_openai_has_no_member_for_is_lost() -> None:
    request = EmbeddingRequest(
        dialect="gemini.embed",
        model="m",
        inputs=("a",),
        task="CLUSTERING",
        title="t",
        extras={"requests[0].x": msgspec.Raw(b"1")},
    )
    encoded = encode_request(request, TARGET)
    assert json.loads(encoded.body) == {"model": "vendor-model", "input": ["a"], "encoding_format": "float"}
    assert encoded.losses == (
        Loss("task", "OpenAI's embeddings have no such member"),
        Loss("title", "OpenAI's embeddings have no such member"),
        Loss("requests[0].x", "openai.embeddings has no such member"),
    )


@given(st.dictionaries(st.text().filter(lambda name: name not in KNOWN), JSON, max_size=4))
def test_members_of_the_same_language_come_through(unknown: dict[str, object]) -> None:
    body = {"model": "m", "input": [[1, 2], [3]], "dimensions": 8, "encoding_format": "base64", "user": "u"} | unknown
    encoded = encode_request(decode_request(json.dumps(body).encode()), TARGET)
    assert json.loads(encoded.body) == body | {"model": "vendor-model"}
    assert encoded.losses == ()
