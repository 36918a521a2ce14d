"""All that a script may depend on, and the healthy answer that a fault spoils."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from waystation.demo.answer import Answer, Framing, Headers, Step, play
from waystation.demo.ask import ChatAsk
from waystation.demo.forms import Form, content_type, frame, frames, tail
from waystation.demo.language import Language, Spoken
from waystation.demo.refusals import RATE_LIMITED, Refusal
from waystation.demo.replies import Reply, Wire
from waystation.demo.settings import DemoSettings


@dataclass(frozen=True, slots=True)
class Scene:
    """One call, as far as it has been read; a fault that strikes before the body sees an empty ask."""

    settings: DemoSettings
    language: Language
    spoken: Spoken
    reply: Reply
    request_id: str
    stream: bool = False
    key: str = ""
    now: float = 0.0  # seconds since 1970
    turn: int = 0  # how many requests came before on this connection
    keep_alive: bool = True
    http10: bool = False  # such a caller understands no chunks
    amount: float = 0.0  # the fault's parameter

    @property
    def ask(self) -> ChatAsk:
        return self.spoken.ask

    @property
    def content_type(self) -> str:
        """Of the healthy answer."""
        return content_type(self.spoken.form) if self.stream else self.language.json_type


def headers(scene: Scene, kind: str | None = None, *, exhausted: bool = False) -> Headers:
    """With the content type of plain JSON, unless another `kind` is given."""
    closing: Headers = () if scene.keep_alive else (("connection", "close"),)
    own_ms = round(scene.settings.latency_s * 1000) + 1
    return (
        ("content-type", kind or scene.language.json_type),
        *scene.language.headers(scene.request_id, own_ms, exhausted=exhausted),
        *closing,
    )


def event(payload: Wire) -> bytes:
    """A chunk of chat."""
    return frame(Form.DATA, payload)


def payloads(scene: Scene) -> list[Wire]:
    """What each event of the stream says, without what ends it; a plain answer is a single payload."""
    if scene.stream:
        return list(scene.spoken.events(scene.reply))
    return [scene.spoken.plain(scene.reply)]


def answer_of(scene: Scene, told: Iterable[Wire], *, done: bool = True) -> Answer:
    """An answer with these payloads; a stream ends as it should unless `done` is false."""
    if not scene.stream:
        return plain(scene, b"".join(msgspec.json.encode(payload) for payload in told))
    form = scene.spoken.form
    return streamed(scene, [*frames(form, told), *(tail(form) if done else ())])


def healthy(scene: Scene) -> Answer:
    return answer_of(scene, payloads(scene))


def plain(scene: Scene, body: bytes) -> Answer:
    return Answer(200, headers(scene), (body,), Framing.LENGTH)


def streamed(scene: Scene, events: Iterable[bytes]) -> Answer:
    framing = Framing.CLOSE if scene.http10 else Framing.CHUNKED
    return Answer(200, headers(scene, content_type(scene.spoken.form)), tuple(events), framing)


def refused(scene: Scene, refusal: Refusal, extra: Headers = ()) -> Answer:
    head = headers(scene, exhausted=refusal is RATE_LIMITED)
    return Answer(refusal.status, (*head, *extra), (scene.language.error(refusal, scene.request_id),), Framing.LENGTH)


def told(scene: Scene, answer: Answer) -> Iterator[Step]:
    """The script of a whole answer at the pace of the settings."""
    return play(answer, scene.settings.chunk_gap_s)
