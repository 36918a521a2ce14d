"""The gateway's ASGI application without a server: a connection by hand, and what was sent on it."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.relay.world import SECRET, Scene
from waystation.dialects import codecs
from waystation.dialects.openai_chat import CODEC
from waystation.gateway.app import Gateway
from waystation.gateway.auth import Gate
from waystation.gateway.metrics import Metrics
from waystation.gateway.pages import Pages
from waystation.gateway.paths import Paths
from waystation.gateway.reply import AsgiReply
from waystation.gateway.watch import Watch
from waystation.identity.address import Network
from waystation.relay.answers import Answers
from waystation.relay.conversations import Conversations
from waystation.relay.repeats import Repeats
from waystation.relay.shelf import Shelf

CHAT = "/v1/chat/completions"
HELLO = {"model": "m", "messages": [{"role": "user", "content": "Hello!"}]}


@dataclass
class Line:
    """Implements `gateway.asgi.Connection`, and keeps what is sent. `blocked`: the caller does not read."""

    lost: bool = False
    react: Callable[[], None] | None = None
    blocked: asyncio.Event | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    aborted: bool = False
    arrived: bytes | None = None  # all of the body, and nothing is to be received

    def take(self) -> bytes | None:
        return self.arrived

    def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        if self.lost or self.blocked is not None:
            return False
        self.messages.append({"type": "http.response.start", "status": status, "headers": headers})
        self.messages.append({"type": "http.response.body", "body": body, "more_body": False})
        return True

    def abort(self) -> None:
        self.aborted = True
        self.hang_up()

    def hang_up(self) -> None:
        self.lost = True
        if self.react is not None:
            self.react()
        if self.blocked is not None:
            self.blocked.set()

    async def send(self, message: dict[str, Any]) -> None:
        if self.blocked is not None and message["type"] == "http.response.body":
            await self.blocked.wait()
        if not self.lost:
            self.messages.append(message)

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    @property
    def ended(self) -> bool:
        return len(self.messages) > 1 and not self.messages[-1].get("more_body", False)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.body)["error"]
        return error


@dataclass
class Front:
    """The gateway before a scene of the relay."""

    gateway: Gateway
    watch: Watch
    metrics: Metrics
    scene: Scene
    checks: dict[str, bool]
    draining: list[bool]

    async def ask(self, body: object = HELLO, path: str = CHAT, *, line: Line | None = None, **how: Any) -> Line:
        """One request, and the connection that it came on. Bytes are sent as they are, anything else as JSON."""
        line = line or Line()
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.gateway(scope(line, path, **how), receiving(sent), line.send)
        return line

    async def get(self, path: str, method: str = "GET", **how: Any) -> Line:
        return await self.ask(b"", path, method=method, **how)


def front(
    scene: Scene,
    *,
    metrics_token: str | None = None,
    body_bytes_max: int = 10_000,
    calls_max: int = 10,
    trusted: tuple[Network, ...] = (),
) -> Front:
    watch = Watch(scene.clock.monotonic, keep_alive_s=10.0, caller_idle_s=60.0)
    metrics = Metrics({})
    checks = {"store": True}
    draining: list[bool] = []
    paths = Paths(codecs().values())
    gate = Gate(trusted)
    answers = Answers(scene.clock.monotonic, bytes_max=100_000, keep_s=60.0)

    async def page() -> bytes:
        return metrics.page()

    pages = Pages(
        codecs=codecs(),
        gate=gate,
        paths=paths,
        shelf=Shelf(scene.store, scene.transport, codecs()["openai.responses"], scene.clock),
        body_bytes_max=body_bytes_max,
        board=lambda: scene.board,
        clock=scene.clock,
        metrics=metrics,
        measures=page,
        ready=lambda: checks,
        draining=lambda: bool(draining),
        metrics_token=metrics_token,
    )
    gateway = Gateway(
        relay=Repeats(scene.relay, scene.store, scene.clock, answers, metrics.replay),
        conversations=Conversations(scene.store),
        board=lambda: scene.board,
        gate=gate,
        paths=paths,
        pages=pages,
        clock=scene.clock,
        watch=watch,
        metrics=metrics,
        body_bytes_max=body_bytes_max,
        calls_max=calls_max,
        call_total_s=600.0,
    )
    return Front(gateway, watch, metrics, scene, checks, draining)


def scope(
    line: Line,
    path: str,
    *,
    method: str = "POST",
    query: bytes = b"",
    secret: str | None = SECRET,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    client: tuple[str, int] | None = ("127.0.0.1", 50_000),
) -> dict[str, Any]:
    bearer = () if secret is None else ((b"authorization", b"Bearer " + secret.encode()),)
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [*bearer, *headers],
        "client": client,
        "extensions": {"waystation.connection": line},
    }


def receiving(*pieces: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    left = deque(pieces)

    async def receive() -> dict[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        body = left.popleft()
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return receive


def replying(line: Line, monotonic: Callable[[], float] = lambda: 0.0) -> AsgiReply:
    return AsgiReply(CODEC, line.send, line, "call_1", monotonic, monotonic())
