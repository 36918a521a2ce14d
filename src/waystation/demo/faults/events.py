"""Faults of the stream's language: events that are missing, broken, or written in an unusual but legal way."""

import json
from collections.abc import Iterator
from typing import Final

import msgspec

from waystation.demo.answer import Answer, Framing, Step, Wait, chunk, ending, framed, head
from waystation.demo.faults.fault import Shelf
from waystation.demo.refusals import BROKEN
from waystation.demo.replies import Wire
from waystation.demo.scene import DONE, Scene, answer_of, event, healthy, payloads, plain, streamed, told

shelf: Final = Shelf()

_BOM: Final = b"\xef\xbb\xbf"
_WAIT_BETWEEN_COMMENTS_S: Final = 0.02


def _events(scene: Scene) -> list[bytes]:
    return list(healthy(scene).pieces)


def _rewritten(scene: Scene, pieces: list[bytes]) -> Answer:
    """The same answer in other bytes."""
    return streamed(scene, pieces) if scene.ask.stream else plain(scene, b"".join(pieces))


@shelf.put("no-done")
def no_done(scene: Scene) -> Iterator[Step]:
    """A stream without [DONE]; a plain answer is healthy."""
    return told(scene, answer_of(scene, payloads(scene), done=False))


@shelf.put("no-finish")
def no_finish(scene: Scene) -> Iterator[Step]:
    """No finish reason, and a stream has neither usage nor [DONE]; HTTP ends well."""
    if scene.ask.stream:
        unfinished = [payload for payload in payloads(scene) if not _finishes(payload) and payload["choices"]]
        return told(scene, answer_of(scene, unfinished, done=False))
    body = msgspec.json.encode(payloads(scene)[0])
    reason = b'"finish_reason":"%b"' % scene.reply.finish_reason.encode()
    return told(scene, plain(scene, body.replace(reason, b'"finish_reason":null')))


def _finishes(payload: Wire) -> bool:
    choices = payload["choices"]
    return isinstance(choices, list) and any(choice["finish_reason"] for choice in choices)


@shelf.put("error-event-first")
def error_event_first(scene: Scene) -> Iterator[Step]:
    """Status 200, and the first event is an error object; a plain body is one."""
    error = BROKEN.body()
    return told(scene, _rewritten(scene, [b"data: %b\n\n" % error, DONE] if scene.ask.stream else [error]))


@shelf.put("error-event-mid")
def error_event_mid(scene: Scene) -> Iterator[Step]:
    """Half of the events, then an error object, and HTTP ends well; a plain body is the error object."""
    if not scene.ask.stream:
        return error_event_first(scene)
    events = _events(scene)
    return told(scene, streamed(scene, [*events[: len(events) // 2], b"data: %b\n\n" % BROKEN.body()]))


@shelf.put("malformed-json-event")
def malformed_json_event(scene: Scene) -> Iterator[Step]:
    """The event in the middle is not JSON; the others are healthy. A plain body is not JSON."""
    if not scene.ask.stream:
        return told(scene, plain(scene, _events(scene)[0].replace(b":", b"=", 1)))
    events = _events(scene)
    events.insert(len(events) // 2, b'data: {"id": chatcmpl, "choices": [{\n\n')
    return told(scene, streamed(scene, events))


@shelf.put("truncated-first-chunk")
def truncated_first_chunk(scene: Scene) -> Iterator[Step]:
    """The body is the first half of the first event, or of the plain JSON's first key; HTTP ends well."""
    first = _events(scene)[0]
    cut = first[: len(first) // 2] if scene.ask.stream else first[:8]
    return told(scene, _rewritten(scene, [cut]))


@shelf.put("truncated-json")
def truncated_json(scene: Scene) -> Iterator[Step]:
    """The last event that says something is cut in its middle, and so is a plain body; HTTP ends well."""
    *before, last = _events(scene)[: -1 if scene.ask.stream else None]
    return told(scene, _rewritten(scene, [*before, last[: len(last) // 2]]))


@shelf.put("bom")
def bom(scene: Scene) -> Iterator[Step]:
    """A byte order mark before the body; SSE allows one."""
    return told(scene, _rewritten(scene, [_BOM + _events(scene)[0], *_events(scene)[1:]]))


@shelf.put("crlf")
def crlf(scene: Scene) -> Iterator[Step]:
    """Lines of the stream end with CR LF."""
    return told(scene, _rewritten(scene, [piece.replace(b"\n", b"\r\n") for piece in _events(scene)]))


@shelf.put("cr")
def cr(scene: Scene) -> Iterator[Step]:
    """Lines of the stream end with CR alone."""
    return told(scene, _rewritten(scene, [piece.replace(b"\n", b"\r") for piece in _events(scene)]))


@shelf.put("no-space")
def no_space(scene: Scene) -> Iterator[Step]:
    """No space after `data:`."""
    return told(scene, _rewritten(scene, [piece.replace(b"data: ", b"data:", 1) for piece in _events(scene)]))


@shelf.put("event-fields")
def event_fields(scene: Scene) -> Iterator[Step]:
    """Every event has the fields event, id and retry, and one that no one knows."""
    fields = b"event: message\nid: 7\nretry: 1000\nx-unknown: yes\n"
    return told(scene, _rewritten(scene, [fields + piece if scene.ask.stream else piece for piece in _events(scene)]))


@shelf.put("multiline-data")
def multiline_data(scene: Scene) -> Iterator[Step]:
    """Each event's JSON stands on several data lines; a plain body has line breaks."""
    indented = [json.dumps(payload, indent=1, ensure_ascii=False).encode() for payload in payloads(scene)]
    if not scene.ask.stream:
        return told(scene, plain(scene, indented[0]))
    lines = [b"data: " + text.replace(b"\n", b"\ndata: ") + b"\n\n" for text in indented]
    return told(scene, streamed(scene, [*lines, DONE]))


@shelf.put("comments", amount=3, unit="comments before the first event")
def comments(scene: Scene) -> Iterator[Step]:
    """Keep-alive comments while the client waits and between events; a plain body begins with empty lines.

    Source: api-docs.deepseek.com, "Rate Limit": empty lines for plain calls, `: keep-alive` for streams (2026-06).
    """
    answer, silence = healthy(scene), b": keep-alive\n\n" if scene.ask.stream else b"\n"
    if answer.framing is Framing.LENGTH:
        answer = Answer(200, answer.headers, answer.pieces, Framing.CHUNKED)
    comment = chunk(silence) if answer.framing is Framing.CHUNKED else silence
    yield head(answer)
    for _ in range(int(scene.amount)):
        yield comment
        yield Wait(_WAIT_BETWEEN_COMMENTS_S)
    for piece in framed(answer):
        yield piece
        if scene.ask.stream:
            yield comment
    yield from ending(answer)


@shelf.put("split-utf8")
def split_utf8(scene: Scene) -> Iterator[Step]:
    """Characters cut by the wire, and a surrogate pair written as two escapes in two chunks; valid all the same."""
    answer = answer_of(scene, payloads(scene))
    if scene.ask.stream:
        events = _events(scene)
        events[1:1] = [_content(scene, "中😀"), _escaped(scene, "\ud83d"), _escaped(scene, "\ude00")]
        answer = streamed(scene, events)
    else:
        body = answer.body.replace(b'"content":"', '"content":"中😀\\ud83d\\ude00'.encode(), 1)
        answer = plain(scene, body)
    yield head(answer)
    for piece in framed(answer):
        yield from _torn(piece)
    yield from ending(answer)


def _content(scene: Scene, text: str) -> bytes:
    return event(_content_payload(scene, text))


def _content_payload(scene: Scene, text: str) -> Wire:
    first = payloads(scene)[0]
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    return {**first, "choices": [choice]}


def _escaped(scene: Scene, half: str) -> bytes:
    """An event with half of a surrogate pair: only the standard library writes such JSON."""
    return b"data: %b\n\n" % json.dumps(_content_payload(scene, half), separators=(",", ":")).encode()


def _torn(piece: bytes) -> Iterator[Step]:
    """The piece, cut after the first byte of every character that has more than one."""
    start = 0
    for place, byte in enumerate(piece):
        if byte >= 0xC0:  # leads a character of several bytes
            yield piece[start : place + 1]
            yield Wait(0.001)
            start = place + 1
    yield piece[start:]
