"""Callers of every language, with the official SDKs, and vendors of others behind the gateway."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from itertools import permutations
from pathlib import Path
from typing import Any

import anthropic
import httpx2 as httpx
import openai
import pytest
from anthropic import AsyncAnthropic
from google import genai
from google.genai import types

from rigs.matrix.cells import CALLERS
from rigs.matrix.said import RESULT
from rigs.matrix.station import TOKEN, UPSTREAMS
from rigs.matrix.station import manifest as languages
from tests.e2e.rig import Rig, doubles, running
from waystation.demo.upstream import DemoUpstream

ASKED: dict[str, Any] = {"max_tokens": 100, "messages": [{"role": "user", "content": "Hello, 驿站!"}]}
HELLO = "你说：Hello, 驿站!"


@asynccontextmanager
async def station(folder: Path, *, extra: str = "", **settings: Any) -> AsyncIterator[tuple[Rig, DemoUpstream]]:
    """A gateway with a model for each vendor's language, of the language's name, and the double behind it."""
    async with doubles(**settings) as (double,):
        text = languages(double.base_url.removesuffix("/v1")).replace("{name: acme,", "{name: acme, " + extra)
        async with running(Rig(folder, text)) as rig:
            yield rig, double


def claude(rig: Rig) -> AsyncAnthropic:
    return AsyncAnthropic(base_url=rig.address, api_key=TOKEN, max_retries=0)


def gemini(rig: Rig) -> Any:
    return genai.Client(api_key=TOKEN, http_options=types.HttpOptions(base_url=rig.address)).aio


def raw(rig: Rig, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=rig.address, headers={"authorization": f"Bearer {TOKEN}", **headers})


@pytest.mark.parametrize("model", UPSTREAMS)
async def test_an_error_in_mid_stream_is_told_in_the_callers_language_and_what_came_is_billed(
    tmp_path: Path, model: str
) -> None:
    async with station(tmp_path, chunks=20, chunk_gap_s=0.01) as (rig, double), claude(rig) as client:
        double.set_fault("error-event-mid")
        heard: list[str] = []

        async def listen() -> None:
            async with client.messages.stream(model=model, **ASKED) as stream:
                async for piece in stream.text_stream:
                    heard.append(piece)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(anthropic.APIStatusError):
            await listen()
        assert heard
        (record,) = await rig.calls(1)
        assert (record.outcome, record.estimated, record.amount_nanos > 0) == ("cut", True, True)


@pytest.mark.parametrize("sdk", CALLERS)
async def test_a_conversation_with_thoughts_and_tools_may_go_on_with_any_other_vendor(tmp_path: Path, sdk: str) -> None:
    """What one vendor sealed never reaches another, which would refuse it; and no words are lost."""
    async with station(tmp_path) as (rig, _):
        caller = CALLERS[sdk](rig.address, TOKEN)
        for model, then in permutations(UPSTREAMS, 2):
            first, second = await caller.tool(model, then)
            assert first.tool is not None, (model, then)
            assert second.text == f"The tool said: {RESULT}", (model, then)
        await caller.aclose()


@pytest.mark.parametrize("fault", ["500", "529", "429", "reset-before-response", "error-event-first", "fin-mid-stream"])
@pytest.mark.parametrize("model", UPSTREAMS)
async def test_a_failure_before_the_answer_is_an_error_and_costs_nothing(
    tmp_path: Path, model: str, fault: str
) -> None:
    async with station(tmp_path) as (rig, double), rig.client(TOKEN) as client:
        double.set_fault(fault)
        with pytest.raises(openai.APIStatusError) as failed:
            await client.chat.completions.create(model=model, messages=ASKED["messages"])
        assert failed.value.status_code in {502, 503}
        (record,) = await rig.calls(1)
        assert (record.outcome, record.amount_nanos) == ("failed", 0)


async def test_a_refusal_of_the_vendors_is_told_in_the_callers_language(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, double), claude(rig) as client:
        double.set_fault("400")
        with pytest.raises(anthropic.BadRequestError) as refused:
            await client.messages.create(model="gemini.generate", **ASKED)
        body: Any = refused.value.body
        assert (body["type"], body["error"]["type"]) == ("error", "invalid_request_error")
        assert refused.value.response.headers["request-id"].startswith("call_")


async def test_what_can_not_be_said_is_refused_or_borne_and_always_told(tmp_path: Path) -> None:
    search = {"type": "web_search_20250305", "name": "web_search"}
    body = {"model": "openai.chat", **ASKED, "top_k": 5, "tools": [search]}
    async with station(tmp_path) as (rig, _), raw(rig) as client:
        refused = await client.post("/v1/messages", json=body)
        assert (refused.status_code, refused.json()["error"]["type"]) == (400, "invalid_request_error")
        assert "tools[0]" in refused.json()["error"]["message"]
        borne = await client.post("/v1/messages", json=body, headers={"x-waystation-losses": "accept"})
        assert borne.status_code == 200
        assert "!tools[0]" in borne.headers["x-waystation-losses"]
        assert "top_k" in borne.headers["x-waystation-losses"]
        (record, before) = await rig.calls(2)
        assert {loss.field for loss in record.losses} >= {"top_k", "tools[0]"}
        assert (before.outcome, before.amount_nanos) == ("refused", 0)


async def test_tokens_are_counted_here_and_not_billed(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, double), claude(rig) as client:
        counted = await client.messages.count_tokens(model="gemini.generate", messages=ASKED["messages"])
        assert counted.input_tokens > 3
        google = await gemini(rig).models.count_tokens(model="openai.chat", contents="Hello, 驿站!")
        assert google.total_tokens > 3
        with pytest.raises(anthropic.NotFoundError):
            await client.messages.count_tokens(model="nobody", messages=ASKED["messages"])
        assert double.total_calls == 0
        assert await rig.calls(0) == []


async def test_every_sdk_lists_the_models(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, _), claude(rig) as client, rig.client(TOKEN) as other:
        names = sorted(UPSTREAMS)
        assert [model.id async for model in other.models.list()] == names
        offered = [model.id async for model in client.models.list()]
        assert offered[:4] == names
        assert "anthropic/openai.chat" in offered
        listed = [model.name async for model in await gemini(rig).models.list()]
        assert listed == [f"models/{name}" for name in names]
        one = await gemini(rig).models.get(model="openai.chat")
        assert one.name == "models/openai.chat"


async def test_a_model_is_called_by_the_name_that_claude_code_is_offered(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, _), claude(rig) as client:
        answer = await client.messages.create(model="anthropic/openai.chat", **ASKED)
        assert answer.content[0].text == HELLO


async def test_a_stream_may_be_one_json_array(tmp_path: Path) -> None:
    contents = {"contents": [{"role": "user", "parts": [{"text": "Hello, 驿站!"}]}]}
    async with station(tmp_path, chunks=20, chunk_gap_s=0.01) as (rig, double), raw(rig) as client:
        for model in ("openai.chat", "gemini.generate"):
            answer = await client.post(f"/v1beta/models/{model}:streamGenerateContent", json=contents)
            assert answer.headers["content-type"] == "application/json"
            parts = [part for event in answer.json() for part in event["candidates"][0]["content"].get("parts", ())]
            assert "".join(part.get("text", "") for part in parts).startswith(HELLO)
        double.set_fault("error-event-mid")
        cut = await client.post("/v1beta/models/openai.chat:streamGenerateContent", json=contents)
        assert cut.json()[-1]["error"]["code"] == 502


async def test_a_key_in_the_address_and_namespaces_will_do(tmp_path: Path) -> None:
    contents = {"contents": [{"parts": [{"text": "Hello, 驿站!"}]}]}
    async with station(tmp_path) as (rig, _), httpx.AsyncClient(base_url=rig.address) as client:
        path = f"/gemini/v1beta/models/gemini.generate:generateContent?key={TOKEN}"
        assert (await client.post(path, json=contents)).status_code == 200
        refused = await client.post(path.replace(TOKEN, "wrong"), json=contents)
        assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
        body = {"model": "openai.chat", **ASKED}
        answer = await client.post("/anthropic/v1/messages?beta=true", json=body, headers={"x-api-key": TOKEN})
        assert answer.json()["content"][0]["text"] == HELLO


async def test_headers_of_the_language_reach_a_vendor_that_speaks_it(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, double), claude(rig) as client:
        beta = {"anthropic-beta": "context-1m-2025-08-07"}
        await client.messages.create(model="anthropic.messages", **ASKED, extra_headers=beta)
        await client.messages.create(model="openai.chat", **ASKED, extra_headers=beta)
        native, crossed = double.calls
        assert native.header("anthropic-beta") == "context-1m-2025-08-07"
        assert native.header("anthropic-version") == client.default_headers["anthropic-version"]
        assert (crossed.header("anthropic-beta"), crossed.header("anthropic-version")) == (None, None)


async def test_cursors_body_on_the_chat_path_is_answered_as_chat(tmp_path: Path) -> None:
    body = {"model": "openai.chat", "input": [{"role": "user", "content": "Hello, 驿站!"}], "stream": True}
    async with station(tmp_path) as (rig, _), raw(rig) as client:
        answer = await client.post("/v1/chat/completions", json=body)
        events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
        assert events[-1] == "[DONE]"
        chunks = [json.loads(event) for event in events[:-1]]
        assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks).startswith(HELLO)


async def test_a_conversation_goes_on_by_id_where_the_retention_allows_it(tmp_path: Path) -> None:
    async with station(tmp_path, extra="retain_responses_days: 1,") as (rig, double), rig.client(TOKEN) as client:
        first = await client.responses.create(model="openai.chat", input="Hello!")
        second = await client.responses.create(
            model="openai.chat", input="And now?", previous_response_id=first.id, stream=False
        )
        sent = json.loads(double.calls[-1].body)["messages"]
        assert [message["role"] for message in sent] == ["user", "assistant", "user"]
        assert (await client.responses.retrieve(second.id)).output_text == second.output_text
        items = await client.responses.input_items.list(second.id)
        assert len(items.data) == 1
        await client.responses.delete(second.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(second.id)
    assert b"And now?" not in (tmp_path / "data" / "responses.db").read_bytes()


async def test_without_retention_a_conversation_can_not_go_on_by_id(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, _), rig.client(TOKEN) as client:
        first = await client.responses.create(model="openai.chat", input="Hello!")
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(model="openai.chat", input="And?", previous_response_id=first.id)
        assert refused.value.code == "previous_response_not_found"


async def test_what_the_vendor_stores_is_asked_of_it(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, double), rig.client(TOKEN) as client:
        stream = await client.responses.create(model="openai.responses", input="Hello!", stream=True)
        (first,) = [event.response async for event in stream if event.type == "response.completed"]
        second = await client.responses.create(
            model="openai.responses", input="And now?", previous_response_id=first.id
        )
        assert json.loads(double.calls[-1].body)["previous_response_id"] == first.id
        assert (await client.responses.retrieve(first.id)).id == first.id
        assert (await client.responses.input_items.list(second.id)).data
        await client.responses.delete(first.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(first.id)


async def test_embeddings_of_any_vendor_in_any_form(tmp_path: Path) -> None:
    upstreams = """
upstreams:
  - {{name: a, vendor: openai, base_url: "{root}/v1", keys: [k]}}
  - {{name: b, vendor: gemini, base_url: "{root}/v1beta", keys: [k]}}
  - {{name: c, vendor: cohere, base_url: "{root}", keys: [k]}}
models:
  - {{name: a, routes: [{{upstream: a, model: embed}}], price: {{currency: USD, input: "0.10", output: "0"}}}}
  - {{name: b, routes: [{{upstream: b, model: embed}}], price: {{currency: USD, input: "0.10", output: "0"}}}}
  - {{name: c, routes: [{{upstream: c, model: embed}}], price: {{currency: USD, input: "0.10", output: "0"}}}}
organizations:
  - {{name: acme, opening_credit: "10 USD", tokens: [{{name: rig, secret: "{token}"}}]}}
"""
    async with doubles() as (double,):
        text = upstreams.format(root=double.base_url.removesuffix("/v1"), token=TOKEN)
        async with running(Rig(tmp_path, text)) as rig, rig.client(TOKEN) as client, raw(rig) as plain:
            seen = []
            for model in ("a", "b", "c"):
                answer = await client.embeddings.create(model=model, input=["Hello!", "你好"])
                seen.append([len(row.embedding) for row in answer.data])
                floats = await client.embeddings.create(model=model, input="Hello!", encoding_format="float")
                body = {"model": model, "input": "Hello!", "encoding_format": "base64"}
                packed = (await plain.post("/v1/embeddings", json=body)).json()["data"][0]["embedding"]
                assert len(base64.b64decode(packed)) == 4 * len(floats.data[0].embedding)
                google = await gemini(rig).models.embed_content(model=model, contents=["Hello!", "你好"])
                assert len(google.embeddings) == 2
            assert all(lengths[0] == lengths[1] > 0 for lengths in seen)
            with pytest.raises(openai.BadRequestError):
                await client.embeddings.create(model="b", input=[[1, 2, 3]])
            assert all(record.outcome in {"ok", "refused"} for record in await rig.calls(13))


async def test_the_old_completions_reach_every_vendor(tmp_path: Path) -> None:
    async with station(tmp_path) as (rig, _), rig.client(TOKEN) as client:
        for model in UPSTREAMS:
            answer = await client.completions.create(model=model, prompt="Hello, 驿站!", max_tokens=1024 + 100)
            assert answer.choices[0].text == HELLO
            stream = await client.completions.create(model=model, prompt="Hi", max_tokens=1124, stream=True)
            assert "".join([chunk.choices[0].text async for chunk in stream if chunk.choices]) == "You said: Hi"


PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@asynccontextmanager
async def picture() -> AsyncIterator[str]:
    """The address of a picture on this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {len(PNG)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + PNG)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/cat.png"


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_picture_by_address_is_fetched_only_from_where_that_is_allowed(tmp_path: Path, allowed: bool) -> None:
    networks = (ip_network("127.0.0.0/8"),) if allowed else ()
    async with doubles() as (double,), picture() as url:
        rig = Rig(tmp_path, languages(double.base_url.removesuffix("/v1")), fetch_allow=networks)
        content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
        async with running(rig), raw(rig) as client:
            body = {"model": "gemini.generate", "messages": [{"role": "user", "content": content}]}
            answer = await client.post("/v1/chat/completions", json=body)
            if allowed:
                parts = json.loads(double.calls[-1].body)["contents"][0]["parts"]
                assert parts[1]["inlineData"] == {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}
            else:
                assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_url")
                assert "127.0.0.1" in answer.json()["error"]["message"]  # as the caller wrote it
                assert double.total_calls == 0
