"""What lies between a server and its database, and can fail: a TCP proxy that is told when to cut."""

import asyncio
from contextlib import suppress

_Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Between `start` and `aclose`. `cut_after`: how many more requests go through before all is cut, unanswered."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.cut_after: int | None = None
        self.refuses = False
        self.cuts = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def cut(self) -> None:
        self.cuts += 1
        self.cut_after = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        database_reader, database_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, database_writer}
        for pipe, asks in (((reader, database_writer), True), ((database_reader, writer), False)):
            task = asyncio.ensure_future(self._pump(pipe, asks=asks))
            self._pipes.add(task)
            task.add_done_callback(self._pipes.discard)

    async def _pump(self, pipe: _Pipe, *, asks: bool) -> None:
        reader, writer = pipe
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                if not asks and self.cut_after == 0:
                    self.cut()  # it was done, and the answer is lost
                    return
                writer.write(data)
                await writer.drain()
                if asks and self.cut_after:
                    self.cut_after -= 1
        writer.close()
