"""The price book as calls need it: the price in force for whom at a moment, frozen for the call that began then."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple, TypeVar

import msgspec

from waystation.ledger.price_hours import within
from waystation.wire.catalogue import Organization
from waystation.wire.errors import PriceMissing
from waystation.wire.price import Exchange, ExchangeRate, Factor, Multiplier, Price, Prices, PriceVersion, Terms

MINUTE_S: Final = 60
_BEFORE: Final = float("-inf")
_AFTER: Final = float("inf")

V = TypeVar("V", PriceVersion, Multiplier, ExchangeRate)
K = TypeVar("K")


class Frozen(NamedTuple):
    """A price, or why there is none, and the span in which that holds (Unix seconds)."""

    since: float
    until: float
    price: Price | None
    why: str = ""


class Book:
    """One revision of the book. `declared`: the prices of models that have no version.

    What was frozen is kept for as long as it can't change.
    """

    __slots__ = ("_declared", "_frozen", "_multipliers", "_rates", "_starts", "_versions")

    def __init__(self, prices: Prices, declared: Mapping[str, Price | None]) -> None:
        self._declared = declared
        self._versions = _grouped(prices.versions, lambda version: (version.upstream, version.model))
        self._multipliers = _grouped(prices.multipliers, lambda one: (one.organization, one.group, one.models))
        self._rates = _grouped(prices.exchange_rates, lambda rate: (rate.base, rate.quote))
        every: tuple[tuple[PriceVersion | Multiplier | ExchangeRate, ...], ...] = (
            prices.versions,
            prices.multipliers,
            prices.exchange_rates,
        )
        self._starts = sorted({one.starts_at for ones in every for one in ones})
        self._frozen: dict[tuple[str, str], Frozen] = {}

    def price(self, model: str, organization: Organization, at: float) -> Price:
        """What the organization pays for a call that begins at `at`. Raises: PriceMissing."""
        frozen = self.frozen(model, organization, at)
        if frozen.price is None:
            raise PriceMissing(f"{frozen.why}, so it can't be called. Ask whoever runs this gateway.")
        return frozen.price

    def frozen(self, model: str, organization: Organization, at: float) -> Frozen:
        """The same, and for how long."""
        key = (model, organization.id)
        frozen = self._frozen.get(key)
        if frozen is None or not frozen.since <= at < frozen.until:
            frozen = self._frozen[key] = self._freeze(model, organization, at)
        return frozen

    def upstream_price(self, upstream: str, model: str, at: float) -> Price | None:
        """What the upstream asks of us, in its own currency; None if the book does not know."""
        if (upstream, model) not in self._versions:
            return None
        key = (model, f"/{upstream}")  # no organization's id has a slash
        frozen = self._frozen.get(key)
        if frozen is None or not frozen.since <= at < frozen.until:
            version = self.version(model, at, upstream=upstream)
            price = None if version is None else _at_hour(version.price, at, Terms(version=version.number))
            frozen = self._frozen[key] = Frozen(*self._span(at, version), price)
        return frozen.price

    def version(self, model: str, at: float, *, upstream: str | None = None) -> PriceVersion | None:
        """The one in force."""
        return _in_force(self._versions.get((upstream, model), ()), at)

    def exchange(self, base: str, quote: str, at: float) -> Exchange | None:
        """The rate in force from one currency to another; one that is booked the other way round will do."""
        rate = _in_force(self._rates.get((base, quote), ()), at)
        if rate is not None:
            return Exchange(currency=quote, nanos=rate.nanos, starts_at=rate.starts_at)
        rate = _in_force(self._rates.get((quote, base), ()), at)
        if rate is None:
            return None
        return Exchange(currency=quote, nanos=rate.nanos, starts_at=rate.starts_at, inverse=True)

    def factors(self, model: str, organization: Organization, at: float) -> tuple[Factor, ...]:
        """Those that make a difference: for everybody, for the organization's group, for itself."""
        scopes: list[tuple[str, str | None, str | None]] = [
            ("everybody", None, None),
            (f"organization {organization.name}", organization.name, None),
        ]
        if organization.price_group is not None:
            scopes.insert(1, (f"group {organization.price_group}", None, organization.price_group))
        found = ((name, self._multiplier(model, owner, group, at)) for name, owner, group in scopes)
        return tuple(Factor(name, one.nanos) for name, one in found if one is not None)

    def _multiplier(self, model: str, organization: str | None, group: str | None, at: float) -> Multiplier | None:
        fitting = [
            one
            for (owner, of, models), versions in self._multipliers.items()
            if (owner, of) == (organization, group) and fnmatchcase(model, models)
            for one in (_in_force(versions, at),)
            if one is not None
        ]
        return max(fitting, key=lambda one: (len(one.models), one.starts_at, one.number), default=None)

    def _freeze(self, model: str, organization: Organization, at: float) -> Frozen:
        version = self.version(model, at)
        price = self._declared.get(model) if version is None and (None, model) not in self._versions else None
        price = price if version is None else version.price
        span = self._span(at, version, price)
        if price is None:
            return Frozen(*span, None, f"The model {model!r} has no price in force")
        exchange = None
        if organization.currency not in (None, price.currency):
            exchange = self.exchange(price.currency, organization.currency or "", at)
            if exchange is None:
                words = f"The price of {model!r} is in {price.currency}, for which no rate in {organization.currency}"
                return Frozen(*span, None, f"{words} is known")
        factors = self.factors(model, organization, at)
        terms = Terms(version=None if version is None else version.number, factors=factors, exchange=exchange)
        return Frozen(*span, _at_hour(price, at, None if terms == Terms() else terms))

    def _span(self, at: float, version: PriceVersion | None, price: Price | None = None) -> tuple[float, float]:
        """In which nothing starts, and if hours count, in which no minute ends."""
        number = bisect_right(self._starts, at)
        since = self._starts[number - 1] if number else _BEFORE
        until = self._starts[number] if number < len(self._starts) else _AFTER
        price = price if version is None else version.price
        if price is not None and any(tier.timed for tier in price.tiers):
            minute = at // MINUTE_S * MINUTE_S
            return max(since, minute), min(until, minute + MINUTE_S)
        return since, until


def _grouped(ones: Iterable[V], key: Callable[[V], K]) -> dict[K, tuple[V, ...]]:
    """By what they are for, in the order in which they take force."""
    groups: dict[K, list[V]] = {}
    for one in sorted(ones, key=lambda one: (one.starts_at, one.number)):
        groups.setdefault(key(one), []).append(one)
    return {name: tuple(group) for name, group in groups.items()}


def _in_force(ones: tuple[V, ...], at: float) -> V | None:
    number = bisect_right(ones, at, key=lambda one: one.starts_at)
    return ones[number - 1] if number else None


def _at_hour(price: Price, at: float, terms: Terms | None) -> Price:
    """Without the tiers of other hours."""
    if terms is None and not price.tiers:
        return price
    tiers = tuple(tier for tier in price.tiers if not tier.timed or within(tier.hours, tier.zone, at, tier.days))
    return msgspec.structs.replace(price, tiers=tiers, terms=terms)
