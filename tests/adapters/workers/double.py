"""A worker that serves nothing: it says what it is told to, and ends when it is told to, or otherwise.

    python double.py HOW LISTENERS CHANNEL

HOW is a word: `good`, `unready` (it ends at once, with 3), `mute` (it never is ready), `deaf` (it does not end when it
is told to).
"""

import asyncio
import os
import signal
import socket
import sys

from waystation.adapters.workers.superior import Superior


async def main(how: str, listeners: str, channel: str) -> int:
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, (lambda: None) if how == "deaf" else ending.set)
    if how == "unready":
        return 3
    superior = Superior(socket.socket(fileno=int(channel)))
    asked = open_ = 0

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Who connects hears the process' id, and all counts."""
        nonlocal asked, open_
        asked += 1
        open_ += 1
        writer.write(b"%d %s" % (os.getpid(), await superior.all_counts()))
        writer.close()
        open_ -= 1

    server = await asyncio.start_server(answer, sock=socket.socket(fileno=int(listeners)))
    if how != "mute":
        await superior.start(lambda: b"%d" % asked, ending.set if how != "deaf" else lambda: None)
    await ending.wait()
    server.close()
    await asyncio.sleep(0.1)  # for who was accepted and is not yet answered
    while open_:  # noqa: ASYNC110 - a double
        await asyncio.sleep(0.01)
    await superior.aclose()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
