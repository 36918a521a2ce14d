"""A process that holds and posts until it is killed. Prints the id of each hold whose posting was answered."""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.store import call_record, hold_order, post_order
from waystation.adapters.sqlite.durability import Durability


async def main(data_dir: Path, durability: Durability, round_: str) -> None:
    world = SqliteWorld(data_dir, durability)
    await world.store.start()
    ids = count()

    async def work() -> None:
        while True:
            hold_id = f"hold_{round_}_{next(ids)}"
            await world.store.hold(hold_order(hold_id, 5))
            posted = await world.store.post(post_order(hold_id, 1))
            os.write(1, f"{hold_id} {posted.amount_nanos}\n".encode())
            await world.store.record(call_record(f"call_other_{hold_id}"))

    await asyncio.gather(*(work() for _ in range(16)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), "power" if sys.argv[2] == "power" else "process", sys.argv[3]))
