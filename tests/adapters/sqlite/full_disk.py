"""A process whose disk is full for a while: it may not make any file larger."""

import asyncio
import resource
import sys
from pathlib import Path

from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.store import hold_order, post_order
from waystation.wire.errors import StoreUnavailable


async def main(data_dir: Path) -> None:
    world = SqliteWorld(data_dir)
    await world.store.start()
    await world.store.hold(hold_order("hold_1", 40))
    print("held", flush=True)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, most))
    try:
        await world.store.post(post_order("hold_1", 25))
    except StoreUnavailable as error:
        print(type(error).__name__, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    await world.store.post(post_order("hold_1", 25))
    print("posted", flush=True)
    await world.aclose()
    print(f"differences: {world.verify().differences}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
