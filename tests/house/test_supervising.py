from pathlib import Path

import pytest
from pydantic import SecretStr

from waystation.adapters.sqlite.lock import DirectoryLock
from waystation.house import serve
from waystation.house.supervising import check, supervise
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

DATABASE, REDIS = SecretStr("postgresql://user:secret@127.0.0.1:9/x"), SecretStr("redis://:secret@127.0.0.1:9/0")


@pytest.mark.parametrize(("database", "redis"), [(None, None), (DATABASE, None), (None, REDIS)])
def test_several_workers_want_a_database_and_redis(database: SecretStr | None, redis: SecretStr | None) -> None:
    with pytest.raises(Misconfigured) as refused:
        serve(Settings(workers=2, database_url=database, redis_url=redis), print)
    assert ("WAYSTATION_DATABASE_URL" in refused.value.message) == (database is None)
    assert ("WAYSTATION_REDIS_URL" in refused.value.message) == (redis is None)
    assert "secret" not in refused.value.message
    check(Settings(workers=2, database_url=DATABASE, redis_url=REDIS))


def test_the_demo_serves_alone() -> None:
    with pytest.raises(Misconfigured, match="--demo serves with one worker"):
        serve(Settings(workers=2, database_url=DATABASE, redis_url=REDIS), print, demo=True)


def test_a_data_directory_is_for_one_node(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    lock.take()
    settings = Settings(workers=2, data_dir=tmp_path, port=0, database_url=DATABASE, redis_url=REDIS)
    with pytest.raises(Misconfigured, match="already serves from"):
        supervise(settings, print)
    lock.release()
