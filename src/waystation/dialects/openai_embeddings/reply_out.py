"""Words into the answer that a caller of OpenAI's embeddings gets."""

import msgspec

from waystation.dialects.vectors import aligned, packed
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest


def encode_reply(reply: EmbeddingReply, request: EmbeddingRequest) -> bytes:
    """Raises: BadAnswer if the vectors are not one for each input."""
    vectors = aligned(reply, request)
    form = packed if request.encoding == "base64" else tuple
    rows = [{"object": "embedding", "index": at, "embedding": form(vector)} for at, vector in enumerate(vectors)]
    tokens = 0 if reply.heard is None else reply.heard.usage.input_tokens or 0
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return msgspec.json.encode({"object": "list", "data": rows, "model": reply.model or request.model, "usage": usage})
