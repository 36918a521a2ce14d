from collections.abc import Iterator

import msgspec
import pytest

from waystation.manifest.price_lists.offer import Offer
from waystation.manifest.proposals import Comparison, Payers, Proposal, approved, compare, propose
from waystation.wire.catalogue import Catalogue, Model, ModelRoute, Upstream
from waystation.wire.price import Price, Prices, PriceVersion

NOW = 1_800_000_000
CHEAP = Price(currency="USD", input=1_000_000_000, output=2_000_000_000)
DEAR = Price(currency="USD", input=1_500_000_000, output=2_000_000_000, search=10_000_000)


class Known:
    """A `PriceList` of what is known, by upstream and model; `anywhere`: what sellers ask for a name."""

    origin = "known"

    def __init__(self, known: dict[tuple[str, str], Offer], *anywhere: Offer) -> None:
        self._known = known
        self._anywhere = anywhere

    def find(self, upstream: Upstream, model: str) -> Offer | None:
        return self._known.get((upstream.name, model))

    def search(self, model: str) -> Iterator[Offer]:
        assert model == "m-a"
        yield from self._anywhere


def offer(price: Price = CHEAP, **facts: object) -> Offer:
    return msgspec.structs.replace(Offer(price=price, source="https://x.example"), **facts)


def version(
    price: Price, *, model: str = "m", upstream: str | None = None, starts_at: int = 0, number: int = 0
) -> PriceVersion:
    return PriceVersion(
        number=number, model=model, starts_at=starts_at, price=price, upstream=upstream, source="https://x.example"
    )


def catalogue(*versions: PriceVersion) -> Catalogue:
    upstreams = tuple(Upstream(id=name, name=name, vendor="openai", base_url="", keys=()) for name in ("a", "b"))
    model = Model(name="m", routes=(ModelRoute("a", "m-a"), ModelRoute("b", "m-b")), price=None)
    return Catalogue(revision=1, upstreams=upstreams, models=(model,), prices=Prices(versions=versions))


OF_A = version(CHEAP, model="m-a", upstream="a")


@pytest.mark.parametrize(
    ("payers", "found"), [("upstreams", (OF_A,)), ("callers", (version(CHEAP),)), ("both", (OF_A, version(CHEAP)))]
)
def test_what_is_served_is_looked_up(payers: Payers, found: tuple[PriceVersion, ...]) -> None:
    versions, notes = propose(Known({("a", "m-a"): offer()}), catalogue(), payers)
    assert versions == found
    assert notes == (() if payers == "callers" else ("b/m-b: the list has no price for it",))


def test_callers_pay_what_all_sellers_agree_on_if_the_upstream_is_unknown() -> None:
    assert propose(Known({}, offer(), offer()), catalogue(), "callers") == ((version(CHEAP),), ())
    assert propose(Known({}, offer(), offer(DEAR)), catalogue(), "callers") == (
        (),
        ("m: the list has no price for it",),
    )


def test_what_is_in_force_is_left_out() -> None:
    known = Known({("a", "m-a"): offer(DEAR)})
    assert propose(known, catalogue(version(DEAR, starts_at=5, number=1)), "callers")[0] == ()
    assert propose(known, catalogue(version(CHEAP, starts_at=5, number=1)), "callers")[0] == (version(DEAR),)


def test_dated_prices_what_is_not_read_and_what_is_free_are_told() -> None:
    known = Known({("a", "m-a"): offer(later=((NOW + 5, DEAR),), unread=("odd",))})
    assert propose(known, catalogue(), "callers") == (
        (version(CHEAP), version(DEAR, starts_at=NOW + 5)),
        ("m: not taken over: odd",),
    )
    free = Known({("a", "m-a"): offer(Price(currency="USD", input=0, output=0))})
    assert propose(free, catalogue(), "callers") == (
        (),
        ("m: it is free in the list: say free: true in the file if it shall be",),
    )


def test_each_rate_is_compared_with_what_is_in_force() -> None:
    there = (version(CHEAP, starts_at=5, number=1),)
    assert list(compare((version(DEAR),), there, NOW)) == [
        Comparison(price="m", field="input", before="1.00 USD", after="1.50 USD", percent="+50.0 %"),
        Comparison(price="m", field="search", before=None, after="0.01 USD"),
    ]
    yuan = Price(currency="CNY", input=0, output=0)
    assert [(one.field, one.percent) for one in compare((version(yuan),), there, NOW)] == [
        ("input", None),
        ("output", None),
    ]
    free = (version(Price(currency="USD", input=0, output=2_000_000_000), number=1),)
    assert [(one.field, one.percent) for one in compare((version(CHEAP),), free, NOW)] == [("input", None)]
    assert next(compare((OF_A,), there, NOW)).price == "a/m-a"


def test_only_what_is_approved_is_booked_and_only_once() -> None:
    proposal = Proposal(
        number=1, origin="known", made_at=5, versions=(OF_A, version(DEAR), version(CHEAP, starts_at=NOW + 9))
    )
    booked = approved(proposal, (), only="a/*", starts_at=NOW)
    assert booked == (msgspec.structs.replace(OF_A, starts_at=NOW),)
    booked = approved(proposal, (), only="*", starts_at=NOW)
    assert [(one.model, one.starts_at) for one in booked] == [("m-a", NOW), ("m", NOW), ("m", NOW + 9)]
    there = tuple(msgspec.structs.replace(one, number=number) for number, one in enumerate(booked, start=1))
    assert approved(proposal, there, only="*", starts_at=NOW) == ()
