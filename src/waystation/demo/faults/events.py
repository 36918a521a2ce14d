"""Faults of the stream's language: events that are missing, broken, or written in an unusual but legal way."""

import json
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from waystation.demo.answer import Answer, Framing, Step, Wait, chunk, ending, framed, head
from waystation.demo.faults.fault import Shelf
from waystation.demo.forms import Form, frame, frame_of, tail
from waystation.demo.refusals import BROKEN
from waystation.demo.replies import Wire
from waystation.demo.scene import Scene, answer_of, event, healthy, payloads, plain, streamed, told

shelf: Final = Shelf()

_ENDS: Final = frozenset({"message_delta", "message_stop", "response.completed", "response.incomplete"})
_REASON: Final = re.compile(rb'"(finish_reason|stop_reason|finishReason)":"\w+"')
_LINE_END: Final = re.compile(rb"\r?\n")
_BOM: Final = b"\xef\xbb\xbf"
_WAIT_BETWEEN_COMMENTS_S: Final = 0.02


def _events(scene: Scene) -> list[bytes]:
    return list(healthy(scene).pieces)


def _rewritten(scene: Scene, pieces: list[bytes]) -> Answer:
    """The same answer in other bytes."""
    return streamed(scene, pieces) if scene.stream else plain(scene, b"".join(pieces))


@shelf.put("no-done")
def no_done(scene: Scene) -> Iterator[Step]:
    """A stream without [DONE], or the last event where there is no such mark; a plain answer is healthy."""
    if scene.stream and not tail(scene.spoken.form):
        return told(scene, streamed(scene, _events(scene)[:-1]))
    return told(scene, answer_of(scene, payloads(scene), done=False))


@shelf.put("no-finish")
def no_finish(scene: Scene) -> Iterator[Step]:
    """No finish reason, and a stream has neither usage nor [DONE]; HTTP ends well."""
    if scene.stream:
        listed = payloads(scene)
        unfinished = [payload for payload in listed if not _finishes(payload) and payload.get("choices") != []]
        return told(scene, answer_of(scene, unfinished, done=False))
    return told(scene, plain(scene, _REASON.sub(rb'"\1":null', msgspec.json.encode(payloads(scene)[0]))))


def _finishes(payload: Wire) -> bool:
    listed = payload.get("choices", payload.get("candidates"))
    if isinstance(listed, list):
        return any(one.get("finish_reason") or one.get("finishReason") for one in listed)
    return payload.get("type") in _ENDS


@shelf.put("error-event-first")
def error_event_first(scene: Scene) -> Iterator[Step]:
    """Status 200, and the first event is an error object; a plain body is one."""
    if not scene.stream:
        return told(scene, plain(scene, scene.language.error(BROKEN, scene.request_id)))
    return told(scene, streamed(scene, [_error(scene, 0), *tail(scene.spoken.form)]))


def _error(scene: Scene, number: int) -> bytes:
    """In a stream, after so many events."""
    payload = scene.language.error_event(BROKEN, scene.request_id, number)
    return frame(scene.spoken.form, payload, first=not number)


@shelf.put("error-event-mid")
def error_event_mid(scene: Scene) -> Iterator[Step]:
    """Half of the events, then an error object, and HTTP ends well; a plain body is the error object."""
    if not scene.stream:
        return error_event_first(scene)
    events = _events(scene)
    half = len(events) // 2
    closing = tail(Form.ARRAY) if scene.spoken.form is Form.ARRAY else ()
    return told(scene, streamed(scene, [*events[:half], _error(scene, half), *closing]))


@shelf.put("malformed-json-event")
def malformed_json_event(scene: Scene) -> Iterator[Step]:
    """The event in the middle is not JSON; the others are healthy. A plain body is not JSON."""
    if not scene.stream:
        return told(scene, plain(scene, _events(scene)[0].replace(b":", b"=", 1)))
    events = _events(scene)
    half = len(events) // 2
    name = str(payloads(scene)[half].get("type", ""))
    events.insert(half, frame_of(scene.spoken.form, b'{"id": chatcmpl, "choices": [{', name))
    return told(scene, streamed(scene, events))


@shelf.put("truncated-first-chunk")
def truncated_first_chunk(scene: Scene) -> Iterator[Step]:
    """The body is the first half of the first event, or of the plain JSON's first key; HTTP ends well."""
    first = _events(scene)[0]
    cut = first[: len(first) // 2] if scene.stream else first[:8]
    return told(scene, _rewritten(scene, [cut]))


@shelf.put("truncated-json")
def truncated_json(scene: Scene) -> Iterator[Step]:
    """The last event that says something is cut in its middle, and so is a plain body; HTTP ends well."""
    events = _events(scene)
    *before, last = events[: len(events) - len(tail(scene.spoken.form))] if scene.stream else events
    return told(scene, _rewritten(scene, [*before, last[: len(last) // 2]]))


@shelf.put("bom")
def bom(scene: Scene) -> Iterator[Step]:
    """A byte order mark before the body; SSE allows one."""
    return told(scene, _rewritten(scene, [_BOM + _events(scene)[0], *_events(scene)[1:]]))


@shelf.put("crlf")
def crlf(scene: Scene) -> Iterator[Step]:
    """Lines of the stream end with CR LF."""
    return told(scene, _rewritten(scene, [_LINE_END.sub(b"\r\n", piece) for piece in _events(scene)]))


@shelf.put("cr")
def cr(scene: Scene) -> Iterator[Step]:
    """Lines of the stream end with CR alone."""
    return told(scene, _rewritten(scene, [_LINE_END.sub(b"\r", piece) for piece in _events(scene)]))


@shelf.put("no-space")
def no_space(scene: Scene) -> Iterator[Step]:
    """No space after `data:`."""
    return told(scene, _rewritten(scene, [piece.replace(b"data: ", b"data:", 1) for piece in _events(scene)]))


@shelf.put("event-fields")
def event_fields(scene: Scene) -> Iterator[Step]:
    """Every event has the fields event, id and retry, and one that no one knows."""
    fields = b"event: message\nid: 7\nretry: 1000\nx-unknown: yes\n"
    return told(scene, _rewritten(scene, [fields + piece if scene.stream else piece for piece in _events(scene)]))


@shelf.put("multiline-data")
def multiline_data(scene: Scene) -> Iterator[Step]:
    """Each event's JSON stands on several data lines; a plain body has line breaks."""
    listed, form = payloads(scene), scene.spoken.form
    indented = [json.dumps(payload, indent=1, ensure_ascii=False).encode() for payload in listed]
    if not scene.stream:
        return told(scene, plain(scene, indented[0]))
    border = b"\n" if form is Form.ARRAY else b"\ndata: "
    lines = [
        frame_of(form, text.replace(b"\n", border), str(payload.get("type", "")), first=not number)
        for number, (payload, text) in enumerate(zip(listed, indented, strict=True))
    ]
    return told(scene, streamed(scene, [*lines, *tail(form)]))


@shelf.put("comments", amount=3, unit="comments before the first event")
def comments(scene: Scene) -> Iterator[Step]:
    """Keep-alive comments while the client waits and between events; a plain body begins with empty lines.

    Source: api-docs.deepseek.com, "Rate Limit": empty lines for plain calls, `: keep-alive` for streams (2026-06).
    """
    answer, silence = healthy(scene), b": keep-alive\n\n" if scene.stream else b"\n"
    if answer.framing is Framing.LENGTH:
        answer = Answer(200, answer.headers, answer.pieces, Framing.CHUNKED)
    comment = chunk(silence) if answer.framing is Framing.CHUNKED else silence
    yield head(answer)
    for _ in range(int(scene.amount)):
        yield comment
        yield Wait(_WAIT_BETWEEN_COMMENTS_S)
    for piece in framed(answer):
        yield piece
        if scene.stream:
            yield comment
    yield from ending(answer)


@shelf.put("split-utf8")
def split_utf8(scene: Scene) -> Iterator[Step]:
    """Characters cut by the wire, and a surrogate pair written as two escapes in two chunks; valid all the same.

    Only chat says more than the healthy answer here; in other languages the answer is torn as it is.
    """
    listed = payloads(scene)
    answer = answer_of(scene, listed)
    if scene.stream and listed[0].get("object") == "chat.completion.chunk":
        events = _events(scene)
        events[1:1] = [_content(scene, "中😀"), _escaped(scene, "\ud83d"), _escaped(scene, "\ude00")]
        answer = streamed(scene, events)
    elif not scene.stream:
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
