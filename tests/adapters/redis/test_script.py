from tests.redis_place import fresh, server
from waystation.adapters.redis.address import address_of
from waystation.adapters.redis.script import Script

HELLO = b"\x91\x94\x00\x64\xa5gate0\x80"  # [[0, 100, "gate0", {}]] in msgpack


async def test_a_script_that_nobody_knows_is_told_and_then_called_by_its_digest() -> None:
    address, script = address_of(fresh()), Script("limits.lua")
    client = address.client()
    asking = server().client()
    asking.script_flush()
    asking.config_resetstat()
    for _ in range(3):
        assert await script.run(client, address.prefix, "gate1", HELLO) == b"\x91\x91\x01"
    stats = asking.info("commandstats")
    assert (stats["cmdstat_eval"]["calls"], stats["cmdstat_evalsha"]["calls"]) == (1, 3)
    asking.close()
    await client.aclose()
