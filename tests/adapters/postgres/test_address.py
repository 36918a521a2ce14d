import pytest

from waystation.adapters.postgres.address import address_of
from waystation.wire.errors import Misconfigured


def test_an_address_is_handed_on_as_it_is() -> None:
    address = address_of("postgresql://way:s%40cret@db:5433/waystation?sslmode=verify-full")
    assert address.dsn == "postgresql://way:s%40cret@db:5433/waystation?sslmode=verify-full"
    assert address.options["statement_cache_size"] > 0


def test_a_pooler_of_transactions_is_ours_to_know_and_not_the_database_s() -> None:
    address = address_of("postgresql://db/waystation?pooler=transaction&sslmode=require")
    assert address.pooled
    assert address.dsn == "postgresql://db/waystation?sslmode=require"
    assert address.options["statement_cache_size"] == 0
    assert not address_of("postgresql://db/waystation?pooler=session").pooled


@pytest.mark.parametrize("url", ["mysql://db/waystation", "db", "postgresql://db/w?pooler=statement"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(Misconfigured, match="WAYSTATION_DATABASE_URL"):
        address_of(url)


def test_the_password_is_not_shown() -> None:
    assert "s3cret" not in repr(address_of("postgresql://way:s3cret@db/waystation"))
