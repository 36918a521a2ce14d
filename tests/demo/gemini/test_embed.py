"""Gemini's embeddings."""

from typing import Any

import pytest

from tests.demo.raw import Got
from tests.demo.speakers import call
from waystation.demo.upstream import DemoUpstream
from waystation.demo.vectors import vector

PATH = "/v1beta/models/embed"


async def _got(verb: str, body: object) -> Got:
    async with DemoUpstream() as upstream:
        return await call(upstream, f"{PATH}:{verb}", body)


def _asked(text: str, **more: Any) -> dict[str, Any]:
    return {"content": {"parts": [{"text": text}]}, "outputDimensionality": 4, **more}


async def test_one_text() -> None:
    body = (await _got("embedContent", _asked("one two", task_type="RETRIEVAL_QUERY"))).json()
    assert body["embedding"] == {"values": vector("one two", 4)}
    assert body["usageMetadata"]["promptTokenCount"] == 2


async def test_many_texts() -> None:
    requests = [_asked(text, model="models/embed") for text in ("one two", "three")]
    body = (await _got("batchEmbedContents", {"requests": requests})).json()
    assert body["embeddings"] == [{"values": vector(text, 4)} for text in ("one two", "three")]
    assert body["usageMetadata"]["promptTokenCount"] == 3


async def test_a_vector_is_long_unless_told() -> None:
    body = (await _got("embedContent", {"content": {"parts": [{"text": "a"}]}})).json()
    assert len(body["embedding"]["values"]) == 3072


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("embedContent", {}),
        ("embedContent", {"content": {"parts": []}}),
        ("embedContent", _asked("a", model="models/other")),
        ("embedContent", _asked("a", x=1)),
        ("batchEmbedContents", {"requests": []}),
        ("batchEmbedContents", {"requests": [_asked("a")]}),
        ("batchEmbedContents", {"requests": [_asked("a", model="models/embed")] * 101}),
    ],
)
async def test_what_cannot_be_embedded_is_refused(verb: str, body: object) -> None:
    got = await _got(verb, body)
    assert (got.status, got.error()["status"]) == (400, "INVALID_ARGUMENT")
