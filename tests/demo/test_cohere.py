"""Cohere's embeddings."""

from typing import Any

import pytest

from tests.demo.raw import Got
from tests.demo.speakers import call
from waystation.demo.cohere import CohereEmbed
from waystation.demo.refusals import BROKEN
from waystation.demo.upstream import DemoSettings, DemoUpstream
from waystation.demo.vectors import encoded, vector

ASKED = {"model": "embed", "input_type": "search_query", "texts": ["one two", "three"], "output_dimension": 4}


async def _got(*, settings: DemoSettings | None = None, **asked: Any) -> Got:
    async with DemoUpstream(settings) as upstream:
        return await call(upstream, "/v2/embed", {**ASKED, **asked})


async def test_each_text_has_its_vector_in_every_form_asked_for() -> None:
    body = (await _got(embedding_types=["float", "base64"])).json()
    values = [vector("one two", 4), vector("three", 4)]
    assert body["embeddings"] == {"float": values, "base64": [encoded(one) for one in values]}
    assert body["meta"]["billed_units"] == {"input_tokens": 3}
    assert list((await _got()).json()["embeddings"]) == ["float"]


@pytest.mark.parametrize(
    "asked", [{"texts": []}, {"texts": ["a"] * 97}, {"input_type": "x"}, {"x": 1}, {"embedding_types": ["int8"]}]
)
async def test_what_cannot_be_embedded_is_refused(asked: dict[str, Any]) -> None:
    got = await _got(**asked)
    assert (got.status, sorted(got.json())) == (400, ["id", "message"])


async def test_an_unknown_key_is_refused() -> None:
    got = await _got(settings=DemoSettings(keys=("sk-good",)))
    assert (got.status, got.json()["message"]) == (401, "invalid api token")
    assert CohereEmbed().wrong_key("").message == "no api key supplied"


def test_an_error_is_the_same_in_a_stream() -> None:
    assert CohereEmbed().error_event(BROKEN, "req_1", 0) == {"id": "req_1", "message": BROKEN.message}
