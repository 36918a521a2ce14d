"""Scenes for tests that look at a script without a socket."""

import json
from collections.abc import Iterable
from typing import Any

from tests.demo.raw import HELLO, STREAM
from waystation.demo.answer import Act, Step, Wait
from waystation.demo.ask import read_ask
from waystation.demo.chat import Chat, ChatCall
from waystation.demo.places import Places
from waystation.demo.request import Request
from waystation.demo.scene import Scene
from waystation.demo.settings import DemoSettings


def scene(asked: dict[str, Any], settings: DemoSettings | None = None, **more: Any) -> Scene:
    ask = read_ask(json.dumps(asked).encode())
    told = settings or DemoSettings()
    spoken = ChatCall(ask)
    reply = spoken.reply(told, "1", 1_700_000_000)
    return Scene(told, Chat(), spoken, reply, "req_1", stream=bool(ask.stream), **more)


def request_at(path: str, body: object, *headers: str) -> Request:
    """A request as a connection would have read it; headers are lines."""
    pairs = [tuple(part.encode() for part in line.split(": ", 1)) for line in headers]
    named = [(name, value) for name, value in pairs]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", path.encode(), named, bytearray(raw))


def scene_at(path: str, body: object, *headers: str, settings: DemoSettings | None = None, **more: Any) -> Scene:
    """A scene in the language of this path."""
    told = settings or DemoSettings()
    request = request_at(path, body, *headers)
    place = Places(told).find(request)
    assert place is not None
    spoken = place.language.read(request)
    reply = spoken.reply(told, "1", 1_700_000_000)
    return Scene(told, place.language, spoken, reply, "req_1", stream=bool(spoken.ask.stream), **more)


def plain_scene(**more: Any) -> Scene:
    return scene(HELLO, **more)


def stream_scene(**more: Any) -> Scene:
    return scene(STREAM, **more)


def sent(steps: Iterable[Step]) -> bytes:
    return b"".join(step for step in steps if isinstance(step, bytes))


def acts(steps: Iterable[Step]) -> list[Act]:
    return [step for step in steps if isinstance(step, Act)]


def waits(steps: Iterable[Step]) -> list[float]:
    return [step.seconds for step in steps if isinstance(step, Wait)]
