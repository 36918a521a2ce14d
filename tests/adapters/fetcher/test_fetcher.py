"""Fetching from real servers on loopback, which is allowed here and refused by default."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
import trustme

from tests.adapters.upstream_http.raw import Peer, Script, once, sized, upstream
from waystation.adapters.fetcher import HttpFetcher
from waystation.adapters.fetcher.fetcher import AT_ONCE_MAX
from waystation.ports import Fetched
from waystation.wire.errors import LinkRefused

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
IMAGE = b"content-type: image/png"
LOOPBACK = (ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("::1/128"))
Resolve = Callable[[str], Awaitable[tuple[str, ...]]]


@asynccontextmanager
async def fetching(
    *,
    max_bytes: int = 10_000,
    timeout_s: float = 5.0,
    allowed: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = LOOPBACK,
    resolve: Resolve | None = None,
) -> AsyncIterator[HttpFetcher]:
    fetcher = HttpFetcher(max_bytes=max_bytes, timeout_s=timeout_s, allowed=allowed, resolve=resolve)
    yield fetcher
    await fetcher.aclose()


def knowing(**known: tuple[str, ...]) -> Resolve:
    async def resolve(host: str) -> tuple[str, ...]:
        return known.get(host, (host,))

    return resolve


async def refusal(fetcher: HttpFetcher, url: str) -> str:
    with pytest.raises(LinkRefused) as caught:
        await fetcher.fetch(url)
    assert caught.value.public_status == 400
    return caught.value.message


def redirecting(*locations: str) -> Script:
    """The first connection is sent to the first location, and so on; the next one gets the image."""

    async def script(peer: Peer) -> None:
        await peer.request()
        if peer.number <= len(locations):
            await peer.say(b"HTTP/1.1 302 Found\r\nlocation: %b\r\n" % locations[peer.number - 1].encode())
            await peer.say(b"content-length: 0\r\n\r\n")
        else:
            await peer.say(sized(PNG, IMAGE))

    return script


async def test_a_file_comes_with_its_type() -> None:
    async with upstream(once(sized(PNG, b"content-type: image/png; x=y"))) as served, fetching() as fetcher:
        got = await fetcher.fetch(f"http://127.0.0.1:{served.endpoint.port}/a.png?b=c#d")
    assert got == Fetched("image/png", PNG)


async def test_what_goes_out_says_nothing_of_us_or_of_the_caller() -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.request())
        await peer.say(sized(PNG, IMAGE, b"set-cookie: a=b"))

    async with upstream(script) as served, fetching() as fetcher:
        url = f"http://127.0.0.1:{served.endpoint.port}/a.png"
        assert await fetcher.fetch(url) == await fetcher.fetch(url)
    lines = heads[0].split(b"\r\n")
    assert lines[0] == b"GET /a.png HTTP/1.1"
    assert {line.partition(b":")[0] for line in lines[1:] if line} == {
        b"host",
        b"accept-encoding",
        b"accept",
        b"user-agent",
        b"content-length",
    }
    assert b"accept-encoding: identity" in lines
    assert heads[1] == heads[0]
    assert served.connections == 2


@pytest.mark.parametrize("header", [b"content-type: application/octet-stream", b"x: y"])
async def test_an_unsaid_type_is_read_from_the_first_bytes(header: bytes) -> None:
    async with upstream(once(sized(PNG, header))) as served, fetching() as fetcher:
        assert (await fetcher.fetch(f"http://127.0.0.1:{served.endpoint.port}/")).media_type == "image/png"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sized(b"<html>", b"content-type: text/html"), "it is 'text/html': no image"),
        (sized(b"<html>"), "it is no image"),
        (sized(b"", IMAGE), "it is empty"),
        (sized(PNG, IMAGE, b"content-encoding: gzip"), "does not speak plain HTTP"),
        (sized(PNG, IMAGE, b"content-encoding: br"), "does not speak plain HTTP"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "status 404"),
        (b"HTTP/1.1 206 Partial\r\ncontent-length: 0\r\n\r\n", "status 206"),
        (b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n", "status 302"),
        (b"220 mail.example ESMTP\r\n", "does not speak plain HTTP"),
        (b"", "does not speak plain HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-type: image/png\r\n\r\nxx", "does not speak plain HTTP"),
    ],
)
async def test_what_is_no_file_that_models_read_is_refused(answer: bytes, why: str) -> None:
    async with upstream(once(answer)) as served, fetching() as fetcher:
        assert why in await refusal(fetcher, f"http://127.0.0.1:{served.endpoint.port}/")


@pytest.mark.parametrize("sized_", [True, False])
async def test_a_huge_file_is_refused_while_it_comes(sized_: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        length = b"content-length: 1000000000\r\n" if sized_ else b"connection: close\r\n"
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n%b\r\n" % length)
        while True:
            await peer.say(b"x" * 65_536)

    async with upstream(script) as served, fetching(max_bytes=200_000) as fetcher:
        assert "larger than 200000 bytes" in await refusal(fetcher, f"http://127.0.0.1:{served.endpoint.port}/")


async def test_a_file_of_the_largest_size_is_taken() -> None:
    async with upstream(once(sized(PNG, IMAGE))) as served, fetching(max_bytes=len(PNG)) as fetcher:
        assert (await fetcher.fetch(f"http://127.0.0.1:{served.endpoint.port}/")).data == PNG


async def test_a_slow_drip_is_not_waited_for() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 1000\r\n\r\n")
        while True:
            await peer.say(b"x")
            await asyncio.sleep(0.02)

    async with upstream(script) as served, fetching(timeout_s=0.3) as fetcher:
        assert "in time" in await refusal(fetcher, f"http://127.0.0.1:{served.endpoint.port}/")


async def test_time_is_counted_over_all_redirects() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.15)
        await peer.say(b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n")

    async with upstream(script) as served, fetching(timeout_s=0.2) as fetcher:
        assert "in time" in await refusal(fetcher, f"http://127.0.0.1:{served.endpoint.port}/")


async def test_half_of_the_time_is_for_the_connection() -> None:
    async def resolve(_host: str) -> tuple[str, ...]:
        await asyncio.sleep(30)
        return ("127.0.0.1",)

    async with fetching(timeout_s=0.2, resolve=resolve) as fetcher:
        assert "in time" in await refusal(fetcher, "http://slow.example/")


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(30)

    async with upstream(script) as served, fetching(timeout_s=0.1) as fetcher:
        assert "in time" in await refusal(fetcher, f"http://127.0.0.1:{served.endpoint.port}/")


async def test_three_redirects_are_followed() -> None:
    async with upstream(redirecting("/b", "/c", "/d")) as served, fetching() as fetcher:
        assert (await fetcher.fetch(f"http://127.0.0.1:{served.endpoint.port}/a")).data == PNG
    assert served.connections == 4


async def test_a_fourth_redirect_is_not() -> None:
    async with upstream(redirecting("/b", "/c", "/d", "/e")) as served, fetching() as fetcher:
        assert "more than 3 redirects" in await refusal(fetcher, f"http://127.0.0.1:{served.endpoint.port}/a")
    assert served.connections == 4


@pytest.mark.parametrize("location", ["http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::ffff:7f00:2]/"])
async def test_a_redirect_into_our_own_network_is_refused(location: str) -> None:
    async with upstream(redirecting(location)) as served, fetching() as fetcher:
        message = await refusal(fetcher, f"http://127.0.0.1:{served.endpoint.port}/a")
    assert "no public address" in message
    assert location not in message


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "metadata.google.internal",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
    ],
)
async def test_our_own_network_is_shut_by_default(host: str) -> None:
    connected: list[int] = []

    async def script(peer: Peer) -> None:
        connected.append(peer.number)

    async with upstream(script) as served, fetching(allowed=()) as fetcher:
        message = await refusal(fetcher, f"http://{host}:{served.endpoint.port}/")
    assert "no public address" in message
    assert connected == []


async def test_a_name_with_one_address_of_ours_is_shut() -> None:
    resolve = knowing(**{"mixed.example": ("127.0.0.1", "10.0.0.1")})
    async with upstream(once(sized(PNG, IMAGE))) as served, fetching(resolve=resolve) as fetcher:
        message = await refusal(fetcher, f"http://mixed.example:{served.endpoint.port}/")
    assert "no public address" in message
    assert "10.0.0.1" not in message
    assert served.connections == 0


async def test_a_name_that_changes_its_mind_is_connected_to_as_it_was_checked() -> None:
    answers = [("127.0.0.1",), ("10.0.0.1",)]
    asked: list[str] = []

    async def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        return answers[len(asked) - 1]

    async with upstream(once(sized(PNG, IMAGE))) as served, fetching(resolve=resolve) as fetcher:
        assert (await fetcher.fetch(f"http://rebind.example:{served.endpoint.port}/")).data == PNG
    assert asked == ["rebind.example"]


async def test_a_name_that_is_not_there_looks_like_one_that_is_shut() -> None:
    async def resolve(_host: str) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    async with fetching(resolve=resolve) as missing, fetching(allowed=()) as shut:
        messages = {await refusal(missing, "http://one.example/"), await refusal(shut, "http://127.0.0.1/")}
    assert {message.partition(" ")[2] for message in messages} == {
        "can't be read: it has no public address, or can't be reached."
    }


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with authority.cert_pem.tempfile() as path:
        monkeypatch.setenv("SSL_CERT_FILE", path)
        yield


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.usefixtures("trusted")
async def test_https_is_spoken_to_the_name_at_the_address_that_was_checked(authority: trustme.CA) -> None:
    context = server_context(authority, "files.example")
    resolve = knowing(**{"files.example": ("127.0.0.1",)})
    async with upstream(once(sized(PNG, IMAGE)), tls=context) as served, fetching(resolve=resolve) as fetcher:
        assert (await fetcher.fetch(f"https://files.example:{served.endpoint.port}/")).data == PNG


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_for_another_name_is_refused(authority: trustme.CA) -> None:
    context = server_context(authority, "other.example")
    resolve = knowing(**{"files.example": ("127.0.0.1",)})
    async with upstream(once(sized(PNG, IMAGE)), tls=context) as served, fetching(resolve=resolve) as fetcher:
        message = await refusal(fetcher, f"https://files.example:{served.endpoint.port}/")
    assert "can't be reached" in message


async def test_only_so_many_files_come_at_once() -> None:
    open_now: list[int] = []
    most = 0
    full = asyncio.Event()

    async def script(peer: Peer) -> None:
        nonlocal most
        await peer.request()
        open_now.append(peer.number)
        most = max(most, len(open_now))
        if len(open_now) == AT_ONCE_MAX:
            full.set()
        await full.wait()
        await asyncio.sleep(0.01)
        open_now.remove(peer.number)
        await peer.say(sized(PNG, IMAGE))

    async with upstream(script) as served, fetching() as fetcher:
        url = f"http://127.0.0.1:{served.endpoint.port}/"
        found = await asyncio.gather(*(fetcher.fetch(url) for _ in range(AT_ONCE_MAX + 8)))
    assert [one.data for one in found] == [PNG] * (AT_ONCE_MAX + 8)
    assert most == AT_ONCE_MAX


async def test_a_fetch_that_is_stopped_leaves_no_connection() -> None:
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 1000\r\n\r\nx")
        await peer.until_closed()
        gone.set()

    async with upstream(script) as served, fetching() as fetcher:
        task = asyncio.create_task(fetcher.fetch(f"http://127.0.0.1:{served.endpoint.port}/"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 5)
