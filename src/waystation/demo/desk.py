"""Decides what each request is answered: checks path, key and body, lets a fault strike, and books the usage."""

import secrets
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, count
from typing import Final

import msgspec

from waystation.demo.answer import Act, Answer, Step, Wait, play
from waystation.demo.ask import ChatAsk, read_ask
from waystation.demo.board import FaultBoard
from waystation.demo.faults import Fault, Stage
from waystation.demo.refusals import (
    NO_KEY,
    Refused,
    masked,
    unknown_model,
    unknown_path,
    wrong_key,
    wrong_method,
)
from waystation.demo.replies import compose
from waystation.demo.request import Exchange, Request
from waystation.demo.scene import Scene, healthy, plain, refused, told
from waystation.demo.seen import Memory, SeenCall
from waystation.demo.settings import DemoSettings

# Closing at once would reset a peer that is still sending, and it might never read why.
_LINGERING: Final = (Act.HALF_CLOSE, Wait(1.0), Act.FIN)
_LISTED_SINCE: Final = 1_700_000_000  # the `created` of every model


class Desk:
    """`clock` is the event loop's, for the times of seen calls."""

    def __init__(self, settings: DemoSettings, board: FaultBoard, memory: Memory, clock: Callable[[], float]) -> None:
        self.max_head_bytes = settings.max_head_bytes
        self.max_body_bytes = settings.max_body_bytes
        self._settings = settings
        self._board = board
        self._memory = memory
        self._clock = clock
        self._name = secrets.token_hex(4)  # two doubles never give a completion the same id
        self._numbers = count(1)

    def at_connect(self) -> Exchange | None:
        fault = self._board.strike(Stage.CONNECT)
        if fault is None:
            return None
        scene = self._scene(Request(), ChatAsk(), fault)
        return Exchange(fault.script(scene), keep_alive=False, ended=_nothing, left=_nothing)

    def at_head(self, request: Request) -> Exchange | None:
        if request.path != self._chat_path:
            return None
        fault = self._board.strike(Stage.HEAD, request.key)
        if fault is None:
            return None
        call = self._see(request)
        call.fault = fault.name
        return self._exchange(call, fault.script(self._scene(request, ChatAsk(), fault)), keep_alive=False)

    def at_body(self, request: Request) -> Exchange:
        call = self._see(request)
        try:
            steps = self._answer(request, call)
        except Refused as refusal:
            steps = play(refused(self._scene(request, ChatAsk()), refusal.refusal))
        if request.broken is not None:
            steps = chain(steps, _LINGERING)
        elif self._settings.latency_s:
            steps = chain((Wait(self._settings.latency_s),), steps)
        return self._exchange(call, steps, keep_alive=request.keep_alive)

    @property
    def _chat_path(self) -> str:
        return f"{self._settings.prefix}/chat/completions"

    def _answer(self, request: Request, call: SeenCall) -> Iterator[Step]:
        if request.broken is not None:
            raise Refused(request.broken)
        models = f"{self._settings.prefix}/models"
        if request.path == self._chat_path:
            self._admit(request, "POST")
            return self._chat(request, call)
        if request.path == models:
            self._admit(request, "GET")
            return play(self._models(request))
        if request.path.startswith(f"{models}/"):
            self._admit(request, "GET")
            return play(self._model(request, request.path.removeprefix(f"{models}/")))
        raise Refused(unknown_path(request.method, request.path))

    def _admit(self, request: Request, method: str) -> None:
        if request.method != method:
            raise Refused(wrong_method(request.method, request.path))
        if not self._settings.keys or request.key in self._settings.keys:
            return
        raise Refused(wrong_key(masked(request.key)) if request.key else NO_KEY)

    def _chat(self, request: Request, call: SeenCall) -> Iterator[Step]:
        ask = read_ask(bytes(request.body))
        call.model = ask.model
        fault = self._board.strike(Stage.BODY, request.key, ask.model)
        scene = self._scene(request, ask, fault)
        if fault is None or fault.metered:
            self._memory.book(call, scene.reply.id, scene.reply.usage)
        if fault is None:
            return told(scene, healthy(scene))
        call.fault = fault.name
        return fault.script(scene)

    def _models(self, request: Request) -> Answer:
        listed = [_model_object(name) for name in self._settings.models]
        body = msgspec.json.encode({"object": "list", "data": listed})
        return plain(self._scene(request, ChatAsk()), body)

    def _model(self, request: Request, name: str) -> Answer:
        if name not in self._settings.models:
            raise Refused(unknown_model(name))
        return plain(self._scene(request, ChatAsk()), msgspec.json.encode(_model_object(name)))

    def _scene(self, request: Request, ask: ChatAsk, fault: Fault | None = None) -> Scene:
        suffix = f"{self._name}{next(self._numbers):08x}"
        now = time.time()
        return Scene(
            settings=self._settings,
            ask=ask,
            reply=compose(ask, self._settings, completion_id=f"chatcmpl-{suffix}", created=int(now)),
            request_id=f"req_{suffix}",
            key=request.key,
            now=now,
            turn=request.turn,
            keep_alive=request.keep_alive,
            http10=request.http10,
            amount=0.0 if fault is None or fault.amount is None else fault.amount,
        )

    def _see(self, request: Request) -> SeenCall:
        body = bytes(request.body[: self._settings.kept_body_bytes])
        call = SeenCall(request.method, request.path, request.headers, body, request.key, self._clock())
        self._memory.add(call)
        return call

    def _exchange(self, call: SeenCall, steps: Iterator[Step], *, keep_alive: bool) -> Exchange:
        return Exchange(steps, keep_alive, ended=partial(_answered, call), left=partial(_left, call, self._clock))


def _answered(call: SeenCall) -> None:
    call.answered = True


def _left(call: SeenCall, clock: Callable[[], float]) -> None:
    call.left_at = clock()


def _nothing() -> None:
    """A connection that is refused is no call."""


def _model_object(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": _LISTED_SINCE, "owned_by": "waystation-demo"}
