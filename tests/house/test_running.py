import asyncio
from pathlib import Path

import httpx2 as httpx
import pytest
from openai.types.chat import ChatCompletionMessageParam

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


async def test_before_it_stops_it_says_so_for_a_while_and_still_takes_calls(tmp_path: Path) -> None:
    async with doubles() as upstreams, running(Rig(tmp_path, manifest(*upstreams), stop_delay_s=60.0)) as rig:
        async with httpx.AsyncClient(base_url=rig.address) as client:
            assert (await client.get("/readyz")).status_code == 200
            rig.house.stop()
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["status"]) == (503, "draining")
            assert (await client.get("/healthz")).json() == {"status": "draining"}
        async with rig.client() as client:
            asked: list[ChatCompletionMessageParam] = [{"role": "user", "content": "再见"}]
            assert (await client.chat.completions.create(model="m", messages=asked)).choices
    # at the end of the block it was told again, which cuts the delay short


async def test_at_the_end_of_the_delay_it_stops_by_itself(tmp_path: Path) -> None:
    async with doubles() as upstreams:
        house = Rig(tmp_path, manifest(*upstreams), stop_delay_s=0.1).house
        serving = asyncio.create_task(house.serve())
        await house.server.listening.wait()
        house.stop()
        await asyncio.wait_for(serving, 30)


async def test_one_that_retires_already_and_is_told_to_stop_still_lets_its_calls_finish(tmp_path: Path) -> None:
    async with doubles(chunks=8, chunk_gap_s=0.1) as upstreams, running(Rig(tmp_path, manifest(*upstreams))) as rig:
        async with rig.client() as client:
            asked: list[ChatCompletionMessageParam] = [{"role": "user", "content": "一二三四五六七八"}]
            stream = await client.chat.completions.create(model="m", messages=asked, stream=True)
            chunks = [await anext(aiter(stream))]
            rig.house.retire()
            rig.house.stop()
            chunks += [chunk async for chunk in stream]
        assert chunks[-1].choices[0].finish_reason == "stop"
        rig.house.draining = False  # the end of the block tells it once more
