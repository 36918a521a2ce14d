"""LiteLLM's model_prices_and_context_window.json: a number of dollars for each token, piece or second.

Names of fields are a base and suffixes, as in input_cost_per_token_above_200k_tokens_priority. Source: the file in
github.com/BerriAI/litellm (2026-07), and its cost calculator for what a suffix means: above N thousand tokens of input
the whole call has the rate.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from waystation.manifest.price_lists.offer import Offer, nanos_up, seller_of
from waystation.wire.catalogue import Upstream
from waystation.wire.errors import Misconfigured
from waystation.wire.price import Price, Tier

_SOURCE: Final = "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json"
_PER_TOKEN: Final = 1_000_000
_BASES: Final = {
    "input_cost_per_token": ("input", _PER_TOKEN),
    "output_cost_per_token": ("output", _PER_TOKEN),
    "cache_read_input_token_cost": ("cache_read_input", _PER_TOKEN),
    "input_cost_per_token_cache_hit": ("cache_read_input", _PER_TOKEN),
    "cache_creation_input_token_cost": ("cache_creation_input", _PER_TOKEN),
    "cache_creation_input_token_cost_above_1hr": ("cache_creation_1h_input", _PER_TOKEN),
    "output_cost_per_reasoning_token": ("reasoning_output", _PER_TOKEN),
    "input_cost_per_audio_token": ("audio_input", _PER_TOKEN),
    "output_cost_per_audio_token": ("audio_output", _PER_TOKEN),
    "input_cost_per_image_token": ("image_input", _PER_TOKEN),
    "output_cost_per_image_token": ("image_output", _PER_TOKEN),
    "output_cost_per_image": ("image", 1),
    "input_cost_per_second": ("second", 1),
    "output_cost_per_second": ("second", 1),
    "input_cost_per_request": ("call", 1),
    "input_cost_per_query": ("call", 1),
}
_ABOVE: Final = re.compile(r"_above_(\d+)k_tokens")
_SERVICE: Final = re.compile(r"_(batches|priority|flex)$")
_SEARCH: Final = "search_context_cost_per_query"
_SELLERS: Final = {
    "openai": ("openai", "text-completion-openai"),
    "google": ("gemini",),
    "x-ai": ("xai",),
    "together": ("together_ai",),
    "siliconflow": ("siliconflow", "siliconcloud"),
}
_SERVICES: Final = {"batches": "batch"}

_Condition = tuple[int | None, str | None]  # input above, service tier


class LiteLlmList:
    """A `PriceList`."""

    origin: Final = "litellm"

    def __init__(self, content: bytes) -> None:
        """Raises: Misconfigured if it is no such file."""
        try:
            self._entries: dict[str, Any] = json.loads(content, parse_float=Decimal)
        except ValueError as error:
            raise Misconfigured(f"not JSON: {error}") from error
        if not isinstance(self._entries, dict):
            raise Misconfigured("not LiteLLM's list: expected an object with a member for each model")

    def find(self, upstream: Upstream, model: str) -> Offer | None:
        seller = seller_of(upstream)
        if seller is None:
            return None
        names = _SELLERS.get(seller, (seller,))
        for key in (model, *(f"{name}/{model}" for name in names)):
            entry = self._entries.get(key)
            if isinstance(entry, dict) and entry.get("litellm_provider") in names:
                return read_entry(entry)
        return None

    def search(self, model: str) -> Iterator[Offer]:
        entry = self._entries.get(model)
        if isinstance(entry, dict):
            offer = read_entry(entry)
            if offer is not None:
                yield offer


def read_entry(entry: dict[str, Any]) -> Offer | None:
    """None for one without any price. A field that we have no word for, or that is no amount, is told."""
    rates: dict[_Condition, dict[str, int]] = {(None, None): {}}
    unread: list[str] = []
    for field, value in entry.items():
        if field == "tiered_pricing" and isinstance(value, list):
            unread += _read_ranges(value, rates)
        elif field == _SEARCH:
            unread += _read_search(value, rates[None, None])
        elif ("cost" in field or "price" in field) and value is not None:
            unread += _read_rate(field, value, rates, None)
    usual = rates.pop((None, None))
    if not usual and not rates:
        return None
    tiers = tuple(
        replace(Tier(above_input_tokens=above, service_tier=service), **found)
        for (above, service), found in sorted(rates.items(), key=lambda one: (-(one[0][0] or 0), one[0][1] is None))
    )
    price = replace(Price(currency="USD", input=0, output=0, tiers=tiers), **usual)
    return Offer(price=price, source=_SOURCE, unread=tuple(unread))


def _read_rate(field: str, value: object, rates: dict[_Condition, dict[str, int]], above: int | None) -> Iterator[str]:
    """Puts it where it belongs; yields the field if that is nowhere."""
    base, service = field, None
    match = _SERVICE.search(base)
    if match is not None:
        base, service = base[: match.start()], _SERVICES.get(match[1], match[1])
    match = _ABOVE.search(base)
    if match is not None:
        base, above = _ABOVE.sub("", base), int(match[1]) * 1000
    if base not in _BASES or isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        yield field
        return
    name, scale = _BASES[base]
    rates.setdefault((above, service), {})[name] = nanos_up(Decimal(value), scale)


def _read_ranges(ranges: list[Any], rates: dict[_Condition, dict[str, int]]) -> Iterator[str]:
    """Alibaba's: rates by the range that the input is in. The first range is the usual price."""
    for number, one in enumerate(ranges):
        span = one.get("range") if isinstance(one, dict) else None
        if (
            not isinstance(span, list)
            or not span
            or isinstance(span[0], bool)
            or not isinstance(span[0], int | Decimal)
        ):
            yield f"tiered_pricing[{number}]"
            continue
        for field, value in one.items():
            if field != "range":
                told = _read_rate(field, value, rates, int(span[0]) or None)
                yield from (f"tiered_pricing[{number}].{name}" for name in told)


def _read_search(value: object, usual: dict[str, int]) -> Iterator[str]:
    """By the size of its context; the dearest is taken, since answers do not tell the size."""
    amounts = value.values() if isinstance(value, dict) else ()
    sizes = [Decimal(amount) for amount in amounts if isinstance(amount, int | Decimal) and amount >= 0]
    if not sizes:
        yield _SEARCH
        return
    usual["search"] = nanos_up(max(sizes), 1)
    if len(set(sizes)) > 1:
        yield f"{_SEARCH}: it differs by size, the dearest is taken"
