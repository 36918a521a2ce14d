"""How many input tokens a request would be: counted here, from its text, and never billed.

Claude Code asks this in bursts of dozens, so no vendor is asked. The count is an estimate, as `wire.estimate` makes it.
"""

from typing import Final

import msgspec

from waystation.dialects import gemini_generate
from waystation.dialects.codec import Codec
from waystation.wire.estimate import Weight, tokens_of

ANTHROPIC_PATH: Final = "/messages/count_tokens"
GEMINI_SUFFIX: Final = ":countTokens"
_GEMINI_PREFIX: Final = "/models/"


def is_count(bare: str) -> bool:
    """`bare` is a path without namespace and version."""
    return bare == ANTHROPIC_PATH or (bare.startswith(_GEMINI_PREFIX) and bare.endswith(GEMINI_SUFFIX))


def count(bare: str, body: bytes, anthropic: Codec) -> tuple[str, bytes]:
    """The model that is asked about, and the answer. Raises: BadRequest."""
    if bare == ANTHROPIC_PATH:
        ask = anthropic.decode(body)
        return ask.model, msgspec.json.encode({"input_tokens": _tokens(ask.weight)})
    model = bare.removeprefix(_GEMINI_PREFIX).removesuffix(GEMINI_SUFFIX)
    weight = gemini_generate.count_weight(body)
    return model, msgspec.json.encode({"totalTokens": _tokens(weight)})


def _tokens(weight: Weight) -> int:
    """Never 0, which clients take for "not supported"."""
    return max(1, tokens_of(weight))
