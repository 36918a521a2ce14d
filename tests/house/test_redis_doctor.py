from pathlib import Path

from rigs.redis_server import RedisServer
from tests.redis_place import fresh
from waystation.house.finding import Finding
from waystation.house.redis_doctor import examine_redis


async def test_a_redis_that_is_well() -> None:
    version, counted = await examine_redis(fresh())
    assert (version.good, version.subject) == (True, "Redis")
    assert "answers in" in version.words
    assert counted == Finding(True, "Redis, limits", "counted")


async def test_nobody_is_there(tmp_path: Path) -> None:
    (finding,) = await examine_redis(f"redis://:secret@127.0.0.1:{RedisServer(tmp_path).port}")
    assert not finding.good
    assert finding.words.startswith("can't be used: ")
    assert "secret" not in finding.words


async def test_an_address_that_is_none() -> None:
    (finding,) = await examine_redis("http://:secret@db")
    assert (finding.good, "secret" in finding.words) == (False, False)


async def test_one_that_forgets_when_it_is_full_and_one_that_may_run_no_scripts(tmp_path: Path) -> None:
    options = {"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"}
    server = RedisServer(tmp_path / "redis", options)
    server.start()
    client = server.client()
    client.execute_command("ACL", "SETUSER", "shy", "on", ">secret", "~*", "&*", "+@all", "-eval", "-evalsha")
    client.close()
    _, eviction, counted = await examine_redis(f"redis://shy:secret@127.0.0.1:{server.port}")
    assert (eviction.good, eviction.subject) == (False, "Redis, eviction")
    assert "allkeys-lru" in eviction.words
    assert not counted.good
    assert "permissions" in counted.words
    server.stop()
