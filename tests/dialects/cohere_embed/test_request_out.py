import json

import msgspec
import pytest

from waystation.dialects.codec import Target
from waystation.dialects.cohere_embed.request_out import encode_request
from waystation.wire.embedding import EmbeddingRequest
from waystation.wire.loss import Loss

TARGET = Target(model="embed-v4.0")


def test_a_vendor_is_asked_in_coheres_words() -> None:
    request = EmbeddingRequest(
        dialect="openai.embeddings", model="m", inputs=("a",), single=True, dimensions=256, encoding="base64"
    )
    encoded = encode_request(request, TARGET)
    assert json.loads(encoded.body) == {
        "model": "embed-v4.0",
        "texts": ["a"],
        "input_type": "search_document",
        "embedding_types": ["float"],
        "output_dimension": 256,
    }
    assert encoded.losses == ()


@pytest.mark.parametrize(
    ("task", "input_type", "lost"),
    [
        (None, "search_document", False),
        ("RETRIEVAL_QUERY", "search_query", False),
        ("CODE_RETRIEVAL_QUERY", "search_query", False),
        ("CLASSIFICATION", "classification", False),
        ("SEMANTIC_SIMILARITY", "search_document", True),
    ],
)
def test_a_task_becomes_an_input_type(task: str | None, input_type: str, lost: bool) -> None:
    request = EmbeddingRequest(dialect="gemini.embed", model="m", inputs=("a",), task=task)
    encoded = encode_request(request, TARGET)
    assert json.loads(encoded.body)["input_type"] == input_type
    assert [loss.field for loss in encoded.losses] == (["task"] if lost else [])
    assert not any(loss.grave for loss in encoded.losses)


def test_coheres_own_members_are_taken_from_callers_of_any_language() -> None:
    extras = {"input_type": msgspec.Raw(b'"search_query"'), "truncate": msgspec.Raw(b'"END"')}
    request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=("a",), extras=extras)
    encoded = encode_request(request, TARGET)
    sent = json.loads(encoded.body)
    assert (sent["input_type"], sent["truncate"]) == ("search_query", "END")
    assert encoded.losses == ()


def test_what_cohere_has_no_member_for_is_lost() -> None:
    request = EmbeddingRequest(
        dialect="openai.embeddings",
        model="m",
        inputs=("a",),
        title="t",
        user="u",
        extras={"x": msgspec.Raw(b"1")},
    )
    encoded = encode_request(request, TARGET)
    assert "x" not in json.loads(encoded.body)
    assert [loss.field for loss in encoded.losses] == ["title", "user", "x"]


def test_token_ids_are_a_grave_loss() -> None:
    request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=((1, 2), (3,)))
    encoded = encode_request(request, TARGET)
    assert encoded.losses == (Loss("input", "Cohere takes texts, not token ids", grave=True),)
    assert json.loads(encoded.body)["texts"] == ["", ""]
