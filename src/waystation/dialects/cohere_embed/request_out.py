"""Words into a request for a vendor of Cohere's embeddings."""

from typing import Final

import msgspec

from waystation.dialects.codec import Encoded, Target
from waystation.dialects.cohere_embed.tasks import DEFAULT, INPUT_TYPES
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.embedding import EmbeddingRequest

# Callers of OpenAI's language have no words for these; those who want them send them under Cohere's names.
_LENT: Final = ("input_type", "truncate")


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    losses = Losses(request.dialect, "cohere.embed")
    for name, value in (("title", request.title), ("user", request.user)):
        if value is not None:
            losses.note(name, "Cohere's embeddings have no such member")
    if not all(isinstance(one, str) for one in request.inputs):
        losses.note("input", "Cohere takes texts, not token ids", grave=True)
    members = {
        "model": target.model,
        "texts": [one if isinstance(one, str) else "" for one in request.inputs],
        "input_type": _input_type(request.task, losses),
        "embedding_types": ("float",),
        "output_dimension": request.dimensions,
    }
    lent = {name: raw for name, raw in request.extras.items() if name in _LENT}
    kept = losses.keep("", {name: raw for name, raw in request.extras.items() if name not in lent})
    return Encoded(msgspec.json.encode(said(members) | lent | dict(kept)), losses.found())


def _input_type(task: str | None, losses: Losses) -> str:
    if task is None:
        return DEFAULT
    found = INPUT_TYPES.get(task)
    if found is None:
        losses.note("task", f"Cohere has no such task: {DEFAULT} is asked for")
    return found or DEFAULT
