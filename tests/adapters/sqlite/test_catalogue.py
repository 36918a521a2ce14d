import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.adapters.sqlite.made import make
from waystation.adapters.crypto import Cipher
from waystation.adapters.sqlite import accounts
from waystation.adapters.sqlite.catalogue import SqliteRepository, load, revision
from waystation.adapters.sqlite.connection import connect
from waystation.identity.token import digest, hint
from waystation.manifest.repository import Changes
from waystation.wire.catalogue import (
    Budget,
    Catalogue,
    Model,
    ModelRoute,
    Organization,
    Timeouts,
    Token,
    Upstream,
    UpstreamKey,
)
from waystation.wire.errors import Misconfigured
from waystation.wire.money import Money
from waystation.wire.price import Price

CIPHER = Cipher("0123456789abcdef0123456789abcdef")
KEYS = ("sk-upstream-key-aaaa", "sk-upstream-key-bbbb")
PASSWORD = "hunter2hunter2"
SECRET = "0123456789abcdefghijXYZ_-"
UPSTREAM = Upstream(
    id="up_1",
    name="main",
    vendor="openai",
    base_url="https://x.example",
    keys=(UpstreamKey("key_1", KEYS[0], "aaaaaaaa"), UpstreamKey("key_2", KEYS[1], "bbbbbbbb")),
    priority=2,
    weight=3,
    proxy=f"http://u:{PASSWORD}@proxy:1",
    ca_file="/etc/ca.pem",
    timeouts=Timeouts(0.1, 2, 3, 4),
    dialects=("openai.chat", "openai.embeddings"),
)
MODEL = Model(
    name="m",
    routes=(ModelRoute("main", "m-1"), ModelRoute("main", "m-2")),
    price=Price(currency="USD", input=1, output=2, cache_read_input=0, cache_creation_1h_input=3, reasoning_output=4),
    max_output_tokens=5,
    created_at=7,
)
TOKEN = Token(
    id="tok_1",
    name="ci",
    organization_id="org_1",
    digest=digest(SECRET),
    hint=hint(SECRET),
    models=("m",),
    budget=Budget(5, "USD", "week"),
    expires_at=9,
)
ALL = Changes(
    kept_by="file",
    upstreams=(UPSTREAM,),
    models=(MODEL,),
    organizations=(Organization("org_1", "acme", 30),),
    wallets=(("org_1", Money(3, "USD")),),
    tokens=(TOKEN,),
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = connect(tmp_path / "ledger.db")
    make(opened, "ledger")
    yield opened
    opened.close()


def write(connection: sqlite3.Connection, changes: Changes, at: float = 100) -> int:
    repository = SqliteRepository(connection, CIPHER)
    with repository.writing():
        return repository.write(changes, at=at)


def test_an_empty_catalogue_is_revision_0(connection: sqlite3.Connection) -> None:
    assert load(connection, CIPHER) == Catalogue(revision=0)


def test_what_is_written_is_loaded(connection: sqlite3.Connection) -> None:
    assert write(connection, ALL) == 1
    assert load(connection, CIPHER) == Catalogue(
        revision=1,
        upstreams=(UPSTREAM,),
        models=(MODEL,),
        organizations=(Organization("org_1", "acme", 30),),
        tokens=(TOKEN,),
    )


def test_what_is_written_again_takes_its_place(connection: sqlite3.Connection) -> None:
    other = msgspec.structs.replace(UPSTREAM, id="up_2", name="second", keys=(UpstreamKey("key_3", "c", "c"),))
    write(connection, msgspec.structs.replace(ALL, upstreams=(UPSTREAM, other)))
    upstream = msgspec.structs.replace(UPSTREAM, keys=UPSTREAM.keys[1:], proxy=None, timeouts=Timeouts())
    model = msgspec.structs.replace(MODEL, routes=(ModelRoute("second", "x"),), max_output_tokens=6)
    token = msgspec.structs.replace(TOKEN, models=None, budget=None, expires_at=None)
    assert write(connection, Changes(kept_by="file", upstreams=(upstream,), models=(model,), tokens=(token,))) == 2
    catalogue = load(connection, CIPHER)
    assert (catalogue.upstreams, catalogue.models, catalogue.tokens) == ((upstream, other), (model,), (token,))


def test_an_organization_s_retention_is_changed_and_bounded(connection: sqlite3.Connection) -> None:
    write(connection, ALL)
    write(connection, Changes(kept_by="file", organizations=(Organization("org_1", "acme"),)))
    assert load(connection, CIPHER).organizations == (Organization("org_1", "acme", 0),)
    for days in (-1, 401):
        with pytest.raises(sqlite3.IntegrityError):
            write(connection, Changes(kept_by="file", organizations=(Organization("org_1", "acme", days),)))


def test_tokens_may_swap_their_secrets(connection: sqlite3.Connection) -> None:
    other = msgspec.structs.replace(TOKEN, id="tok_2", name="cd", digest=bytes(32))
    write(connection, msgspec.structs.replace(ALL, tokens=(TOKEN, other)))
    swapped = (
        msgspec.structs.replace(TOKEN, digest=other.digest),
        msgspec.structs.replace(other, digest=TOKEN.digest),
    )
    write(connection, Changes(kept_by="file", tokens=swapped))
    assert load(connection, CIPHER).tokens == swapped


def test_two_living_tokens_can_t_share_a_name(connection: sqlite3.Connection) -> None:
    write(connection, ALL)
    twin = msgspec.structs.replace(TOKEN, id="tok_2", digest=bytes(32))
    with pytest.raises(sqlite3.IntegrityError):
        write(connection, Changes(kept_by="cli", tokens=(twin,)))
    assert write(connection, Changes(kept_by="cli", tokens=(twin,), revoked_tokens=("tok_1",))) == 2


def test_an_upstream_in_use_can_t_be_dropped(connection: sqlite3.Connection) -> None:
    write(connection, ALL)
    with pytest.raises(sqlite3.IntegrityError):
        write(connection, Changes(kept_by="file", dropped_upstreams=("up_1",)))
    assert load(connection, CIPHER).upstreams == (UPSTREAM,)


def test_a_route_to_no_upstream_can_t_be_written(connection: sqlite3.Connection) -> None:
    model = msgspec.structs.replace(MODEL, routes=(ModelRoute("nope", "x"),))
    with pytest.raises(sqlite3.IntegrityError):
        write(connection, msgspec.structs.replace(ALL, models=(model,)))
    assert revision(connection) == 0


def test_a_wallet_is_opened_in_the_ledger(connection: sqlite3.Connection) -> None:
    write(connection, ALL)
    (wallet,) = accounts.read_all(connection, kind="wallet", owner_id="org_1")
    assert (wallet.currency, wallet.credits_posted) == ("USD", 3)


def test_no_secret_is_in_the_file(connection: sqlite3.Connection, tmp_path: Path) -> None:
    write(connection, ALL)
    write(connection, Changes(kept_by="file", upstreams=(UPSTREAM,)))
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(files) == 3  # the database, its write-ahead log and that one's index
    for secret in (*KEYS, PASSWORD, SECRET):
        assert not [content for content in files if secret.encode() in content]


def test_another_master_key_opens_nothing(connection: sqlite3.Connection) -> None:
    write(connection, ALL)
    with pytest.raises(Misconfigured, match="was sealed under master key"):
        load(connection, Cipher("another master key, of 32 characters"))


def test_swapped_secrets_do_not_open(connection: sqlite3.Connection) -> None:
    write(connection, ALL)
    one, two = (row[0] for row in connection.execute("SELECT secret FROM upstream_keys ORDER BY id"))
    connection.execute("UPDATE upstream_keys SET secret = ? WHERE id = 'key_1'", (two,))
    connection.execute("UPDATE upstream_keys SET secret = ? WHERE id = 'key_2'", (one,))
    with pytest.raises(Misconfigured, match="stands in another row's place"):
        load(connection, CIPHER)


def test_a_reader_sees_one_moment(connection: sqlite3.Connection, tmp_path: Path) -> None:
    other = connect(tmp_path / "ledger.db")
    reader = SqliteRepository(other, CIPHER)
    with reader.reading():
        assert reader.snapshot().catalogue.revision == 0
        write(connection, ALL)
        assert reader.snapshot().catalogue == Catalogue(revision=0)
    with reader.reading():
        assert reader.snapshot().catalogue.revision == 1
    other.close()
