"""Two hundred calls at once against a budget for ten."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI

from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.dialects.openai_chat import CODEC
from waystation.wire.estimate import ceiling_of

REQUEST = {"model": "m", "messages": [{"role": "user", "content": "count to ten"}], "max_tokens": 1000}
# In nanos: the input's ceiling at 2.50 USD per million, and 1000 tokens of output at 10 USD.
CEILING = ceiling_of(CODEC.decode(json.dumps(REQUEST).encode()).weight) * 2_500 + 1000 * 10_000


async def ask(client: AsyncOpenAI, *, stream: bool) -> openai.APIStatusError | None:
    try:
        answer = await client.chat.completions.create(**REQUEST, stream=stream)  # type: ignore[call-overload]
        if stream:
            async for _ in answer:
                pass
    except openai.APIStatusError as error:
        return error
    return None


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("limited", ["budget", "wallet"])
async def test_two_hundred_calls_against_money_for_ten(tmp_path: Path, limited: str, *, stream: bool) -> None:
    money = f"{CEILING * 10 // 1_000_000_000}.{CEILING * 10 % 1_000_000_000:09} USD"
    async with doubles(latency_s=1.0) as ups:
        rows = manifest(*ups, budget=money) if limited == "budget" else manifest(*ups, credit=money)
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            outcomes = await asyncio.gather(*(ask(client, stream=stream) for _ in range(200)))
            refused = [error for error in outcomes if error is not None]
            # Ten at once; on a slow machine the first are settled, and their money is free, before the last have asked.
            assert 100 <= len(refused) <= 190
            assert ups[0].total_calls == 200 - len(refused)
            for error in refused:
                assert (error.status_code, error.code) == (429, "insufficient_quota")
                assert error.response.headers["x-should-retry"] == "false"
                if limited == "budget":
                    assert "The monthly budget of token 'ci'" in error.message
                    assert "It resets at " in error.message
                else:
                    assert "The wallet of organization 'acme'" in error.message
        with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db")) as books:
            (least,) = books.execute(
                "SELECT min(credits_posted - debits_posted - debits_pending) FROM accounts WHERE kind <> 'system'"
            ).fetchone()
        assert least >= 0
