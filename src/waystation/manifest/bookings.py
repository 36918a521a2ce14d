"""What is added to the price book, as lines of text: for plans, and for whoever approves an import."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeVar

from waystation.manifest.facets import price_facets, time_text
from waystation.wire.money import decimal_of
from waystation.wire.price import ExchangeRate, Multiplier, Prices, PriceVersion

V = TypeVar("V", PriceVersion, Multiplier, ExchangeRate)


class Booking(NamedTuple):
    """`before`: what the same thing is when this one starts, by field; empty if there is none."""

    kind: Literal["price", "multiplier", "exchange rate"]
    name: str
    before: dict[str, str]
    after: dict[str, str]
    starts: str


def bookings(added: Prices, there: Prices) -> Iterator[Booking]:
    for version in added.versions:
        old = last(there.versions, version)
        before = {} if old is None else price_facets(old.price)
        yield Booking("price", named(version), before, price_facets(version.price), time_text(version.starts_at))
    for one in added.multipliers:
        replaced = last(there.multipliers, one)
        before = {} if replaced is None else {"factor": decimal_of(replaced.nanos)}
        name = f"{whose(one)} {one.models}"
        yield Booking("multiplier", name, before, {"factor": decimal_of(one.nanos)}, time_text(one.starts_at))
    for rate in added.exchange_rates:
        former = last(there.exchange_rates, rate)
        before = {} if former is None else {"rate": decimal_of(former.nanos)}
        name, after = f"{rate.base}/{rate.quote}", {"rate": decimal_of(rate.nanos)}
        yield Booking("exchange rate", name, before, after, time_text(rate.starts_at))


def named(version: PriceVersion) -> str:
    """A public model's name, or an upstream's and what the model is called there."""
    return version.model if version.upstream is None else f"{version.upstream}/{version.model}"


def whose(one: Multiplier) -> str:
    if one.organization is not None:
        return one.organization
    return "everybody" if one.group is None else f"group {one.group}"


def about(one: PriceVersion | Multiplier | ExchangeRate) -> tuple[str | None, ...]:
    """What it is for: of those with the same, one is in force at a moment."""
    match one:
        case PriceVersion():
            return one.upstream, one.model
        case Multiplier():
            return one.organization, one.group, one.models
        case _:
            return one.base, one.quote


def last(there: tuple[V, ...], one: V) -> V | None:
    """Of those for the same, the one in force when `one` starts."""
    alike = (other for other in there if other.starts_at <= one.starts_at and about(other) == about(one))
    return max(alike, key=lambda other: (other.starts_at, other.number), default=None)
