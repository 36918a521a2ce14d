"""A frozen price as OpenRouter writes one: decimal strings for a single token or piece, in the currency of the bill."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from waystation.ledger.pricing import TOKENS_PER_RATE, tier_of, with_tier
from waystation.wire.money import NANOS_PER_UNIT
from waystation.wire.price import ONE, TOKEN_RATES, Price
from waystation.wire.usage import Usage

# openrouter.ai/docs, "List endpoints for a model" (2026-11). Seconds of audio or video have no name there.
_NAMES: Final = {
    "input": "prompt",
    "output": "completion",
    "call": "request",
    "image": "image",
    "search": "web_search",
    "reasoning_output": "internal_reasoning",
    "cache_read_input": "input_cache_read",
    "cache_creation_input": "input_cache_write",
    "cache_creation_1h_input": "input_cache_write_1h",
    "audio_input": "audio",
    "audio_output": "audio_output",
    "image_input": "image_token",
    "image_output": "image_output",
}
_PLACES: Final = Decimal("1e-18")


def unit_prices(price: Price) -> dict[str, object]:
    """What has a rate of its own. `overrides` is what longer inputs pay instead; other service tiers are left out."""
    prices: dict[str, object] = {**_strings(_with_input(price, 0))}
    bounds = sorted({tier.above_input_tokens for tier in price.tiers if tier.above_input_tokens is not None})
    overrides = []
    for bound in bounds:
        longer = _with_input(price, bound + 1)
        if longer != _with_input(price, bound):
            overrides.append({"min_prompt_tokens": bound + 1, **_strings(longer)})
    if overrides:
        prices["overrides"] = overrides
    return prices


def _with_input(price: Price, tokens: int) -> Price:
    tier = tier_of(Usage(input_tokens=tokens), price)
    return price if tier is None else with_tier(price, tier)


def _strings(price: Price) -> dict[str, str]:
    scale = _scale(price)
    rates = (
        (name, getattr(price, rate), TOKENS_PER_RATE if rate in TOKEN_RATES else 1) for rate, name in _NAMES.items()
    )
    return {name: _decimal(scale * rate / pieces) for name, rate, pieces in rates if rate is not None}


def _scale(price: Price) -> Fraction:
    """From a nano-unit of the price's currency to a unit of the bill's, multipliers in it."""
    scale = Fraction(1, NANOS_PER_UNIT)
    if price.terms is None:
        return scale
    for factor in price.terms.factors:
        scale *= Fraction(factor.nanos, ONE)
    exchange = price.terms.exchange
    if exchange is None:
        return scale
    rate = Fraction(exchange.nanos, ONE)
    return scale / rate if exchange.inverse else scale * rate


def _decimal(value: Fraction) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{exact.quantize(_PLACES):f}".rstrip("0").rstrip(".")
