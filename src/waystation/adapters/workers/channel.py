"""What a supervisor and its workers say to each other, over a pair of sockets: length, and the message in msgpack.

A newer worker may run under an older supervisor: what is not understood is passed over.
"""

import asyncio
import socket
from struct import Struct
from typing import Final, Self

import msgspec

MESSAGE_BYTES_MAX: Final = 256 * 1024 * 1024  # counts of very many models and upstreams
_SIZE: Final = Struct("<I")


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """From a worker: it takes calls."""


class Count(msgspec.Struct, frozen=True, tag="count"):
    """To a worker: what has it counted so far?"""


class Counts(msgspec.Struct, frozen=True, tag="counts"):
    """From a worker: what it has counted. When it ends it says so unasked."""

    body: bytes


class CountAll(msgspec.Struct, frozen=True, tag="count_all"):
    """From a worker: what have all of the node counted?"""


class AllCounts(msgspec.Struct, frozen=True, tag="all_counts"):
    """To a worker that has asked."""

    body: bytes


class Retire(msgspec.Struct, frozen=True, tag="retire"):
    """To a worker: another takes its place. It takes no new connection, and ends when its calls have."""


Message = Ready | Count | Counts | CountAll | AllCounts | Retire

_encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final[msgspec.msgpack.Decoder[Message]] = msgspec.msgpack.Decoder(Message)


class Channel:
    """One end of it. Both ends may send at any time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> Self:
        return cls(*await asyncio.open_unix_connection(sock=end))

    async def send(self, message: Message) -> None:
        """If nobody is there any more, nobody hears it: `receive` tells that."""
        payload = _encode(message)
        try:
            self._writer.write(_SIZE.pack(len(payload)) + payload)
            await self._writer.drain()
        except OSError:
            return

    async def receive(self) -> Message | None:
        """The next message that is understood; None if the other end is gone."""
        while True:
            try:
                (size,) = _SIZE.unpack(await self._reader.readexactly(_SIZE.size))
                if size > MESSAGE_BYTES_MAX:
                    return None
                payload = await self._reader.readexactly(size)
            except (OSError, EOFError):
                return None
            try:
                return _decoder.decode(payload)
            except msgspec.MsgspecError:
                continue

    def close(self) -> None:
        self._writer.close()
