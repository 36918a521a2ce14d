"""Decides what each request is answered: checks path, key and body, lets a fault strike, and books the usage."""

import secrets
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, count
from typing import Final

import msgspec

from waystation.demo.answer import Act, Step, Wait, play
from waystation.demo.ask import ChatAsk
from waystation.demo.board import FaultBoard
from waystation.demo.chat import Chat, ChatCall
from waystation.demo.faults import Fault, Stage
from waystation.demo.language import Language, Spoken
from waystation.demo.place import Place
from waystation.demo.places import Places
from waystation.demo.refusals import BAD_JSON, Refused, unknown_path, wrong_method
from waystation.demo.request import Exchange, Request
from waystation.demo.scene import Scene, healthy, plain, refused, told
from waystation.demo.seen import Memory, SeenCall
from waystation.demo.settings import DemoSettings

# Closing at once would reset a peer that is still sending, and it might never read why.
_LINGERING: Final = (Act.HALF_CLOSE, Wait(1.0), Act.FIN)
_CHAT: Final = Chat()  # speaks where no path says in which language
_NOTHING_SAID: Final = ChatCall(ChatAsk())


class Desk:
    """`clock` is the event loop's, for the times of seen calls."""

    def __init__(self, settings: DemoSettings, board: FaultBoard, memory: Memory, clock: Callable[[], float]) -> None:
        self.max_head_bytes = settings.max_head_bytes
        self.max_body_bytes = settings.max_body_bytes
        self._settings = settings
        self._places = Places(settings)
        self._board = board
        self._memory = memory
        self._clock = clock
        self._name = secrets.token_hex(4)  # two doubles never give a completion the same id
        self._numbers = count(1)

    def at_connect(self) -> Exchange | None:
        fault = self._board.strike(Stage.CONNECT)
        if fault is None:
            return None
        scene = self._scene(Request(), _CHAT, _NOTHING_SAID, fault)
        return Exchange(fault.script(scene), keep_alive=False, ended=_nothing, left=_nothing)

    def at_head(self, request: Request) -> Exchange | None:
        place = self._places.find(request)
        if place is None or not place.is_call:
            return None
        fault = self._board.strike(Stage.HEAD, request.key)
        if fault is None:
            return None
        call = self._see(request)
        call.fault = fault.name
        scene = self._scene(request, place.language, _NOTHING_SAID, fault)
        return self._exchange(call, fault.script(scene), keep_alive=False)

    def at_body(self, request: Request) -> Exchange:
        call = self._see(request)
        place = self._places.find(request)
        try:
            steps = self._answer(request, call, place)
        except Refused as refusal:
            language = _CHAT if place is None else place.language
            steps = play(refused(self._scene(request, language, _NOTHING_SAID), refusal.refusal))
        if request.broken is not None:
            steps = chain(steps, _LINGERING)
        elif self._settings.latency_s:
            steps = chain((Wait(self._settings.latency_s),), steps)
        return self._exchange(call, steps, keep_alive=request.keep_alive)

    def _answer(self, request: Request, call: SeenCall, place: Place | None) -> Iterator[Step]:
        if request.broken is not None:
            raise Refused(request.broken)
        if place is None:
            raise Refused(unknown_path(request.method, request.path))
        self._admit(request, place)
        if place.is_call:
            return self._model_call(request, call, place.language)
        scene = self._scene(request, place.language, _NOTHING_SAID)
        return play(plain(scene, msgspec.json.encode(place.errands[request.method](request))))

    def _admit(self, request: Request, place: Place) -> None:
        if request.method not in place.methods:
            raise Refused(wrong_method(request.method, request.path))
        key = place.language.key(request)
        if self._settings.keys and key not in self._settings.keys:
            raise Refused(place.language.wrong_key(key))

    def _model_call(self, request: Request, call: SeenCall, language: Language) -> Iterator[Step]:
        spoken = _read(language, request)
        call.model = spoken.ask.model
        fault = self._board.strike(Stage.BODY, request.key, spoken.ask.model)
        scene = self._scene(request, language, spoken, fault)
        if fault is None or fault.metered:
            self._memory.book(call, scene.reply.id, scene.reply.usage)
            spoken.keep(scene.reply)
        if fault is None:
            return told(scene, healthy(scene))
        call.fault = fault.name
        return fault.script(scene)

    def _scene(self, request: Request, language: Language, spoken: Spoken, fault: Fault | None = None) -> Scene:
        suffix = f"{self._name}{next(self._numbers):08x}"
        now = time.time()
        return Scene(
            settings=self._settings,
            language=language,
            spoken=spoken,
            reply=spoken.reply(self._settings, suffix, int(now)),
            request_id=f"req_{suffix}",
            stream=bool(spoken.ask.stream),
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


def _read(language: Language, request: Request) -> Spoken:
    """Raises Refused."""
    try:
        return language.read(request)
    except RecursionError as error:
        raise Refused(BAD_JSON) from error


def _answered(call: SeenCall) -> None:
    call.answered = True


def _left(call: SeenCall, clock: Callable[[], float]) -> None:
    call.left_at = clock()


def _nothing() -> None:
    """A connection that is refused is no call."""
