import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Place, Target
from waystation.dialects.gemini_embed.request_in import decode_request
from waystation.dialects.gemini_embed.request_out import encode_request
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.loss import Loss

TARGET = Target(model="vendor-model")
OURS = {"model", "content", "requests", "title", "taskType", "task_type", "outputDimensionality"}
OURS |= {"output_dimensionality", "embedContentConfig", "embed_content_config"}
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
UNKNOWN = st.dictionaries(
    st.text().filter(lambda name: name not in OURS and not name.startswith("requests[")), JSON, max_size=4
)
MODEL = {"model": "models/vendor-model"}


def content(text: str) -> dict[str, object]:
    return {"content": {"parts": [{"text": text}]}}


def test_a_vendor_is_asked_for_many_even_if_it_is_one() -> None:
    request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=("a",), single=True, dimensions=8)
    encoded = encode_request(request, TARGET)
    assert json.loads(encoded.body) == {"requests": [MODEL | content("a") | {"outputDimensionality": 8}]}
    assert encoded.losses == ()


def test_task_and_title_are_said_with_each_input() -> None:
    request = EmbeddingRequest(dialect="gemini.embed", model="m", inputs=("a", "b"), task="CLUSTERING", title="t")
    words = {"taskType": "CLUSTERING", "title": "t"}
    assert json.loads(encode_request(request, Target(model="models/vendor-model")).body) == {
        "requests": [MODEL | content("a") | words, MODEL | content("b") | words]
    }


def test_token_ids_are_a_grave_loss() -> None:
    request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=((1, 2), (3,)))
    encoded = encode_request(request, TARGET)
    assert encoded.losses == (Loss("input", "Gemini takes texts, not token ids", grave=True),)
    assert len(json.loads(encoded.body)["requests"]) == 2


def test_members_of_another_language_are_lost() -> None:
    request = EmbeddingRequest(
        dialect="openai.embeddings", model="m", inputs=("a",), user="u", extras={"x": msgspec.Raw(b"1")}
    )
    encoded = encode_request(request, TARGET)
    assert json.loads(encoded.body) == {"requests": [MODEL | content("a")]}
    assert encoded.losses == (
        Loss("user", "Gemini's embeddings have no such member"),
        Loss("x", "gemini.embed has no such member"),
    )


def test_a_member_of_a_request_that_is_not_there_is_the_bodys() -> None:
    request = EmbeddingRequest(
        dialect="gemini.embed", model="m", inputs=("a",), extras={"requests[7].x": msgspec.Raw(b"1")}
    )
    assert json.loads(encode_request(request, TARGET).body)["requests[7].x"] == 1


@given(UNKNOWN, UNKNOWN)
def test_members_of_the_same_language_come_through(top: dict[str, object], inner: dict[str, object]) -> None:
    requests = [inner | content("a") | {"title": "t"}, inner | content("b") | {"taskType": "CLUSTERING"}]
    body = json.dumps(top | {"requests": requests}).encode()
    encoded = encode_request(decode_request(body, Place(model="m", verb="batchEmbedContents")), TARGET)
    assert json.loads(encoded.body) == top | {"requests": [MODEL | request for request in requests]}
    assert encoded.losses == ()


@given(UNKNOWN)
def test_so_do_those_of_a_single_request(unknown: dict[str, object]) -> None:
    body = json.dumps(unknown | content("a")).encode()
    encoded = encode_request(decode_request(body, Place(model="m", verb="embedContent")), TARGET)
    assert json.loads(encoded.body) == {"requests": [MODEL | unknown | content("a")]}
