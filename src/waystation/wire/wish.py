"""What a caller wishes of the way that its call takes: OpenRouter's `provider`, `models` and suffixes.

Source: openrouter.ai/docs, "Provider selection" and "Model fallbacks" (read 2026-11). None, 0 and () wish nothing.
"""

from typing import Final, Literal

import msgspec

MODELS_MAX: Final = 8  # asked in turn; each may be tried as often as the first one
PROVIDERS_MAX: Final = 64  # in a list
QUANTIZATIONS: Final = ("int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32")

Sort = Literal["price", "throughput", "latency"]
SUFFIXES: Final[dict[str, Sort]] = {":floor": "price", ":nitro": "throughput"}


class Percentiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the last minutes: 50, 75, 90 and 99 percent of the answers are at least so good. All that are given count."""

    p50: float | None = None
    p75: float | None = None
    p90: float | None = None
    p99: float | None = None


class MaxPrice(msgspec.Struct, frozen=True, kw_only=True):
    """Nano-units of the bill's currency: per million tokens, for a call, for an image, per million tokens of sound."""

    prompt: int | None = None
    completion: int | None = None
    request: int | None = None
    image: int | None = None
    audio: int | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`models` are asked in turn after the one that the call names. Providers are upstreams' names, or tags.

    `order`: those first, one after another; not `allow_fallbacks`: no others, and without an order only the first
    choice. `needs`: of each of these sets a route must have a tag, the reason is what asked for it.
    `require_parameters`: only routes on which nothing of the request can get lost. `min_throughput` (tokens per second)
    and `max_latency` (seconds to the first chunk) put routes behind the others, and never leave any out.
    """

    models: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    allow_fallbacks: bool = True
    require_parameters: bool = False
    sort: Sort | None = None
    needs: tuple[tuple[str, frozenset[str]], ...] = ()
    max_price: MaxPrice | None = None
    min_throughput: Percentiles | None = None
    max_latency: Percentiles | None = None
