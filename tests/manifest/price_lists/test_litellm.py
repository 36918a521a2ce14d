import json
from typing import Any

import pytest

from waystation.manifest.price_lists.litellm import LiteLlmList, read_entry
from waystation.manifest.price_lists.offer import Offer
from waystation.wire.catalogue import Upstream
from waystation.wire.errors import Misconfigured
from waystation.wire.price import Price, Tier

OPENAI = Upstream(id="up_1", name="main", vendor="openai", base_url="https://api.openai.com/v1", keys=())
DEEPSEEK = Upstream(id="up_2", name="ds", vendor="openai_compatible", base_url="https://api.deepseek.com", keys=())
LOCAL = Upstream(id="up_3", name="here", vendor="openai_compatible", base_url="http://127.0.0.1/v1", keys=())


def entry(text: str) -> Offer | None:
    from decimal import Decimal

    return read_entry(json.loads(text, parse_float=Decimal))


def test_every_variant_finds_its_place() -> None:
    offer = entry(
        """{
        "litellm_provider": "gemini", "mode": "chat", "max_tokens": 5, "supports_vision": true,
        "input_cost_per_token": 2e-06, "output_cost_per_token": 1.2e-05, "cache_read_input_token_cost": 2e-07,
        "cache_creation_input_token_cost": 2.5e-06, "cache_creation_input_token_cost_above_1hr": 4e-06,
        "output_cost_per_reasoning_token": 1.3e-05, "input_cost_per_audio_token": 7e-06,
        "output_cost_per_audio_token": 8e-06, "input_cost_per_image_token": 1e-06,
        "output_cost_per_image_token": 3e-05, "output_cost_per_image": 0.039, "output_cost_per_second": 0.00025,
        "input_cost_per_request": 0.001,
        "input_cost_per_token_above_200k_tokens": 4e-06,
        "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 8e-06,
        "input_cost_per_token_above_128k_tokens": 3e-06,
        "input_cost_per_token_above_200k_tokens_priority": 7.2e-06,
        "output_cost_per_token_priority": 2.16e-05, "input_cost_per_token_flex": 1e-06,
        "input_cost_per_token_batches": 1e-06, "output_cost_per_token_batches": 6e-06,
        "search_context_cost_per_query": {"search_context_size_low": 0.03, "search_context_size_high": 0.05},
        "input_cost_per_image": 0.0011, "input_cost_per_character": null, "pricing_note": "x"
        }"""
    )
    assert offer is not None
    assert offer.price == Price(
        currency="USD",
        input=2_000_000_000,
        output=12_000_000_000,
        cache_read_input=200_000_000,
        cache_creation_input=2_500_000_000,
        cache_creation_1h_input=4_000_000_000,
        reasoning_output=13_000_000_000,
        audio_input=7_000_000_000,
        audio_output=8_000_000_000,
        image_input=1_000_000_000,
        image_output=30_000_000_000,
        image=39_000_000,
        second=250_000,
        call=1_000_000,
        search=50_000_000,
        tiers=(
            Tier(above_input_tokens=200_000, service_tier="priority", input=7_200_000_000),
            Tier(above_input_tokens=200_000, input=4_000_000_000, cache_creation_1h_input=8_000_000_000),
            Tier(above_input_tokens=128_000, input=3_000_000_000),
            Tier(service_tier="priority", output=21_600_000_000),
            Tier(service_tier="flex", input=1_000_000_000),
            Tier(service_tier="batch", input=1_000_000_000, output=6_000_000_000),
        ),
    )
    assert offer.unread == (
        "search_context_cost_per_query: it differs by size, the dearest is taken",
        "input_cost_per_image",
    )


def test_ranges_of_input_are_tiers() -> None:
    offer = entry(
        """{"tiered_pricing": [
        {"range": [0, 32000], "input_cost_per_token": 1.2e-06, "output_cost_per_token": 6e-06},
        {"range": [32000, 128000], "input_cost_per_token": 2.4e-06, "strange_cost": 1},
        {"range": "all"}]}"""
    )
    assert offer is not None
    assert offer.price == Price(
        currency="USD",
        input=1_200_000_000,
        output=6_000_000_000,
        tiers=(Tier(above_input_tokens=32_000, input=2_400_000_000),),
    )
    assert offer.unread == ("tiered_pricing[1].strange_cost", "tiered_pricing[2]")


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ('{"input_cost_per_token": -1, "output_cost_per_token": 0}', ("input_cost_per_token",)),
        ('{"input_cost_per_token": true, "output_cost_per_token": 0}', ("input_cost_per_token",)),
        ('{"output_cost_per_token": 0, "search_context_cost_per_query": 5}', ("search_context_cost_per_query",)),
    ],
)
def test_what_is_no_amount_is_told(text: str, unread: tuple[str, ...]) -> None:
    offer = entry(text)
    assert offer is not None
    assert offer.unread == unread


def test_an_entry_without_a_price_is_none() -> None:
    assert entry('{"litellm_provider": "openai", "max_tokens": 5}') is None


def the_list(**entries: Any) -> LiteLlmList:
    return LiteLlmList(json.dumps(entries).encode())


def test_a_model_is_found_under_its_name_or_its_sellers() -> None:
    cheap = {"litellm_provider": "deepseek", "input_cost_per_token": 1, "output_cost_per_token": 1}
    found = the_list(**{"deepseek/deepseek-chat": cheap, "gpt-4o": cheap | {"litellm_provider": "openai"}, "odd": 5})
    assert found.find(DEEPSEEK, "deepseek-chat") is not None
    assert found.find(OPENAI, "gpt-4o") is not None
    assert found.find(OPENAI, "deepseek-chat") is None
    assert found.find(DEEPSEEK, "gpt-4o") is None
    assert found.find(OPENAI, "odd") is None
    assert found.find(LOCAL, "gpt-4o") is None
    assert len(list(found.search("gpt-4o"))) == 1
    assert not list(found.search("odd"))
    assert not list(the_list(x={"mode": "chat"}).search("x"))


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(Misconfigured, match=r"not JSON|not LiteLLM's list"):
        LiteLlmList(content)


def test_a_search_that_costs_the_same_at_any_size_needs_no_note() -> None:
    offer = entry(
        '{"search_context_cost_per_query": {"search_context_size_low": 0.01, "search_context_size_high": 0.01}}'
    )
    assert offer is not None
    assert (offer.price.search, offer.unread) == (10_000_000, ())
