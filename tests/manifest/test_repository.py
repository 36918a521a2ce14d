"""What every repository must do, tried on the one that there is."""

from collections.abc import Callable

import pytest

from tests.manifest.conftest import Desk
from waystation.manifest.repository import Changes, Item, Repository
from waystation.wire.catalogue import Budget, Model, ModelRoute, Organization, Token, Upstream, UpstreamKey
from waystation.wire.money import Money
from waystation.wire.price import Price

UPSTREAM = Upstream(
    id="up_1",
    name="main",
    vendor="openai",
    base_url="https://x.example",
    keys=(UpstreamKey("key_1", "sk-a", "aaaaaaaa"), UpstreamKey("key_2", "sk-b", "bbbbbbbb")),
    proxy="http://u:p@proxy:1",
)
MODEL = Model(
    name="m",
    routes=(ModelRoute("main", "m-1"), ModelRoute("main", "m-2")),
    price=Price(currency="USD", input=1, output=2, reasoning_output=0),
    created_at=7,
)
ORGANIZATION = Organization("org_1", "acme")
TOKEN = Token(
    id="tok_1",
    name="ci",
    organization_id="org_1",
    digest=b"1" * 32,
    hint="…",
    models=("m", "n"),
    budgets=(Budget(5, "USD", "week", "bud_1"),),
    expires_at=9,
)
ALL = Changes(
    kept_by="file",
    upstreams=(UPSTREAM,),
    models=(MODEL,),
    organizations=(ORGANIZATION,),
    wallets=(("org_1", Money(3, "USD")), ("org_1", Money(0, "CNY"))),
    tokens=(TOKEN,),
)


def write(repository: Repository, changes: Changes, at: float = 100.5) -> int:
    with repository.writing():
        return repository.write(changes, at=at)


def test_what_is_written_is_read(desk: Desk) -> None:
    assert write(desk.repository, ALL) == 1
    snapshot = desk.snapshot()
    catalogue = snapshot.catalogue
    assert catalogue.revision == 1
    assert (catalogue.upstreams, catalogue.models) == ((UPSTREAM,), (MODEL,))
    assert (catalogue.organizations, catalogue.tokens) == ((ORGANIZATION,), (TOKEN,))
    assert set(snapshot.wallets["org_1"]) == {Money(3, "USD"), Money(0, "CNY")}
    assert set(snapshot.kept_by.items()) == {
        (Item("upstream", "up_1"), "file"),
        (Item("model", "m"), "file"),
        (Item("organization", "org_1"), "file"),
        (Item("token", "tok_1"), "file"),
    }


def test_an_empty_batch_is_no_revision(desk: Desk) -> None:
    assert write(desk.repository, Changes(kept_by="cli")) == 0


def test_adopting_is_no_revision(desk: Desk) -> None:
    write(desk.repository, ALL)
    assert write(desk.repository, Changes(kept_by="cli", adopted=(Item("model", "m"), Item("token", "tok_1")))) == 1
    kept_by = desk.snapshot().kept_by
    assert [kept_by[Item("model", "m")], kept_by[Item("token", "tok_1")]] == ["cli", "cli"]
    assert kept_by[Item("upstream", "up_1")] == "file"


def test_what_raises_is_not_written(desk: Desk) -> None:
    repository = desk.repository

    def fail_at_the_end() -> None:
        with repository.writing():
            repository.write(ALL, at=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_at_the_end()
    assert desk.snapshot().catalogue.revision == 0
    assert desk.snapshot().catalogue.organizations == ()


def test_what_is_dropped_is_gone(desk: Desk) -> None:
    write(desk.repository, ALL)
    assert write(desk.repository, Changes(kept_by="file", dropped_models=("m",), dropped_upstreams=("up_1",))) == 2
    catalogue = desk.snapshot().catalogue
    assert (catalogue.upstreams, catalogue.models) == ((), ())
    assert catalogue.tokens == (TOKEN,)


def test_a_revoked_token_stays_with_its_time(desk: Desk) -> None:
    write(desk.repository, ALL)
    assert write(desk.repository, Changes(kept_by="cli", revoked_tokens=("tok_1",)), at=200) == 2
    write(desk.repository, Changes(kept_by="cli", revoked_tokens=("tok_1",)), at=300)
    write(desk.repository, Changes(kept_by="cli", tokens=(TOKEN,)), at=400)
    (token,) = desk.snapshot().catalogue.tokens
    assert token.revoked_at == 200


def test_a_writer_sees_what_the_one_before_wrote(open_desk: Callable[[str], Desk]) -> None:
    one, two = open_desk("ledger"), open_desk("ledger")
    write(one.repository, ALL)
    assert two.snapshot().catalogue.revision == 1
