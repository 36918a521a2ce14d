"""The price book's desk, on SQLite's files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from waystation.house.offline import operations
from waystation.house.pricing import PriceDesk, prices
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured
from waystation.wire.price import ExchangeRate, Price, Prices, PriceVersion

FILE = """
upstreams:
  - {name: main, vendor: openai, keys: ["sk-upstream-secret-1"]}
  - {name: ds, vendor: openai_compatible, base_url: "https://api.deepseek.com", keys: ["sk-upstream-secret-2"]}
models:
  - name: gpt-4o
    routes: [{upstream: main, model: gpt-4o}]
    price: {currency: USD, input: "2.50", output: "10.00"}
  - name: deep
    routes: [{upstream: ds, model: deepseek-v4-pro}]
    price: {currency: CNY, input: "9", output: "27"}
organizations: [{name: acme, opening_credit: [100 USD, 100 CNY]}]
"""
LITELLM = {
    "gpt-4o": {
        "litellm_provider": "openai",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 1e-05,
        "odd_cost": 1,
    }
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    path = tmp_path / "f.yaml"
    path.write_text(FILE)
    with operations(made) as opened:
        opened.apply_file(path, environ={})
    return made


@pytest.fixture
def desk(settings: Settings) -> Iterator[PriceDesk]:
    with prices(settings) as opened:
        yield opened


@pytest.fixture
def litellm(tmp_path: Path) -> str:
    path = tmp_path / "litellm.json"
    path.write_text(json.dumps(LITELLM))
    return str(path)


def test_what_was_applied_is_in_force(desk: PriceDesk) -> None:
    assert [(one.model, one.price.input) for one in desk.in_force()] == [
        ("deep", 9_000_000_000),
        ("gpt-4o", 2_500_000_000),
    ]
    assert desk.missing() == []


def test_a_price_of_tomorrow_is_not_in_force(desk: PriceDesk) -> None:
    price = Price(currency="USD", input=1, output=1)
    later = PriceVersion(number=0, model="gpt-4o", starts_at=int(desk.at) + 86_400, price=price)
    desk.add(Prices(versions=(later,)))
    assert len(desk.book().versions) == 3
    assert price not in [one.price for one in desk.in_force()]


@pytest.mark.parametrize(("model", "upstream", "said"), [("x", None, "no model 'x'"), ("x", "y", "no upstream 'y'")])
def test_what_is_not_served_has_no_price(desk: PriceDesk, model: str, upstream: str | None, said: str) -> None:
    price = Price(currency="USD", input=1, output=1)
    with pytest.raises(Misconfigured, match=said):
        desk.add(Prices(versions=(PriceVersion(number=0, model=model, starts_at=0, price=price, upstream=upstream),)))


def test_an_import_changes_nothing_before_it_is_approved(desk: PriceDesk, litellm: str) -> None:
    before = desk.book()
    proposal = desk.bring_in("litellm", litellm, "both")
    assert desk.book() == before
    assert [(one.upstream, one.model) for one in proposal.versions] == [("main", "gpt-4o"), (None, "gpt-4o")]
    assert proposal.notes == (
        "main/gpt-4o: not taken over: odd_cost",
        "gpt-4o: not taken over: odd_cost",
        "ds/deepseek-v4-pro: the list has no price for it",
        "deep: the list has no price for it",
    )
    assert desk.proposals() == [proposal]
    assert [(one.price, one.field, one.before, one.after, one.percent) for one in desk.differences(1)] == [
        ("main/gpt-4o", "input", None, "3.00 USD", None),
        ("main/gpt-4o", "output", None, "10.00 USD", None),
        ("gpt-4o", "input", "2.50 USD", "3.00 USD", "+20.0 %"),
    ]
    added = desk.approve(1, only="gpt-*", starts_at=None)
    assert [(one.model, one.note) for one in added] == [("gpt-4o", "proposal 1 from litellm")]
    assert desk.approve(1, only="gpt-*", starts_at=None) == ()
    in_force = {one.model: one.price.input for one in desk.in_force()}
    assert in_force["gpt-4o"] == 3_000_000_000
    desk.approve(1, only="main/*", starts_at=int(desk.at) + 60)
    assert desk.book().versions[-1].starts_at == int(desk.at) + 60


def test_our_own_list_is_there_without_a_file(desk: PriceDesk) -> None:
    proposal = desk.bring_in("book", "deepseek", "upstreams")
    (version,) = proposal.versions
    assert (version.upstream, version.model, version.price.currency) == ("ds", "deepseek-v4-pro", "CNY")
    assert version.source is not None
    assert "api-docs.deepseek.com" in version.source


def test_genai_prices_list_is_read(desk: PriceDesk, tmp_path: Path) -> None:
    model = {"id": "gpt-4o", "match": {"equals": "gpt-4o"}, "prices": {"input_mtok": 2, "output_mtok": 8}}
    path = tmp_path / "data.json"
    path.write_text(json.dumps([{"id": "openai", "api_pattern": r"https://api\.openai\.com", "models": [model]}]))
    assert len(desk.bring_in("genai-prices", str(path), "both").versions) == 2
    path.write_text(
        json.dumps(
            [
                {
                    "id": "openai",
                    "api_pattern": r"https://api\.openai\.com",
                    "models": [{"match": {"equals": "gpt-4o"}, "prices": [{}]}],
                }
            ]
        )
    )
    with pytest.raises(Misconfigured, match="not genai-prices's list, or one of another form"):
        desk.bring_in("genai-prices", str(path), "both")


@pytest.mark.parametrize(("name", "said"), [(None, "Give its path"), ("/nowhere.json", "can't be read")])
def test_a_list_needs_its_file(desk: PriceDesk, name: str | None, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        desk.bring_in("litellm", name, "both")


def test_what_there_is_not_is_said(desk: PriceDesk) -> None:
    with pytest.raises(Misconfigured, match="no proposal 7"):
        desk.proposal(7)
    with pytest.raises(Misconfigured, match="no call 'call_x'"):
        desk.call("call_x")
    assert desk.margins("model", since=0, until=desk.at) == []


def test_a_rate_is_booked(desk: PriceDesk) -> None:
    desk.add(Prices(exchange_rates=(ExchangeRate(number=0, starts_at=5, base="USD", quote="CNY", nanos=7),)))
    assert [(one.number, one.nanos) for one in desk.book().exchange_rates] == [(1, 7)]


def test_a_model_whose_price_is_still_to_come_is_missing(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(
        "models: [{name: soon, routes: [{upstream: main, model: s}]}]\n"
        'prices: [{model: soon, currency: USD, input: "1", output: "1", starts: "2037-01-01"}]\n'
    )
    with operations(settings) as opened:
        plan = opened.apply_file(path, environ={})
    assert [(step.kind, step.action, step.note) for step in plan.steps if step.action == "create"] == [
        ("model", "create", None),
        ("price", "create", "from 2037-01-01"),
    ]
    with prices(settings) as desk:
        assert desk.missing() == ["soon"]
