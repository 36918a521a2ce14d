"""The pages beside the calls: the models that a token may use, and how the gateway itself is."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final

import msgspec

from waystation import __version__
from waystation.dialects.codec import Codec
from waystation.gateway.asgi import HeaderList, Scope, Send
from waystation.gateway.auth import authenticate
from waystation.gateway.headers import error_head, json_head, wanted
from waystation.gateway.metrics import Metrics
from waystation.ports import Clock
from waystation.relay.board import Board
from waystation.routing.route import Served
from waystation.wire.errors import MethodNotAllowed, PathNotFound, WaystationError

_ABOUT: Final = {"name": "waystation", "version": __version__}
_MODELS: Final = ("/models", "/v1/models")
_MODEL: Final = ("/models/", "/v1/models/")
_LOOPBACK: Final = ("127.0.0.1", "::1")


class Pages:
    """Everything that is asked with GET or HEAD.

    `ready` tells by name what works. Metrics name models and upstreams, so they are for who holds `metrics_token`, or,
    without one, for this machine itself.
    """

    def __init__(
        self,
        *,
        codec: Codec,
        board: Callable[[], Board],
        clock: Clock,
        metrics: Metrics,
        ready: Callable[[], dict[str, bool]],
        metrics_token: str | None,
    ) -> None:
        self._codec = codec
        self._board = board
        self._clock = clock
        self._metrics = metrics
        self._ready = ready
        self._metrics_token = metrics_token

    async def show(self, path: str, scope: Scope, send: Send) -> None:
        request_id = self._clock.new_id("req").encode()
        extra: HeaderList = []
        try:
            status, body = 200, self._page(path, scope)
        except WaystationError as error:
            self._metrics.refuse(error.public_code or error.public_type)
            status, body, extra = error.public_status, self._codec.error(error), error_head(error)
        if path == "/readyz" and not all(self._ready().values()):
            status = 503
        head = json_head(request_id, len(body)) + extra
        if path == "/metrics" and status == 200:
            head = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), *head[1:]]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    def _page(self, path: str, scope: Scope) -> bytes:
        if path in _MODELS or path.startswith(_MODEL):
            _allow_reading(scope)
            return self._models(path, scope)
        page = self._plain(path, scope)
        if page is None:
            raise PathNotFound(f"Unknown path {path[:200]!r}. The gateway serves /v1/chat/completions and /v1/models.")
        _allow_reading(scope)
        return page

    def _plain(self, path: str, scope: Scope) -> bytes | None:
        match path:
            case "/" | "/version":
                return msgspec.json.encode(_ABOUT)
            case "/healthz" | "/livez":
                return msgspec.json.encode({"status": "ok"})
            case "/readyz":
                checks = self._ready()
                return msgspec.json.encode({"status": "ok" if all(checks.values()) else "not ready", "checks": checks})
            case "/metrics" if self._may_measure(scope):
                return self._metrics.page()
            case _:
                return None

    def _models(self, path: str, scope: Scope) -> bytes:
        board = self._board()
        token = authenticate(wanted(scope), board, self._clock.now())
        name = path.partition("/models")[2].removeprefix("/")
        if not name:
            return model_list(board.models(token))
        return msgspec.json.encode(model_row(board.find(token, name)))

    def _may_measure(self, scope: Scope) -> bool:
        if self._metrics_token is None:
            client = scope["client"] or ("", 0)
            return client[0] in _LOOPBACK and all(name != b"x-forwarded-for" for name, _ in scope["headers"])
        bearer = wanted(scope).get(b"authorization", b"")
        return compare_digest(bearer, b"Bearer " + self._metrics_token.encode())


def _allow_reading(scope: Scope) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        raise MethodNotAllowed(scope["method"], "GET, HEAD, OPTIONS")


def model_list(models: Sequence[Served]) -> bytes:
    """One shape that OpenAI's, Anthropic's and Claude Code's clients all accept."""
    rows = [model_row(served) for served in models]
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
    return msgspec.json.encode({"object": "list", "data": rows, "has_more": False, "first_id": first, "last_id": last})


def model_row(served: Served) -> dict[str, object]:
    model = served.model
    return {
        "id": model.name,
        "object": "model",
        "created": model.created_at,
        "owned_by": "waystation",
        "type": "model",
        "display_name": model.name,
        "created_at": datetime.fromtimestamp(model.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "max_output_tokens": model.max_output_tokens,
    }
