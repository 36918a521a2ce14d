"""A model's endpoints over real connections: what its calls were like, upstream by upstream, and who may ask."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import openai
from openai import AsyncOpenAI

from tests.e2e.raw import Answer, calling, head
from tests.e2e.rig import SECRET, Rig, doubles, manifest, running

WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"


async def call(client: AsyncOpenAI, *, stream: bool = True) -> None:
    messages: Any = [{"role": "user", "content": WORDS}]
    if not stream:
        await client.chat.completions.create(model="team/m", messages=messages)
        return
    async for _ in await client.chat.completions.create(model="team/m", messages=messages, stream=True):
        pass


async def ask(rig: Rig, path: str, *, method: str = "GET", secret: str = SECRET) -> Answer:
    async with calling(rig) as caller:
        await caller.send(head(request=f"{method} {path} HTTP/1.1", secret=secret))
        return await caller.answer(bodiless=method == "HEAD")


async def endpoints(rig: Rig) -> list[dict[str, Any]]:
    answer = await ask(rig, "/v1/models/team/m/endpoints")
    assert answer.status == 200
    rows: list[dict[str, Any]] = json.loads(answer.body)["data"]["endpoints"]
    return rows


def named(text: str) -> str:
    """The rig's manifest, with a model whose name has a slash."""
    return text.replace("- name: m\n", "- name: team/m\n").replace("models: [m]", "models: [team/m]")


async def test_each_upstream_is_told_by_what_became_of_its_attempts(tmp_path: Path) -> None:
    async with (
        doubles(3, latency_s=0.02) as ups,
        running(Rig(tmp_path, named(manifest(*ups)))) as rig,
        rig.client() as c,
    ):
        ups[0].set_fault("500")
        ups[1].set_fault("429")
        for count in range(12):
            await call(c, stream=count % 2 == 0)
        broken, limited, good = await endpoints(rig)
        assert (broken["uptime_last_5m"], broken["success_last_1d"]) == (0.0, 0.0)
        assert (limited["uptime_last_5m"], limited["latency_last_30m"]) == (None, None)
        assert (good["uptime_last_5m"], good["uptime_last_30m"], good["uptime_last_1d"]) == (100.0, 100.0, 100.0)
        assert good["latency_last_30m"] is None  # six streams are too few
        assert good["duration_last_30m"]["p50"] >= 19
        assert good["throughput_last_30m"]["p99"] > 0
        for _ in range(6):
            await call(c)
        good = (await endpoints(rig))[2]
        assert good["duration_last_30m"]["p99"] >= good["latency_last_30m"]["p50"] >= 19
        assert [row["tag"] for row in (broken, limited, good)] == ["up0", "up1", "up2"]
        assert good["pricing"] == {"prompt": "0.0000025", "completion": "0.00001", "input_cache_read": "0.00000125"}


async def test_streams_that_break_count_against_their_upstream(tmp_path: Path) -> None:
    async with doubles(1) as ups, running(Rig(tmp_path, named(manifest(*ups)))) as rig, rig.client() as client:
        for fault in (None, "fin-mid-stream"):
            ups[0].set_fault(fault)
            for _ in range(6):
                with suppress(openai.APIError):
                    await call(client)
        (row,) = await endpoints(rig)
        assert (row["uptime_last_5m"], row["duration_last_30m"]) == (50.0, None)
        assert row["latency_last_30m"] is not None


async def test_a_change_of_the_catalogue_forgets_nothing(tmp_path: Path) -> None:
    async with doubles(1) as ups, running(Rig(tmp_path, named(manifest(*ups)))) as rig, rig.client() as client:
        for _ in range(10):
            await call(client)
        revision = rig.house.board.revision
        rig.apply(named(manifest(*ups, max_output_tokens=500)))
        for _ in range(100):
            if rig.house.board.revision != revision:
                break
            await call(client)
        (row,) = await endpoints(rig)
        assert (row["max_completion_tokens"], row["uptime_last_5m"]) == (500, 100.0)


async def test_a_hidden_model_has_no_endpoints_and_a_head_no_body(tmp_path: Path) -> None:
    async with doubles(1) as ups, running(Rig(tmp_path, named(manifest(*ups)))) as rig:
        hidden = await ask(rig, "/v1/models/hidden/endpoints")
        model = await ask(rig, "/v1/models/hidden")
        assert (hidden.status, hidden.error) == (404, model.error)
        encoded = await ask(rig, "/v1/models/team%2Fm/endpoints")
        assert json.loads(encoded.body)["data"]["id"] == "team/m"
        bare = await ask(rig, "/v1/models/team/m/endpoints", method="HEAD")
        assert (bare.status, int(bare.headers["content-length"]) > 100) == (200, True)
        assert (await ask(rig, "/v1/models/team/m/endpoints", secret="wrong")).status == 401
