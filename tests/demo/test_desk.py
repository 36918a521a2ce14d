"""What is answered at which path, with which key, and what is booked for it."""

import pytest

from tests.demo.raw import HELLO, STREAM, asked, connected, exchange, get, parse, post
from waystation.demo.upstream import DemoSettings, DemoUpstream


async def test_a_plain_completion() -> None:
    async with DemoUpstream() as upstream:
        got = await asked(upstream, HELLO)
        body = got.json()
        assert (got.status, got.header("content-type"), body["object"]) == (200, "application/json", "chat.completion")
        assert body["choices"][0]["message"]["content"] == "You said: Hello, you there"
        assert body["model"] == "demo-large"


async def test_a_streamed_completion() -> None:
    async with DemoUpstream() as upstream:
        got = await asked(upstream, STREAM)
        *chunks, usage, done = got.events()
        assert got.header("content-type") == "text/event-stream; charset=utf-8"
        assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks) == "You said: Hello, you there"
        assert (usage["choices"], usage["usage"]["total_tokens"], done) == ([], 11, "[DONE]")


async def test_the_models_are_listed() -> None:
    async with DemoUpstream(DemoSettings(models=("a", "b"))) as upstream, connected(upstream) as raw:
        await raw.send(get("/v1/models?limit=5"))
        listed = (await raw.answer()).json()
        assert (listed["object"], [model["id"] for model in listed["data"]]) == ("list", ["a", "b"])
        await raw.send(get("/v1/models/b"))
        assert (await raw.answer()).json() == listed["data"][1]


async def test_an_unlisted_model_is_not_shown_but_answers() -> None:
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        await raw.send(get("/v1/models/gpt-4o"))
        got = await raw.answer()
        assert (got.status, got.error()["code"]) == (404, "model_not_found")
        assert (await raw.ask({**HELLO, "model": "gpt-4o"})).json()["model"] == "gpt-4o"


async def test_a_prefix_moves_every_path() -> None:
    async with DemoUpstream(DemoSettings(prefix="/compatible/v1")) as upstream, connected(upstream) as raw:
        await raw.send(post(HELLO, path="/compatible/v1/chat/completions"))
        assert (await raw.answer()).status == 200
        assert (await raw.ask(HELLO)).status == 404


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (get("/"), 404, None),
        (get("/v1/chat/completions"), 405, "method_not_supported"),
        (post({}, path="/v1/models"), 405, "method_not_supported"),
        (post({}, path="/v1/models/demo-large"), 405, "method_not_supported"),
        (post(b"{"), 400, None),
        (post({"model": "m"}), 400, "missing_required_parameter"),
    ],
)
async def test_what_cannot_be_answered_is_refused(request_: bytes, status: int, code: str | None) -> None:
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        await raw.send(request_)
        got = await raw.answer()
        assert (got.status, got.error()["code"], got.header("content-type")) == (status, code, "application/json")
        assert (await raw.ask(HELLO)).status == 200  # and the connection goes on
        assert upstream.calls[0].usage is None


async def test_an_unknown_key_is_refused_and_shown_masked() -> None:
    async with DemoUpstream(DemoSettings(keys=("sk-good",))) as upstream, connected(upstream) as raw:
        got = await raw.ask(HELLO, key="sk-wrong-wrong-1234")
        assert (got.status, got.error()["type"], got.error()["code"]) == (
            401,
            "invalid_request_error",
            "invalid_api_key",
        )
        assert "sk-wrong*******1234" in got.error()["message"]
        assert (await raw.ask(HELLO, key="sk-good")).status == 200


@pytest.mark.parametrize(
    "path", ["/v1/messages", "/v1/responses", "/v1beta/models/m:generateContent", "/v1/embeddings"]
)
async def test_what_is_nested_too_deep_is_refused(path: str) -> None:
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        for depth in (400, 900, 100_000):
            body = b'{"model":"m","contents":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
            await raw.send(post(body, "anthropic-version: 2023-06-01", path=path))
            assert (await raw.answer()).status == 400


async def test_a_missing_key_is_refused() -> None:
    async with DemoUpstream(DemoSettings(keys=("sk-good",))) as upstream:
        got, _ = await exchange(upstream, get("/v1/models").replace(b"Bearer", b"Basic"))
        assert parse(got).status == 401
        assert parse(got).error()["message"].startswith("You didn't provide an API key.")


async def test_a_call_is_remembered_as_it_came() -> None:
    async with DemoUpstream(DemoSettings(kept_body_bytes=10)) as upstream:
        await asked(upstream, HELLO, "X-Odd: 1", key="sk-mine")
        (call,) = upstream.calls
        assert (call.method, call.path, call.key, call.model) == (
            "POST",
            "/v1/chat/completions",
            "sk-mine",
            "demo-large",
        )
        assert (b"X-Odd", b"1") in call.headers
        assert call.body == b'{"model": '


async def test_usage_is_booked_by_completion_and_by_request_id() -> None:
    async with DemoUpstream() as upstream:
        plain = (await asked(upstream, HELLO, "x-request-id: mine")).json()
        stream = (await asked(upstream, STREAM)).events()
        booked = upstream.usage_by_completion_id
        assert booked[plain["id"]].as_wire() == plain["usage"]
        assert booked[stream[0]["id"]].as_wire() == stream[-2]["usage"]
        assert upstream.usage_by_request_id == {"mine": booked[plain["id"]]}
        assert [call.completion_id for call in upstream.calls] == list(booked)


async def test_every_completion_has_an_id_of_its_own() -> None:
    async with DemoUpstream() as one, DemoUpstream() as other:
        ids = {(await asked(upstream, HELLO)).json()["id"] for upstream in (one, one, other, other)}
        assert len(ids) == 4


async def test_a_refused_call_is_not_booked_and_a_cut_one_is() -> None:
    async with DemoUpstream() as upstream:
        for fault in ("500", "reset-mid-stream", "usage-negative"):
            upstream.set_fault(fault)
            await exchange(upstream, post(HELLO))
        assert [(call.fault, call.usage is not None, call.answered) for call in upstream.calls] == [
            ("500", False, True),
            ("reset-mid-stream", True, False),
            ("usage-negative", True, True),
        ]
        assert upstream.calls[2].usage is not None
        assert upstream.calls[2].usage.prompt_tokens == 6


async def test_faults_leave_the_list_of_models_alone() -> None:
    async with DemoUpstream() as upstream:
        upstream.set_fault("500")
        got, _ = await exchange(upstream, get("/v1/models"))
        assert parse(got).status == 200


async def test_a_fault_that_does_not_wait_for_the_body_leaves_other_paths_alone() -> None:
    async with DemoUpstream() as upstream:
        upstream.set_fault("early-413")
        got, _ = await exchange(upstream, get("/v1/models"))
        assert parse(got).status == 200
