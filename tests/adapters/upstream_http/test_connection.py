"""The connection as a machine: bytes in, an answer out. The socket is a stand-in; the loop is real."""

import asyncio
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waystation.adapters.upstream_http.connection import INFORMATIONAL_MAX, STALE_S, UNREAD_BYTES_MAX, Connection, Stale
from waystation.adapters.upstream_http.response import Response
from waystation.ports import Endpoint, Outbound
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import ConnectionLost, ProtocolError, UpstreamTimeout

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
TIMEOUTS = Timeouts(connect_s=5.0, first_byte_s=5.0, idle_s=5.0, total_s=20.0)
ENDPOINT = Endpoint("https", "up.example", 443)


class Socket(asyncio.Transport):
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = False
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Bench:
    """A connection with its pool's ears."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.socket = Socket()
        self.freed: list[Connection] = []
        self.gone: list[Connection] = []
        self.connection = Connection(self.loop, "up.example:443", 30.0, self.freed.append, self.gone.append)
        self.connection.connection_made(self.socket)

    def ask(self, *, bare: bool = False, timeouts: Timeouts = TIMEOUTS) -> asyncio.Future[None]:
        request = Outbound(ENDPOINT, "HEAD" if bare else "POST", "/", (), b"BODY", timeouts)
        return self.connection.start(b"HEAD", request)

    def hear(self, *pieces: bytes) -> None:
        for piece in pieces:
            if not self.connection.closed:
                self.connection.data_received(piece)

    def error(self) -> Exception | None:
        return self.connection.error


def cut(data: bytes, places: Iterable[int]) -> Iterator[bytes]:
    last = 0
    for place in sorted({place % (len(data) + 1) for place in places}):
        yield data[last:place]
        last = place
    yield data[last:]


async def test_head_and_body_leave_in_one_write() -> None:
    bench = Bench()
    bench.ask()
    assert bench.socket.written == b"HEADBODY"
    bench.connection.shut()


async def test_an_answer_with_a_length_frees_the_connection() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"Content-Length: 3\r\nX-A: b\r\n\r\nabc")
    await waiter
    response = Response(bench.connection)
    assert (response.status, response.headers) == (200, [(b"content-length", b"3"), (b"x-a", b"b")])
    assert await response.read(10) == b"abc"
    assert bench.freed == [bench.connection]
    bench.connection.shut()


ANSWERS = {
    "length": (OK + b"Content-Length: 11\r\nX-Empty:\r\n\r\nhello world", b"hello world"),
    "empty": (OK + b"Content-Length: 0\r\n\r\n", b""),
    "chunked": (CHUNKED + b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n", b"hello world"),
    "trailers": (CHUNKED + b"b\r\nhello world\r\n0\r\nX-Sum: 1\r\nEtag: 2\r\n\r\n", b"hello world"),
    "interim": (
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        + OK
        + b"Content-Length: 2\r\n\r\nok",
        b"ok",
    ),
    "no content": (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b""),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(places=st.lists(st.integers(0, 200), max_size=12), kind=st.sampled_from(sorted(ANSWERS)))
async def test_any_cutting_of_the_bytes_gives_the_same_answer(places: list[int], kind: str) -> None:
    raw, body = ANSWERS[kind]
    await _hears(cut(raw, places), body)


@pytest.mark.parametrize("kind", sorted(ANSWERS))
async def test_byte_by_byte_gives_the_same_answer(kind: str) -> None:
    raw, body = ANSWERS[kind]
    await _hears((raw[at : at + 1] for at in range(len(raw))), body)


async def _hears(pieces: Iterable[bytes], body: bytes) -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(*filter(None, pieces))
    await waiter
    assert bench.error() is None
    assert await Response(bench.connection).read(100) == body
    assert bench.freed == [bench.connection]
    assert not bench.connection.closed
    bench.connection.shut()


async def test_trailers_are_not_taken_for_headers() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(CHUNKED + b"1\r\na\r\n0\r\nx-admin: yes\r\n\r\n")
    await waiter
    response = Response(bench.connection)
    assert await response.read(10) == b"a"
    assert response.headers == [(b"transfer-encoding", b"chunked")]
    assert response.header(b"x-admin") is None
    bench.connection.shut()


async def test_of_equal_headers_the_first_is_given() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"X-A: 1\r\nx-a: 2\r\ncontent-length: 0\r\n\r\n")
    await waiter
    assert Response(bench.connection).header(b"x-a") == b"1"
    bench.connection.shut()


MALFORMED = {
    "both framings": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    "both framings, other order": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": OK + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": OK + b"Content-Length: +3\r\n\r\nabc",
    "a huge length": OK + b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "gzip transfer": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown transfer": OK + b"Transfer-Encoding: xchunked\r\n\r\nabc",
    "a blank before the colon": OK + b"Content-Length : 3\r\n\r\nabc",
    "a folded line": OK + b"X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "a bare line feed": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "a zero byte": OK + b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "ICE": b"ICE/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2 frames": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    "a status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "status 000": b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
    "status 99": b"HTTP/1.1 99 OK\r\nContent-Length: 0\r\n\r\n",
    "an upgrade": b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    "a body in an interim answer": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\nabc",
    "endless interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * (INFORMATIONAL_MAX + 1),
    "gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "too many headers": OK + b"X-A: 1\r\n" * 101 + b"Content-Length: 0\r\n\r\n",
    "a head too large": OK + b"X-A: " + b"a" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "a chunk size of letters": CHUNKED + b"xyz\r\n",
    "a huge chunk size": CHUNKED + b"fffffffffffffffff\r\n",
    "a chunk longer than it said": CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
    "a length in the trailers": CHUNKED + b"1\r\na\r\n0\r\nContent-Length: 1\r\n\r\n",
}


@pytest.mark.parametrize("kind", sorted(MALFORMED))
async def test_what_is_not_plain_http_ends_the_connection(kind: str) -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(MALFORMED[kind])
    await waiter
    assert isinstance(bench.error(), ProtocolError), bench.error()
    assert str(bench.error()).startswith("up.example:443: ")
    assert bench.socket.aborted
    assert bench.gone == [bench.connection]
    assert bench.freed == []


@pytest.mark.parametrize("kind", sorted(set(MALFORMED) - {"a length in the trailers", "a chunk longer than it said"}))
async def test_it_does_so_byte_by_byte_too(kind: str) -> None:
    bench = Bench()
    bench.ask()
    raw = MALFORMED[kind]
    step = 1 if len(raw) < 2000 else 997
    bench.hear(*(raw[at : at + step] for at in range(0, len(raw), step)))
    assert isinstance(bench.error(), ProtocolError), bench.error()
    assert bench.freed == []


@pytest.mark.parametrize(
    "endless",
    [b"X-A: b\r\n", b"a", b"HTTP/1.1 102 Processing\r\nx: y\r\n\r\n"],
    ids=["headers", "one name", "interim answers"],
)
async def test_an_endless_head_is_cut_off(endless: bytes) -> None:
    bench = Bench()
    bench.ask()
    if not endless.startswith(b"HTTP"):
        bench.hear(OK)
    for _ in range(200_000 // len(endless)):
        bench.hear(endless)
    assert isinstance(bench.error(), ProtocolError)


@pytest.mark.parametrize("endless", [b"X-A: b\r\n", b"a" * 100], ids=["trailers", "one trailer"])
async def test_endless_trailers_are_cut_off(endless: bytes) -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(CHUNKED + b"1\r\na\r\n")
    await waiter
    response = Response(bench.connection)
    assert await response.chunk() == b"a"
    bench.hear(b"0\r\n")
    for _ in range(200_000 // len(endless)):
        bench.hear(endless)
    with pytest.raises(ProtocolError):
        await response.chunk()


async def test_chunk_heads_in_segments_of_their_own_are_no_excess() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(CHUNKED)
    await waiter
    response = Response(bench.connection)
    for _ in range(20_000):
        bench.hear(b"1\r\n", b"a\r\n")
        assert await response.chunk() == b"a"
    bench.connection.shut()


@pytest.mark.parametrize(
    "extra", [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil", b"HTTP/1.1 2", b"H", b"garbage", b"0\r\n\r\n"]
)
async def test_bytes_after_the_end_close_the_connection_but_not_the_answer(extra: bytes) -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"content-length: 2\r\n\r\nok" + extra)
    await waiter
    response = Response(bench.connection)
    assert await response.read(100) == b"ok"
    assert bench.freed == []
    assert bench.socket.aborted


async def test_bytes_after_the_end_and_before_it_was_read_close_the_connection() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"content-length: 2\r\n\r\nok")
    await waiter
    response = Response(bench.connection)
    bench.hear(OK + b"content-length: 4\r\n\r\nevil")
    assert await response.read(100) == b"ok"
    assert bench.freed == []


@pytest.mark.parametrize("said", [b"x", b"\r\n", b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n"])
async def test_an_idle_connection_that_speaks_is_closed(said: bytes) -> None:
    bench = Bench()
    bench.hear(said)
    assert bench.socket.aborted
    assert bench.gone == [bench.connection]


async def test_an_idle_connection_that_ends_is_closed() -> None:
    bench = Bench()
    bench.connection.eof_received()
    bench.connection.connection_lost(None)
    assert bench.gone == [bench.connection]


@pytest.mark.parametrize(
    "head",
    [
        OK + b"connection: close\r\n",
        OK + b"connection: keep-alive, Close\r\n",
        b"HTTP/1.0 200 OK\r\n",
        OK + b"keep-alive: timeout=1\r\n",
    ],
)
async def test_a_server_that_will_not_go_on_is_believed(head: bytes) -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(head + b"content-length: 2\r\n\r\nok")
    await waiter
    assert await Response(bench.connection).read(100) == b"ok"
    assert bench.freed == []
    assert bench.connection.closed


async def test_http_1_0_may_ask_to_go_on() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok")
    await waiter
    assert await Response(bench.connection).read(100) == b"ok"
    assert bench.freed == [bench.connection]
    bench.connection.shut()


async def test_chunks_in_http_1_0_are_read_but_not_trusted_further() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")
    await waiter
    assert await Response(bench.connection).read(100) == b"a"
    assert bench.freed == []


async def test_a_body_without_a_frame_ends_with_the_connection() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"\r\nhello")
    await waiter
    response = Response(bench.connection)
    assert await response.chunk() == b"hello"
    bench.hear(b" world")
    bench.connection.eof_received()
    bench.connection.connection_lost(None)
    assert await response.read(100) == b" world"
    assert bench.freed == []
    assert bench.gone == [bench.connection]


async def test_a_body_without_a_frame_is_not_whole_after_a_reset() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"\r\nhello")
    await waiter
    response = Response(bench.connection)
    bench.connection.connection_lost(ConnectionResetError())
    assert await response.chunk() == b"hello"
    with pytest.raises(ConnectionLost):
        await response.chunk()


@pytest.mark.parametrize(
    "head", [OK + b"content-length: 9\r\n\r\nabc", CHUNKED + b"9\r\nabc", CHUNKED + b"3\r\nabc\r\n"]
)
async def test_a_body_cut_short_is_never_taken_for_whole(head: bytes) -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(head)
    await waiter
    response = Response(bench.connection)
    bench.connection.eof_received()
    bench.connection.connection_lost(None)
    assert await response.chunk() == b"abc"
    with pytest.raises(ConnectionLost) as caught:
        await response.chunk()
    assert caught.value.received


async def test_an_answer_to_head_has_no_body() -> None:
    bench = Bench()
    waiter = bench.ask(bare=True)
    bench.hear(OK + b"content-length: 4\r\n\r\nevil")
    await waiter
    response = Response(bench.connection)
    assert await response.read(100) == b""
    assert response.header(b"content-length") == b"4"
    assert bench.freed == []


async def test_a_used_connection_that_ends_without_a_word_was_stale() -> None:
    bench = Bench()
    await _exchange(bench)
    waiter = bench.ask()
    bench.connection.connection_lost(ConnectionResetError())
    await waiter
    assert isinstance(bench.error(), Stale)


async def test_an_upstream_that_only_listens_will_not_answer() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.connection.eof_received()
    await waiter
    error = bench.error()
    assert isinstance(error, ConnectionLost)
    assert error.message == "up.example:443: first_byte: closed by the upstream"


async def test_a_closed_connection_does_not_listen() -> None:
    bench = Bench()
    bench.ask()
    bench.connection.shut()
    bench.connection.data_received(OK + b"content-length: 0\r\n\r\n")
    bench.connection.eof_received()
    bench.connection.connection_lost(None)
    assert bench.gone == [bench.connection]
    assert bench.connection._timer is None or bench.connection._timer.cancelled()


async def test_a_new_connection_is_never_stale() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.connection.connection_lost(None)
    await waiter
    assert type(bench.error()) is ConnectionLost


@pytest.mark.parametrize("said", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
async def test_a_used_connection_that_said_a_word_was_not_stale(said: bytes) -> None:
    bench = Bench()
    await _exchange(bench)
    waiter = bench.ask()
    bench.hear(said)
    bench.connection.connection_lost(ConnectionResetError())
    await waiter
    error = bench.error()
    assert type(error) is ConnectionLost
    assert error.received


async def test_a_used_connection_that_ends_late_was_at_work() -> None:
    bench = Bench()
    await _exchange(bench)
    waiter = bench.ask()
    await asyncio.sleep(STALE_S + 0.05)
    bench.connection.connection_lost(ConnectionResetError())
    await waiter
    assert type(bench.error()) is ConnectionLost


async def _exchange(bench: Bench) -> None:
    waiter = bench.ask()
    bench.hear(OK + b"content-length: 0\r\n\r\n")
    await waiter
    await Response(bench.connection).read(0)
    assert bench.freed == [bench.connection]


async def test_reading_stops_while_too_much_waits_and_goes_on_when_it_was_taken() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"content-length: 1000000\r\n\r\n")
    await waiter
    response = Response(bench.connection)
    piece = b"a" * 65_536
    while bench.socket.reading:
        bench.hear(piece)
    waiting = sum(map(len, bench.connection.parts))
    assert UNREAD_BYTES_MAX < waiting + 200 <= UNREAD_BYTES_MAX + 2 * len(piece)
    assert len(await response.chunk()) == waiting
    assert bench.socket.reading
    response.close()


@pytest.mark.parametrize(
    ("timeouts", "phase"),
    [
        (Timeouts(connect_s=5, first_byte_s=0.05, idle_s=5, total_s=5), "first_byte"),
        (Timeouts(connect_s=5, first_byte_s=5, idle_s=5, total_s=0.05), "total"),
    ],
)
async def test_silence_before_the_head_ends(timeouts: Timeouts, phase: str) -> None:
    bench = Bench()
    await bench.ask(timeouts=timeouts)
    error = bench.error()
    assert isinstance(error, UpstreamTimeout)
    assert (error.phase, bench.socket.aborted) == (phase, True)


async def test_an_interim_answer_is_no_first_byte() -> None:
    bench = Bench()
    waiter = bench.ask(timeouts=Timeouts(connect_s=5, first_byte_s=0.05, idle_s=5, total_s=5))
    bench.hear(b"HTTP/1.1 102 Processing\r\n\r\n")
    await waiter
    assert isinstance(bench.error(), UpstreamTimeout)


@pytest.mark.parametrize(
    ("timeouts", "phase"),
    [
        (Timeouts(connect_s=5, first_byte_s=5, idle_s=0.05, total_s=5), "idle"),
        (Timeouts(connect_s=5, first_byte_s=5, idle_s=5, total_s=0.05), "total"),
    ],
)
async def test_silence_in_the_body_ends(timeouts: Timeouts, phase: str) -> None:
    bench = Bench()
    waiter = bench.ask(timeouts=timeouts)
    bench.hear(CHUNKED + b"1\r\na\r\n")
    await waiter
    response = Response(bench.connection)
    assert await response.chunk() == b"a"
    with pytest.raises(UpstreamTimeout) as caught:
        await response.chunk()
    assert caught.value.phase == phase


async def test_chunks_in_time_keep_an_answer_going() -> None:
    bench = Bench()
    waiter = bench.ask(timeouts=Timeouts(connect_s=5, first_byte_s=5, idle_s=0.15, total_s=5))
    bench.hear(CHUNKED)
    await waiter
    response = Response(bench.connection)
    for _ in range(8):
        await asyncio.sleep(0.05)
        bench.hear(b"1\r\na\r\n")
        assert await response.chunk() == b"a"
    response.close()


async def test_our_own_slowness_is_not_the_upstreams_silence() -> None:
    bench = Bench()
    waiter = bench.ask(timeouts=Timeouts(connect_s=5, first_byte_s=5, idle_s=0.1, total_s=5))
    bench.hear(OK + b"content-length: 9999999\r\n\r\n")
    await waiter
    response = Response(bench.connection)
    while bench.socket.reading:
        bench.hear(b"a" * 65_536)
    await asyncio.sleep(0.3)
    assert bench.error() is None
    await response.chunk()
    with pytest.raises(UpstreamTimeout):
        await response.chunk()


async def test_an_idle_connection_grows_old() -> None:
    loop = asyncio.get_running_loop()
    gone: list[Connection] = []
    connection = Connection(loop, "up.example:443", 0.05, lambda _: None, gone.append)
    connection.connection_made(Socket())
    await asyncio.sleep(0.15)
    assert gone == [connection]


async def test_the_servers_patience_is_respected() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(OK + b"keep-alive: timeout=2\r\ncontent-length: 0\r\n\r\n")
    await waiter
    await Response(bench.connection).read(0)
    await asyncio.sleep(0.9)
    assert not bench.connection.closed
    await asyncio.sleep(0.3)
    assert bench.connection.closed


async def test_two_readers_are_one_too_many() -> None:
    bench = Bench()
    waiter = bench.ask()
    bench.hear(CHUNKED)
    await waiter
    bench.connection.more()
    with pytest.raises(RuntimeError):
        bench.connection.more()
    bench.connection.shut()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(junk=st.lists(st.binary(max_size=40), max_size=6))
async def test_junk_never_raises_into_the_loop(junk: list[bytes]) -> None:
    bench = Bench()
    bench.ask()
    bench.hear(*filter(None, junk))
    bench.hear(*filter(None, [OK, *junk]))
    bench.connection.shut()
    assert bench.gone == [bench.connection]
