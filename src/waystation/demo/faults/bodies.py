"""Faults of the body: the wrong kind, none at all, or far too much; what is large is made while it is sent."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from waystation.demo.answer import LAST_CHUNK, Answer, Framing, Step, chunk, head
from waystation.demo.faults.fault import Shelf
from waystation.demo.forms import frame_of
from waystation.demo.scene import Scene, headers, healthy, plain, streamed, told

shelf: Final = Shelf()

_MIB: Final = 1 << 20
_BLOCK_BYTES: Final = 4 * _MIB  # of line feeds, in the bomb; compressed to about 4 KB
_PIECE_BYTES: Final = 64 << 10
_MARKS: Final = (b'"role":"assistant","content":"', b'"text":"')  # where a text begins
_PAGE: Final = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"


@shelf.put("html-200", metered=False)
def html_200(scene: Scene) -> Iterator[Step]:
    """Status 200 with a sign-in page."""
    return told(scene, Answer(200, headers(scene, "text/html; charset=utf-8"), (_PAGE,), Framing.LENGTH))


@shelf.put("html-as-json", metered=False)
def html_as_json(scene: Scene) -> Iterator[Step]:
    """Status 200 with the content type that was asked for, but a sign-in page for a body."""
    return told(scene, streamed(scene, [_PAGE]) if scene.stream else plain(scene, _PAGE))


@shelf.put("empty-200", metered=False)
def empty_200(scene: Scene) -> Iterator[Step]:
    """Status 200, the right content type and content-length 0."""
    return told(scene, Answer(200, headers(scene, scene.content_type), (b"",), Framing.LENGTH))


@shelf.put("empty-stream", metered=False)
def empty_stream(scene: Scene) -> Iterator[Step]:
    """Status 200 and a chunked body without a chunk."""
    return told(scene, Answer(200, headers(scene, scene.content_type), (), Framing.CHUNKED))


@shelf.put("json-for-stream")
def json_for_stream(scene: Scene) -> Iterator[Step]:
    """A stream was asked for, and a plain answer comes, or the other way round."""
    return told(scene, healthy(replace(scene, stream=not scene.stream)))


def _large(scene: Scene, before: bytes, filler: bytes, times: int, after: bytes) -> Iterator[Step]:
    """A chunked body of `before`, `filler` so many times, and `after`."""
    yield head(Answer(200, headers(scene, scene.content_type), (), Framing.CHUNKED))
    yield chunk(before)
    per_piece = max(1, _PIECE_BYTES // len(filler))
    whole = chunk(filler * per_piece)
    for _ in range(times // per_piece):
        yield whole
    if times % per_piece:
        yield chunk(filler * (times % per_piece))
    if after:  # an empty chunk would be the last one
        yield chunk(after)
    yield LAST_CHUNK


@shelf.put("huge-line", amount=64 * _MIB, unit="bytes")
def huge_line(scene: Scene) -> Iterator[Step]:
    """A text of 64 MiB in one event, on one line, or in the plain body."""
    body = healthy(scene).body
    place = next((mark for mark in _MARKS if mark in body), b"")
    before, mark, after = body.partition(place) if place else (body, b"", b"")
    return _large(scene, before + mark, b"x", int(scene.amount), after)


@shelf.put("endless-line", amount=1 << 40, unit="bytes")
def endless_line(scene: Scene) -> Iterator[Step]:
    """A line of a tebibyte that never becomes an event."""
    return _large(scene, b"data: {", b"x", int(scene.amount), b"")


@shelf.put("deep-json", amount=100_000, unit="levels")
def deep_json(scene: Scene) -> Iterator[Step]:
    """One event, or a plain body, with arrays nested 100,000 deep."""
    depth = int(scene.amount)
    nested = b'{"id":"deep","choices":' + b"[" * depth + b"]" * depth + b"}"
    if scene.stream:
        first, *others = healthy(scene).pieces
        deep = frame_of(scene.spoken.form, nested, "message")
        return told(
            scene, streamed(scene, [first, deep, *others] if first.startswith(b"[") else [deep, first, *others])
        )
    return told(scene, plain(scene, nested))


@lru_cache(maxsize=1)
def _block() -> bytes:
    """Line feeds as a deflate block that ends on a byte and refers to nothing before it, so it can be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(b"\n" * _BLOCK_BYTES) + packer.flush(zlib.Z_FULL_FLUSH)


@shelf.put("gzip-bomb", amount=2048, unit="MiB when unpacked")
def gzip_bomb(scene: Scene) -> Iterator[Step]:
    """The healthy body after 2 GiB of empty lines, gzipped to 2 MB, whether the client accepts gzip or not."""
    answer = healthy(scene)
    packed: tuple[tuple[str, str], ...] = (*answer.headers, ("content-encoding", "gzip"))
    yield head(Answer(200, packed, (), Framing.CHUNKED))
    yield chunk(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff")
    filler, checksum, blocks = b"\n" * _BLOCK_BYTES, 0, int(scene.amount) * _MIB // _BLOCK_BYTES
    for _ in range(blocks):
        yield chunk(_block())
        checksum = zlib.crc32(filler, checksum)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    yield chunk(packer.compress(answer.body) + packer.flush())
    size = (blocks * _BLOCK_BYTES + len(answer.body)) & 0xFFFFFFFF
    yield chunk(zlib.crc32(answer.body, checksum).to_bytes(4, "little") + size.to_bytes(4, "little"))
    yield LAST_CHUNK


@shelf.put("gzip")
def gzip(scene: Scene) -> Iterator[Step]:
    """The healthy body gzipped, whether the client accepts gzip or not."""
    answer = healthy(scene)
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = packer.compress(answer.body) + packer.flush()
    return told(scene, Answer(200, (*answer.headers, ("content-encoding", "gzip")), (packed,), Framing.LENGTH))
