import json

import pytest

from waystation.dialects.codec import Place
from waystation.dialects.gemini_embed.request_in import decode_request
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.errors import BadRequest

ONE = Place(model="m", verb="embedContent")
MANY = Place(model="m", verb="batchEmbedContents")


def content(text: str) -> dict[str, object]:
    return {"content": {"parts": [{"text": text}]}}


def batch(*requests: dict[str, object], **members: object) -> EmbeddingRequest:
    rows = [content(f"text {at}") | request for at, request in enumerate(requests)]
    return decode_request(json.dumps({"requests": rows} | members).encode(), MANY)


def test_one_text_is_a_single_input() -> None:
    body = content("a") | {"taskType": "RETRIEVAL_QUERY", "outputDimensionality": 8, "x": 1}
    got = decode_request(json.dumps(body).encode(), ONE)
    assert got == EmbeddingRequest(
        dialect="gemini.embed",
        model="m",
        inputs=("a",),
        single=True,
        dimensions=8,
        task="RETRIEVAL_QUERY",
        extras=got.extras,
    )
    assert {name: bytes(raw) for name, raw in got.extras.items()} == {"x": b"1"}


def test_what_all_requests_share_is_said_once() -> None:
    shared: dict[str, object] = {"taskType": "CLUSTERING", "title": "t", "outputDimensionality": 8}
    got = batch(shared, shared)
    assert (got.inputs, got.single) == (("text 0", "text 1"), False)
    assert (got.task, got.title, got.dimensions, dict(got.extras)) == ("CLUSTERING", "t", 8, {})


def test_what_they_do_not_share_each_keeps() -> None:
    got = batch({"title": "t"}, {"title": "u", "taskType": "CLUSTERING", "x": [1]}, {}, y=True)
    assert (got.task, got.title) == (None, None)
    assert {name: bytes(raw) for name, raw in got.extras.items()} == {
        "y": b"true",
        "requests[0].title": b'"t"',
        "requests[1].taskType": b'"CLUSTERING"',
        "requests[1].title": b'"u"',
        "requests[1].x": b"[1]",
    }


def test_vectors_of_different_lengths_are_refused() -> None:
    with pytest.raises(BadRequest, match="the same in all requests") as caught:
        batch({"outputDimensionality": 8}, {"outputDimensionality": 16})
    assert caught.value.param == "requests[1].outputDimensionality"


def test_a_path_without_a_model_is_refused() -> None:
    with pytest.raises(BadRequest):
        decode_request(json.dumps(content("a")).encode(), Place(verb="embedContent"))
