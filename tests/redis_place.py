"""One Redis for all tests of a process, and prefixes in it that are made in no time."""

import atexit
import shutil
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from rigs.redis_server import RedisServer

_numbers = count(1)


@cache
def server() -> RedisServer:
    """It runs from the first test that asks for it. Who kills, pauses or flushes one starts another."""
    folder = Path(tempfile.mkdtemp(prefix="waystation-redis-"))
    redis = RedisServer(folder)
    redis.start()
    atexit.register(_end, redis, folder)
    return redis


def fresh() -> str:
    """The address of a place in it where nothing is yet."""
    return f"{server().url}?prefix=test{next(_numbers)}"


def _end(redis: RedisServer, folder: Path) -> None:
    redis.stop()
    shutil.rmtree(folder, ignore_errors=True)
