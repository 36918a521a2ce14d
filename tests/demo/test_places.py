"""Which path belongs to which language."""

import pytest

from tests.demo.scenes import request_at
from waystation.demo.anthropic.language import Anthropic
from waystation.demo.chat import Chat
from waystation.demo.cohere import CohereEmbed
from waystation.demo.completions import Completions
from waystation.demo.embeddings import Embeddings
from waystation.demo.gemini.embed import GeminiBatchEmbed, GeminiEmbed
from waystation.demo.gemini.language import Gemini
from waystation.demo.places import Places
from waystation.demo.responses.language import Responses
from waystation.demo.settings import DemoSettings

PLACES = Places(DemoSettings())


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/v1/chat/completions", Chat),
        ("/v1/completions", Completions),
        ("/v1/embeddings", Embeddings),
        ("/v1/messages?beta=true", Anthropic),
        ("/v1/responses", Responses),
        ("/v2/embed", CohereEmbed),
        ("/v1beta/models/m:generateContent", Gemini),
        ("/v1/models/m:streamGenerateContent?alt=sse", Gemini),
        ("/v1beta/models/m:embedContent", GeminiEmbed),
        ("/v1beta/models/m:batchEmbedContents", GeminiBatchEmbed),
    ],
)
def test_a_model_is_called_in_its_language(path: str, language: type) -> None:
    place = PLACES.find(request_at(path, {}))
    assert place is not None
    assert (type(place.language), place.is_call) == (language, True)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/models", frozenset({"GET"})),
        ("/v1/models/llama:8b", frozenset({"GET"})),
        ("/v1/messages/count_tokens", frozenset({"POST"})),
        ("/v1beta/models/m:countTokens", frozenset({"POST"})),
        ("/v1/responses/resp_1", frozenset({"GET", "DELETE"})),
        ("/v1/responses/resp_1/cancel", frozenset({"POST"})),
        ("/v1/responses/resp_1/input_items", frozenset({"GET"})),
    ],
)
def test_other_paths_run_no_model(path: str, methods: frozenset[str]) -> None:
    place = PLACES.find(request_at(path, {}))
    assert place is not None
    assert (place.methods, place.is_call) == (methods, False)


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/responses/a/b", "/v1beta/models/m", "/v1beta/models/m:x", "/v2/rerank"]
)
def test_nothing_stands_elsewhere(path: str) -> None:
    assert PLACES.find(request_at(path, {})) is None


def test_a_prefix_moves_what_is_not_googles_or_coheres() -> None:
    places = Places(DemoSettings(prefix="/x"))
    for path in ("/x/messages", "/x/responses", "/x/models/m", "/v1beta/models/m:countTokens", "/v2/embed"):
        assert places.find(request_at(path, {})) is not None
    assert places.find(request_at("/v1/messages", {})) is None
