from waystation.dialects.words import words_of
from waystation.wire.errors import BadRequest, ConnectFailed, StoreUnavailable


def test_a_caller_reads_of_its_own_mistakes_but_not_of_our_addresses() -> None:
    assert words_of(BadRequest("'n' must be a whole number.")) == "'n' must be a whole number."
    assert "10.0.0.7" not in words_of(ConnectFailed("10.0.0.7:443 refused"))
    assert "ledger.db" not in words_of(StoreUnavailable("ledger.db is locked"))
