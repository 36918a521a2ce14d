"""A wire-tap in front of a server: copies bytes both ways unchanged, and notes every exchange in full."""

import contextlib
import json
import queue
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httptools


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it was on the wire. `whole`: the answer came to its end before somebody closed."""

    request: dict[str, Any]
    authorization: str
    status: int
    body: bytes
    whole: bool


class Tee:
    """Listens on a port of its own while the block lasts."""

    def __init__(self, server_port: int) -> None:
        self._exchanges: queue.Queue[Exchange] = queue.Queue()
        self._listener = _Listener(server_port, self._exchanges.put)
        self.port: int = self._listener.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()

    def next(self, patience_s: float) -> Exchange:
        """The next exchange that ended. Raises: queue.Empty."""
        return self._exchanges.get(timeout=patience_s)

    def left(self) -> int:
        """How many exchanges nobody asked for."""
        return self._exchanges.qsize()


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, server_port: int, note: Callable[[Exchange], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.server_port = server_port
        self.note = note


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Listener)
        noting = _Noting(self.server.note)
        with socket.create_connection(("127.0.0.1", self.server.server_port)) as server:
            asking = threading.Thread(target=_copy, args=(self.request, server, noting.asked.feed_data), daemon=True)
            asking.start()
            _copy(server, self.request, noting.answered.feed_data)
            asking.join()
        noting.end()


def _copy(source: socket.socket, target: socket.socket, note: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError):  # either side may hang up at any time; the other side is then told
        while chunk := source.recv(65_536):
            note(chunk)
            target.sendall(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class _Noting:
    """One connection's exchanges, put together from the bytes of both directions."""

    def __init__(self, note: Callable[[Exchange], None]) -> None:
        self._note = note
        self._requests: queue.SimpleQueue[tuple[dict[str, Any], str]] = queue.SimpleQueue()
        self.asked = httptools.HttpRequestParser(_Asked(self._requests.put))
        self._answer = _Answer(self._take)
        self.answered = httptools.HttpResponseParser(self._answer)
        self._answer.parser = self.answered

    def end(self) -> None:
        """The connection is gone: an answer still under way, or never begun, is noted as it is."""
        if not self._requests.empty():
            self._take(self._answer.status, self._answer.body, whole=False)

    def _take(self, status: int, body: bytes, *, whole: bool = True) -> None:
        request, authorization = self._requests.get_nowait()
        self._note(Exchange(request, authorization, status, body, whole))


class _Asked:
    """httptools' callbacks for requests."""

    def __init__(self, note: Callable[[tuple[dict[str, Any], str]], None]) -> None:
        self._note = note

    def on_message_begin(self) -> None:
        self._authorization = ""
        self._body = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"authorization":
            self._authorization = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._note((json.loads(self._body or b"{}"), self._authorization))


class _Answer:
    """httptools' callbacks for answers."""

    parser: httptools.HttpResponseParser

    def __init__(self, note: Callable[[int, bytes], None]) -> None:
        self._note = note
        self.status = 0
        self.body = b""

    def on_message_begin(self) -> None:
        self.status = 0
        self.body = b""

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self._note(self.status, self.body)
