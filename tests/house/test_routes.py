import asyncio
import socket
from pathlib import Path

import pytest

from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.house.routes import explain_route
from waystation.relay.explaining import Question
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured, ModelNotFound

OPERATOR = "metrics-token-0123456789"
ASKED = Question(model="m")


def settings_of(rig: Rig, **others: object) -> Settings:
    """As a command on the same machine reads them."""
    return rig.settings.model_copy(update={"port": rig.house.server.port, **others})


async def test_the_gateway_that_runs_is_asked(tmp_path: Path) -> None:
    async with doubles(2) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        ups[0].set_fault("429")
        await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
        for host in ("127.0.0.1", "0.0.0.0", "localhost"):  # noqa: S104 - what it listens on
            told = await asyncio.to_thread(explain_route, settings_of(rig, host=host), ASKED, "ci")
            assert told.explanation.live
        first, second = told.explanation.routes
        assert (first.keys, second.keys, second.why) == ({"limited": 2}, {"ready": 2}, None)
        with pytest.raises(Misconfigured, match="does not exist or this token may not use it"):
            await asyncio.to_thread(explain_route, settings_of(rig), Question(model="hidden"), "acme/ci")
        with pytest.raises(Misconfigured, match="there is no token 'nobody'"):
            await asyncio.to_thread(explain_route, settings_of(rig), ASKED, "nobody")


async def test_a_gateway_with_a_metrics_token_wants_it(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups), metrics_token=OPERATOR)) as rig:
        assert (await asyncio.to_thread(explain_route, settings_of(rig), ASKED, None)).explanation.live
        with pytest.raises(Misconfigured, match="WAYSTATION_METRICS_TOKEN"):
            await asyncio.to_thread(explain_route, settings_of(rig, metrics_token=None), ASKED, None)


def test_without_a_gateway_the_catalogue_is_told(tmp_path: Path) -> None:
    rig = offline(tmp_path)
    with socket.socket() as taken:  # bound, and not listening: nobody else can take it either
        taken.bind(("127.0.0.1", 0))
        settings = rig.settings.model_copy(update={"port": taken.getsockname()[1]})
        told = explain_route(settings, ASKED, "ci")
        assert (told.explanation.live, told.address) == (False, f"http://127.0.0.1:{settings.port}")
        assert [(route.upstream, route.place, route.keys) for route in told.explanation.routes] == [
            ("up0", 1, {"ready": 2})
        ]
        with pytest.raises(ModelNotFound):
            explain_route(settings, Question(model="nope"), None)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "no gateway, or one of another version"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "no gateway, or one of another version"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}", "the gateway answered 404"),
        (b"", "does not answer"),
    ],
    ids=["no JSON", "other JSON", "not found", "nothing"],
)
async def test_who_is_no_gateway_is_told_so(tmp_path: Path, answer: bytes, said: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        settings = offline(tmp_path).settings.model_copy(update={"port": server.sockets[0].getsockname()[1]})
        with pytest.raises(Misconfigured, match=said):
            await asyncio.to_thread(explain_route, settings, ASKED, None)


def offline(folder: Path) -> Rig:
    class NoDouble:
        base_url = "http://127.0.0.1:9/v1"

    return Rig(folder, manifest(NoDouble()))  # type: ignore[arg-type]  # only its address is looked at
