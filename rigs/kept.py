"""A caller that keeps its connection from call to call, as SDKs and proxies do, until it is told that it ends."""

import asyncio
import json
from typing import Any

from rigs.client import Seen


class KeptCaller:
    """Asks plain calls. What breaks a kept connection breaks the call on it: nothing is tried again."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: dict[str, Any], *, timeout_s: float = 30.0) -> Seen:
        """Never raises for what the network or the server does."""
        seen = Seen()
        try:
            async with asyncio.timeout(timeout_s):
                await self._ask(request, seen)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            seen.error = type(error).__name__
            self.close()
        return seen

    def close(self) -> None:
        if self._line is not None:
            self._line[1].close()
            self._line = None

    async def _ask(self, request: dict[str, Any], seen: Seen) -> None:
        self._line = self._line or await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._line
        body = json.dumps(request, ensure_ascii=False).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        answer = json.loads(await reader.readexactly(int(headers["content-length"])))
        seen.status, seen.call_id = int(lines[0].split(" ")[1]), headers.get("x-request-id")
        seen.usage, seen.message = answer.get("usage"), answer.get("error", {}).get("message")
        seen.complete = seen.status == 200
        if headers.get("connection") == "close":
            self.close()
