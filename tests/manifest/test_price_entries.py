import pytest
from pydantic import ValidationError

from waystation.manifest.price_entries import BookedPriceEntry, PriceEntry, price_of
from waystation.wire.price import Price, Tier

PRICE = {"currency": "CNY", "input": "2", "output": "8"}


def test_a_price_with_everything_is_read() -> None:
    tiers = [
        {"above_input_tokens": 128_000, "input": "4", "audio_input": "9"},
        {"days": ["mon", "fri"], "hours": "00:30-08:30", "zone": "Asia/Shanghai", "output": "4"},
        {"service_tier": "flex", "hours": "01:00-02:00", "output": "4"},
    ]
    entry = PriceEntry.model_validate(PRICE | {"search": "0.03", "call": "0", "tiers": tiers})
    assert price_of(entry) == Price(
        currency="CNY",
        input=2_000_000_000,
        output=8_000_000_000,
        search=30_000_000,
        call=0,
        tiers=(
            Tier(above_input_tokens=128_000, input=4_000_000_000, audio_input=9_000_000_000),
            Tier(days=("mon", "fri"), hours="00:30-08:30", zone="Asia/Shanghai", output=4_000_000_000),
            Tier(service_tier="flex", hours="01:00-02:00", output=4_000_000_000),
        ),
    )


def test_what_a_booking_says_beside_its_price_is_not_the_price() -> None:
    entry = BookedPriceEntry.model_validate(
        PRICE | {"model": "m", "upstream": "main", "starts": "2026-12-01", "source": "https://x.example", "note": "n"}
    )
    assert price_of(entry) == Price(currency="CNY", input=2_000_000_000, output=8_000_000_000)


@pytest.mark.parametrize("wrong", [{"tiers": [{"weekday": "Monday"}]}, {"tiers": {}}, {"input": None}, {"video": "1"}])
def test_what_there_is_not_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PriceEntry.model_validate(PRICE | wrong)
