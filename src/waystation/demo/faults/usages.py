"""Faults of the meter: usage that is missing, doubled, wrong or told at an odd place."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import msgspec

from waystation.demo.answer import Step
from waystation.demo.faults.fault import Shelf
from waystation.demo.replies import Wire
from waystation.demo.scene import Scene, answer_of, payloads, plain, told
from waystation.demo.usage import Usage

shelf: Final = Shelf()


def _each_number(value: object, change: Callable[[int], object]) -> object:
    if isinstance(value, dict):
        return {name: _each_number(part, change) for name, part in value.items()}
    return change(value) if isinstance(value, int) else value


def _changed(scene: Scene, change: Callable[[int], object]) -> Iterator[Step]:
    """Every payload that tells usage tells it with all its numbers changed."""
    spoiled = [
        {**payload, "usage": _each_number(payload["usage"], change)} if payload.get("usage") else payload
        for payload in payloads(scene)
    ]
    return told(scene, answer_of(scene, spoiled))


@shelf.put("no-usage")
def no_usage(scene: Scene) -> Iterator[Step]:
    """No usage anywhere, though it was asked for."""
    kept = [payload for payload in payloads(scene) if payload["choices"]]
    bare: list[Wire] = [{name: part for name, part in payload.items() if name != "usage"} for payload in kept]
    return told(scene, answer_of(scene, bare))


@shelf.put("usage-null")
def usage_null(scene: Scene) -> Iterator[Step]:
    """`"usage": null`, also in the chunk that is there to tell it."""
    nothing = [{**payload, "usage": None} if "usage" in payload else payload for payload in payloads(scene)]
    return told(scene, answer_of(scene, nothing))


@shelf.put("usage-twice")
def usage_twice(scene: Scene) -> Iterator[Step]:
    """The usage chunk comes twice; a plain answer has the key `usage` twice."""
    if scene.ask.stream:
        doubled = [copy for payload in payloads(scene) for copy in [payload] * (2 if payload.get("usage") else 1)]
        return told(scene, answer_of(scene, doubled))
    again = b',"usage":' + msgspec.json.encode(scene.reply.usage.as_wire()) + b"}"
    return told(scene, plain(scene, msgspec.json.encode(payloads(scene)[0])[:-1] + again))


@shelf.put("usage-cumulative")
def usage_cumulative(scene: Scene) -> Iterator[Step]:
    """Every chunk tells the usage so far, asked or not; the last one is the whole."""
    listed = payloads(scene)
    whole = scene.reply.usage
    so_far = [
        {**payload, "usage": _part(whole, number, len(listed)).as_wire()} for number, payload in enumerate(listed, 1)
    ]
    return told(scene, answer_of(scene, so_far))


def _part(whole: Usage, number: int, of: int) -> Usage:
    return replace(
        whole,
        completion_tokens=whole.completion_tokens * number // of,
        reasoning_tokens=whole.reasoning_tokens * number // of,
    )


@shelf.put("usage-in-finish")
def usage_in_finish(scene: Scene) -> Iterator[Step]:
    """The chunk with the finish reason tells the usage, asked or not, and no chunk without choices comes."""
    kept = [payload for payload in payloads(scene) if payload["choices"]]
    kept[-1] = {**kept[-1], "usage": scene.reply.usage.as_wire()}
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
    spoiled = replace(
        usage, cached_tokens=usage.prompt_tokens + 1000, reasoning_tokens=usage.completion_tokens + 1000
    ).as_wire()
    listed = [{**payload, "usage": spoiled} if payload.get("usage") else payload for payload in payloads(scene)]
    return told(scene, answer_of(scene, listed))
