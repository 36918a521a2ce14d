"""Where a model is served, and how that went: OpenRouter's page, with what is known here.

Source: openrouter.ai/docs, "List endpoints for a model" (read 2026-11). What nobody told us is null, never guessed.
"""

from typing import Final

import msgspec

from waystation.ledger.unit_prices import unit_prices
from waystation.routing.route import Route, Served
from waystation.routing.slices import Spread
from waystation.routing.statistics import SAMPLES_MIN
from waystation.wire.price import Price
from waystation.wire.wish import QUANTIZATIONS

SUFFIX: Final = "/endpoints"
READY: Final = 0
NO_KEY_READY: Final = -1
_PERCENTS: Final = (50, 75, 90, 95, 99)


def endpoint_list(served: Served, rows: list[dict[str, object]]) -> bytes:
    model = served.model
    unknown = ("tokenizer", "instruct_type", "modality", "input_modalities", "output_modalities")
    return msgspec.json.encode(
        {
            "data": {
                "id": model.name,
                "name": model.name,
                "created": model.created_at,
                "description": None,
                "architecture": dict.fromkeys(unknown),
                "endpoints": rows,
            }
        }
    )


def endpoint_row(served: Served, route: Route, price: Price | None, *, ready: bool, now: float) -> dict[str, object]:
    """One route. `price` is what the token's calls are billed with, None if they can't be; `now` is monotonic."""
    model, upstream = served.model, route.upstream.name
    return {
        "name": f"{upstream} | {model.name}",
        "model_id": model.name,
        "model_name": model.name,
        "provider_name": upstream,
        "tag": upstream,
        "context_length": route.context_length,
        "max_completion_tokens": route.output_tokens,
        "max_prompt_tokens": None,
        "quantization": next((name for name in QUANTIZATIONS if name in route.labels), None),
        "supported_parameters": None,
        "supports_implicit_caching": None,
        "pricing": None if price is None else unit_prices(price),
        "currency": None if price is None else price.billed_in,
        "status": READY if ready else NO_KEY_READY,
        **_figures(route, now),
    }


def _figures(route: Route, now: float) -> dict[str, object]:
    """Shares in percents, latency and duration in milliseconds, throughput in tokens per second."""
    statistics = route.statistics
    windows = (("5m", 5), ("30m", 30), ("1d", 24 * 60))
    counts = {name: statistics.counts(now, minutes) for name, minutes in windows}
    return {
        **{f"uptime_last_{name}": _rounded(count.uptime) for name, count in counts.items()},
        **{f"success_last_{name}": _rounded(count.success) for name, count in counts.items()},
        "latency_last_30m": _percentiles(statistics.first_chunks(now), 1000.0),
        "duration_last_30m": _percentiles(statistics.wholes(now), 1000.0),
        "throughput_last_30m": _percentiles(statistics.speeds(now), 1.0, slow_end=True),
    }


def _percentiles(spread: Spread, scale: float, *, slow_end: bool = False) -> dict[str, float | None] | None:
    """`slow_end`: p99 is what 99 % reach, since a higher percentile is the worse case at OpenRouter."""
    if spread.count < SAMPLES_MIN:
        return None
    values = ((percent, spread.under(100 - percent if slow_end else percent)) for percent in _PERCENTS)
    return {f"p{percent}": None if value is None else round(value * scale, 1) for percent, value in values}


def _rounded(percents: float | None) -> float | None:
    return None if percents is None else round(percents, 2)
