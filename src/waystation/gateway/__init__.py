"""The data plane: bytes of HTTP in, a `Call` to the relay, a `Reply` out. Pure ASGI."""
