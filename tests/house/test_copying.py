import asyncio
from contextlib import closing
from pathlib import Path

import pytest
from openai import APIStatusError, AsyncOpenAI
from pydantic import SecretStr

from rigs.postgres import Postgres
from tests.adapters.sql.bills import AT, bill, line
from tests.e2e.rig import SECRET, Rig, doubles, manifest, running
from waystation.adapters.sql import bills
from waystation.adapters.sql.engine import of_files
from waystation.adapters.sql.reconcile import reconcile
from waystation.adapters.sqlite.connection import LEDGER_FILE
from waystation.adapters.sqlite.lock import DirectoryLock
from waystation.house import House
from waystation.house.copying import Copied, copy_to
from waystation.ledger.reconcile.words import Terms
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


async def called(folder: Path) -> Settings:
    """Data that real calls have made, with a vendor's bill beside it."""
    async with doubles() as upstreams:
        rig = Rig(folder, manifest(*upstreams, budget="5 USD"))
        async with running(rig), rig.client() as client:
            for number in range(20):
                words = [{"role": "user", "content": f"Hello {number}!"}]
                await client.chat.completions.create(model="m", messages=words, max_tokens=50)  # type: ignore[arg-type]
            await rig.calls(20)
    with closing(of_files(rig.settings.data_dir)) as database:
        bills.load(database, bill(upstream="up0"), [line(1)])
        reconcile(database, "bill_1", "run_1", Terms(), (None, None), at=AT)
    return rig.settings


async def test_what_calls_have_made_is_copied_and_verified(tmp_path: Path, postgres: Postgres) -> None:
    settings = await called(tmp_path)
    copied = copy_to(settings, postgres.create("house_copying"))
    assert copied.passed, copied
    rows = {one.what: int(one.target.split()[0]) for one in copied.compared}
    assert (rows["calls"], rows["tokens"], rows["upstream_keys"], rows["vendor_rows"]) == (20, 1, 2, 1)
    assert rows["postings"] >= 21
    assert copied.as_dict()["passed"] is True


async def test_a_gateway_goes_on_where_the_copy_ends(tmp_path: Path, postgres: Postgres) -> None:
    settings = await called(tmp_path)
    url = postgres.create("house_copying_on")
    copy_to(settings, url)
    house = House(settings.model_copy(update={"database_url": SecretStr(url)}))
    serving = asyncio.create_task(house.serve())
    await asyncio.wait_for(house.server.listening.wait(), 20)
    async with AsyncOpenAI(base_url=f"http://127.0.0.1:{house.server.port}/v1", api_key=SECRET) as client:
        assert [model.id async for model in client.models.list()] == ["m"]
        words = [{"role": "user", "content": "Hello again!"}]
        with pytest.raises(APIStatusError) as failed:  # its upstream is gone, the hold was made and is free again
            await client.with_options(max_retries=0).chat.completions.create(model="m", messages=words)  # type: ignore[arg-type]
        assert failed.value.status_code >= 500
    house.stop()
    await serving


async def test_a_running_gateway_is_in_the_way(tmp_path: Path) -> None:
    settings = await called(tmp_path)
    lock = DirectoryLock(settings.data_dir)
    lock.take()
    with pytest.raises(Misconfigured, match="already serves"):
        copy_to(settings, "postgresql://nobody@127.0.0.1:9/none")
    lock.release()


def test_without_data_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=f"there is no '{LEDGER_FILE}'"):
        copy_to(Settings(data_dir=tmp_path), "postgresql://nobody@127.0.0.1:9/none")


def test_a_copy_that_is_not_the_same_is_no_copy() -> None:
    copied = Copied([], None)
    assert not copied.passed
    assert copied.as_dict() == {"passed": False, "compared": [], "books": None}
