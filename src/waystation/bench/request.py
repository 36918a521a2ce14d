"""The bytes of one call, built once and sent many times."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from waystation.bench.options import Options, Spoken

_PATHS: dict[Spoken, str] = {"openai.chat": "/v1/chat/completions", "anthropic.messages": "/v1/messages"}
_SYSTEM = "You answer a load test in one short sentence."
_FILLER = "The quick brown fox jumps over the lazy dog while the relay counts every token it passes on. "


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect, and the name that the Host header carries."""

    host: str
    port: int
    tls: bool
    authority: str
    prefix: str

    @classmethod
    def of(cls, url: str) -> "Address":
        """The address of a base URL, with or without a path and its closing `/v1`."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        prefix = parts.path.rstrip("/").removesuffix("/v1")
        return cls(parts.hostname or "", port, tls, parts.netloc.rpartition("@")[2], prefix)


def call_request(options: Options) -> bytes:
    """A call in the callers' language, head and body, padded to about `body_bytes`."""
    address = Address.of(options.url)
    body = _chat_body(options)
    lines = [
        f"POST {address.prefix}{_PATHS[options.dialect]} HTTP/1.1",
        f"Host: {address.authority}",
        f"Authorization: Bearer {options.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "User-Agent: waystation-bench",
        f"Accept: {'text/event-stream' if options.stream else 'application/json'}",
        *(f"{name}: {value}" for name, value in options.headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def metrics_request(options: Options) -> bytes:
    address = Address.of(options.url)
    return f"GET {address.prefix}/metrics HTTP/1.1\r\nHost: {address.authority}\r\n\r\n".encode("ascii")


def _chat_body(options: Options) -> bytes:
    bare = _encode(options, "")
    missing = max(1, options.body_bytes - len(bare))
    text = (_FILLER * (missing // len(_FILLER) + 1))[:missing]
    return _encode(options, text)


def _encode(options: Options, text: str) -> bytes:
    user = {"role": "user", "content": text}
    body: dict[str, object] = {"model": options.model, "max_tokens": options.max_tokens}
    if options.stream:
        body["stream"] = True
    if options.dialect == "anthropic.messages":
        return msgspec.json.encode(body | {"system": _SYSTEM, "messages": [user]})
    if options.stream:
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode(body | {"messages": [{"role": "system", "content": _SYSTEM}, user]})
