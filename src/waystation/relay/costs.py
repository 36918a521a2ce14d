"""What routes cost us: the upstreams' own prices of a usual call, for strategies that look at the money."""

from collections.abc import Iterable
from typing import Final

from waystation.ledger.price_book import MINUTE_S, Book
from waystation.ledger.pricing import cost
from waystation.routing.figures import Costs
from waystation.routing.route import Served
from waystation.wire.price import ONE
from waystation.wire.usage import Usage

# Three tokens in for one out, as published comparisons of prices have it (artificialanalysis.ai, "blended", 2026-11).
USUAL: Final = Usage(input_tokens=3_000, output_tokens=1_000)


class CostTable:
    """Of one board, by model. What was worked out holds for a minute: prices go by the hour, and by versions."""

    __slots__ = ("_book", "_known")

    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[str, tuple[float, Costs]] = {}

    def of(self, served: Served, at: float) -> Costs:
        """`at`: Unix seconds. In a currency that they have in common; what can't be compared is left out."""
        known = self._known.get(served.model.name)
        if known is None or known[0] != at // MINUTE_S:
            routes = [route for tier in served.tiers for route in tier]
            named = {(route.upstream.id, route.model): (route.upstream.name, route.model) for route in routes}
            known = (at // MINUTE_S, self._costs(named.items(), at))
            if not any(route.made for route in routes):  # names that callers make up are too many to be kept
                self._known[served.model.name] = known
        return known[1]

    def _costs(self, routes: Iterable[tuple[tuple[str, str], tuple[str, str]]], at: float) -> Costs:
        found: dict[tuple[str, str], float] = {}
        common: str | None = None
        for key, (upstream, model) in routes:
            price = self._book.upstream_price(upstream, model, at)
            if price is None:
                continue
            common = common or price.billed_in
            factor = self._factor(price.billed_in, common, at)
            if factor is not None:
                found[key] = cost(USUAL, price) * factor
        return found

    def _factor(self, currency: str, common: str, at: float) -> float | None:
        if currency == common:
            return 1.0
        exchange = self._book.exchange(currency, common, at)
        if exchange is None:
            return None
        return ONE / exchange.nanos if exchange.inverse else exchange.nanos / ONE
