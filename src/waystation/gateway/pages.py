"""The pages beside the calls: the models that a token may use, counts of tokens, and how the gateway itself is."""

from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from typing import Final

import msgspec

from waystation import __version__
from waystation.dialects.codec import Codec
from waystation.gateway import explained, stored
from waystation.gateway.asgi import HeaderList, Receive, Scope, Send
from waystation.gateway.auth import Gate
from waystation.gateway.body import read_body
from waystation.gateway.counting import count, is_count
from waystation.gateway.endpoints import SUFFIX, endpoint_list, endpoint_row
from waystation.gateway.headers import error_head, headers_of, ids_head, json_head
from waystation.gateway.metrics import Metrics
from waystation.gateway.models import gemini_list, gemini_row, model_list, model_row
from waystation.gateway.paths import Paths, mended
from waystation.identity.admission import admit_dialect
from waystation.ports import Clock
from waystation.relay.board import Board
from waystation.relay.shelf import Shelf
from waystation.routing.route import Route
from waystation.wire.catalogue import Token
from waystation.wire.dialect import Dialect
from waystation.wire.errors import MethodNotAllowed, PathNotFound, WaystationError

_ABOUT: Final = {"name": "waystation", "version": __version__}
_MODELS: Final = "/models"
_LOOPBACK: Final = ("127.0.0.1", "::1")


class Pages:
    """Everything that is no call.

    `ready` tells by name what works, `draining` whether new calls should go elsewhere. `measures` gives the page
    of metrics: those, and where calls go, name models and upstreams, so they are for who holds `metrics_token`, or,
    without one, for this machine itself.
    """

    def __init__(
        self,
        *,
        codecs: Mapping[Dialect, Codec],
        gate: Gate,
        paths: Paths,
        shelf: Shelf,
        body_bytes_max: int,
        board: Callable[[], Board],
        clock: Clock,
        metrics: Metrics,
        measures: Callable[[], Awaitable[bytes]],
        ready: Callable[[], dict[str, bool]],
        draining: Callable[[], bool],
        metrics_token: str | None,
    ) -> None:
        self._codecs = codecs
        self._gate = gate
        self._paths = paths
        self._shelf = shelf
        self._body_bytes_max = body_bytes_max
        self._board = board
        self._clock = clock
        self._metrics = metrics
        self._measures = measures
        self._ready = ready
        self._draining = draining
        self._metrics_token = metrics_token

    async def show(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = mended(scope["path"])
        speaker = self._speaker(path)
        extra: HeaderList = []
        try:
            status, body = 200, await self._page(path, scope, receive)
        except WaystationError as error:
            self._metrics.refuse(error.public_code or error.public_type)
            status, body, extra = error.public_status, speaker.error(error), error_head(error)
        if path == "/readyz" and (self._draining() or not all(self._ready().values())):
            status = 503
        head = json_head(ids_head(self._clock.new_id("req"), speaker), len(body)) + extra
        if path == "/metrics" and status == 200:
            head = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), *head[1:]]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    async def _page(self, path: str, scope: Scope, receive: Receive) -> bytes:
        bare = self._paths.bare(path)
        if is_count(bare):
            return await self._count(bare, scope, receive)
        if bare.startswith(stored.PREFIX):
            return await self._response(bare, scope)
        if bare == _MODELS or bare.startswith(f"{_MODELS}/"):
            _allow_reading(scope)
            return self._models(bare.removeprefix(_MODELS).removeprefix("/"), path, scope)
        if path == "/metrics" and self._may_measure(scope):
            _allow_reading(scope)
            return await self._measures()
        if path == explained.PATH and self._may_measure(scope):
            _allow_reading(scope)
            return explained.explained(scope["query_string"], self._board(), self._clock)
        page = self._plain(path)
        if page is None:
            raise PathNotFound(f"Unknown path {path[:200]!r}. The gateway serves /v1/chat/completions and /v1/models.")
        _allow_reading(scope)
        return page

    def _plain(self, path: str) -> bytes | None:
        match path:
            case "/" | "/version":
                return msgspec.json.encode(_ABOUT)
            case "/healthz" | "/livez":
                return msgspec.json.encode({"status": "draining" if self._draining() else "ok"})
            case "/readyz":
                checks = self._ready()
                word = "draining" if self._draining() else "ok" if all(checks.values()) else "not ready"
                return msgspec.json.encode({"status": word, "checks": checks})
            case _:
                return None

    async def _count(self, bare: str, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != "POST":
            raise MethodNotAllowed(scope["method"], "POST, OPTIONS")
        headers, board = headers_of(scope), self._board()
        token = self._token(scope, board)
        admit_dialect(token, "anthropic.messages")
        body = await read_body(headers, receive, bytes_max=self._body_bytes_max)
        model, answer = count(bare, body, self._codecs["anthropic.messages"])
        board.find(token, model)
        return answer

    async def _response(self, bare: str, scope: Scope) -> bytes:
        board = self._board()
        token = self._token(scope, board)
        admit_dialect(token, "openai.responses")
        response_id, wish = stored.wish_of(bare, scope["method"])
        organization = board.organizations[token.organization_id]
        return await self._shelf.ask(wish, board, organization, response_id, stored.forwarded(scope["query_string"]))

    def _models(self, name: str, path: str, scope: Scope) -> bytes:
        board = self._board()
        token = self._token(scope, board)
        if name.endswith(SUFFIX) and name not in board.served:
            return self._endpoints(board, token, name.removesuffix(SUFFIX))
        headers = headers_of(scope)
        gemini = self._speaker(path).dialect == "gemini.generate" or b"x-goog-api-client" in headers
        if not name:
            models = board.models(token)
            return gemini_list(models) if gemini else model_list(models, aliases=b"anthropic-version" in headers)
        served = board.find(token, name)
        return msgspec.json.encode(gemini_row(served, name) if gemini else model_row(served, name))

    def _endpoints(self, board: Board, token: Token, name: str) -> bytes:
        served = board.find(token, name)
        at, now = self._clock.now(), self._clock.monotonic()
        price = board.prices.frozen(served.model.name, board.organizations[token.organization_id], at).price
        rows = [
            endpoint_row(served, route, price, ready=_is_ready(board, route, now), now=now)
            for tier in served.tiers
            for route in tier
        ]
        return endpoint_list(served, rows)

    def _token(self, scope: Scope, board: Board) -> Token:
        return self._gate.admit(scope, headers_of(scope), board, self._clock.now()).token

    def _speaker(self, path: str) -> Codec:
        """Whose errors and lists a client expects there."""
        action = "/models/" in path and ":" in path and not path.endswith(SUFFIX)  # "m:free/endpoints" is OpenRouter's
        if path.startswith(("/gemini/", "/v1beta", "/v1alpha")) or action:
            return self._codecs["gemini.generate"]
        if path.startswith("/anthropic/") or "/messages" in path:
            return self._codecs["anthropic.messages"]
        return self._codecs["openai.chat"]

    def _may_measure(self, scope: Scope) -> bool:
        if self._metrics_token is None:
            client = scope["client"] or ("", 0)
            return client[0] in _LOOPBACK and all(name != b"x-forwarded-for" for name, _ in scope["headers"])
        bearer = headers_of(scope).get(b"authorization", b"")
        return compare_digest(bearer, b"Bearer " + self._metrics_token.encode())


def _allow_reading(scope: Scope) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        raise MethodNotAllowed(scope["method"], "GET, HEAD, OPTIONS")


def _is_ready(board: Board, route: Route, now: float) -> bool:
    """Whether a key of the route's upstream can serve its model now."""
    return board.pools[route.upstream.id].ready_in_s(route.model, now) <= 0
