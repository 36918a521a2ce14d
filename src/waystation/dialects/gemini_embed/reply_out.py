"""Words into the answer that a caller of Gemini's embeddings gets."""

import msgspec

from waystation.dialects.vectors import aligned
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest


def encode_reply(reply: EmbeddingReply, request: EmbeddingRequest) -> bytes:
    """Raises: BadAnswer if the vectors are not one for each input."""
    found = [{"values": vector} for vector in aligned(reply, request)]
    answer: dict[str, object] = {"embedding": found[0]} if request.single else {"embeddings": found}
    if reply.heard is not None:
        answer["usageMetadata"] = {"promptTokenCount": reply.heard.usage.input_tokens}
    return msgspec.json.encode(answer)
