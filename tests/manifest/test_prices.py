"""What a file says of prices; `NOW` is the day of the plan."""

from typing import Any, TypeVar

import pytest

from waystation.manifest.document import At, Document
from waystation.manifest.entry import Entry
from waystation.manifest.mistakes import Loc, Place, Rejected, Report
from waystation.manifest.price_entries import BookedPriceEntry, ExchangeRateEntry, MultiplierEntry
from waystation.manifest.prices import as_of, booked, check_prices, priced, repriced
from waystation.manifest.repository import Snapshot
from waystation.manifest.schema import ModelEntry
from waystation.wire.catalogue import Catalogue, Model
from waystation.wire.price import ONE, ExchangeRate, Multiplier, Price, Prices, PriceVersion

NOW = 1_800_000_000
LATER = NOW + 86_400
CHEAP = Price(currency="USD", input=1_000_000_000, output=2_000_000_000)
DEAR = Price(currency="USD", input=3_000_000_000, output=2_000_000_000)
E = TypeVar("E", bound=Entry)
SAID = {"currency": "USD", "input": "1", "output": "2"}


def document(**sections: list[dict[str, Any]]) -> Document:
    def read(section: str, form: type[E]) -> tuple[At[E], ...]:
        entries = enumerate(sections.get(section, []))
        return tuple(At((section, number), form.model_validate(entry)) for number, entry in entries)

    return Document(
        upstreams=(),
        models=read("models", ModelEntry),
        organizations=(),
        faulty=frozenset({("models", "faulty")}),
        prices=read("prices", BookedPriceEntry),
        multipliers=read("multipliers", MultiplierEntry),
        exchange_rates=read("exchange_rates", ExchangeRateEntry),
    )


def version(number: int, starts_at: int, price: Price = CHEAP, upstream: str | None = None) -> PriceVersion:
    return PriceVersion(number=number, model="m", starts_at=starts_at, price=price, upstream=upstream)


def catalogue(*versions: PriceVersion, price: Price | None = CHEAP) -> Catalogue:
    return Catalogue(revision=1, models=(Model(name="m", routes=(), price=price),), prices=Prices(versions=versions))


def test_a_model_has_the_price_that_is_in_force() -> None:
    known = catalogue(version(1, 5, DEAR), version(2, LATER), version(3, 7, upstream="main"))
    (model,) = known.models
    assert [priced(model, known, at).price for at in (4, 5, LATER)] == [None, DEAR, CHEAP]
    assert priced(model, catalogue(), 5).price == CHEAP
    snapshot = as_of(Snapshot(catalogue=known, wallets={}, kept_by={}), NOW)
    assert snapshot.catalogue.models[0].price == DEAR


def test_only_a_price_that_is_not_in_force_is_a_new_version() -> None:
    wanted = (Model(name="m", routes=(), price=CHEAP),)
    assert repriced(wanted, catalogue(), NOW) == ()
    assert repriced(wanted, catalogue(version(1, 0)), NOW) == ()
    assert repriced(wanted, catalogue(version(1, 0, DEAR)), NOW) == (version(0, NOW),)
    assert repriced(wanted, Catalogue(revision=0), NOW) == (version(0, 0),)  # it holds for all time
    assert repriced((Model(name="m", routes=(), price=None),), catalogue(), NOW) == ()


def test_what_has_no_start_is_booked_from_now_on_unless_it_is_in_force() -> None:
    said = document(prices=[{**SAID, "upstream": "main", "model": "m"}])
    assert booked(said, Prices(), NOW).versions == (version(0, NOW, upstream="main"),)
    assert booked(said, Prices(versions=(version(1, 0, upstream="main"),)), NOW) == Prices()
    dearer = Prices(versions=(version(1, 0, upstream="main"), version(2, 9, DEAR, upstream="main")))
    assert booked(said, dearer, NOW).versions == (version(0, NOW, upstream="main"),)


def test_what_has_a_start_is_booked_once_for_it() -> None:
    said = document(prices=[{**SAID, "model": "m", "starts": "2027-01-16T08:00:00Z"}])
    (there,) = booked(said, Prices(versions=(version(1, 0),)), NOW).versions
    assert (there.starts_at, there.price, there.upstream) == (LATER, CHEAP, None)
    assert booked(said, Prices(versions=(version(1, LATER),)), NOW) == Prices()
    again = booked(said, Prices(versions=(version(1, LATER), version(2, LATER, DEAR))), NOW)
    assert again.versions == (version(0, LATER),)


def test_multipliers_and_rates_are_booked_alike() -> None:
    said = document(
        multipliers=[{"factor": "0.9", "group": "vip", "note": "n"}],
        exchange_rates=[{"base": "USD", "quote": "CNY", "rate": "7.1", "starts": "1970-01-02", "source": "bank"}],
    )
    added = booked(said, Prices(), NOW)
    assert added == Prices(
        multipliers=(Multiplier(number=0, starts_at=NOW, nanos=ONE * 9 // 10, group="vip", note="n"),),
        exchange_rates=(
            ExchangeRate(number=0, starts_at=86_400, base="USD", quote="CNY", nanos=7_100_000_000, source="bank"),
        ),
    )
    assert booked(said, added, NOW) == Prices()


PLACES: dict[Loc, Place] = {
    loc: Place(0, 0) for loc in (("prices", 1), ("prices", 0, "tiers", 0), ("models", 0, "price", "tiers", 1))
}


def told(**sections: list[dict[str, Any]]) -> list[str]:
    report = Report("f.yaml", PLACES)
    check_prices(document(**sections), {"m"}, {"main"}, {"acme"}, report)
    try:
        report.raise_if_any()
    except Rejected as rejected:
        return [str(mistake).removeprefix("f.yaml: ") for mistake in rejected.mistakes]
    return []


def test_what_is_right_is_not_told() -> None:
    tiers = [
        {"above_input_tokens": 128, "input": "3"},
        {"above_input_tokens": 32, "input": "2"},
        {"service_tier": "flex", "input": "1"},
        {"hours": "01:00-02:00", "output": "1"},
        {"hours": "02:00-03:00", "zone": "Asia/Shanghai", "output": "1"},
    ]
    assert not told(
        prices=[
            {**SAID, "model": "m", "tiers": tiers},
            {**SAID, "model": "any", "upstream": "main"},
            {**SAID, "model": "faulty"},
        ],
        multipliers=[{"factor": "1", "organization": "acme"}, {"factor": "1", "group": "vip"}, {"factor": "1"}],
        exchange_rates=[{"base": "USD", "quote": "CNY", "rate": "7"}],
    )


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"prices": [{**SAID, "model": "x"}]}, "prices[0].model: there is no model 'x'; there are: m"),
        (
            {"prices": [{**SAID, "model": "x", "upstream": "y"}]},
            "prices[0].upstream: there is no upstream 'y'; there are: main",
        ),
        (
            {"multipliers": [{"factor": "1", "organization": "x"}]},
            "multipliers[0].organization: there is no organization 'x'; there are: acme",
        ),
        (
            {"multipliers": [{"factor": "1", "organization": "acme", "group": "g"}]},
            "multipliers[0].group: beside organization: a multiplier is for one of them",
        ),
        (
            {"exchange_rates": [{"base": "USD", "quote": "USD", "rate": "1"}]},
            "exchange_rates[0].quote: the same as base",
        ),
        (
            {"exchange_rates": [{"base": "USD", "quote": "CNY", "rate": "0"}]},
            "exchange_rates[0].rate: expected more than 0",
        ),
        (
            {"prices": [{**SAID, "model": "m"}, {**SAID, "model": "m"}]},
            "prices[1]: a second one for the same, with the same start",
        ),
        (
            {"prices": [{**SAID, "model": "m", "tiers": [{"input": "1"}]}]},
            "prices[0].tiers[0]: expected a condition: above_input_tokens, service_tier, days or hours",
        ),
        (
            {"prices": [{**SAID, "model": "m", "tiers": [{"service_tier": "flex", "zone": "UTC", "input": "1"}]}]},
            "prices[0].tiers[0].zone: without days or hours it says nothing",
        ),
        (
            {"prices": [{**SAID, "model": "m", "tiers": [{"service_tier": "flex"}]}]},
            "prices[0].tiers[0]: expected at least one rate, such as input",
        ),
        (
            {
                "models": [
                    {
                        "name": "m",
                        "routes": [{"upstream": "main", "model": "m"}],
                        "price": {
                            **SAID,
                            "tiers": [{"above_input_tokens": 5, "input": "1"}, {"above_input_tokens": 9, "input": "2"}],
                        },
                    }
                ]
            },
            "models[0].price.tiers[1]: it never counts: tiers[0] fits every call that it fits, and the first counts",
        ),
    ],
)
def test_a_mistake_is_told(sections: dict[str, list[dict[str, Any]]], said: str) -> None:
    assert told(**sections) == [said]
