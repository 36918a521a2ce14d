import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.sqlite.made import make
from tests.contract.beside import CIPHER
from tests.contract.store import DAY, NOW, stored_elsewhere, stored_response
from waystation.adapters.crypto import Cipher
from waystation.adapters.sqlite import stored as module
from waystation.adapters.sqlite.connection import checkpoint
from waystation.adapters.sqlite.stored import connect_responses, drop, find, keep, sweep
from waystation.wire.errors import Misconfigured
from waystation.wire.stored import StoredResponse

WORDS = ("你好，世界".encode(), b'"role":"user"', b'"type":"message"', b'"object":"response"')


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = connect_responses(tmp_path / "responses.db")
    make(opened, "responses")
    yield opened
    opened.close()


def found(
    connection: sqlite3.Connection, response_id: str = "resp_1", cipher: Cipher = CIPHER
) -> StoredResponse | None:
    return find(connection, cipher, "org_1", response_id, NOW)


def ids(connection: sqlite3.Connection) -> list[str]:
    return [id_ for (id_,) in connection.execute("SELECT id FROM responses ORDER BY id")]


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


@settings(deadline=None)  # the first one migrates
@given(st.tuples(*[st.none() | st.binary(max_size=9)] * 3))
def test_any_text_comes_back(text: tuple[bytes | None, bytes | None, bytes | None]) -> None:
    with sqlite3.connect(":memory:", isolation_level=None) as connection:
        make(connection, "responses")
        input_items, output, body = text
        stored = msgspec.structs.replace(stored_response(), input_items=input_items, output=output, body=body)
        keep(connection, CIPHER, stored)
        assert found(connection) == stored
    connection.close()


def test_no_text_is_in_the_file(connection: sqlite3.Connection, tmp_path: Path) -> None:
    keep(connection, CIPHER, stored_response())
    checkpoint(connection)
    content = on_disk(tmp_path)
    assert b"resp_1" in content
    assert [words for words in WORDS if words in content] == []


def test_another_master_key_opens_nothing_and_is_told(connection: sqlite3.Connection) -> None:
    keep(connection, CIPHER, stored_response())
    keep(connection, CIPHER, stored_elsewhere("resp_2"))
    other = Cipher("another master key, of 32 characters")
    with pytest.raises(Misconfigured, match=f"'org_1/resp_1' was sealed under master key {CIPHER.key_id}"):
        found(connection, cipher=other)
    assert found(connection, "resp_2", other) == stored_elsewhere("resp_2")


@pytest.mark.parametrize("before", [("org_1", "resp_2"), ("org_2", "resp_1")])
def test_a_text_that_is_moved_to_another_s_row_does_not_open(
    connection: sqlite3.Connection, before: tuple[str, str]
) -> None:
    organization_id, response_id = before
    keep(connection, CIPHER, stored_response(response_id, organization_id=organization_id))
    connection.execute("UPDATE responses SET organization_id = 'org_1', id = 'resp_1'")
    with pytest.raises(Misconfigured, match="stands in another row's place"):
        found(connection)


def test_what_is_dropped_is_overwritten(connection: sqlite3.Connection, tmp_path: Path) -> None:
    sealed = _kept_and_sealed(connection)
    assert sealed in on_disk(tmp_path)
    assert drop(connection, "org_1", "resp_1")
    checkpoint(connection, "TRUNCATE")
    left = on_disk(tmp_path)
    assert [part for part in (sealed[:200], sealed[2000:2200], sealed[-200:]) if part in left] == []
    assert not drop(connection, "org_1", "resp_1")


def test_what_is_replaced_is_overwritten(connection: sqlite3.Connection, tmp_path: Path) -> None:
    sealed = _kept_and_sealed(connection)
    keep(connection, CIPHER, stored_elsewhere())
    checkpoint(connection, "TRUNCATE")
    assert sealed[:200] not in on_disk(tmp_path)


def _kept_and_sealed(connection: sqlite3.Connection) -> bytes:
    """Smaller than a page, so that it stands in one piece."""
    keep(connection, CIPHER, msgspec.structs.replace(stored_response(), output=b"x" * 2500))
    checkpoint(connection)
    (sealed,) = connection.execute("SELECT sealed FROM responses").fetchone()
    assert isinstance(sealed, bytes)
    return sealed


def test_a_pass_is_bounded_by_rows(connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWEEP_ROWS", 2)
    for number in range(5):
        keep(connection, CIPHER, stored_response(f"resp_{number}", lasts_s=60 + number))
    assert [sweep(connection, NOW + 63, {}) for _ in range(3)] == [2, 2, 0]
    assert ids(connection) == ["resp_4"]


def test_a_pass_is_bounded_by_bytes_but_never_stands_still(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP_BYTES", 150)
    for number, size in enumerate((1000, 80, 60, 60)):
        stored = stored_response(f"resp_{number}", lasts_s=60 + number)
        keep(connection, CIPHER, msgspec.structs.replace(stored, input_items=b"x" * size, output=None, body=None))
    assert [sweep(connection, NOW + 99, {}) for _ in range(4)] == [1, 2, 1, 0]


def test_text_goes_when_its_organization_s_retention_ends(connection: sqlite3.Connection) -> None:
    for stored in (stored_response(), stored_response("resp_2", organization_id="org_2"), stored_elsewhere("resp_3")):
        keep(connection, CIPHER, stored)
    assert sweep(connection, NOW + DAY, {"org_1": 2, "org_2": 1}) == 1
    assert ids(connection) == ["resp_1", "resp_3"]
    assert sweep(connection, NOW, {"org_1": 0}) == 1
    assert sweep(connection, NOW, {"org_1": 0}) == 0
    assert ids(connection) == ["resp_3"]


def test_a_sweep_finds_its_rows_by_an_index(connection: sqlite3.Connection) -> None:
    for query, index in ((module._EXPIRED, "responses_by_expiry"), (module._OUTLIVED, "responses_with_text")):
        values = (NOW, 1) if query is module._EXPIRED else ("{}", NOW, 1)
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall())
        assert f"INDEX {index} (" in plan
        assert "TEMP B-TREE" not in plan
