"""Faults of the wire: answers that break off, stall, or come in odd pieces."""

from collections.abc import Iterable, Iterator
from itertools import cycle, repeat
from typing import Final

from waystation.demo.answer import Act, Answer, Step, Wait, begun, framed, head, play, raw_head
from waystation.demo.faults.fault import Shelf, Stage
from waystation.demo.scene import Scene, headers, healthy, told

shelf: Final = Shelf()


@shelf.put("refuse", stage=Stage.CONNECT, metered=False)
def refuse(_scene: Scene) -> Iterator[Step]:
    """RST for every new connection; a request that comes on an older one is reset too."""
    yield Act.RESET


@shelf.put("reset-before-response", metered=False)
def reset_before_response(_scene: Scene) -> Iterator[Step]:
    """RST when the request was read."""
    yield Act.RESET


@shelf.put("fin-before-response", metered=False)
def fin_before_response(_scene: Scene) -> Iterator[Step]:
    """FIN when the request was read, without a byte of answer."""
    yield Act.CUT


@shelf.put("reset-after-headers")
def reset_after_headers(scene: Scene) -> Iterator[Step]:
    """Status 200 and headers, then RST."""
    yield head(healthy(scene))
    yield Act.RESET


@shelf.put("reset-mid-stream")
def reset_mid_stream(scene: Scene) -> Iterator[Step]:
    """Half of the body, then RST."""
    yield from begun(healthy(scene), scene.settings.chunk_gap_s)
    yield Act.RESET


@shelf.put("fin-mid-stream")
def fin_mid_stream(scene: Scene) -> Iterator[Step]:
    """Half of the body, then FIN, though the framing promised more."""
    yield from begun(healthy(scene), scene.settings.chunk_gap_s)
    yield Act.CUT


@shelf.put("hang-before-headers", metered=False)
def hang_before_headers(_scene: Scene) -> Iterator[Step]:
    """No byte of answer until the client leaves."""
    yield Act.HANG


@shelf.put("hang-before-first-chunk")
def hang_before_first_chunk(scene: Scene) -> Iterator[Step]:
    """Status 200 and headers, then silence."""
    yield head(healthy(scene))
    yield Act.HANG


@shelf.put("hang-mid-stream")
def hang_mid_stream(scene: Scene) -> Iterator[Step]:
    """Half of the body, then silence."""
    yield from begun(healthy(scene), scene.settings.chunk_gap_s)
    yield Act.HANG


@shelf.put("hang-before-end")
def hang_before_end(scene: Scene) -> Iterator[Step]:
    """Everything but the last piece of the body, then silence: for a stream, all but [DONE]."""
    answer = healthy(scene)
    yield head(answer)
    yield from framed(answer)[:-1]
    yield Act.HANG


def _sliced(answer: Answer, sizes: Iterable[int], pause_s: float) -> Iterator[Step]:
    """The whole answer, headers too, in slices of these sizes."""
    steps = list(play(answer))
    whole, start = b"".join(step for step in steps if isinstance(step, bytes)), 0
    for size in sizes:
        yield whole[start : start + size]
        start += size
        if start >= len(whole):
            break
        yield Wait(pause_s)
    yield from (step for step in steps if not isinstance(step, bytes))


@shelf.put("slow-drip", amount=0.002, unit="seconds between two bytes")
def slow_drip(scene: Scene) -> Iterator[Step]:
    """The healthy answer, headers too, one byte at a time."""
    return _sliced(healthy(scene), repeat(1), scene.amount)


@shelf.put("rechunk")
def rechunk(scene: Scene) -> Iterator[Step]:
    """The healthy answer, headers too, in pieces of 1, 2, 3 and 5 bytes."""
    return _sliced(healthy(scene), cycle((1, 2, 3, 5)), 0)


@shelf.put("close-idle")
def close_idle(scene: Scene) -> Iterator[Step]:
    """A whole answer that says keep-alive, then FIN at once: whoever reuses the connection finds it stale."""
    yield from told(scene, healthy(scene))
    yield Act.FIN


@shelf.put("stale-on-reuse")
def stale_on_reuse(scene: Scene) -> Iterator[Step]:
    """The first request of each connection is answered, the second gets RST without a byte."""
    if scene.turn:
        yield Act.RESET
    else:
        yield from told(scene, healthy(scene))


@shelf.put("garbage", metered=False)
def garbage(_scene: Scene) -> Iterator[Step]:
    """Bytes that are not HTTP, then FIN."""
    yield bytes(range(256)) * 4
    yield Act.CUT


@shelf.put("head-unfinished", metered=False)
def head_unfinished(scene: Scene) -> Iterator[Step]:
    """Half of the headers, then FIN."""
    lines = raw_head(200, headers(scene))
    yield lines[: len(lines) // 2]
    yield Act.CUT
