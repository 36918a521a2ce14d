"""The server's side of HTTP/1.1: uvicorn's server with a protocol of our own."""

from waystation.adapters.http_server.server import Server, server_for

__all__ = ["Server", "server_for"]
