"""genai-prices' data.json: sellers with their models, dollars per million tokens, in tiers and by date or time of day.

Source: github.com/pydantic/genai-prices (2026-11): of conditional prices the last that fits counts; in a tier, which is
chosen by the input, cached or not, the whole call has its rate.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from waystation.manifest.price_lists.offer import Offer, nanos_up
from waystation.wire.catalogue import Upstream
from waystation.wire.errors import Misconfigured
from waystation.wire.price import Price, Tier

_SOURCE: Final = "https://github.com/pydantic/genai-prices"
_RATES: Final = {
    "input_mtok": ("input", Decimal(1)),
    "output_mtok": ("output", Decimal(1)),
    "cache_read_mtok": ("cache_read_input", Decimal(1)),
    "cache_write_mtok": ("cache_creation_input", Decimal(1)),
    "cache_write_1h_mtok": ("cache_creation_1h_input", Decimal(1)),
    "output_reasoning_mtok": ("reasoning_output", Decimal(1)),
    "input_audio_mtok": ("audio_input", Decimal(1)),
    "output_audio_mtok": ("audio_output", Decimal(1)),
    "input_image_mtok": ("image_input", Decimal(1)),
    "output_image_mtok": ("image_output", Decimal(1)),
    "requests_kcount": ("call", Decimal("0.001")),
    "web_searches_kcount": ("search", Decimal("0.001")),
}
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "equals": lambda name, said: name == said,
    "starts_with": lambda name, said: name.startswith(said),
    "ends_with": lambda name, said: name.endswith(said),
    "contains": lambda name, said: said in name,
    "regex": lambda name, said: re.search(said, name) is not None,
}


class _Conditional(msgspec.Struct):
    """`start_date` and `start_time` to `end_time` in UTC; neither: always."""

    prices: dict[str, Any]
    start_date: date | None = None
    start_time: time | None = None
    end_time: time | None = None


class GenaiPricesList:
    """A `PriceList`. `today` decides which of the dated prices is in force, and which are to come."""

    origin: Final = "genai-prices"

    def __init__(self, content: bytes, today: date) -> None:
        """Raises: Misconfigured if it is no such file."""
        self._today = today
        try:
            data = json.loads(content, parse_float=Decimal)
        except ValueError as error:
            raise Misconfigured(f"not JSON: {error}") from error
        sellers = data.get("providers") if isinstance(data, dict) else data
        if not isinstance(sellers, list) or not all(isinstance(one, dict) and "models" in one for one in sellers):
            raise Misconfigured("not genai-prices' data.json: expected a list of providers with their models")
        self._sellers: list[dict[str, Any]] = sellers

    def find(self, upstream: Upstream, model: str) -> Offer | None:
        for seller in self._sellers:
            pattern = seller.get("api_pattern")
            if isinstance(pattern, str) and re.match(pattern, upstream.base_url):
                return self._of_seller(seller, model)
        return None

    def search(self, model: str) -> Iterator[Offer]:
        for seller in self._sellers:
            offer = self._of_seller(seller, model)
            if offer is not None:
                yield offer

    def _of_seller(self, seller: dict[str, Any], model: str) -> Offer | None:
        for entry in seller["models"]:
            if fits(entry.get("match"), model):
                source = (seller.get("pricing_urls") or [_SOURCE])[0]
                return read_prices(entry.get("prices"), self._today, str(source), entry.get("price_variants"))
        return None


def fits(clause: object, name: str) -> bool:
    """Whether a model's name is meant by a match clause."""
    if not isinstance(clause, dict) or len(clause) != 1:
        return False
    ((kind, said),) = clause.items()
    if kind in ("or", "and"):
        found = [fits(one, name) for one in said]
        return any(found) if kind == "or" else all(found)
    test = _TESTS.get(kind)
    return test is not None and isinstance(said, str) and test(name, said)


def read_prices(prices: object, today: date, source: str, variants: object = None) -> Offer | None:
    """None for a model without a price."""
    given = _conditions(prices)
    dated = sorted((one for one in given if one.start_time is None), key=lambda one: one.start_date or date.min)
    timed = [one for one in reversed(given) if one.start_time is not None]
    unread: list[str] = []
    served = _services(variants, today, unread)
    found: list[tuple[date, Price]] = []
    for one in dated:
        price = _price(one, timed, served, unread)
        if price is not None:
            found.append((one.start_date or date.min, price))
    now = [price for start, price in found if start <= today]
    later = tuple((_seconds(start), price) for start, price in found if start > today)
    if not now:
        return None
    return Offer(price=now[-1], source=source, later=later, unread=tuple(dict.fromkeys(unread)))


def _conditions(prices: object) -> list[_Conditional]:
    if isinstance(prices, dict):
        return [_Conditional(prices)]
    given = []
    for one in prices if isinstance(prices, list) else ():
        constraint = one.get("constraint") or {}
        start, end = constraint.get("start_time"), constraint.get("end_time")
        given.append(
            _Conditional(
                one["prices"],
                start_date=date.fromisoformat(constraint["start_date"]) if "start_date" in constraint else None,
                start_time=None if start is None else time.fromisoformat(start),
                end_time=None if end is None else time.fromisoformat(end),
            )
        )
    return given


def _services(variants: object, today: date, unread: list[str]) -> list[Tier]:
    """Tiers for the ways of processing that are priced apart, such as batch; those of longer inputs first."""
    tiers = []
    for one in variants if isinstance(variants, list) else ():
        when, constraint = one.get("when") or {}, one.get("constraint") or {}
        if set(when) != {"processing"} or not set(constraint) <= {"start_date"}:
            unread.append("price_variants")
        elif date.fromisoformat(constraint.get("start_date", "1970-01-01")) <= today:
            rates, longer = _rates(one["prices"], unread)
            service = Tier(service_tier=when["processing"])
            tiers += [replace(service, above_input_tokens=above, **named) for above, named in longer.items()]
            tiers.append(replace(service, **rates))
    return tiers


def _price(one: _Conditional, timed: list[_Conditional], served: list[Tier], unread: list[str]) -> Price | None:
    usual, tiers = _rates(one.prices, unread)
    if not usual:
        return None
    by_hour = []
    for other in timed:
        rates, longer = _rates(other.prices, unread)
        hours = f"{other.start_time:%H:%M}-{other.end_time:%H:%M}"
        by_hour += [replace(Tier(above_input_tokens=above, hours=hours), **named) for above, named in longer.items()]
        by_hour.append(replace(Tier(hours=hours), **rates))
    plain = [replace(Tier(above_input_tokens=above), **named) for above, named in tiers.items()]
    return replace(Price(currency="USD", input=0, output=0, tiers=(*served, *by_hour, *plain)), **usual)


def _rates(prices: dict[str, Any], unread: list[str]) -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    """The usual rates, and those of tiers by what the input is above, the highest first."""
    usual: dict[str, int] = {}
    tiers: dict[int, dict[str, int]] = {}
    for field, value in prices.items():
        if field not in _RATES or value is None:
            unread += [] if value is None else [field]
            continue
        name, scale = _RATES[field]
        base = value["base"] if isinstance(value, dict) else value
        usual[name] = nanos_up(Decimal(base) * scale, 1)
        for tier in value["tiers"] if isinstance(value, dict) else ():
            tiers.setdefault(tier["start"], {})[name] = nanos_up(Decimal(tier["price"]) * scale, 1)
    return usual, dict(sorted(tiers.items(), reverse=True))


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
