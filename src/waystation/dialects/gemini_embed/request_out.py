"""Words into a request for Gemini: always one of many texts, whose answer is the same for one."""

import re
from typing import Final

import msgspec

from waystation.dialects.codec import Encoded, Target
from waystation.dialects.gemini_embed.place import bare
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.chat import Extras
from waystation.wire.embedding import EmbeddingRequest

_OF_ONE: Final = re.compile(r"requests\[([0-9]{1,6})\]\.(.*)", re.DOTALL)


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    losses = Losses(request.dialect, "gemini.embed")
    if request.user is not None:
        losses.note("user", "Gemini's embeddings have no such member")
    if not all(isinstance(one, str) for one in request.inputs):
        losses.note("input", "Gemini takes texts, not token ids", grave=True)
    shared = {
        "model": f"models/{bare(target.model)}",
        "taskType": request.task,
        "title": request.title,
        "outputDimensionality": request.dimensions,
    }
    rest, own = _sorted(losses.keep("", request.extras), len(request.inputs), single=request.single)
    requests = [
        said(shared) | {"content": {"parts": [{"text": one if isinstance(one, str) else ""}]}} | more
        for one, more in zip(request.inputs, own, strict=True)
    ]
    return Encoded(msgspec.json.encode(rest | {"requests": requests}), losses.found())


def _sorted(extras: Extras, count: int, *, single: bool) -> tuple[dict[str, msgspec.Raw], list[dict[str, msgspec.Raw]]]:
    """The members of the body, and those of each request in it."""
    rest: dict[str, msgspec.Raw] = {}
    own: list[dict[str, msgspec.Raw]] = [{} for _ in range(count)]
    for name, raw in extras.items():
        found = _OF_ONE.fullmatch(name)
        if single:
            own[0][name] = raw
        elif found is not None and int(found[1]) < count:
            own[int(found[1])][found[2]] = raw
        else:
            rest[name] = raw
    return rest, own
