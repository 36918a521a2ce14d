import asyncio

import pytest

from tests.adapters.upstream_http.raw import Peer, settle, upstream
from waystation.adapters.upstream_http.proxy import ANSWER_BYTES_MAX, Proxy, proxy_of, tunnel


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://10.0.0.1:3128", Proxy("10.0.0.1", 3128, b"")),
        ("http://proxy.example", Proxy("proxy.example", 80, b"")),
        ("http://me:pw@proxy.example:8080/", Proxy("proxy.example", 8080, b"\r\nproxy-authorization: Basic bWU6cHc=")),
        ("http://me@proxy.example:8080", Proxy("proxy.example", 8080, b"\r\nproxy-authorization: Basic bWU6")),
        ("socks5://10.0.0.1", Proxy("10.0.0.1", 1080, b"", "socks5")),
        ("socks5h://me:p%40@proxy.example:9", Proxy("proxy.example", 9, b"\x01\x02me\x02p@", "socks5")),
        ("http://a%3Ab:p%0D%0Aq@[::1]:8", Proxy("::1", 8, b"\r\nproxy-authorization: Basic YTpiOnANCnE=")),
    ],
)
def test_a_proxy_is_read_from_its_url(url: str, expected: Proxy) -> None:
    assert proxy_of(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "proxy:3128",
        "https://s3cret@proxy",
        "socks4://me:s3cret@proxy",
        "socks5://s3cret@proxy",
        "socks5://:s3cret@proxy",
        f"socks5://s3cret:{'p' * 256}@proxy",
        "http://s3cret@",
        "http://p:s3cret",
        "http://p/s3cret",
    ],
)
def test_any_other_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        proxy_of(url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def proxy_at(port: int) -> Proxy:
    return Proxy("127.0.0.1", port, b"\r\nproxy-authorization: Basic bWU6cHc=")


async def test_a_tunnel_is_asked_for_and_given() -> None:
    heads = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.head())
        await peer.say(b"HTTP/1.1 200 ", b"Connection established\r\nvia: x\r\n\r\n")
        await peer.until_closed()

    async with upstream(script) as served:
        transport = await tunnel(proxy_at(served.endpoint.port), "127.0.0.1", b"up.example:443")
        transport.abort()
    assert heads == [
        b"CONNECT up.example:443 HTTP/1.1\r\nhost: up.example:443\r\nproxy-authorization: Basic bWU6cHc=\r\n\r\n"
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy answered 407"),
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\n\r\nabc", "the proxy answered 502"),
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "the proxy answered 502"),
        (b"HTTP/1.1 302 Found\r\n\r\n", "the proxy answered 302"),
        (b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01", "the proxy spoke into the tunnel"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "the proxy's answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"a" * (ANSWER_BYTES_MAX + 1), "the proxy's answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n", "the proxy closed the connection"),
        (b"", "the proxy closed the connection"),
    ],
)
async def test_any_other_answer_is_an_error(answer: bytes, expected: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(answer)

    async with upstream(script) as served:
        with pytest.raises(OSError, match=expected):
            await tunnel(proxy_at(served.endpoint.port), "127.0.0.1", b"up.example:443")


async def test_who_gives_up_leaves_no_connection() -> None:
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.until_closed()
        closed.set()

    async with upstream(script) as served:
        opening = asyncio.create_task(tunnel(proxy_at(served.endpoint.port), "127.0.0.1", b"up.example:443"))
        await settle()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await asyncio.wait_for(closed.wait(), 0.25)
