import json

import pytest

from waystation.dialects.openai_embeddings.reply_in import decode_reply
from waystation.dialects.openai_embeddings.reply_out import encode_reply
from waystation.dialects.vectors import packed
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import BadAnswer
from waystation.wire.usage import Heard, Usage

REPLY = EmbeddingReply(
    dialect="gemini.embed",
    vectors=((1.0, 0.5), (0.25, 0.0)),
    heard=Heard(Usage(input_tokens=9, output_tokens=0), ()),
)
REQUEST = EmbeddingRequest(dialect="openai.embeddings", model="public", inputs=("a", "b"))


def test_a_caller_gets_openais_list() -> None:
    assert json.loads(encode_reply(REPLY, REQUEST)) == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": 0, "embedding": [1.0, 0.5]},
            {"object": "embedding", "index": 1, "embedding": [0.25, 0.0]},
        ],
        "model": "public",
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
    }


def test_a_caller_who_asked_for_base64_gets_it() -> None:
    request = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=("a", "b"), encoding="base64")
    rows = json.loads(encode_reply(REPLY, request))["data"]
    assert [row["embedding"] for row in rows] == [packed((1.0, 0.5)), packed((0.25, 0.0))]


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_what_is_written_is_read_the_same(encoding: str) -> None:
    request = EmbeddingRequest(
        dialect="openai.embeddings",
        model="m",
        inputs=("a", "b"),
        encoding="base64" if encoding == "base64" else "float",
    )
    got = decode_reply(encode_reply(REPLY, request))
    assert (got.vectors, got.heard, got.model) == (REPLY.vectors, REPLY.heard, "m")


def test_the_vendors_name_of_the_model_comes_first_and_unheard_usage_is_none() -> None:
    reply = EmbeddingReply(dialect="openai.embeddings", vectors=((1.0,), (2.0,)), model="m-2026")
    told = json.loads(encode_reply(reply, REQUEST))
    assert (told["model"], told["usage"]) == ("m-2026", {"prompt_tokens": 0, "total_tokens": 0})


def test_vectors_that_are_not_one_for_each_input_are_refused() -> None:
    with pytest.raises(BadAnswer):
        encode_reply(EmbeddingReply(dialect="gemini.embed", vectors=((1.0,),)), REQUEST)
