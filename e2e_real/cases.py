"""The calls that the rig makes, the same ones of every server."""

from dataclasses import dataclass, field
from typing import Any, Final

_ENGLISH: Final = "What does a relay do with the tokens?"
_CHINESE: Final = "你好，世界。模型的价格是多少？请用中文回答。"
_LONG: Final = "word " * 1_200  # beyond the 2,048 tokens that the llama.cpp servers are started with


@dataclass(frozen=True, slots=True)
class Case:
    """`more` goes into the request as it is. `hang_up_after` counts chunks; None: the answer is read to its end.

    `asynchronous`: made with the SDK's AsyncOpenAI.
    """

    name: str
    prompt: str
    more: dict[str, Any] = field(default_factory=dict)
    stream: bool = False
    asynchronous: bool = False
    hang_up_after: int | None = None

    @property
    def request(self) -> dict[str, Any]:
        """Temperature 0 and a seed: the same request has the same answer."""
        messages = [{"role": "system", "content": "Answer in one line."}, {"role": "user", "content": self.prompt}]
        asked = {"messages": messages, "temperature": 0, "seed": 1, "max_tokens": 60} | self.more
        return asked | {"stream": True} if self.stream else asked

    @property
    def asks_usage(self) -> bool:
        return bool(self.more.get("stream_options"))


# The end of the text is token 1 or 2 of these models; without it they go on until max_tokens.
_ENDLESS: Final = {"max_tokens": 1_500, "logit_bias": {"1": -100.0, "2": -100.0}}
_USAGE: Final = {"stream_options": {"include_usage": True}}

CASES: Final = (
    Case("plain", _ENGLISH),
    Case("plain, the same again", _ENGLISH),
    Case("plain, Chinese", _CHINESE),
    Case("plain, one token", _CHINESE, {"max_tokens": 1}),
    Case("plain, up to 1000 tokens", _ENGLISH, {"max_tokens": 1_000}),
    Case("plain, async", _ENGLISH, {"max_tokens": 25}, asynchronous=True),
    Case("stream", _ENGLISH, stream=True),
    Case("stream, usage asked", _ENGLISH, _USAGE, stream=True),
    Case("stream, Chinese", _CHINESE, stream=True),
    Case("stream, Chinese, usage asked", _CHINESE, _USAGE | {"max_tokens": 1_000}, stream=True),
    Case("stream, a stop word", _ENGLISH, _USAGE | {"stop": ["t"]}, stream=True),
    Case("stream, async, usage asked", _CHINESE, _USAGE | {"max_tokens": 25}, stream=True, asynchronous=True),
    Case("plain, a prompt beyond the context", _LONG),
    Case("stream, a prompt beyond the context", _LONG, stream=True),
    Case("stream, the caller hangs up", _ENGLISH, _ENDLESS, stream=True, hang_up_after=3),
)
