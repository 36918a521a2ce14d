import asyncio
from pathlib import Path

import pytest

from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.adapters.sqlite import writer
from waystation.house.running import House
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import Misconfigured


async def test_a_change_is_taken_over_and_a_broken_one_is_not(tmp_path: Path) -> None:
    async with doubles() as upstreams, running(Rig(tmp_path, manifest(*upstreams))) as rig:
        first = rig.house.board
        rig.apply(manifest(*upstreams, max_output_tokens=7))
        for _ in range(100):
            if rig.house.board is not first:
                break
            await asyncio.sleep(0.02)
        assert rig.house.board.served["m"].model.max_output_tokens == 7
        assert first.served["m"].model.max_output_tokens == 1000


async def test_a_change_before_the_store_s_first_look_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "POLL_S", 1.0)
    async with doubles() as upstreams:
        rig = Rig(tmp_path, manifest(*upstreams))
        store, read = rig.house.store, rig.house.store.catalogue

        async def catalogue() -> Catalogue:
            first = await read()
            store.catalogue = read  # type: ignore[method-assign]
            rig.apply(manifest(*upstreams, max_output_tokens=7))
            return first

        store.catalogue = catalogue  # type: ignore[method-assign]
        async with running(rig), asyncio.timeout(30):
            while rig.house.board.served["m"].model.max_output_tokens != 7:  # noqa: ASYNC110 - it is told by nothing else
                await asyncio.sleep(0.02)


async def test_a_second_house_on_the_same_data_does_not_start(tmp_path: Path) -> None:
    async with doubles() as upstreams, running(Rig(tmp_path, manifest(*upstreams))) as rig:
        with pytest.raises(Misconfigured):
            await House(rig.settings).serve()
