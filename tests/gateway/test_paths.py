import pytest

from waystation.dialects import codecs
from waystation.gateway.paths import Paths, mended

PATHS = Paths(codecs().values())


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1/chat/completions", "openai.chat"),
        ("/chat/completions", "openai.chat"),
        ("/openai/v1/chat/completions", "openai.chat"),
        ("/openai/chat/completions", "openai.chat"),
        ("//v1/v1/chat/completions", "openai.chat"),
        ("/v1/completions", "openai.completions"),
        ("/v1/responses", "openai.responses"),
        ("/v1/embeddings", "openai.embeddings"),
        ("/v1/messages", "anthropic.messages"),
        ("/anthropic/v1/messages", "anthropic.messages"),
        ("/v1beta/models/gemini-3-pro:generateContent", "gemini.generate"),
        ("/v1/models/gemini-3-pro:streamGenerateContent", "gemini.generate"),
        ("/v1beta/v1beta/models/a:generateContent", "gemini.generate"),
        ("/gemini/v1beta/models/a/b:generateContent", "gemini.generate"),
        ("/v1beta/models/e:embedContent", "gemini.embed"),
        ("/v1beta/models/e:batchEmbedContents", "gemini.embed"),
    ],
)
def test_a_path_leads_to_its_language(path: str, dialect: str) -> None:
    found = PATHS.find(path, b"")
    assert found is not None
    assert found[0].dialect == dialect


@pytest.mark.parametrize(
    "path",
    ["/", "/v1/models", "/v1beta/models", "/v1/models/m", "/anthropic/v1/chat/completions", "/v1/embed", "/v1/v1", ""],
)
def test_other_paths_lead_to_none(path: str) -> None:
    assert PATHS.find(path, b"") is None


@pytest.mark.parametrize(
    ("path", "query", "model", "stream", "array"),
    [
        ("/v1beta/models/g:generateContent", b"", "g", False, False),
        ("/v1beta/models/g:streamGenerateContent", b"alt=sse", "g", True, False),
        ("/v1beta/models/g:streamGenerateContent", b"key=x&alt=sse", "g", True, False),
        ("/v1beta/models/g:streamGenerateContent", b"", "g", True, True),
        ("/v1beta/models/org%2Fg:generateContent", b"", "org/g", False, False),
    ],
)
def test_a_path_says_model_and_stream(path: str, query: bytes, model: str, stream: bool, array: bool) -> None:
    found = PATHS.find(path, query)
    assert found is not None
    place = found[1]
    assert (place.model, place.stream, place.array) == (model, stream, array)


@pytest.mark.parametrize(
    ("path", "bare"),
    [
        ("/v1/models", "/models"),
        ("/openai/v1/models/m", "/models/m"),
        ("/gemini/v1beta/models", "/models"),
        ("/models", "/models"),
        ("/anthropic", "/anthropic"),
        ("/v1", "/v1"),
    ],
)
def test_namespace_and_version_come_off(path: str, bare: str) -> None:
    assert PATHS.bare(path) == bare


def test_only_doubled_versions_and_slashes_are_mended() -> None:
    assert mended("//v1//v1/x") == "/v1/x"
    assert mended("/v1/v2/x") == "/v1/v2/x"
