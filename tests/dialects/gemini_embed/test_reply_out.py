import json

import pytest

from waystation.dialects.gemini_embed.reply_in import decode_reply
from waystation.dialects.gemini_embed.reply_out import encode_reply
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import BadAnswer
from waystation.wire.usage import Heard, Usage

HEARD = Heard(Usage(input_tokens=9, output_tokens=0), ())
MANY = EmbeddingRequest(dialect="gemini.embed", model="m", inputs=("a", "b"))
ONE = EmbeddingRequest(dialect="gemini.embed", model="m", inputs=("a",), single=True)


def test_many_texts_are_answered_with_a_list() -> None:
    reply = EmbeddingReply(dialect="openai.embeddings", vectors=((1.0,), (2.0,)), heard=HEARD)
    body = encode_reply(reply, MANY)
    assert json.loads(body) == {
        "embeddings": [{"values": [1.0]}, {"values": [2.0]}],
        "usageMetadata": {"promptTokenCount": 9},
    }
    assert (decode_reply(body).vectors, decode_reply(body).heard) == (reply.vectors, HEARD)


def test_one_text_is_answered_with_one_vector() -> None:
    reply = EmbeddingReply(dialect="openai.embeddings", vectors=((1.0,),))
    assert json.loads(encode_reply(reply, ONE)) == {"embedding": {"values": [1.0]}}


def test_vectors_that_are_not_one_for_each_input_are_refused() -> None:
    with pytest.raises(BadAnswer):
        encode_reply(EmbeddingReply(dialect="openai.embeddings", vectors=((1.0,), (2.0,))), ONE)
