"""OpenAI's embeddings."""

from typing import Any

import pytest

from tests.demo.raw import Got
from tests.demo.speakers import call
from waystation.demo.upstream import DemoUpstream
from waystation.demo.vectors import encoded, vector


async def _got(**asked: Any) -> Got:
    async with DemoUpstream() as upstream:
        return await call(upstream, "/v1/embeddings", {"model": "embed", **asked})


async def test_each_text_has_its_vector() -> None:
    body = (await _got(input=["one two", "three"], dimensions=4)).json()
    assert [one["embedding"] for one in body["data"]] == [vector("one two", 4), vector("three", 4)]
    assert [one["index"] for one in body["data"]] == [0, 1]
    assert body["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


async def test_a_vector_may_come_in_base64() -> None:
    (one,) = (await _got(input="a", encoding_format="base64", dimensions=4)).json()["data"]
    assert one["embedding"] == encoded(vector("a", 4))


@pytest.mark.parametrize(
    ("given", "count", "used"), [("a b", 1, 2), ([1, 2, 3], 1, 3), ([[1], [2, 3]], 2, 3), (["a"], 1, 1)]
)
async def test_input_has_four_forms(given: object, count: int, used: int) -> None:
    body = (await _got(input=given)).json()
    assert (len(body["data"]), body["usage"]["total_tokens"]) == (count, used)
    assert len(body["data"][0]["embedding"]) == 1536


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"input": []},
        {"input": ""},
        {"input": ["a", ""]},
        {"input": "a", "dimensions": 0},
        {"input": "a", "encoding_format": "int8"},
        {"input": "a", "model": ""},
        {"input": ["a"] * 2049},
    ],
)
async def test_what_cannot_be_embedded_is_refused(asked: dict[str, Any]) -> None:
    got = await _got(**asked)
    assert (got.status, got.error()["type"]) == (400, "invalid_request_error")
