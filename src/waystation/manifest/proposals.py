"""What a list of prices would change, to be looked at before any of it is in force."""

from collections.abc import Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from waystation.manifest.bookings import last, named
from waystation.manifest.facets import price_facets
from waystation.manifest.price_lists.offer import Offer, PriceList
from waystation.wire.catalogue import Catalogue, Model, ModelRoute, Upstream
from waystation.wire.price import PriceVersion

Payers = Literal["callers", "upstreams", "both"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """`versions` without a date of the list's own start when they are approved: their `starts_at` is 0.

    `notes`: what the list has no price for, and what it says that we have no word for.
    """

    number: int
    origin: str
    made_at: int
    versions: tuple[PriceVersion, ...]
    notes: tuple[str, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One rate of one price, as it would change. `percent` is None where there is nothing to compare with."""

    price: str
    field: str
    before: str | None
    after: str | None
    percent: str | None = None
    starts_at: int = 0


def propose(list_: PriceList, catalogue: Catalogue, payers: Payers) -> tuple[tuple[PriceVersion, ...], tuple[str, ...]]:
    """Versions for what the catalogue serves and the list knows, and notes. What is in force already is left out.

    Callers pay what the model's first upstream asks; multipliers are added by whoever sells at another price.
    """
    upstreams = {upstream.name: upstream for upstream in catalogue.upstreams}
    versions: list[PriceVersion] = []
    notes: list[str] = []
    for model in catalogue.models:
        if payers != "callers":
            for route in model.routes:
                offer = list_.find(upstreams[route.upstream], route.model)
                _take(offer, f"{route.upstream}/{route.model}", route.upstream, route.model, versions, notes)
        if payers != "upstreams":
            _take(_for_callers(list_, model, upstreams), model.name, None, model.name, versions, notes)
    new = (one for one in dict.fromkeys(versions) if not _in_force(one, catalogue.prices.versions))
    return tuple(new), tuple(dict.fromkeys(notes))


def compare(versions: tuple[PriceVersion, ...], there: tuple[PriceVersion, ...], at: int) -> Iterator[Comparison]:
    """Each rate that would change, beside what is in force when the version would start."""
    for version in versions:
        starts_at = version.starts_at or at
        old = last(there, msgspec.structs.replace(version, starts_at=starts_at))
        before = {} if old is None else price_facets(old.price)
        after = price_facets(version.price)
        for field in dict.fromkeys((*after, *before)):
            if before.get(field) != after.get(field):
                yield Comparison(
                    price=named(version),
                    field=field,
                    before=before.get(field),
                    after=after.get(field),
                    percent=_percent(before.get(field), after.get(field)),
                    starts_at=version.starts_at,
                )


def approved(
    proposal: Proposal, there: tuple[PriceVersion, ...], *, only: str, starts_at: int
) -> tuple[PriceVersion, ...]:
    """The versions to book: those whose name fits the pattern, unless they are booked already."""
    chosen = (one for one in proposal.versions if fnmatchcase(named(one), only))
    dated = (msgspec.structs.replace(one, starts_at=one.starts_at or starts_at) for one in chosen)
    return tuple(one for one in dated if not _in_force(one, there))


def _take(
    offer: Offer | None, name: str, upstream: str | None, model: str, versions: list[PriceVersion], notes: list[str]
) -> None:
    if offer is None:
        notes.append(f"{name}: the list has no price for it")
        return
    notes += [f"{name}: not taken over: {field}" for field in offer.unread]
    if offer.price.free:
        notes.append(f"{name}: it is free in the list: say free: true in the file if it shall be")
        return
    for starts_at, price in ((0, offer.price), *offer.later):
        versions.append(
            PriceVersion(
                number=0, model=model, starts_at=starts_at, price=price, upstream=upstream, source=offer.source
            )
        )


def _for_callers(list_: PriceList, model: Model, upstreams: dict[str, Upstream]) -> Offer | None:
    """What the first route's upstream asks; where that is unknown, what all sellers of the name agree on."""
    first: ModelRoute = model.routes[0]
    offer = list_.find(upstreams[first.upstream], first.model)
    if offer is not None:
        return offer
    offers = list(list_.search(first.model))
    return offers[0] if offers and all(one.price == offers[0].price for one in offers) else None


def _in_force(version: PriceVersion, there: tuple[PriceVersion, ...]) -> bool:
    """Also for one without a start: then the last that is booked counts."""
    never = 2**62
    old = last(there, version if version.starts_at else msgspec.structs.replace(version, starts_at=never))
    return old is not None and old.price == version.price


def _percent(before: str | None, after: str | None) -> str | None:
    """The change, of two amounts of one currency, with one decimal."""
    if before is None or after is None or before.split()[1] != after.split()[1]:
        return None
    old, new = Decimal(before.split()[0]), Decimal(after.split()[0])
    return None if old == 0 else f"{(new - old) * 100 / old:+.1f} %"
