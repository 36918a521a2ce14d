import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.adapters.sqlite.made import make
from tests.contract.calls import claim, taken_by
from tests.contract.store import DAY, NOW
from waystation.adapters.sqlite.call_keys import CallKeys
from waystation.ledger import call_key


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as made:
        make(made, "ledger")
        yield made


def count(connection: sqlite3.Connection) -> int:
    (rows,) = connection.execute("SELECT count(*) FROM call_keys").fetchone()
    assert isinstance(rows, int)
    return rows


def test_a_key_is_taken_and_freed(connection: sqlite3.Connection) -> None:
    keys = CallKeys(connection)
    assert keys.claim(claim(1)) is None
    assert keys.claim(claim(2)) == taken_by(claim(1))
    keys.free(claim().digest, claim(2).call_id)
    assert count(connection) == 1
    keys.free(claim().digest, claim(1).call_id)
    assert count(connection) == 0


def test_who_claims_sweeps(connection: sqlite3.Connection) -> None:
    keys = CallKeys(connection)
    for number in range(call_key.EXPIRED_AT_ONCE + 10):
        keys.claim(claim(number, digest=b"key %d" % number))
    keys.claim(claim(digest=b"a", at=NOW + DAY))
    assert count(connection) == 10 + 1
    keys.claim(claim(digest=b"b", at=NOW + DAY))
    assert count(connection) == 2
