import json
from typing import Any

import msgspec
import pytest

from tests.gateway.world import Front, front
from tests.relay.world import VENDORS, scene
from waystation.relay.board import board_of
from waystation.routing.statistics import SAMPLES_MIN, Statistics
from waystation.wire.catalogue import Catalogue, Model, ModelRoute
from waystation.wire.price import Price

PATH = "/v1/models/m/endpoints"


async def page(at: Front, path: str = PATH) -> dict[str, Any]:
    line = await at.get(path)
    assert line.status == 200
    data: dict[str, Any] = json.loads(line.body)["data"]
    return data


def statistics(at: Front, upstream: int = 0) -> Statistics:
    return at.scene.board.served["m"].tiers[upstream][0].statistics


def changed(at: Front, **members: Any) -> Front:
    known: Catalogue = msgspec.structs.replace(at.scene.store.known, **members)
    at.scene.board = board_of(known, VENDORS)
    return at


async def test_a_model_that_nobody_has_called_is_told_with_what_is_known() -> None:
    assert await page(front(scene())) == {
        "id": "m",
        "name": "m",
        "created": 0,
        "description": None,
        "architecture": {
            "tokenizer": None,
            "instruct_type": None,
            "modality": None,
            "input_modalities": None,
            "output_modalities": None,
        },
        "endpoints": [
            {
                "name": "up0 | m",
                "model_id": "m",
                "model_name": "m",
                "provider_name": "up0",
                "tag": "up0",
                "context_length": None,
                "max_completion_tokens": 100,
                "max_prompt_tokens": None,
                "quantization": None,
                "supported_parameters": None,
                "supports_implicit_caching": None,
                "pricing": {"prompt": "0.0000025", "completion": "0.00001"},
                "currency": "USD",
                "status": 0,
                "uptime_last_5m": None,
                "uptime_last_30m": None,
                "uptime_last_1d": None,
                "success_last_5m": None,
                "success_last_30m": None,
                "success_last_1d": None,
                "latency_last_30m": None,
                "duration_last_30m": None,
                "throughput_last_30m": None,
            }
        ],
    }


async def test_figures_come_when_there_are_enough_of_them() -> None:
    at = front(scene(upstreams=2))
    now = at.scene.clock.monotonic()
    for _ in range(SAMPLES_MIN - 1):
        statistics(at).hear(now, 0.2)
        statistics(at).succeed(now, 2.0, 100)
    (first, _) = (await page(at))["endpoints"]
    assert (first["uptime_last_5m"], first["latency_last_30m"], first["throughput_last_30m"]) == (None, None, None)
    statistics(at).hear(now, 20.0)
    statistics(at).succeed(now, 20.0, 100)
    for _ in range(5):
        statistics(at).fail(now)
        statistics(at).fail(now, limited=True)
    (first, second) = (await page(at))["endpoints"]
    assert (first["uptime_last_5m"], first["uptime_last_1d"], first["success_last_30m"]) == (66.67, 66.67, 50.0)
    assert first["latency_last_30m"]["p50"] == pytest.approx(200, rel=0.05)
    assert first["latency_last_30m"]["p99"] == pytest.approx(20_000, rel=0.05)
    assert first["duration_last_30m"]["p95"] == pytest.approx(20_000, rel=0.05)
    assert first["throughput_last_30m"]["p50"] == pytest.approx(50, rel=0.05)
    assert first["throughput_last_30m"]["p99"] == pytest.approx(5, rel=0.05)  # the worst case, as with the others
    assert [list(first[name]) for name in ("latency_last_30m", "throughput_last_30m")] == [
        ["p50", "p75", "p90", "p95", "p99"]
    ] * 2
    assert (second["tag"], second["uptime_last_5m"], second["latency_last_30m"]) == ("up1", None, None)


async def test_windows_empty_as_time_goes_by() -> None:
    at = front(scene())
    for _ in range(SAMPLES_MIN):
        statistics(at).succeed(at.scene.clock.monotonic(), 1.0, 100)
    names = ("uptime_last_5m", "uptime_last_30m", "uptime_last_1d")
    for passed, known in ((0, (100.0, 100.0, 100.0)), (300, (None, 100.0, 100.0)), (1_800, (None, None, 100.0))):
        at.scene.clock.at = 1_800_000_000.0 + passed
        (row,) = (await page(at))["endpoints"]
        assert tuple(row[name] for name in names) == known


async def test_an_upstream_without_a_ready_key_says_so() -> None:
    at = front(scene(keys=1))
    lease = at.scene.board.pools["up_0"].lease("m-0", at.scene.clock.monotonic())
    assert lease is not None
    lease.fail("limited", at.scene.clock.monotonic(), 30.0, "429")
    (row,) = (await page(at))["endpoints"]
    assert row["status"] == -1


@pytest.mark.parametrize(
    "path", ["/models/m/endpoints", "//v1/v1/models/m/endpoints", "/anthropic/v1/models/m/endpoints", PATH + "?x=1"]
)
async def test_it_is_found_wherever_the_models_are(path: str) -> None:
    assert (await page(front(scene()), path.partition("?")[0]))["id"] == "m"


@pytest.mark.parametrize("name", ["meta-llama/m-4", "a/b/c", "m:free", "author/m:free", "endpoints", "a/endpoints"])
async def test_a_name_may_hold_slashes_and_colons(name: str) -> None:
    at = front(scene())
    (model, *_) = at.scene.store.known.models
    changed(at, models=(msgspec.structs.replace(model, name=name),))
    data = await page(at, f"/v1/models/{name}/endpoints")
    assert (data["id"], data["endpoints"][0]["name"]) == (name, f"up0 | {name}")


async def test_a_model_that_is_called_endpoints_is_still_a_model() -> None:
    at = front(scene())
    (model, *_) = at.scene.store.known.models
    changed(at, models=(msgspec.structs.replace(model, name="a/endpoints"),))
    assert json.loads((await at.get("/v1/models/a/endpoints")).body)["object"] == "model"


async def test_it_is_found_by_the_name_that_claude_code_is_offered() -> None:
    assert (await page(front(scene()), "/v1/models/anthropic/m/endpoints"))["id"] == "m"


async def test_each_route_is_a_row_even_two_at_one_upstream() -> None:
    at = front(scene(upstreams=2))
    (model, *_) = at.scene.store.known.models
    routes = (ModelRoute("up0", "a"), ModelRoute("up1", "b"), ModelRoute("up0", "c"))
    changed(at, models=(msgspec.structs.replace(model, routes=routes),))
    assert [row["tag"] for row in (await page(at))["endpoints"]] == ["up0", "up0", "up1"]


async def test_a_model_without_a_price_has_none() -> None:
    at = changed(front(scene()), models=(Model(name="m", routes=(ModelRoute("up0", "m-0"),), price=None),))
    (row,) = (await page(at))["endpoints"]
    assert (row["pricing"], row["currency"]) == (None, None)


async def test_a_price_in_another_currency_says_which() -> None:
    price = Price(currency="CNY", input=4_000_000_000, output=16_000_000_000)
    at = changed(front(scene()), models=(Model(name="m", routes=(ModelRoute("up0", "m-0"),), price=price),))
    (row,) = (await page(at))["endpoints"]
    assert (row["pricing"], row["currency"]) == ({"prompt": "0.000004", "completion": "0.000016"}, "CNY")


@pytest.mark.parametrize("name", ["other", "nobody", "m/m", "author/m:free", "other/endpoints"])
async def test_a_model_that_the_token_may_not_use_is_not_there_in_the_same_words(name: str) -> None:
    at = front(scene(models=("m",)))
    line, known = await at.get(f"/v1/models/{name}/endpoints"), await at.get("/v1/models/other")
    assert (line.status, line.error["code"]) == (404, "model_not_found")
    assert line.error["message"].replace(repr(name), "…") == known.error["message"].replace("'other'", "…")


async def test_it_needs_a_token_and_is_only_read() -> None:
    at = front(scene())
    assert (await at.get(PATH, secret=None)).status == 401
    line = await at.get(PATH, "POST")
    assert (line.status, line.headers[b"allow"]) == (405, b"GET, HEAD, OPTIONS")
    head = await at.get(PATH, "HEAD")
    assert (head.status, head.headers[b"content-type"]) == (200, b"application/json")


async def test_nothing_of_an_upstream_is_told_but_its_name() -> None:
    body = (await front(scene(upstreams=2)).get(PATH)).body.decode()
    for secret in ("sk-upstream", "internal.example", "up_0", "m-0", "openai_compatible"):
        assert secret not in body
