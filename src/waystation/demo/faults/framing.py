"""Faults of HTTP/1.1 itself: how an answer's head and its length are told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from waystation.demo.answer import (
    LAST_CHUNK,
    Act,
    Answer,
    Framing,
    Headers,
    Step,
    chunk,
    framed,
    head,
    play,
    raw_head,
)
from waystation.demo.faults.fault import Shelf
from waystation.demo.scene import Scene, healthy, told

shelf: Final = Shelf()

_SMUGGLED: Final = b'{"smuggled":true}'


def _with_headers(answer: Answer, *extra: tuple[str, str]) -> Answer:
    return replace(answer, headers=(*answer.headers, *extra))


def _sized(answer: Answer, *lengths: int) -> bytes:
    """A head with these content-lengths, and the body as it is."""
    sizes: Headers = tuple(("content-length", str(length)) for length in lengths)
    return raw_head(answer.status, (*answer.headers, *sizes)) + answer.body


@shelf.put("http10-close")
def http10_close(scene: Scene) -> Iterator[Step]:
    """HTTP/1.0 without a length: the body lasts until FIN."""
    return told(scene, replace(healthy(scene), framing=Framing.CLOSE, version="HTTP/1.0"))


@shelf.put("100-continue")
def unasked_continue(scene: Scene) -> Iterator[Step]:
    """A 100 Continue before the answer, though nobody waits for one."""
    yield b"HTTP/1.1 100 Continue\r\n\r\n"
    yield from told(scene, healthy(scene))


@shelf.put("103-early-hints")
def early_hints(scene: Scene) -> Iterator[Step]:
    """Two 103 Early Hints before the answer."""
    yield b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n" * 2
    yield from told(scene, healthy(scene))


@shelf.put("trailers")
def trailers(scene: Scene) -> Iterator[Step]:
    """A chunked body with trailers after it."""
    answer = _with_headers(replace(healthy(scene), framing=Framing.CHUNKED), ("trailer", "x-checksum"))
    yield from [step for step in play(answer, scene.settings.chunk_gap_s) if step != LAST_CHUNK]
    yield b"0\r\nx-checksum: 0badcafe\r\nset-cookie: trailer=1\r\n\r\n"


@shelf.put("content-length-short")
def content_length_short(scene: Scene) -> Iterator[Step]:
    """A content-length that is ten bytes less than the body."""
    answer = healthy(scene)
    yield _sized(answer, len(answer.body) - 10)


@shelf.put("content-length-long")
def content_length_long(scene: Scene) -> Iterator[Step]:
    """A content-length that is ten bytes more than the body, then FIN."""
    answer = healthy(scene)
    yield _sized(answer, len(answer.body) + 10)
    yield Act.CUT


@shelf.put("double-content-length")
def double_content_length(scene: Scene) -> Iterator[Step]:
    """Two content-lengths that differ."""
    answer = healthy(scene)
    yield _sized(answer, len(answer.body), len(answer.body) - 10)


@shelf.put("te-and-cl")
def te_and_cl(scene: Scene) -> Iterator[Step]:
    """Both transfer-encoding: chunked and a content-length; the body is chunked."""
    answer = healthy(scene)
    length = ("content-length", str(len(answer.body)))
    yield from told(scene, _with_headers(replace(answer, framing=Framing.CHUNKED), length))


@shelf.put("bad-chunk-size")
def bad_chunk_size(scene: Scene) -> Iterator[Step]:
    """A good chunk, then one whose size is not a number."""
    answer = replace(healthy(scene), framing=Framing.CHUNKED)
    first, *others = framed(answer)
    yield head(answer) + first
    yield b"zz\r\n" + b"".join(others)
    yield Act.CUT


@shelf.put("huge-chunk-size")
def huge_chunk_size(scene: Scene) -> Iterator[Step]:
    """A good chunk, then one that promises 2 to the power of 80 bytes."""
    answer = replace(healthy(scene), framing=Framing.CHUNKED)
    yield head(answer) + framed(answer)[0]
    yield b"1%b\r\nx" % (b"0" * 20)
    yield Act.CUT


@shelf.put("extra-bytes-after-response")
def extra_bytes(scene: Scene) -> Iterator[Step]:
    """A second answer that nobody asked for, in the same write as the end of the first."""
    whole = b"".join(step for step in play(healthy(scene)) if isinstance(step, bytes))
    smuggled = (("content-type", "application/json"), ("content-length", str(len(_SMUGGLED))))
    yield whole + raw_head(200, smuggled) + _SMUGGLED


@shelf.put("huge-header", amount=1 << 20, unit="bytes")
def huge_header(scene: Scene) -> Iterator[Step]:
    """A header of 1 MiB."""
    return told(scene, _with_headers(healthy(scene), ("x-huge", "h" * int(scene.amount))))


@shelf.put("many-headers", amount=10_000, unit="headers")
def many_headers(scene: Scene) -> Iterator[Step]:
    """Ten thousand headers."""
    return told(scene, _with_headers(healthy(scene), *((f"x-many-{n}", "m") for n in range(int(scene.amount)))))


@shelf.put("internal-headers")
def internal_headers(scene: Scene) -> Iterator[Step]:
    """Cookies and headers that are nobody's business behind a gateway."""
    extra = (
        ("set-cookie", "session=upstream-secret; Path=/; HttpOnly"),
        ("set-cookie", "__cf_bm=tracker; Path=/; Secure"),
        ("server", "vendor-internal/7.1"),
        ("via", "1.1 proxy-17.vendor.internal"),
        ("x-internal-account", "acct-4711"),
        ("x-upstream-key", scene.key),
        ("access-control-allow-origin", "*"),
        ("strict-transport-security", "max-age=31536000"),
        ("alt-svc", 'h3=":443"; ma=86400'),
    )
    return told(scene, _with_headers(healthy(scene), *extra))


@shelf.put("hop-headers")
def hop_headers(scene: Scene) -> Iterator[Step]:
    """Headers that end at the next hop, with one that `connection` names."""
    extra = (("connection", "x-hop"), ("x-hop", "mine"), ("keep-alive", "timeout=5"), ("proxy-authenticate", "Basic"))
    return told(scene, _with_headers(healthy(scene), *extra))


@shelf.put("folded-header")
def folded_header(scene: Scene) -> Iterator[Step]:
    """A header that is continued on the next line, as RFC 9112 forbids, with a bare CR in another."""
    return told(scene, _with_headers(healthy(scene), ("x-folded", "one\r\n two"), ("x-bare", "a\rb")))


@shelf.put("chunk-extensions", amount=4096, unit="bytes")
def chunk_extensions(scene: Scene) -> Iterator[Step]:
    """Every chunk has an extension of 4 KiB."""
    answer = replace(healthy(scene), framing=Framing.CHUNKED)
    extension = b";x=" + b"e" * int(scene.amount) + b"\r\n"
    yield head(answer)
    for piece in answer.pieces:
        yield chunk(piece).replace(b"\r\n", extension, 1)
    yield LAST_CHUNK
