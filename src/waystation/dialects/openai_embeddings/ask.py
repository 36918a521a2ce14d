"""What the house reads of a request for embeddings: the model, and how much text there is."""

import re
from typing import Final

from waystation.dialects.asking import chars_in, read_flag, read_model, without_mark
from waystation.dialects.codec import Ask
from waystation.dialects.members import Span, spans_of
from waystation.dialects.streamless import refuse_stream
from waystation.dialects.weighing import weigh_members
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

_NULL: Final = b"null"
_IDS: Final = re.compile(rb"\[[ \t\r\n]*(?:\[[ \t\r\n]*)?[0-9]")
_CHARS_PER_TOKEN: Final = 4  # the weight of so many is estimated as one token


def decode_ask(body: bytes) -> Ask:
    """What is in the input is the vendor's to judge. Raises: BadRequest."""
    return without_mark(body, _decode)


def _decode(body: bytes) -> Ask:
    spans = spans_of(body)
    if "stream" in spans and read_flag(body, spans["stream"], "stream"):
        refuse_stream()
    start, end = spans.get("input", (0, 0))
    if body[start:end] in (b"", _NULL):
        raise BadRequest("'input' must be the text to embed, or an array of texts.", param="input")
    return Ask(
        model=read_model(body, spans),
        stream=False,
        include_usage=False,
        choices=1,
        max_output_tokens=0,
        weight=_weigh(body, (start, end)),
        model_span=spans["model"],
        wished="provider" in spans or "models" in spans,
    )


def _weigh(body: bytes, span: Span) -> Weight:
    """Of token ids (LangChain sends these) each is one, however many digits it has."""
    start, end = span
    if _IDS.match(body, start, end):
        return Weight(_CHARS_PER_TOKEN * (body.count(b",", start, end) + 1))
    return weigh_members(body, len(body) if body.isascii() else chars_in(body), end - start, span)
