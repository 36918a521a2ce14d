"""The caller: the official openai SDK, and what it saw of an answer."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from e2e_real.cases import Case
from e2e_real.reported import Counts, counts

_TIMEOUT_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Seen:
    """`request_id` is our x-request-id. `lone_usage`: chunks without choices that bore the usage."""

    request_id: str | None
    status: int = 200
    text: str = ""
    finish: str | None = None
    usage: Counts | None = None
    lone_usage: int = 0


def ask(case: Case, port: int, key: str, model: str) -> Seen:
    """A refusal is seen by its status. Raises: openai.APIError if an answer did not come or broke off."""
    options: dict[str, Any] = {
        "base_url": f"http://127.0.0.1:{port}/v1",
        "api_key": key,
        "max_retries": 0,
        "timeout": _TIMEOUT_S,
    }
    try:
        return asyncio.run(_ask_async(case, options, model)) if case.asynchronous else _ask(case, options, model)
    except openai.APIStatusError as refusal:
        return Seen(refusal.response.headers.get("x-request-id"), refusal.status_code)


def _ask(case: Case, options: dict[str, Any], model: str) -> Seen:
    with openai.OpenAI(**options, http_client=openai.DefaultHttpxClient(trust_env=False)) as client:
        answer = client.chat.completions.with_raw_response.create(model=model, **case.request)
        request_id = answer.headers.get("x-request-id")
        if not case.stream:
            return _whole(request_id, answer.parse())
        chunks = []
        with answer.parse() as stream:
            for chunk in stream:
                chunks.append(chunk)
                if len(chunks) == case.hang_up_after:
                    break
        return _together(request_id, chunks)


async def _ask_async(case: Case, options: dict[str, Any], model: str) -> Seen:
    async with openai.AsyncOpenAI(**options, http_client=openai.DefaultAsyncHttpxClient(trust_env=False)) as client:
        answer = await client.chat.completions.with_raw_response.create(model=model, **case.request)
        request_id = answer.headers.get("x-request-id")
        if not case.stream:
            return _whole(request_id, answer.parse())
        return _together(request_id, [chunk async for chunk in answer.parse()])


def _whole(request_id: str | None, completion: ChatCompletion) -> Seen:
    choice = completion.choices[0]
    return Seen(request_id, 200, choice.message.content or "", choice.finish_reason, _counts(completion.usage))


def _together(request_id: str | None, chunks: Iterable[ChatCompletionChunk]) -> Seen:
    text, finish, usage, lone = "", None, None, 0
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
        if chunk.usage is not None:
            usage = _counts(chunk.usage)
            lone += not chunk.choices
    return Seen(request_id, 200, text, finish, usage, lone)


def _counts(usage: CompletionUsage | None) -> Counts | None:
    return None if usage is None else counts(usage.model_dump())
