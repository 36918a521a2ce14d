"""OpenAI's completions of old: a prompt instead of messages. Shape: platform.openai.com/docs/api-reference/completions

(2026-11). The prompt is answered like the words of a user in chat.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec

from waystation.demo.ask import ChatAsk, Message, StreamOptions
from waystation.demo.forms import Form
from waystation.demo.openai import OpenAI
from waystation.demo.reading import read
from waystation.demo.refusals import NO_MODEL, Refused, missing
from waystation.demo.replies import Reply, Wire, compose
from waystation.demo.request import Request
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage


class CompletionsAsk(msgspec.Struct, frozen=True):
    model: str = ""
    prompt: str | list[str | int | list[int]] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=128)] | None = None


@dataclass(frozen=True, slots=True)
class CompletionCall:
    ask: ChatAsk
    form: Form = Form.DATA

    def reply(self, settings: DemoSettings, suffix: str, created: int) -> Reply:
        return compose(self.ask, settings, completion_id=f"cmpl-{suffix}", created=created)

    def plain(self, reply: Reply) -> Wire:
        text = "".join(reply.pieces)
        return {**_chunk(reply, text, reply.finish_reason), "usage": reply.usage.as_wire()}

    def events(self, reply: Reply) -> Iterator[Wire]:
        unused: Wire = {"usage": None} if self.ask.usage_wanted else {}
        for piece in reply.pieces:
            yield _chunk(reply, piece, None) | unused
        yield _chunk(reply, "", reply.finish_reason) | unused
        if self.ask.usage_wanted:
            yield {**_chunk(reply, "", None), "choices": [], "usage": reply.usage.as_wire()}

    def keep(self, reply: Reply) -> None:
        """Completions can't be asked for again."""


class Completions(OpenAI):
    def read(self, request: Request) -> CompletionCall:
        ask = read(bytes(request.body), CompletionsAsk)
        if not ask.model:
            raise Refused(NO_MODEL)
        if not ask.prompt:
            raise Refused(missing("prompt"))
        prompts = _prompts(ask.prompt)
        return CompletionCall(
            ChatAsk(
                model=ask.model,
                messages=[Message("user", prompt) for prompt in prompts],
                stream=ask.stream,
                stream_options=ask.stream_options,
                max_tokens=ask.max_tokens,
                n=(ask.n or 1) * len(prompts),
            )
        )

    def usage(self, usage: Usage) -> Wire:
        return usage.as_wire()


def _prompts(prompt: str | list[str | int | list[int]]) -> list[str]:
    """Of several prompts the last is what every choice answers; token ids are words."""
    if isinstance(prompt, str):
        return [prompt]
    if isinstance(prompt[0], int):
        return [" ".join(map(str, prompt))]
    return [one if isinstance(one, str) else " ".join(map(str, one)) for one in prompt if not isinstance(one, int)]


def _chunk(reply: Reply, text: str, finish_reason: str | None) -> Wire:
    choice = {"text": text, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": reply.id,
        "object": "text_completion",
        "created": reply.created,
        "model": reply.model,
        "choices": [{**choice, "index": index} for index in range(reply.choices)],
    }
