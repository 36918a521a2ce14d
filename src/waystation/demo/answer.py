"""From an answer to the bytes of HTTP/1.1 and the script that a connection plays."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from waystation.demo.refusals import REASONS

LAST_CHUNK: Final = b"0\r\n\r\n"

Headers = tuple[tuple[str, str], ...]


class Act(Enum):
    """What a script does besides sending bytes."""

    RESET = auto()  # RST; what was sent before is on the wire
    CUT = auto()  # FIN in the middle of an answer
    FIN = auto()  # FIN after the whole answer
    HANG = auto()  # nothing more until the peer leaves
    HALF_CLOSE = auto()  # FIN, but the peer may go on sending
    STOP_READING = auto()


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


Step = bytes | Wait | Act


class Framing(Enum):
    """How the end of a body is told."""

    LENGTH = auto()
    CHUNKED = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """The pieces of a stream are its events; a plain body is one piece."""

    status: int
    headers: Headers
    pieces: tuple[bytes, ...]
    framing: Framing
    version: str = "HTTP/1.1"

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def raw_head(status: int, headers: Iterable[tuple[str, str]], version: str = "HTTP/1.1") -> bytes:
    lines = [f"{version} {status} {REASONS.get(status, 'Unknown')}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def head(answer: Answer) -> bytes:
    match answer.framing:
        case Framing.LENGTH:
            length: Headers = (("content-length", str(len(answer.body))),)
        case Framing.CHUNKED:
            length = (("transfer-encoding", "chunked"),)
        case Framing.CLOSE:
            length = ()
    return raw_head(answer.status, (*answer.headers, *length), answer.version)


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def framed(answer: Answer) -> list[bytes]:
    """The pieces as they stand on the wire, without the head and without what ends a chunked body.

    A plain body comes as two halves, so that it too has a middle.
    """
    if answer.framing is Framing.CHUNKED:
        return [chunk(piece) for piece in answer.pieces if piece]
    if len(answer.pieces) == 1:
        body = answer.pieces[0]
        return [half for half in (body[: len(body) // 2], body[len(body) // 2 :]) if half]
    return list(answer.pieces)


def play(answer: Answer, gap_s: float = 0.0) -> Iterator[Step]:
    """The whole answer, as a healthy server sends it: a plain one at once, a stream with its gaps."""
    if answer.framing is Framing.LENGTH:
        yield head(answer) + answer.body
        return
    yield head(answer)
    for number, piece in enumerate(framed(answer)):
        if number and gap_s:
            yield Wait(gap_s)
        yield piece
    yield from ending(answer)


def ending(answer: Answer) -> Iterator[Step]:
    """What follows the last piece."""
    if answer.framing is Framing.CHUNKED:
        yield LAST_CHUNK
    elif answer.framing is Framing.CLOSE:
        yield Act.FIN


def begun(answer: Answer, gap_s: float = 0.0) -> Iterator[Step]:
    """The head and the first half of the pieces."""
    yield head(answer)
    pieces = framed(answer)
    for number, piece in enumerate(pieces[: (len(pieces) + 1) // 2]):
        if number and gap_s:
            yield Wait(gap_s)
        yield piece
