import asyncio
import ssl

import pytest
import trustme

from tests.adapters.upstream_http.raw import Peer, post, saying, settle, sized, upstream
from tests.adapters.upstream_http.socks_server import socks_server
from waystation.adapters.upstream_http.address import AddressBook
from waystation.adapters.upstream_http.dial import Dialer
from waystation.adapters.upstream_http.proxy import Proxy
from waystation.adapters.upstream_http.socks import socks
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.ports import Endpoint
from waystation.wire.errors import AddressRefused, ConnectFailed

LOGIN = ("me", "p:w@")
URL = "socks5://me:p%3Aw%40@127.0.0.1:{}"


async def test_the_proxy_looks_the_name_up_and_sees_user_and_password() -> None:
    """Our own resolver is never asked for the upstream's name."""
    looked_up: list[str] = []

    async def resolve(host: str) -> tuple[str, ...]:
        looked_up.append(host)
        return (host,)

    transport = HttpTransport(dialer=Dialer(AddressBook(resolve)))
    async with (
        upstream(saying(sized(b"there"))) as served,
        socks_server({"up.example": served.endpoint.port}, LOGIN) as proxy,
    ):
        endpoint = Endpoint("http", "up.example", 8080, "/v1", proxy=URL.format(proxy.port))
        for _ in range(2):
            answer = await transport.send(post(endpoint))
            assert await answer.read(100) == b"there"
        await transport.aclose()
    assert looked_up == ["127.0.0.1"]
    assert (proxy.asked, proxy.logins) == ([("up.example", 8080)], [LOGIN])  # the second call took the same connection


async def test_tls_goes_through_the_proxy_to_the_upstream(transport: HttpTransport) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("up.example").configure_cert(context)
    with authority.cert_pem.tempfile() as ca_file:
        async with (
            upstream(saying(sized(b"safe")), tls=context) as served,
            socks_server({"up.example": served.endpoint.port, "other.example": served.endpoint.port}) as proxy,
        ):
            url = f"socks5h://127.0.0.1:{proxy.port}"
            answer = await transport.send(post(Endpoint("https", "up.example", 443, proxy=url, ca_file=ca_file)))
            assert await answer.read(100) == b"safe"
            with pytest.raises(ConnectFailed, match="certificate"):
                await transport.send(post(Endpoint("https", "other.example", 443, proxy=url, ca_file=ca_file)))


async def test_addresses_are_told_as_numbers(transport: HttpTransport) -> None:
    async with upstream(saying(sized(b"there"))) as served:
        port = served.endpoint.port
        async with socks_server({"192.0.2.7": port, "2001:db8::7": port}) as proxy:
            for host in ("192.0.2.7", "2001:db8::7"):
                endpoint = Endpoint("http", host, 80, proxy=f"socks5://127.0.0.1:{proxy.port}")
                assert await (await transport.send(post(endpoint))).read(100) == b"there"
    assert proxy.asked == [("192.0.2.7", 80), ("2001:db8::7", 80)]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("socks5://me:wrong@127.0.0.1:{}", "the proxy refused the user and password"),
        ("socks5://127.0.0.1:{}", "the proxy takes no one unnamed"),
        (URL, "the proxy can't reach the host"),
    ],
)
async def test_a_refusal_is_a_failure_to_connect_in_words_without_the_password(
    transport: HttpTransport, url: str, reason: str
) -> None:
    async with socks_server({}, LOGIN) as proxy:
        with pytest.raises(ConnectFailed, match=reason) as caught:
            await transport.send(post(Endpoint("http", "up.example", 80, proxy=url.format(proxy.port))))
    assert "wrong" not in str(caught.value)


async def test_a_metadata_service_is_refused_before_the_proxy_is_asked(transport: HttpTransport) -> None:
    async with socks_server({}) as proxy:
        for host in ("169.254.169.254", "metadata.google.internal", "2852039166"):
            with pytest.raises(AddressRefused):
                await transport.send(post(Endpoint("http", host, 80, proxy=f"socks5://127.0.0.1:{proxy.port}")))
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", "the proxy closed the connection"),
        (b"\x05", "the proxy closed the connection"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the proxy's answer is not SOCKS 5"),
        (b"\x05\x02", "the proxy takes no one unnamed"),
        (b"\x05\x00\x04\x00\x00\x01", "the proxy's answer is not SOCKS 5"),
        (b"\x05\x00\x05\x00\x00\x09", "the proxy's answer is not SOCKS 5"),
        (b"\x05\x00\x05\x5d\x00\x01", "the proxy answered 93"),
        (b"\x05\x00\x05\x00\x00\x01abcd", "the proxy closed the connection"),
        (b"\x05\x00\x05\x00\x00\x01abcdefx", "the proxy spoke into the tunnel"),
    ],
)
async def test_any_other_answer_is_an_error(answer: bytes, expected: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.readexactly(3)
        await peer.say(answer)

    async with upstream(script) as served:
        with pytest.raises(OSError, match=expected):
            await socks(Proxy("127.0.0.1", served.endpoint.port, b"", "socks5"), "127.0.0.1", "up.example", 443)


async def test_a_proxy_that_wants_no_login_is_not_told_one() -> None:
    heard: list[bytes] = []

    async def script(peer: Peer) -> None:
        heard.append(await peer.reader.readexactly(3))
        await peer.say(b"\x05\x00")
        heard.append(await peer.reader.read())

    async with upstream(script) as served:
        with pytest.raises(ConnectionRefusedError, match="takes no user and password"):
            await socks(
                Proxy("127.0.0.1", served.endpoint.port, b"\x01\x01a\x01b", "socks5"), "127.0.0.1", "up.example", 1
            )
        await settle()
    assert heard == [b"\x05\x01\x02", b""]


async def test_a_name_that_is_too_long_is_no_host() -> None:
    with pytest.raises(ValueError, match="too long"):
        await socks(Proxy("127.0.0.1", 9, b"", "socks5"), "127.0.0.1", "a" * 256, 443)


async def test_who_gives_up_leaves_no_connection() -> None:
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.until_closed()
        closed.set()

    async with upstream(script) as served:
        proxy = Proxy("127.0.0.1", served.endpoint.port, b"", "socks5")
        opening = asyncio.create_task(socks(proxy, "127.0.0.1", "up.example", 443))
        await settle()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await asyncio.wait_for(closed.wait(), 0.25)
