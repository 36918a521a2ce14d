"""What a file says of the price book, compared with what is booked. Versions are only ever added."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from waystation.ledger.price_book import Book
from waystation.manifest.bookings import about, last
from waystation.manifest.document import At, Document
from waystation.manifest.entry import Entry
from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.price_entries import (
    BookedPriceEntry,
    ExchangeRateEntry,
    MultiplierEntry,
    PriceEntry,
    TierEntry,
    price_of,
)
from waystation.manifest.repository import Snapshot
from waystation.wire.catalogue import Catalogue, Model
from waystation.wire.price import RATES, ExchangeRate, Multiplier, Price, Prices, PriceVersion

V = TypeVar("V", PriceVersion, Multiplier, ExchangeRate)
E = TypeVar("E", bound=Entry)


def as_of(snapshot: Snapshot, at: float) -> Snapshot:
    """With each model at the price that is in force at the moment."""
    catalogue = snapshot.catalogue
    models = tuple(priced(model, catalogue, at) for model in catalogue.models)
    return msgspec.structs.replace(snapshot, catalogue=msgspec.structs.replace(catalogue, models=models))


def priced(model: Model, catalogue: Catalogue, at: float) -> Model:
    """At the price in force: the book's, if it has any version for the model."""
    known = [one for one in catalogue.prices.versions if (one.upstream, one.model) == (None, model.name)]
    if not known:
        return model
    version = Book(Prices(versions=tuple(known)), {}).version(model.name, at)
    return msgspec.structs.replace(model, price=None if version is None else version.price)


def booked(document: Document, current: Prices, at: int) -> Prices:
    """What has to be added so that the book says what the file says."""
    return Prices(
        versions=_missing(map(_version, document.prices), current.versions, at),
        multipliers=_missing(map(_multiplier, document.multipliers), current.multipliers, at),
        exchange_rates=_missing(map(_rate, document.exchange_rates), current.exchange_rates, at),
    )


def repriced(models: Iterable[Model], current: Catalogue, at: int) -> tuple[PriceVersion, ...]:
    """A version from now on for each model whose price in the file is not the one in force; the first is for all time.

    So a clock that is set back leaves no model without a price.
    """
    before = {model.name: priced(model, current, at).price for model in current.models}
    known = {version.model for version in current.prices.versions if version.upstream is None}
    return tuple(
        PriceVersion(number=0, model=model.name, starts_at=at if model.name in known else 0, price=model.price)
        for model in models
        if model.price is not None and model.price != before.get(model.name)
    )


def check_prices(
    document: Document, models: set[str], upstreams: set[str], organizations: set[str], report: Report
) -> None:
    """Mistakes go into the report. The names are those that there will be."""
    known = {"model": ("models", models), "upstream": ("upstreams", upstreams)}
    known["organization"] = ("organizations", organizations)

    def check_name(loc: Loc, field: str, name: str | None) -> None:
        section, names = known[field]
        if name is not None and name not in names and (section, name) not in document.faulty:
            there = ", ".join(sorted(names)) or "none"
            report.add((*loc, field), f"there is no {field} {name!r}; there are: {there}")

    for at in document.models:
        if at.entry.price is not None:
            _check_tiers((*at.loc, "price"), at.entry.price, report)
    for booking in document.prices:
        _check_tiers(booking.loc, booking.entry, report)
        check_name(booking.loc, "upstream", booking.entry.upstream)
        if booking.entry.upstream is None:
            check_name(booking.loc, "model", booking.entry.model)
    for multiplier in document.multipliers:
        check_name(multiplier.loc, "organization", multiplier.entry.organization)
        if None not in (multiplier.entry.organization, multiplier.entry.group):
            report.add((*multiplier.loc, "group"), "beside organization: a multiplier is for one of them")
    _check_rates(document, report)
    _check_once(document.prices, _version, report)
    _check_once(document.multipliers, _multiplier, report)
    _check_once(document.exchange_rates, _rate, report)


def _check_rates(document: Document, report: Report) -> None:
    for rate in document.exchange_rates:
        if rate.entry.base == rate.entry.quote:
            report.add((*rate.loc, "quote"), "the same as base")
        if rate.entry.rate == 0:
            report.add((*rate.loc, "rate"), "expected more than 0")


def _version(at: At[BookedPriceEntry]) -> PriceVersion:
    entry = at.entry
    return PriceVersion(
        number=0,
        model=entry.model,
        starts_at=-1 if entry.starts is None else entry.starts,
        price=price_of(entry),
        upstream=entry.upstream,
        source=entry.source,
        note=entry.note,
    )


def _multiplier(at: At[MultiplierEntry]) -> Multiplier:
    entry = at.entry
    return Multiplier(
        number=0,
        starts_at=-1 if entry.starts is None else entry.starts,
        nanos=entry.factor,
        models=entry.models,
        organization=entry.organization,
        group=entry.group,
        note=entry.note,
    )


def _rate(at: At[ExchangeRateEntry]) -> ExchangeRate:
    entry = at.entry
    return ExchangeRate(
        number=0,
        starts_at=-1 if entry.starts is None else entry.starts,
        base=entry.base,
        quote=entry.quote,
        nanos=entry.rate,
        source=entry.source,
    )


def _missing(wanted: Iterable[V], there: tuple[V, ...], at: int) -> tuple[V, ...]:
    """Those that are not booked. One without a start (-1) shall be in force now, and starts now if it is not."""
    added = []
    for one in wanted:
        dated = one if one.starts_at >= 0 else msgspec.structs.replace(one, starts_at=at)
        before = last(there, dated)
        said = before is not None and one.starts_at in (-1, before.starts_at) and _value(before) == _value(one)
        if not said:
            added.append(dated)
    return tuple(added)


def _value(one: PriceVersion | Multiplier | ExchangeRate) -> Price | int:
    return one.price if isinstance(one, PriceVersion) else one.nanos


def _check_once(
    entries: Iterable[At[E]], read: Callable[[At[E]], PriceVersion | Multiplier | ExchangeRate], report: Report
) -> None:
    seen: set[tuple[object, ...]] = set()
    for at in entries:
        one = read(at)
        key = (*about(one), one.starts_at)
        if key in seen:
            report.add(at.loc, "a second one for the same, with the same start")
        seen.add(key)


def _check_tiers(loc: Loc, entry: PriceEntry, report: Report) -> None:
    for index, tier in enumerate(entry.tiers):
        where: Loc = (*loc, "tiers", index)
        if not any((tier.above_input_tokens, tier.service_tier, tier.days, tier.hours)):
            report.add(where, "expected a condition: above_input_tokens, service_tier, days or hours")
        if tier.zone is not None and tier.days is None and tier.hours is None:
            report.add((*where, "zone"), "without days or hours it says nothing")
        if all(getattr(tier, name) is None for name in RATES):
            report.add(where, "expected at least one rate, such as input")
        hidden = next((number for number in range(index) if _hides(entry.tiers[number], tier)), None)
        if hidden is not None:
            report.add(where, f"it never counts: tiers[{hidden}] fits every call that it fits, and the first counts")


def _hides(first: TierEntry, second: TierEntry) -> bool:
    return (
        (first.above_input_tokens or 0) <= (second.above_input_tokens or 0)
        and first.service_tier in (None, second.service_tier)
        and (first.hours is None or (first.hours, first.zone) == (second.hours, second.zone))
        and (first.days is None or (first.days, first.zone) == (second.days, second.zone))
    )
