"""What an estimated call is to be billed, now that its vendor has said what it used."""

import msgspec

from waystation.ledger.posting import AMOUNT_MAX
from waystation.ledger.pricing import cost
from waystation.wire.price import Price
from waystation.wire.usage import Usage


def due_nanos(estimate: Usage, told: Usage, price: Price) -> int:
    """The amount at the price that the call began with. What the bill does not tell stays as it was estimated."""
    return min(cost(real(estimate, told), price), AMOUNT_MAX)


def real(estimate: Usage, told: Usage) -> Usage:
    """The estimate with the buckets that the bill tells; no part of a whole is larger than it."""
    whole_in, whole_out = told.input_tokens or 0, told.output_tokens or 0
    read = _either(told.cache_read_input_tokens, estimate.cache_read_input_tokens, whole_in)
    creation = _either(told.cache_creation_input_tokens, estimate.cache_creation_input_tokens, whole_in - (read or 0))
    return msgspec.structs.replace(
        estimate,
        input_tokens=whole_in,
        output_tokens=whole_out,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=creation,
        cache_creation_1h_input_tokens=_within(estimate.cache_creation_1h_input_tokens, creation or 0),
        reasoning_output_tokens=_within(estimate.reasoning_output_tokens, whole_out),
        audio_input_tokens=_within(estimate.audio_input_tokens, whole_in),
        audio_output_tokens=_within(estimate.audio_output_tokens, whole_out),
        image_input_tokens=_within(estimate.image_input_tokens, whole_in),
        image_output_tokens=_within(estimate.image_output_tokens, whole_out),
    )


def _either(told: int | None, estimated: int | None, whole: int) -> int | None:
    return _within(estimated if told is None else told, whole)


def _within(part: int | None, whole: int) -> int | None:
    return None if part is None else min(part, whole)
