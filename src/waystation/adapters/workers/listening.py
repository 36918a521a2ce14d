"""The sockets that a node listens on. The supervisor keeps them open, so that no connection is lost with a worker."""

import socket
from typing import Final

from waystation.wire.errors import Misconfigured

BACKLOG: Final = 4096


def listen(host: str, port: int) -> list[socket.socket]:
    """One for each address of the host, all at the same port. Raises: Misconfigured."""
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sockets.append(made := socket.socket(family, kind, protocol))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind((address[0], sockets[0].getsockname()[1] or port, *address[2:]))
            made.listen(BACKLOG)
            made.setblocking(False)  # whoever shares it must not wait for a connection that another has taken
    except OSError as error:
        for made in sockets:
            made.close()
        raise Misconfigured(f"can't listen on {host}:{port}: {error.strerror or error}") from error
    return sockets
