import json

import pytest
from msgspec.structs import replace

from tests.gateway.world import front
from tests.relay.world import VENDORS, scene
from waystation import __version__
from waystation.relay.board import board_of
from waystation.wire.dialect import Dialect


@pytest.mark.parametrize("path", ["/", "/version"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_it_says_what_it_is_to_anybody(path: str, method: str) -> None:
    line = await front(scene()).get(path, method, secret=None)
    assert (line.status, json.loads(line.body)) == (200, {"name": "waystation", "version": __version__})
    assert line.headers[b"x-request-id"].startswith(b"req_")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/", "/version", "/v1/models", "/models/m"])
async def test_a_page_is_only_read(path: str) -> None:
    line = await front(scene()).get(path, "POST")
    assert (line.status, line.error["code"]) == (405, "method_not_allowed")
    assert line.headers[b"allow"] == b"GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/healthz", "/livez"])
async def test_it_lives_whatever_is_ready(path: str) -> None:
    at = front(scene())
    at.checks["store"] = False
    line = await at.get(path, secret=None)
    assert (line.status, json.loads(line.body)) == (200, {"status": "ok"})


@pytest.mark.parametrize(("good", "status", "word"), [(True, 200, "ok"), (False, 503, "not ready")])
async def test_it_is_ready_when_every_check_is_good(*, good: bool, status: int, word: str) -> None:
    at = front(scene())
    at.checks["store"] = good
    line = await at.get("/readyz", secret=None)
    assert (line.status, json.loads(line.body)) == (status, {"status": word, "checks": {"store": good}})


async def test_it_lives_and_is_not_ready_while_it_drains() -> None:
    at = front(scene())
    at.draining.append(True)
    line = await at.get("/healthz", secret=None)
    assert (line.status, json.loads(line.body)) == (200, {"status": "draining"})
    line = await at.get("/readyz", secret=None)
    assert (line.status, json.loads(line.body)) == (503, {"status": "draining", "checks": {"store": True}})


@pytest.mark.parametrize(
    ("path", "ids"), [("/models", ["m"]), ("/v1/models", ["m"]), ("/v1/models/", ["m"]), ("//v1/v1/models", ["m"])]
)
async def test_the_models_of_the_token_are_listed(path: str, ids: list[str]) -> None:
    page = json.loads((await front(scene(models=("m",))).get(path)).body)
    assert [row["id"] for row in page["data"]] == ids
    assert (page["object"], page["has_more"], page["first_id"], page["last_id"]) == ("list", False, "m", "m")


async def test_a_token_without_models_gets_an_empty_list() -> None:
    page = json.loads((await front(scene(models=())).get("/v1/models")).body)
    assert page == {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.mark.parametrize("path", ["/models/m", "/v1/models/m"])
async def test_one_model_is_shown_in_every_clients_words(path: str) -> None:
    line = await front(scene()).get(path)
    assert json.loads(line.body) == {
        "id": "m",
        "object": "model",
        "created": 0,
        "owned_by": "waystation",
        "type": "model",
        "display_name": "m",
        "created_at": "1970-01-01T00:00:00Z",
        "max_output_tokens": 100,
    }


@pytest.mark.parametrize("name", ["other", "nobody", "m/m"])
async def test_a_model_that_the_token_may_not_use_is_not_there(name: str) -> None:
    line = await front(scene(models=("m",))).get(f"/v1/models/{name}")
    assert (line.status, line.error["code"]) == (404, "model_not_found")


async def test_models_need_a_token_and_a_get() -> None:
    at = front(scene())
    assert (await at.get("/v1/models", secret=None)).status == 401
    assert (await at.get("/v1/models", "DELETE")).status == 405
    assert 'waystation_refusals_total{code="invalid_api_key"} 1.0' in at.metrics.page().decode()


async def test_an_unknown_path_is_told_briefly() -> None:
    line = await front(scene()).get("/" + "x" * 5_000)
    assert (line.status, line.error["code"], len(line.body) < 500) == (404, "unknown_url", True)


@pytest.mark.parametrize("client", [("127.0.0.1", 1), ("::1", 1)])
async def test_metrics_are_for_this_machine(client: tuple[str, int]) -> None:
    line = await front(scene()).get("/metrics", client=client, secret=None)
    assert (line.status, line.headers[b"content-type"]) == (200, b"text/plain; version=0.0.4; charset=utf-8")
    assert b"# HELP waystation_calls_total" in line.body
    assert line.headers[b"content-length"] == str(len(line.body)).encode()


@pytest.mark.parametrize(
    ("client", "headers"),
    [(("10.0.0.9", 1), ()), (None, ()), (("127.0.0.1", 1), ((b"x-forwarded-for", b"10.0.0.9"),))],
)
async def test_metrics_are_not_there_for_others(
    client: tuple[str, int] | None, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    line = await front(scene()).get("/metrics", client=client, headers=headers)
    assert (line.status, line.error["code"]) == (404, "unknown_url")


@pytest.mark.parametrize(
    ("secret", "status"), [("metrics-token-0123", 200), ("metrics-token-0124", 404), ("", 404), (None, 404)]
)
async def test_with_a_metrics_token_it_alone_opens_them(secret: str | None, status: int) -> None:
    at = front(scene(), metrics_token="metrics-token-0123")
    assert (await at.get("/metrics", secret=secret, client=("10.0.0.9", 1))).status == status


@pytest.mark.parametrize(
    ("path", "method", "spoken"),
    [
        ("/v1/messages/count_tokens", "POST", "anthropic.messages"),
        ("/v1/responses/resp_1", "GET", "openai.responses"),
    ],
)
async def test_a_page_of_a_language_is_for_tokens_that_may_speak_it(path: str, method: str, spoken: Dialect) -> None:
    for dialects, refused in ((("openai.chat",), True), ((spoken,), False)):
        at = scene()
        (token,) = at.store.known.tokens
        at.board = board_of(replace(at.store.known, tokens=(replace(token, dialects=dialects),)), VENDORS)
        line = await front(at).ask({"model": "m", "messages": []}, path, method=method)
        assert (line.status == 403) == refused
