"""Where calls go: asked of the gateway that runs with these settings or, if none does, read from the catalogue."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlencode

import msgspec

from waystation.adapters.clock import SystemClock
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.gateway.explained import PATH
from waystation.house.offline import operations
from waystation.manifest.finding import find_token
from waystation.manifest.prices import as_of
from waystation.ports import Endpoint, Outbound
from waystation.relay.board import board_of
from waystation.relay.explaining import Explanation, Question, explain
from waystation.settings import Settings
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue, Timeouts
from waystation.wire.errors import ConnectFailed, Misconfigured, UpstreamError

PATIENCE: Final = Timeouts(connect_s=2.0, first_byte_s=10.0, idle_s=10.0, total_s=10.0)
_ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Explained:
    """`address`: of the gateway that was asked, or is not there."""

    explanation: Explanation
    address: str


class _Failure(msgspec.Struct, frozen=True):
    message: str = ""


class _Refusal(msgspec.Struct, frozen=True):
    error: _Failure = _Failure()


def explain_route(settings: Settings, question: Question, token: str | None) -> Explained:
    """`token`: a name or an id. Raises: Misconfigured, ModelNotFound."""
    with operations(settings) as opened, opened.repository.reading():
        snapshot = as_of(opened.repository.snapshot(), opened.clock.now())
    if token is not None:
        question = msgspec.structs.replace(question, token_id=find_token(snapshot, token).id)
    endpoint = _endpoint(settings)
    address = f"http://{f'[{endpoint.host}]' if ':' in endpoint.host else endpoint.host}:{endpoint.port}"
    try:
        told = asyncio.run(_ask(settings, endpoint, question))
    except ConnectFailed:
        return Explained(_offline(snapshot.catalogue, question), address)
    except UpstreamError as error:
        raise Misconfigured(f"the gateway at {address} does not answer: {error.message}") from error
    return Explained(told, address)


def _offline(catalogue: Catalogue, question: Question) -> Explanation:
    """As a gateway that starts now would do it."""
    return explain(board_of(catalogue, vendors()), SystemClock(), question, live=False)


def _endpoint(settings: Settings) -> Endpoint:
    """Where a gateway with these settings can be reached from this machine."""
    host = settings.host
    try:
        address = ip_address(host)
    except ValueError:
        return Endpoint("http", host, settings.port)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return Endpoint("http", host, settings.port)


async def _ask(settings: Settings, endpoint: Endpoint, question: Question) -> Explanation:
    """Raises: ConnectFailed if nobody listens there; another UpstreamError; Misconfigured."""
    fields = {name: value for name, value in msgspec.structs.asdict(question).items() if value is not None}
    token = settings.metrics_token
    headers = () if token is None else ((b"authorization", b"Bearer " + token.get_secret_value().encode()),)
    transport = HttpTransport()
    try:
        path = f"{PATH}?{urlencode(fields)}"
        inbound = await transport.send(Outbound(endpoint, "GET", path, headers, b"", PATIENCE))
        body = await inbound.read(_ANSWER_BYTES_MAX)
    finally:
        await transport.aclose()
    return _read(inbound.status, body)


def _read(status: int, body: bytes) -> Explanation:
    """Raises: Misconfigured."""
    try:
        if status == 200:
            return msgspec.json.decode(body, type=Explanation)
        told = msgspec.json.decode(body, type=_Refusal).error.message
    except msgspec.DecodeError:
        told = "it is no gateway, or one of another version"
    if "Unknown path" in told:
        told = "it does not tell: run this with the settings that the gateway has, WAYSTATION_METRICS_TOKEN above all"
    raise Misconfigured(f"the gateway answered {status}: {told}")
