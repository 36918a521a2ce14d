"""Faults of the meter: usage that is missing, doubled, wrong or told at an odd place."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec

from waystation.demo.answer import Step
from waystation.demo.faults.fault import Shelf
from waystation.demo.forms import Form, frame, frames, tail
from waystation.demo.meters import change, is_told, remove
from waystation.demo.replies import Wire
from waystation.demo.scene import Scene, answer_of, healthy, payloads, plain, streamed, told
from waystation.demo.usage import Usage

shelf: Final = Shelf()


def _each_number(value: object, turn: Callable[[int], object]) -> object:
    if isinstance(value, dict):
        return {name: _each_number(part, turn) for name, part in value.items()}
    if isinstance(value, list):
        return [_each_number(part, turn) for part in value]
    return turn(value) if isinstance(value, int) else value


def _changed(scene: Scene, turn: Callable[[int], object]) -> Iterator[Step]:
    """Every payload that tells usage tells it with all its numbers changed."""
    return _told_as(scene, lambda usage: _each_number(usage, turn))


def _told_as(scene: Scene, turn: Callable[[object], object]) -> Iterator[Step]:
    """The answer with each usage turned into something else; where it is null it stays so."""
    at = scene.language.usage_at
    spoiled = [change(payload, at, lambda usage: turn(usage) if usage else usage) for payload in payloads(scene)]
    return told(scene, answer_of(scene, spoiled))


def _telling(scene: Scene) -> list[Wire]:
    """The payloads without those that are there for usage alone."""
    return [payload for payload in payloads(scene) if payload.get("choices") != []]


def _is_chat(scene: Scene) -> bool:
    return scene.spoken.form is Form.DATA


@shelf.put("no-usage")
def no_usage(scene: Scene) -> Iterator[Step]:
    """No usage anywhere, though it was asked for."""
    bare = [remove(payload, scene.language.usage_at) for payload in _telling(scene)]
    return told(scene, answer_of(scene, bare))


@shelf.put("usage-null")
def usage_null(scene: Scene) -> Iterator[Step]:
    """`"usage": null`, also in the chunk that is there to tell it."""
    return _told_as(scene, lambda _: None)


@shelf.put("usage-twice")
def usage_twice(scene: Scene) -> Iterator[Step]:
    """The event with the usage comes twice; a plain answer has the key `usage` twice."""
    listed, at = payloads(scene), scene.language.usage_at
    if not scene.stream:
        name = next((path[0] for path in at if len(path) == 1), None)
        again = b"" if name is None else b',"%b":%b' % (name.encode(), msgspec.json.encode(listed[0].get(name)))
        return told(scene, plain(scene, msgspec.json.encode(listed[0])[:-1] + again + b"}"))
    last = _last_told(scene, listed)
    doubled = [copy for number, payload in enumerate(listed) for copy in [payload] * (1 + (number == last))]
    return told(scene, answer_of(scene, doubled))


def _last_told(scene: Scene, listed: list[Wire]) -> int:
    """Where the last usage is told; -1 if nowhere."""
    at = scene.language.usage_at
    return max((number for number, payload in enumerate(listed) if is_told(payload, at)), default=-1)


@shelf.put("usage-late")
def usage_late(scene: Scene) -> Iterator[Step]:
    """The last usage of a stream comes in an event after its end; a plain answer is healthy."""
    listed, form = payloads(scene), scene.spoken.form
    last = _last_told(scene, listed)
    if not scene.stream or last < 0:
        return told(scene, healthy(scene))
    late = frame(form, listed[last])
    listed[last] = remove(listed[last], scene.language.usage_at)
    before = frames(form, [payload for payload in listed if payload.get("choices") != []])
    if form is Form.ARRAY:
        return told(scene, streamed(scene, [*before, late, *tail(form)]))
    return told(scene, streamed(scene, [*before, *tail(form), late]))


@shelf.put("usage-cumulative")
def usage_cumulative(scene: Scene) -> Iterator[Step]:
    """Every chunk tells the usage so far, asked or not; the last one is the whole."""
    listed, at = payloads(scene), scene.language.usage_at
    so_far: list[Wire] = []
    for number, payload in enumerate(listed, 1):
        part = scene.language.usage(_part(scene.reply.usage, number, len(listed)))
        if _is_chat(scene):
            so_far.append({**payload, "usage": part})
        elif is_told(payload, at):
            so_far.append(change(payload, at, partial(_instead, part)))
        else:
            so_far.append(payload)
    return told(scene, answer_of(scene, so_far))


def _instead(part: Wire, _: object) -> Wire:
    return part


def _part(whole: Usage, number: int, of: int) -> Usage:
    return replace(
        whole,
        completion_tokens=whole.completion_tokens * number // of,
        reasoning_tokens=whole.reasoning_tokens * number // of,
    )


@shelf.put("usage-in-finish")
def usage_in_finish(scene: Scene) -> Iterator[Step]:
    """The chunk with the finish reason tells the usage, asked or not, and no chunk without choices comes.

    In other languages than chat that is so anyway.
    """
    if not _is_chat(scene):
        return told(scene, healthy(scene))
    kept = _telling(scene)
    kept[-1] = {**kept[-1], "usage": scene.language.usage(scene.reply.usage)}
    return told(scene, answer_of(scene, kept))


@shelf.put("usage-negative")
def usage_negative(scene: Scene) -> Iterator[Step]:
    """Every number of the usage is negative."""
    return _changed(scene, lambda number: -number)


@shelf.put("usage-absurd", amount=1e18, unit="tokens")
def usage_absurd(scene: Scene) -> Iterator[Step]:
    """Every number of the usage is a million million million."""
    return _changed(scene, lambda _: int(scene.amount))


@shelf.put("usage-strings")
def usage_strings(scene: Scene) -> Iterator[Step]:
    """Every number of the usage is a string."""
    return _changed(scene, str)


@shelf.put("usage-fractions")
def usage_fractions(scene: Scene) -> Iterator[Step]:
    """Every number of the usage has a fraction."""
    return _changed(scene, lambda number: number + 0.5)


@shelf.put("usage-cached-above-prompt")
def usage_cached_above_prompt(scene: Scene) -> Iterator[Step]:
    """More cached tokens than prompt tokens, and more reasoning tokens than completion tokens."""
    usage = scene.reply.usage
    spoiled = replace(usage, cached_tokens=usage.prompt_tokens + 1000, reasoning_tokens=usage.completion_tokens + 1000)
    return _told_as(scene, lambda _: scene.language.usage(spoiled))
