"""An upstream's answer, from its head on: the port `Inbound`."""

import asyncio

from waystation.adapters.upstream_http.connection import Connection
from waystation.wire.errors import BodyTooLarge, ConnectionLost


class Response:
    __slots__ = ("_connection", "_fields", "_name", "_read_to_end", "headers", "status")

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._name = connection.name
        self._fields = connection.fields
        self._read_to_end = False
        self.status = connection.status
        self.headers = connection.headers

    def header(self, name: bytes) -> bytes | None:
        """The first of this lower-case name."""
        return self._fields.get(name)

    async def chunk(self) -> bytes:
        """The next bytes of the body as they came, b"" at its end. Raises: UpstreamError.

        Cancelled while it waits, it closes the connection.
        """
        connection = self._connection
        if connection is None:
            return self._after_close()
        parts = connection.parts
        if not (parts or connection.complete or connection.error):
            try:
                await connection.more()
            except asyncio.CancelledError:
                self.close()
                raise
        if parts:
            return connection.take()
        if connection.error is not None:
            self._connection = None
            raise connection.error
        self._end(connection)
        return b""

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises: BodyTooLarge past `limit` bytes, UpstreamError."""
        connection = self._connection
        if connection is None or not connection.complete:
            return await self._gather(limit)
        body = connection.take()  # most answers came whole
        self._connection = None
        self._read_to_end = True
        connection.release()
        if len(body) > limit:
            raise self._too_large(limit)
        return body

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it. Twice is once."""
        connection = self._connection
        if connection is None:
            return
        if connection.complete and not connection.parts:
            self._end(connection)
        else:
            self._connection = None
            connection.parts.clear()
            connection.shut()

    async def _gather(self, limit: int) -> bytes:
        pieces: list[bytes] = []
        left = limit - int(self._fields.get(b"content-length", b"0"))
        if left >= 0:
            left = limit
            while piece := await self.chunk():
                pieces.append(piece)
                left -= len(piece)
                if left < 0:
                    break
        if left < 0:
            self.close()
            raise self._too_large(limit)
        return b"".join(pieces)

    def _end(self, connection: Connection) -> None:
        self._connection = None
        self._read_to_end = True
        connection.release()

    def _after_close(self) -> bytes:
        if self._read_to_end:
            return b""
        raise ConnectionLost(f"{self._name}: the answer was closed before its end", received=True)

    def _too_large(self, limit: int) -> BodyTooLarge:
        return BodyTooLarge(f"{self._name}: the answer is larger than {limit} bytes")
