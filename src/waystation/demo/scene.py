"""All that a script may depend on, and the healthy answer that a fault spoils."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from waystation.demo.answer import Answer, Framing, Headers, Step, play
from waystation.demo.ask import ChatAsk
from waystation.demo.refusals import RATE_LIMITED, Refusal
from waystation.demo.replies import Reply, Wire, chunks, completion
from waystation.demo.settings import DemoSettings

JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream; charset=utf-8"
DONE: Final = b"data: [DONE]\n\n"

_RATE_LIMITS: Final[Headers] = (  # names and forms: platform.openai.com/docs/guides/rate-limits (2026-06)
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-limit-tokens", "2000000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-remaining-tokens", "1999984"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-reset-tokens", "0s"),
)
_LIMITS_REACHED: Final[Headers] = (
    *_RATE_LIMITS[:2],
    ("x-ratelimit-remaining-requests", "0"),
    ("x-ratelimit-remaining-tokens", "0"),
    ("x-ratelimit-reset-requests", "1s"),
    ("x-ratelimit-reset-tokens", "6m0s"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One call, as far as it has been read; a fault that strikes before the body sees an empty ask."""

    settings: DemoSettings
    ask: ChatAsk
    reply: Reply
    request_id: str
    key: str = ""
    now: float = 0.0  # seconds since 1970
    turn: int = 0  # how many requests came before on this connection
    keep_alive: bool = True
    http10: bool = False  # such a caller understands no chunks
    amount: float = 0.0  # the fault's parameter


def headers(scene: Scene, content_type: str = JSON, limits: Headers = _RATE_LIMITS) -> Headers:
    closing: Headers = () if scene.keep_alive else (("connection", "close"),)
    return (
        ("content-type", content_type),
        ("openai-organization", "org-demo"),
        ("openai-processing-ms", str(round(scene.settings.latency_s * 1000) + 1)),
        ("openai-version", "2020-10-01"),
        ("x-request-id", scene.request_id),
        *limits,
        *closing,
    )


def event(payload: Wire) -> bytes:
    return b"data: %b\n\n" % msgspec.json.encode(payload)


def payloads(scene: Scene) -> list[Wire]:
    """What each event of the stream says, without [DONE]; a plain answer is a single payload."""
    if scene.ask.stream:
        return list(chunks(scene.reply, include_usage=scene.ask.usage_wanted))
    return [completion(scene.reply)]


def answer_of(scene: Scene, told: Iterable[Wire], *, done: bool = True) -> Answer:
    """An answer with these payloads; [DONE] ends a stream unless `done` is false."""
    if not scene.ask.stream:
        return plain(scene, b"".join(msgspec.json.encode(payload) for payload in told))
    return streamed(scene, [*map(event, told), *([DONE] if done else [])])


def healthy(scene: Scene) -> Answer:
    return answer_of(scene, payloads(scene))


def plain(scene: Scene, body: bytes) -> Answer:
    return Answer(200, headers(scene), (body,), Framing.LENGTH)


def streamed(scene: Scene, events: Iterable[bytes]) -> Answer:
    framing = Framing.CLOSE if scene.http10 else Framing.CHUNKED
    return Answer(200, headers(scene, EVENT_STREAM), tuple(events), framing)


def refused(scene: Scene, refusal: Refusal, extra: Headers = ()) -> Answer:
    limits = _LIMITS_REACHED if refusal is RATE_LIMITED else _RATE_LIMITS
    return Answer(refusal.status, (*headers(scene, limits=limits), *extra), (refusal.body(),), Framing.LENGTH)


def told(scene: Scene, answer: Answer) -> Iterator[Step]:
    """The script of a whole answer at the pace of the settings."""
    return play(answer, scene.settings.chunk_gap_s)
