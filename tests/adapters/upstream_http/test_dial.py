import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace

import pytest
import trustme

from tests.adapters.upstream_http.raw import Peer, post, saying, settle, sized, upstream
from waystation.adapters.upstream_http.address import AddressBook
from waystation.adapters.upstream_http.dial import Dialer
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.ports import Endpoint
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import AddressRefused, ConnectFailed, UpstreamTimeout

SILENT = "192.0.2.1"  # TEST-NET-1: nobody is there


def names(**known: tuple[str, ...]) -> HttpTransport:
    """A transport that knows these names and no others."""

    async def resolve(host: str) -> tuple[str, ...]:
        if host not in known:
            raise OSError(-2, "Name or service not known")
        return known[host]

    return HttpTransport(dialer=Dialer(AddressBook(resolve)))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA) -> Iterator[str]:
    with authority.cert_pem.tempfile() as path:
        yield path


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert(*names).configure_cert(context)
    return context


async def test_tls_is_verified_and_speaks_http_1_1(authority: trustme.CA, ca_file: str) -> None:
    seen: list[object] = []

    async def script(peer: Peer) -> None:
        tls = peer.writer.get_extra_info("ssl_object")
        seen.extend([tls.selected_alpn_protocol(), tls.version() in {"TLSv1.2", "TLSv1.3"}])
        while True:
            await peer.request()
            await peer.say(sized(b"safe"))

    context = server_context(authority, "up.example")
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    async with upstream(script, tls=context) as served:
        transport = names(**{"up.example": ("127.0.0.1",)})
        endpoint = replace(served.endpoint, host="up.example", ca_file=ca_file)
        for _ in range(3):
            assert await (await transport.send(post(endpoint))).read(10) == b"safe"
        await transport.aclose()
    assert seen == ["up.example", "http/1.1", True]
    assert served.connections == 1


async def test_a_certificate_for_an_address_is_verified_too(
    transport: HttpTransport, authority: trustme.CA, ca_file: str
) -> None:
    async with upstream(saying(sized(b"ok")), tls=server_context(authority, "127.0.0.1")) as served:
        endpoint = replace(served.endpoint, ca_file=ca_file)
        assert await (await transport.send(post(endpoint))).read(10) == b"ok"


async def test_a_certificate_for_another_name_is_refused(authority: trustme.CA, ca_file: str) -> None:
    async with upstream(saying(sized(b"no")), tls=server_context(authority, "other.example")) as served:
        transport = names(**{"up.example": ("127.0.0.1",)})
        endpoint = replace(served.endpoint, host="up.example", ca_file=ca_file)
        with pytest.raises(ConnectFailed, match="certificate verify failed") as caught:
            await transport.send(post(endpoint))
        assert caught.value.message.startswith(f"up.example:{endpoint.port}: connect: ")
        assert transport.stats() == []
        assert served.requests == []


async def test_an_unknown_authority_is_refused(transport: HttpTransport, authority: trustme.CA) -> None:
    async with upstream(saying(sized(b"no")), tls=server_context(authority, "127.0.0.1")) as served:
        with pytest.raises(ConnectFailed, match="certificate verify failed"):
            await transport.send(post(served.endpoint))


async def test_an_extra_bundle_counts_only_where_it_was_named(
    transport: HttpTransport, authority: trustme.CA, ca_file: str
) -> None:
    async with upstream(saying(sized(b"ok")), tls=server_context(authority, "127.0.0.1")) as served:
        response = await transport.send(post(replace(served.endpoint, ca_file=ca_file)))
        await response.read(10)
        with pytest.raises(ConnectFailed):
            await transport.send(post(served.endpoint))


async def test_old_tls_is_refused(transport: HttpTransport, authority: trustme.CA, ca_file: str) -> None:
    context = server_context(authority, "127.0.0.1")
    with pytest.warns(DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with upstream(saying(sized(b"no")), tls=context) as served:
        with pytest.raises(ConnectFailed):
            await transport.send(post(replace(served.endpoint, ca_file=ca_file)))


async def test_a_server_without_tls_is_refused(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await peer.until_closed()

    async with upstream(script) as served:
        with pytest.raises(ConnectFailed):
            await transport.send(post(replace(served.endpoint, scheme="https")))


async def test_a_bundle_that_is_not_there_fails_to_connect(transport: HttpTransport, authority: trustme.CA) -> None:
    async with upstream(saying(sized(b"no")), tls=server_context(authority, "127.0.0.1")) as served:
        with pytest.raises(ConnectFailed):
            await transport.send(post(replace(served.endpoint, ca_file="/nowhere/ca.pem")))


async def test_a_tls_stream_cut_without_goodbye_is_not_whole(
    transport: HttpTransport, authority: trustme.CA, ca_file: str
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
        await settle()
        peer.reset()

    async with upstream(script, tls=server_context(authority, "127.0.0.1")) as served:
        response = await transport.send(post(replace(served.endpoint, ca_file=ca_file)))
        assert await response.chunk() == b"half of it"
        with pytest.raises(Exception, match="lost|closed|Connection"):
            await response.chunk()


async def test_memory_is_bounded_over_tls_too(transport: HttpTransport, authority: trustme.CA, ca_file: str) -> None:
    size = 30 * 1024 * 1024
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        while sent < size:
            peer.writer.write(b"a" * 65_536)
            await peer.writer.drain()
            sent += 65_536
        await peer.until_closed()

    async with upstream(script, tls=server_context(authority, "127.0.0.1")) as served:
        response = await transport.send(post(replace(served.endpoint, ca_file=ca_file)))
        await asyncio.sleep(0.4)
        stalled = sent
        await asyncio.sleep(0.1)
        assert sent == stalled < size / 2
        assert len(await response.read(size)) == size


async def test_nobody_listening_is_an_error(transport: HttpTransport) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(ConnectFailed) as caught:
        await transport.send(post(Endpoint("http", "127.0.0.1", port)))
    assert caught.value.message.startswith(f"127.0.0.1:{port}: connect: ")


async def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(ConnectFailed, match=r"gone\.example:443: connect: .*not known"):
        await names().send(post(Endpoint("https", "gone.example", 443)))


async def test_the_next_address_is_tried() -> None:
    async with upstream(saying(sized(b"ok"))) as served:
        transport = names(**{"up.example": ("127.0.0.2", "127.0.0.1")})
        response = await transport.send(post(replace(served.endpoint, host="up.example")))
        assert await response.read(10) == b"ok"
        await transport.aclose()


async def test_a_silent_address_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async with upstream(saying(sized(b"ok"))) as served:
        transport = names(**{"up.example": (SILENT, "127.0.0.1")})
        _silence(monkeypatch)
        endpoint = replace(served.endpoint, host="up.example")
        response = await transport.send(post(endpoint, timeouts=Timeouts(connect_s=0.6)))
        assert await response.read(10) == b"ok"
        await transport.aclose()


async def test_no_connection_in_time_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    _silence(monkeypatch)
    transport = names(**{"up.example": (SILENT,)})
    with pytest.raises(UpstreamTimeout) as caught:
        await transport.send(post(Endpoint("http", "up.example", 80), timeouts=Timeouts(connect_s=0.05)))
    assert caught.value.phase == "connect"
    with pytest.raises(UpstreamTimeout) as caught:
        await transport.send(post(Endpoint("http", "up.example", 80), timeouts=Timeouts(total_s=0.05)))
    assert caught.value.phase == "total"
    assert transport.stats() == []


def _silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the network answers for addresses that nobody has, let it be silent."""
