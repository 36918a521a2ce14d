"""One connection: reads HTTP/1.1 requests and plays a script for each, in order, by callbacks instead of a task."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, cast

import httptools

from waystation.demo.answer import Act, Step, Wait
from waystation.demo.desk import Desk
from waystation.demo.refusals import BAD_HTTP, BODY_TOO_LARGE, HEAD_TOO_LARGE, Refusal
from waystation.demo.request import Exchange, Request

_MAX_WAITING: Final = 16  # pipelined requests before we stop reading; one read can add some more
_LINGER_NOT: Final = struct.pack("ii", 1, 0)  # closing then sends RST
_READ_BYTES: Final = 256 << 10  # the most that one read brings, so a head may come together with a body
_SETTLE_S: Final = 0.01  # for bytes to reach the wire before RST overtakes them


class Connection(asyncio.Protocol):
    def __init__(self, desk: Desk, gone: Callable[["Connection"], None]) -> None:
        self._desk = desk
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._request = Request()
        self._head_bytes = 0  # read since the last request ended, if its successor's head is not complete
        self._in_head = True
        self._turns = 0
        self._waiting: deque[Request] = deque()
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._blocked = False
        self._deaf = False  # nothing that still arrives is read
        self._aborted = False

    def abort(self) -> None:
        self._aborted = True
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one, but does not inherit from it
        if self._aborted:  # the server stopped between accepting and now
            self._transport.abort()
            return
        exchange = self._desk.at_connect()
        if exchange is not None:
            self._deaf = True
            self._begin(exchange)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._desk.max_head_bytes + _READ_BYTES:
                self._give_up(HEAD_TOO_LARGE)
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._deaf = True  # the request is answered all the same; what follows would be another protocol
            if self._exchange is None:
                self._close()
        except httptools.HttpParserCallbackError:
            raise  # a mistake of ours, not of the peer's
        except httptools.HttpParserError:
            self._give_up(BAD_HTTP)
        if len(self._waiting) > _MAX_WAITING and self._transport is not None:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self._deaf = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.left()
        self._gone(self)

    def pause_writing(self) -> None:
        self._blocked = True

    def resume_writing(self) -> None:
        self._blocked = False
        if self._timer is None:
            self._run()

    # httptools.HttpRequestParser

    def on_message_begin(self) -> None:
        self._request.turn = self._turns
        self._turns += 1

    def on_url(self, url: bytes) -> None:
        self._request.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._request.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        if self._deaf:
            return
        request = self._request
        request.method = self._parser.get_method().decode()
        # A HEAD is answered with a body all the same; closing keeps it from being read as the next answer.
        request.keep_alive = self._parser.should_keep_alive() and request.method != "HEAD"
        request.http10 = self._parser.get_http_version() == "1.0"
        if self._exchange is not None or self._waiting:
            return  # what comes before the body is only for a request whose turn it is
        early = self._desk.at_head(request)
        if early is not None:
            self._deaf = True
            self._begin(early)
        elif request.header(b"expect").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._deaf:
            return
        if len(self._request.body) + len(body) > self._desk.max_body_bytes:
            self._give_up(BODY_TOO_LARGE)
        else:
            self._request.body += body

    def on_message_complete(self) -> None:
        request, self._request = self._request, Request()
        self._in_head = True
        if not self._deaf:
            self._enqueue(request)

    def _give_up(self, refusal: Refusal) -> None:
        """Answers with the refusal, after what is still to be answered, and closes."""
        self._request.broken, self._request.keep_alive = refusal, False
        self._deaf = True
        self._enqueue(self._request)

    # playing

    def _enqueue(self, request: Request) -> None:
        self._waiting.append(request)
        if self._exchange is None:
            self._run()

    def _begin(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._run()

    def _run(self) -> None:
        """Plays until a step takes time, and begins with the next request whenever a script has ended."""
        while self._transport is not None and not self._transport.is_closing():
            if self._exchange is None:
                if not self._waiting:
                    return
                self._exchange = self._desk.at_body(self._waiting.popleft())
                if not self._deaf and len(self._waiting) == _MAX_WAITING:
                    self._transport.resume_reading()
            if not self._play(self._exchange.steps, self._transport):
                return
            self._end(self._exchange)

    def _play(self, steps: Iterator[Step], transport: asyncio.Transport) -> bool:
        """Whether the script was played to its end."""
        for step in steps:
            match step:
                case bytes():
                    transport.write(step)
                    if self._blocked:
                        return False
                case Wait(seconds):
                    self._timer = self._loop.call_later(seconds, self._wake)
                    return False
                case Act():
                    if not self._act(step, transport):
                        return step is Act.FIN
        return True

    def _wake(self) -> None:
        self._timer = None
        if not self._blocked:
            self._run()

    def _act(self, act: Act, transport: asyncio.Transport) -> bool:
        """Whether the script goes on."""
        match act:
            case Act.STOP_READING:
                transport.pause_reading()
                return True
            case Act.HALF_CLOSE:
                transport.write_eof()
                return True
            case Act.CUT | Act.FIN:
                transport.close()
            case Act.RESET:
                self._timer = self._loop.call_later(_SETTLE_S, self._reset, transport)
            case Act.HANG:
                pass
        return False

    def _reset(self, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()

    def _end(self, exchange: Exchange) -> None:
        self._exchange = None
        exchange.ended()
        if not exchange.keep_alive or (self._deaf and not self._waiting):
            self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
