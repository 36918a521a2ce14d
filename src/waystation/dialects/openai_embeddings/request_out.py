"""Words into a request for a vendor of OpenAI's embeddings."""

import msgspec

from waystation.dialects.codec import Encoded, Target
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.embedding import EmbeddingRequest


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    losses = Losses(request.dialect, "openai.embeddings")
    for name, value in (("task", request.task), ("title", request.title)):
        if value is not None:
            losses.note(name, "OpenAI's embeddings have no such member")
    inputs: object = request.inputs[0] if request.single else request.inputs
    members = {
        "model": target.model,
        "input": inputs,
        "dimensions": request.dimensions,
        "encoding_format": request.encoding,
        "user": request.user,
    }
    body = msgspec.json.encode(said(members) | dict(losses.keep("", request.extras)))
    return Encoded(body, losses.found())
