import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress

import pytest
import trustme
from msgspec.structs import replace

from tests.adapters.upstream_http.raw import Peer, Script, once, post, saying, settle, sized, upstream
from waystation.adapters.upstream_http.address import AddressBook
from waystation.adapters.upstream_http.dial import Dialer
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.ports import Endpoint
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import AddressRefused, ConnectFailed, ConnectionLost, UpstreamTimeout


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
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
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
        with pytest.raises(ConnectionLost):
            await response.chunk()


async def test_a_tls_stream_that_ends_with_a_goodbye_is_whole(
    transport: HttpTransport, authority: trustme.CA, ca_file: str
) -> None:
    answer = once(b"HTTP/1.1 200 OK\r\n\r\nall of it")
    async with upstream(answer, tls=server_context(authority, "127.0.0.1")) as served:
        response = await transport.send(post(replace(served.endpoint, ca_file=ca_file)))
        assert await response.read(100) == b"all of it"


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


async def test_a_large_body_goes_up_over_tls(transport: HttpTransport, authority: trustme.CA, ca_file: str) -> None:
    body = bytes(range(256)) * 40_000

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.1)
        await peer.say(sized(b"same" if await peer.reader.readexactly(len(body)) == body else b"other"))

    async with upstream(script, tls=server_context(authority, "127.0.0.1")) as served:
        response = await transport.send(post(replace(served.endpoint, ca_file=ca_file), body=body))
        assert await response.read(10) == b"same"


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


async def silent(peer: Peer) -> None:
    """Accepts, and never says a word of TLS."""
    await peer.until_closed()


async def test_a_silent_address_leaves_time_for_the_next(authority: trustme.CA, ca_file: str) -> None:
    async with (
        upstream(saying(sized(b"ok")), tls=server_context(authority, "up.example")) as served,
        upstream(silent, address="127.0.0.2", port=served.endpoint.port) as mute,
    ):
        transport = names(**{"up.example": ("127.0.0.2", "127.0.0.1")})
        endpoint = replace(served.endpoint, host="up.example", ca_file=ca_file)
        response = await transport.send(post(endpoint, timeouts=Timeouts(connect_s=1.0)))
        assert await response.read(10) == b"ok"
        assert mute.connections == 1
        await transport.aclose()


@pytest.mark.parametrize(
    ("timeouts", "phase"), [(Timeouts(connect_s=0.05), "connect"), (Timeouts(total_s=0.05), "total")]
)
async def test_no_connection_in_time_is_a_timeout(transport: HttpTransport, timeouts: Timeouts, phase: str) -> None:
    async with upstream(silent) as served:
        endpoint = replace(served.endpoint, scheme="https")
        with pytest.raises(UpstreamTimeout) as caught:
            await transport.send(post(endpoint, timeouts=timeouts))
        assert caught.value.phase == phase
        assert caught.value.message == f"127.0.0.1:{endpoint.port}: {phase}: no connection in time"
        assert transport.stats() == []


async def test_a_name_that_takes_too_long_is_a_timeout() -> None:
    async def resolve(host: str) -> tuple[str, ...]:
        await asyncio.sleep(5)
        return (host,)

    transport = HttpTransport(dialer=Dialer(AddressBook(resolve)))
    with pytest.raises(UpstreamTimeout) as caught:
        await transport.send(post(Endpoint("http", "up.example", 80), timeouts=Timeouts(connect_s=0.05)))
    assert caught.value.phase == "connect"


async def test_who_gives_up_while_connecting_leaves_no_connection(transport: HttpTransport) -> None:
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.until_closed()
        closed.set()

    async with upstream(script) as served:
        sending = asyncio.create_task(transport.send(post(replace(served.endpoint, scheme="https"))))
        await settle()
        assert transport.stats()[0].open == 1
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.wait_for(closed.wait(), 0.25)
        assert transport.stats() == []


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "0xA9FEA9FE",
        "2852039166",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "metadata.google.internal",
    ],
)
@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:9"])
async def test_metadata_services_are_refused_directly_and_behind_a_proxy(
    transport: HttpTransport, host: str, proxy: str | None
) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(AddressRefused):
            await transport.send(post(Endpoint(scheme, host, 80, proxy=proxy)))


async def test_a_name_that_leads_to_a_metadata_service_is_refused() -> None:
    transport = names(**{"rebound.example": ("127.0.0.1", "169.254.169.254")})
    with pytest.raises(AddressRefused, match=r"rebound\.example:80: connect"):
        await transport.send(post(Endpoint("http", "rebound.example", 80)))


def forwarding(heads: list[bytes], port: int) -> Script:
    """A proxy whose every tunnel leads to this port of ours."""

    async def script(peer: Peer) -> None:
        heads.append(await peer.head())
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await peer.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(_copy(peer.reader, writer), _copy(reader, peer.writer))
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    return script


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def test_https_goes_through_a_tunnel_and_is_verified(
    transport: HttpTransport, authority: trustme.CA, ca_file: str
) -> None:
    heads: list[bytes] = []
    async with (
        upstream(saying(sized(b"ok")), tls=server_context(authority, "up.example")) as served,
        upstream(forwarding(heads, served.endpoint.port)) as proxy,
    ):
        endpoint = Endpoint(
            "https", "up.example", 443, proxy=f"http://me:pw@127.0.0.1:{proxy.endpoint.port}", ca_file=ca_file
        )
        for _ in range(2):
            assert await (await transport.send(post(endpoint))).read(10) == b"ok"
        with pytest.raises(ConnectFailed, match="certificate verify failed"):
            await transport.send(post(replace(endpoint, host="other.example")))
        await transport.aclose()
    assert heads[0] == (
        b"CONNECT up.example:443 HTTP/1.1\r\nhost: up.example:443\r\nproxy-authorization: Basic bWU6cHc=\r\n\r\n"
    )
    assert len(heads) == 2


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"502 Bad Gateway", b"503 Busy"])
async def test_a_proxy_that_refuses_the_tunnel_is_a_failure_to_connect(transport: HttpTransport, status: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 %b\r\ncontent-length: 5\r\n\r\nno no" % status)

    async with upstream(script) as proxy:
        endpoint = Endpoint("https", "up.example", 443, proxy=f"http://me:s3cret@127.0.0.1:{proxy.endpoint.port}")
        with pytest.raises(ConnectFailed, match=f"the proxy answered {status[:3].decode()}") as caught:
            await transport.send(post(endpoint))
        assert caught.value.message.startswith("up.example:443: connect: ")
        assert "s3cret" not in caught.value.message


async def test_http_goes_to_the_proxy_with_the_whole_address(transport: HttpTransport) -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        while True:
            heads.append((await peer.request()).partition(b"\r\n")[0])
            await peer.say(sized(b"ok"))

    async with upstream(script) as proxy:
        endpoint = Endpoint("http", "up.example", 80, "/v1", proxy=f"http://127.0.0.1:{proxy.endpoint.port}")
        assert await (await transport.send(post(endpoint, "/chat"))).read(10) == b"ok"
    assert heads == [b"POST http://up.example/v1/chat HTTP/1.1"]


async def test_a_proxy_that_wants_credentials_is_a_failure_to_connect(transport: HttpTransport) -> None:
    async with upstream(saying(b"HTTP/1.1 407 Who\r\ncontent-length: 0\r\n\r\n")) as proxy:
        endpoint = Endpoint("http", "up.example", 80, proxy=f"http://127.0.0.1:{proxy.endpoint.port}")
        with pytest.raises(ConnectFailed, match="the proxy answered 407"):
            await transport.send(post(endpoint))
        assert transport.stats() == []


async def test_proxies_of_the_environment_are_not_asked(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with upstream(saying(sized(b"direct"))) as served:
        assert await (await transport.send(post(served.endpoint))).read(10) == b"direct"
