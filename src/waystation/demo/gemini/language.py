"""Gemini's generating as a language of the double, for one model and one form of answer."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from waystation.demo.ask import ChatAsk
from waystation.demo.forms import Form
from waystation.demo.gemini.answers import chunks, response, usage_of
from waystation.demo.gemini.ask import GenerateAsk
from waystation.demo.gemini.checks import check
from waystation.demo.gemini.google import Google
from waystation.demo.gemini.names import camel
from waystation.demo.gemini.turns import chat_of
from waystation.demo.reading import read
from waystation.demo.replies import Reply, Wire, compose
from waystation.demo.request import Request
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage, cached_tokens, prompt_tokens


@dataclass(frozen=True, slots=True)
class GenerateCall:
    asked: GenerateAsk
    ask: ChatAsk
    form: Form

    def reply(self, settings: DemoSettings, suffix: str, created: int) -> Reply:
        return compose(
            self.ask,
            settings,
            completion_id=f"gen-{suffix}",
            call_id=f"fn-{suffix}",
            created=created,
            thinks=self.asked.thinking.thinking_budget != 0,
        )

    def plain(self, reply: Reply) -> Wire:
        return response(reply, shows_thought=bool(self.asked.thinking.include_thoughts))

    def events(self, reply: Reply) -> Iterator[Wire]:
        return chunks(reply, shows_thought=bool(self.asked.thinking.include_thoughts))

    def keep(self, reply: Reply) -> None:
        """Answers can't be asked for again."""


class Gemini(Google):
    def read(self, request: Request) -> GenerateCall:
        return self._read(request.body)

    def count(self, request: Request) -> Wire:
        """The errand of `countTokens`: contents alone, or a whole request within. Raises Refused."""
        members = _camel(request.body)
        inner = members.get("generateContentRequest")
        call = self._read(msgspec.json.encode(members if inner is None else inner))
        total = prompt_tokens(call.ask)
        cached = cached_tokens(call.ask, total)
        details = [{"modality": "TEXT", "tokenCount": total}]
        told: Wire = {"totalTokens": total, "promptTokensDetails": details}
        return told | ({"cachedContentTokenCount": cached} if cached else {})

    def usage(self, usage: Usage) -> Wire:
        return usage_of(usage)

    def _read(self, body: bytes | bytearray) -> GenerateCall:
        ask = read(msgspec.json.encode(_camel(body)), GenerateAsk)
        check(ask, self.model)
        return GenerateCall(ask, chat_of(ask, self.model, stream=self._stream), self._form)


def _camel(body: bytes | bytearray) -> dict[str, object]:
    members = camel(read(bytes(body), dict[str, object]))
    assert isinstance(members, dict)
    return members
