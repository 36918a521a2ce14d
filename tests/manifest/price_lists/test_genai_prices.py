import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from waystation.manifest.price_lists.genai_prices import GenaiPricesList, fits
from waystation.manifest.price_lists.offer import Offer
from waystation.wire.catalogue import Upstream
from waystation.wire.errors import Misconfigured
from waystation.wire.price import Price, Tier

TODAY = date(2026, 11, 30)
DEEPSEEK = Upstream(id="up_2", name="ds", vendor="openai_compatible", base_url="https://api.deepseek.com", keys=())
OTHER = Upstream(id="up_3", name="here", vendor="openai_compatible", base_url="http://127.0.0.1/v1", keys=())


def the_list(prices: Any, **members: Any) -> GenaiPricesList:
    model = {"id": "m", "match": {"equals": "m"}, "prices": prices, **members}
    seller = {"id": "deepseek", "api_pattern": r"https://api\.deepseek\.com", "models": [model]}
    return GenaiPricesList(json.dumps([seller]).encode(), TODAY)


def found(prices: Any, **members: Any) -> Offer:
    offer = the_list(prices, **members).find(DEEPSEEK, "m")
    assert offer is not None
    return offer


def test_every_rate_finds_its_place() -> None:
    offer = found(
        {
            "input_mtok": {"base": 1.25, "tiers": [{"start": 200000, "price": 2.5}, {"start": 500000, "price": 5}]},
            "output_mtok": {"base": 10, "tiers": [{"start": 200000, "price": 15}]},
            "cache_read_mtok": 0.125,
            "cache_write_mtok": 1.5,
            "cache_write_1h_mtok": 2,
            "input_audio_mtok": 3,
            "output_audio_mtok": 4,
            "requests_kcount": 12,
            "web_searches_kcount": 35,
            "cache_audio_read_mtok": 1,
            "output_video_mtok": None,
        },
        price_variants=[{"when": {"region": "eu"}, "prices": {}}],
    )
    assert offer.price == Price(
        currency="USD",
        input=1_250_000_000,
        output=10_000_000_000,
        cache_read_input=125_000_000,
        cache_creation_input=1_500_000_000,
        cache_creation_1h_input=2_000_000_000,
        audio_input=3_000_000_000,
        audio_output=4_000_000_000,
        call=12_000_000,
        search=35_000_000,
        tiers=(
            Tier(above_input_tokens=500_000, input=5_000_000_000),
            Tier(above_input_tokens=200_000, input=2_500_000_000, output=15_000_000_000),
        ),
    )
    assert offer.unread == ("price_variants", "cache_audio_read_mtok")
    assert offer.source == "https://github.com/pydantic/genai-prices"


def test_hours_are_tiers_and_dates_are_versions() -> None:
    later = {"constraint": {"start_date": "2026-12-15"}, "prices": {"input_mtok": 9, "output_mtok": 9}}
    offer = found(
        [
            {"prices": {"input_mtok": 1, "output_mtok": 2}},
            {"constraint": {"start_date": "2026-01-01"}, "prices": {"input_mtok": 3, "output_mtok": 4}},
            {
                "constraint": {"start_time": "16:30:00Z", "end_time": "00:30:00Z"},
                "prices": {"input_mtok": {"base": 1, "tiers": [{"start": 5, "price": 2}]}},
            },
            later,
        ]
    )
    tiers = (
        Tier(above_input_tokens=5, hours="16:30-00:30", input=2_000_000_000),
        Tier(hours="16:30-00:30", input=1_000_000_000),
    )
    assert offer.price == Price(currency="USD", input=3_000_000_000, output=4_000_000_000, tiers=tiers)
    start = int(datetime(2026, 12, 15, tzinfo=UTC).timestamp())
    assert offer.later == ((start, Price(currency="USD", input=9_000_000_000, output=9_000_000_000, tiers=tiers)),)


@pytest.mark.parametrize(
    "prices", [{}, [], None, [{"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 1}}]]
)
def test_a_model_without_a_price_today_has_none(prices: Any) -> None:
    assert the_list(prices).find(DEEPSEEK, "m") is None


def test_a_seller_is_found_by_its_address_and_a_name_everywhere() -> None:
    known = the_list({"input_mtok": 1})
    assert known.find(OTHER, "m") is None
    assert known.find(DEEPSEEK, "x") is None
    assert len(list(known.search("m"))) == 1
    assert not list(known.search("x"))


@pytest.mark.parametrize(
    ("clause", "fitting"),
    [
        ({"equals": "gpt-4o"}, True),
        ({"equals": "gpt-4"}, False),
        ({"starts_with": "gpt"}, True),
        ({"ends_with": "4o"}, True),
        ({"contains": "t-4"}, True),
        ({"regex": "^gpt-[0-9]o$"}, True),
        ({"or": [{"equals": "x"}, {"equals": "gpt-4o"}]}, True),
        ({"and": [{"starts_with": "gpt"}, {"ends_with": "mini"}]}, False),
        ({"rhymes_with": "gpt"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_name_fits_a_clause(clause: object, fitting: bool) -> None:
    assert fits(clause, "gpt-4o") is fitting


@pytest.mark.parametrize("content", [b"{", b"{}", b"[1]", b'[{"id": "x"}]'])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(Misconfigured, match=r"not JSON|not genai-prices"):
        GenaiPricesList(content, TODAY)


def test_ways_of_processing_are_tiers_once_they_have_begun() -> None:
    batch = {"input_mtok": {"base": 0.5, "tiers": [{"start": 200000, "price": 1}]}, "output_mtok": 2}
    offer = found(
        {"input_mtok": 1, "output_mtok": 4},
        price_variants=[
            {"when": {"processing": "batch"}, "constraint": {"start_date": "2026-10-14"}, "prices": batch},
            {"when": {"processing": "flex"}, "constraint": {"start_date": "2027-01-01"}, "prices": batch},
            {"when": {"processing": "flex"}, "constraint": {"start_time": "00:00:00Z"}, "prices": batch},
        ],
    )
    assert offer.price.tiers == (
        Tier(service_tier="batch", above_input_tokens=200_000, input=1_000_000_000),
        Tier(service_tier="batch", input=500_000_000, output=2_000_000_000),
    )
    assert offer.unread == ("price_variants",)
