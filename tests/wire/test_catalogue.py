"""The catalogue never shows a secret, and a new revision is a new value."""

import msgspec
import pytest

from waystation.wire.catalogue import Catalogue, Model, ModelRoute, Upstream, UpstreamKey
from waystation.wire.price import Price

KEY = UpstreamKey("key_1", "sk-very-secret", "0a1b2c3d")
UPSTREAM = Upstream(
    id="up_1",
    name="main",
    vendor="openai",
    base_url="https://user:hidden@example.com/v1",
    keys=(KEY,),
    proxy="http://user:hidden@proxy:3128",
)


def test_a_key_is_shown_by_its_fingerprint_only() -> None:
    assert repr(KEY) == "UpstreamKey(id='key_1', fingerprint='0a1b2c3d')"


@pytest.mark.parametrize("shown", [repr(UPSTREAM), f"{UPSTREAM}", repr(Catalogue(revision=1, upstreams=(UPSTREAM,)))])
def test_no_secret_stands_in_what_is_printed(shown: str) -> None:
    assert "sk-very-secret" not in shown
    assert "hidden" not in shown


def test_it_survives_a_round_trip() -> None:
    price = Price(currency="USD", input=2_500_000_000, output=10_000_000_000)
    model = Model(name="gpt-4o", routes=(ModelRoute("main", "gpt-4o-2024-08-06"),), price=price)
    catalogue = Catalogue(revision=3, upstreams=(UPSTREAM,), models=(model,))
    assert msgspec.json.decode(msgspec.json.encode(catalogue), type=Catalogue) == catalogue


def test_it_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Catalogue(revision=1).revision = 2  # type: ignore[misc] # that it can't be done is what is shown
