from pathlib import Path

import pytest

from waystation.manifest.price_lists.book import FOLDER, Book, names, read_book, read_entry
from waystation.wire.catalogue import Upstream
from waystation.wire.errors import Misconfigured
from waystation.wire.price import Tier

DEEPSEEK = Upstream(id="up_1", name="ds", vendor="openai_compatible", base_url="https://api.deepseek.com", keys=())
OTHER = Upstream(id="up_2", name="x", vendor="openai_compatible", base_url="https://x.example/v1", keys=())
PAGE = """\
seller: Seller
hosts: ["api.*.example"]
currency: CNY
source: https://seller.example/pricing
seen: 2026-11
prices:
  - {models: [a, b], input: "1", output: "2"}
  - {models: [c], source: https://other.example, seen: 2025-01, input: "0", output: "oops"}
"""


@pytest.fixture
def book(tmp_path: Path) -> Book:
    (tmp_path / "seller.yaml").write_text(PAGE)
    return read_book(None, tmp_path)


def test_a_model_is_found_by_the_upstreams_host(book: Book) -> None:
    here = Upstream(id="up_3", name="h", vendor="openai_compatible", base_url="https://api.cn.example/v1", keys=())
    offer = book.find(here, "b")
    assert offer is not None
    assert (offer.price.currency, offer.price.input, offer.price.output) == ("CNY", 1_000_000_000, 2_000_000_000)
    assert offer.source == "https://seller.example/pricing (seen 2026-11)"
    assert book.find(here, "x") is None
    assert book.find(OTHER, "a") is None
    assert len(list(book.search("a"))) == 1
    assert not list(book.search("x"))


def test_a_broken_entry_says_where(book: Book) -> None:
    with pytest.raises(Misconfigured, match="the list of 'Seller' is broken at 'c'"):
        list(book.search("c"))


def test_a_list_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no list 'x'; there are: none"):
        read_book("x", tmp_path)


@pytest.mark.parametrize("name", names())
def test_every_price_that_ships_can_be_read_and_says_where_it_was_seen(name: str) -> None:
    (page,) = read_book(name)._pages
    assert page["seen"]
    assert "://" in page["source"]
    models = [model for entry in page["prices"] for model in entry["models"]]
    assert len(models) == len(set(models))
    for entry in page["prices"]:
        offer = read_entry(page, entry)
        assert not offer.price.free
        assert "://" in offer.source


def test_the_sellers_that_ship() -> None:
    assert {"deepseek", "dashscope", "zhipu", "moonshot", "minimax"} <= set(names())
    assert FOLDER.name == "prices"


def test_peak_hours_are_a_tier() -> None:
    offer = read_book("deepseek").find(DEEPSEEK, "deepseek-v4-pro")
    assert offer is not None
    assert offer.price.tiers[0] == Tier(
        days=("mon", "tue", "wed", "thu", "fri"),
        hours="09:00-12:00",
        zone="Asia/Shanghai",
        input=9_000_000_000,
        cache_read_input=300_000_000,
        output=27_000_000_000,
    )
