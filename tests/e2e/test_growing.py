"""Streams that come to cost more than was held for them, in every language, over every lane."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rigs.matrix.station import TOKEN, UPSTREAMS
from rigs.matrix.station import manifest as languages
from tests.e2e.raw import Answer, Caller, calling, post
from tests.e2e.rig import Rig, doubles, running

CHUNKS = 400  # at about a token each, from a vendor that was asked for fifty at most
HELD_USD = "0.0008"  # a little more than is held for such a call, and far less than it comes to


def request_in(dialect: str, model: str) -> tuple[str, dict[str, Any]]:
    """Path and body of a stream of at most fifty tokens."""
    said = [{"role": "user", "content": "Hello!"}]
    match dialect:
        case "openai.chat":
            return "/v1/chat/completions", {"model": model, "messages": said, "max_tokens": 50, "stream": True}
        case "openai.responses":
            return "/v1/responses", {"model": model, "input": "Hello!", "max_output_tokens": 50, "stream": True}
        case "anthropic.messages":
            return "/v1/messages", {"model": model, "messages": said, "max_tokens": 50, "stream": True}
        case _:
            contents = [{"role": "user", "parts": [{"text": "Hello!"}]}]
            body = {"contents": contents, "generationConfig": {"maxOutputTokens": 50}}
            return f"/v1beta/models/{model}:streamGenerateContent?alt=sse", body


async def stream(rig: Rig, dialect: str, model: str) -> Answer:
    path, body = request_in(dialect, model)
    async with calling(rig) as caller:
        return await asked(caller, path, body)


async def asked(caller: Caller, path: str, body: dict[str, Any]) -> Answer:
    return await caller.ask(post(json.dumps(body).encode(), path=path, secret=TOKEN))


def error_of(dialect: str, answer: Answer) -> str:
    """What the last event tells, as that language tells of errors."""
    events = [event for event in answer.body.decode().split("\n\n") if "data: " in event]
    name, _, data = events[-1].rpartition("data: ")
    said = json.loads(data)
    match dialect:
        case "openai.chat":
            assert (said["error"]["type"], said["error"]["code"]) == ("insufficient_quota", "insufficient_quota")
            return str(said["error"]["message"])
        case "openai.responses":
            assert (name.strip(), said["type"]) == ("event: response.failed", "response.failed")
            assert said["response"]["error"]["code"] == "insufficient_quota"
            return str(said["response"]["error"]["message"])
        case "anthropic.messages":
            assert (name.strip(), said["type"]) == ("event: error", "error")
            assert said["error"]["type"] == "rate_limit_error"
            return str(said["error"]["message"])
        case _:
            assert (said["error"]["code"], said["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
            return str(said["error"]["message"])


def bill(rig: Rig) -> tuple[int, int, int, str]:
    """Of the only call: what was booked, what was short, what was held, and how."""
    with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db")) as books:
        ((amount, shortfall, held, kind),) = books.execute(
            "SELECT amount, shortfall, held, kind FROM postings WHERE call_id IS NOT NULL"
        ).fetchall()
    return amount, shortfall, held, kind


@pytest.mark.parametrize("model", UPSTREAMS)
@pytest.mark.parametrize("dialect", UPSTREAMS)
async def test_a_stream_without_money_ends_with_an_error_of_its_language(
    tmp_path: Path, dialect: str, model: str
) -> None:
    async with doubles(boundless=True, chunks=CHUNKS, chunk_gap_s=0.001) as (double,):
        text = languages(double.base_url.removesuffix("/v1")).replace("1000 USD", f"{HELD_USD} USD")
        async with running(Rig(tmp_path, text)) as rig:
            answer = await stream(rig, dialect, model)
            assert answer.status == 200
            assert "was cut off" in error_of(dialect, answer)
            (record,) = await rig.calls(1)
            assert (record.outcome, record.error_code, record.estimated) == ("cut", "insufficient_quota", True)
            amount, shortfall, held, kind = bill(rig)
            assert (shortfall, kind, amount) == (0, "estimated", record.amount_nanos)
            assert held * 3 // 4 < amount <= held <= 800_000
            sent = double.calls[-1]
            assert sent.left_at is not None or len(answer.body) < 400 * CHUNKS


@pytest.mark.parametrize("model", ["openai.chat", "anthropic.messages"])
async def test_a_stream_with_money_goes_on_to_its_end(tmp_path: Path, model: str) -> None:
    async with doubles(boundless=True, chunks=CHUNKS, chunk_gap_s=0.001) as (double,):
        rig = Rig(tmp_path, languages(double.base_url.removesuffix("/v1")))
        async with running(rig):
            answer = await stream(rig, "openai.chat", model)
            assert answer.body.endswith(b"data: [DONE]\n\n")
            (record,) = await rig.calls(1)
            assert record.usage is not None
            assert record.usage.output_tokens is not None
            assert (record.outcome, record.estimated, record.usage.output_tokens >= CHUNKS) == ("ok", False, True)
            amount, shortfall, held, kind = bill(rig)
            assert (amount, shortfall, kind) == (record.amount_nanos, 0, "usage")
            assert record.hold_nanos == held > 800_000
