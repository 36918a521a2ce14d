from decimal import Decimal

import pytest

from waystation.manifest.price_lists.offer import nanos_up, seller_of
from waystation.wire.catalogue import Upstream


def upstream(base_url: str, vendor: str = "openai_compatible") -> Upstream:
    return Upstream(id="up_1", name="main", vendor=vendor, base_url=base_url, keys=())


@pytest.mark.parametrize(
    ("base_url", "seller"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://x.openai.azure.com/openai/v1", "azure"),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "dashscope"),
        ("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "dashscope"),
        ("https://ark.cn-beijing.volces.com/api/v3", "volcengine"),
        ("https://api.moonshot.cn/v1", "moonshot"),
        ("http://127.0.0.1:9001/v1", None),
    ],
)
def test_a_seller_is_known_by_the_address(base_url: str, seller: str | None) -> None:
    assert seller_of(upstream(base_url)) == seller


def test_without_an_address_a_vendor_that_is_one_seller_is_it() -> None:
    assert seller_of(upstream("", "gemini")) == "google"
    assert seller_of(upstream("", "openai_compatible")) is None


@pytest.mark.parametrize(
    ("amount", "scale", "nanos"),
    [
        ("1.5e-07", 1_000_000, 150_000_000),
        ("0.000002", 1_000_000, 2_000_000_000),
        ("3.3333333333333335e-05", 1, 33_334),
        ("0.1", 1, 100_000_000),
        ("0", 1, 0),
        ("1e-20", 1_000_000, 1),
        ("2.0000000000000000001e-06", 1_000_000, 2_000_000_000),
    ],
)
def test_what_is_finer_than_a_nano_is_rounded_up_and_noise_is_not(amount: str, scale: int, nanos: int) -> None:
    assert nanos_up(Decimal(amount), scale) == nanos


def test_a_price_below_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="below 0"):
        nanos_up(Decimal(-1), 1)
