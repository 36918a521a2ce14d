import msgspec
import pytest

from tests.relay.test_board import tenants
from tests.relay.world import VENDORS, catalogue_of
from waystation.relay import board as board_module
from waystation.relay.board import board_of
from waystation.wire.errors import PriceMissing
from waystation.wire.limit import Limit
from waystation.wire.price import Price, Prices, PriceVersion


def test_an_offer_is_made_anew_when_a_budget_resets_and_when_the_clock_goes_back() -> None:
    catalogue = tenants()
    board = board_of(catalogue, VENDORS)
    (token,) = catalogue.tokens
    first = board.offer(token, "m", 0.0)
    assert board.offer(token, "m", 86_399.0) is first
    second = board.offer(token, "m", 86_400.0)
    assert (second.accounts[0].starts_at, second.accounts[1:]) == (86_400, first.accounts[1:])
    assert board.offer(token, "m", 0.0) == first


def test_an_offer_is_made_anew_when_a_price_takes_force() -> None:
    catalogue = catalogue_of()
    dear = Price(currency="USD", input=9_000_000, output=9_000_000)
    book = Prices(versions=(PriceVersion(number=1, model="m", starts_at=100, price=dear),))
    board = board_of(msgspec.structs.replace(catalogue, prices=book), VENDORS)
    (token,) = catalogue.tokens
    with pytest.raises(PriceMissing):
        board.offer(token, "m", 99.0)
    offer = board.offer(token, "m", 100.0)
    assert (offer.tariff.input, offer.since) == (dear.input, 100)


def test_offers_are_forgotten_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "OFFERS_MAX", 1)
    catalogue = catalogue_of()
    board = board_of(catalogue, VENDORS)
    (token,) = catalogue.tokens
    for _ in range(2):
        assert board.offer(token, "m", 0.0).served.model.name == "m"
        assert board.offer(token, "other", 0.0).served.model.name == "other"
    assert len(board._offers) == 1


def test_limits_are_one_value_for_all_offers_and_none_for_who_has_none() -> None:
    catalogue = tenants()
    (token,) = catalogue.tokens
    assert board_of(catalogue, VENDORS).offer(token, "m", 0.0).limits is None
    limited = tuple(msgspec.structs.replace(model, limit=Limit(tpm=5)) for model in catalogue.models)
    token = msgspec.structs.replace(token, limits=(Limit(rpm=9),))
    board = board_of(msgspec.structs.replace(catalogue, tokens=(token,), models=limited), VENDORS)
    bounds = board.offer(token, "m", 0.0).limits
    assert bounds is not None
    assert bounds.metered
    assert [(bound.scope, bound.owner) for bound in bounds.each] == [("token", "token 'ci'"), ("model", "model 'm'")]
    assert board.offer(token, "m", 86_400.0).limits is bounds
    assert board.offer(token, "anthropic/m", 0.0).limits is bounds


def test_calls_alone_need_no_meter() -> None:
    catalogue = catalogue_of(limits=(Limit(rpm=9),))
    (token,) = catalogue.tokens
    bounds = board_of(catalogue, VENDORS).offer(token, "m", 0.0).limits
    assert bounds is not None
    assert not bounds.metered
