import threading

import pytest
from msgspec.structs import replace

from tests.adapters.sql.catalogue.world import ALL, CIPHER, EVERYTHING, TOKEN, read, write
from waystation.adapters.sql.catalogue.repository import SqlRepository
from waystation.adapters.sql.engine import Database
from waystation.manifest.repository import Changes, Item, Keeping, Snapshot
from waystation.wire.catalogue import Catalogue
from waystation.wire.money import Money


def snapshot(database: Database) -> Snapshot:
    repository = SqlRepository(database, CIPHER)
    with repository.reading():
        return repository.snapshot()


def test_a_snapshot_tells_wallets_and_keepers_too(database: Database) -> None:
    assert write(database, ALL) == 1
    found = snapshot(database)
    assert found.catalogue == EVERYTHING
    assert found.wallets == {"org_1": (Money(3, "USD"),)}
    assert found.kept_by == dict.fromkeys(
        (
            Item("upstream", "up_1"),
            Item("model", "m"),
            Item("organization", "org_1"),
            Item("department", "dep_1"),
            Item("department", "dep_2"),
            Item("project", "prj_1"),
            Item("member", "mem_1"),
            Item("token", "tok_1"),
        ),
        "file",
    )


def test_an_empty_batch_is_no_revision(database: Database) -> None:
    assert write(database, Changes(kept_by="cli")) == 0


def test_adopting_is_no_revision(database: Database) -> None:
    write(database, ALL)
    adopted = (Item("model", "m"), Item("token", "tok_1"), Item("project", "prj_1"), Item("organization", "org_1"))
    assert write(database, Changes(kept_by="cli", adopted=adopted)) == 1
    kept_by = snapshot(database).kept_by
    assert {kept_by[item] for item in adopted} == {"cli"}
    assert kept_by[Item("upstream", "up_1")] == "file"


def test_how_long_the_log_is_kept_is_no_revision(database: Database) -> None:
    kept = (Keeping(kind="ok", days=30, export_to="/exports"), Keeping(kind="hours", days=200))
    assert write(database, Changes(kept_by="file", retention=kept)) == 0
    assert snapshot(database).retention == kept
    assert write(database, replace(ALL, retention=(Keeping(kind="ok"),))) == 1
    assert snapshot(database).retention == kept[1:]


def fail_after(database: Database, changes: Changes) -> None:
    repository = SqlRepository(database, CIPHER)
    with repository.writing():
        repository.write(changes, at=1)
        raise KeyError


def test_what_is_rolled_back_changes_nothing_of_the_log(database: Database) -> None:
    kept = Changes(kept_by="file", retention=(Keeping(kind="ok", days=30),))
    with pytest.raises(KeyError):
        fail_after(database, kept)
    write(database, Changes(kept_by="cli"))
    assert snapshot(database).retention == ()


def test_a_revoked_token_stays_with_its_time(database: Database) -> None:
    write(database, ALL)
    assert write(database, Changes(kept_by="cli", revoked_tokens=("tok_1",)), at=200) == 2
    write(database, Changes(kept_by="cli", revoked_tokens=("tok_1",)), at=300)
    write(database, Changes(kept_by="cli", tokens=(TOKEN,)), at=400)
    assert read(database).tokens == (replace(TOKEN, revoked_at=200),)


def test_what_raises_is_not_written(database: Database) -> None:
    repository = SqlRepository(database, CIPHER)

    def fail_at_the_end() -> None:
        with repository.writing():
            repository.write(ALL, at=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_at_the_end()
    assert read(database) == Catalogue(revision=0)
    with repository.writing():  # and it can be used again
        assert repository.write(ALL, at=1) == 1


def test_a_reader_sees_one_moment(database: Database) -> None:
    reader = SqlRepository(database, CIPHER)
    with reader.reading():
        assert reader.snapshot().catalogue == Catalogue(revision=0)
        write(database, ALL)
        assert reader.snapshot().catalogue == Catalogue(revision=0)
    assert read(database).revision == 1


def test_writers_wait_for_each_other(database: Database) -> None:
    """Each sees what the one before wrote: none of ten revisions is lost."""

    def add(number: int) -> None:
        repository = SqlRepository(database, CIPHER)
        with repository.writing():
            seen = repository.snapshot().catalogue.tokens
            token = replace(TOKEN, id=f"tok_{number}", name=f"t{len(seen)}", digest=bytes([number]) * 32)
            repository.write(Changes(kept_by="cli", tokens=(replace(token, budgets=(), former=()),)), at=1)

    write(database, replace(ALL, tokens=()))
    threads = [threading.Thread(target=add, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    catalogue = read(database)
    assert catalogue.revision == 11
    assert {token.name for token in catalogue.tokens} == {f"t{number}" for number in range(10)}
