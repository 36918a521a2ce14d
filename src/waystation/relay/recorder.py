"""The caller's end of a call that may be asked for again: what is sent is recorded, and hanging up changes nothing."""

from collections.abc import Awaitable, Callable

import msgspec

from waystation.relay.answers import Answer, Answers
from waystation.relay.call import Reply
from waystation.wire.errors import CallerGone
from waystation.wire.limit import Rates
from waystation.wire.loss import Loss


class Recorder(msgspec.Struct, eq=False):
    """Implements `Reply`. A caller who has gone is told of at the end only: it may come back for the answer.

    `recording` is false once the answer has become too large. `begun`: something was sent, or would have been.
    """

    reply: Reply
    answers: Answers
    kept: Answer
    recording: bool = True
    begun: bool = False
    lost: bool = False

    @property
    def started(self) -> bool:
        return self.reply.started

    @property
    def gone(self) -> bool:
        return False

    def on_gone(self, react: Callable[[], None]) -> None:
        """Nobody needs to react."""

    def replay(self, call_id: str) -> None:
        self.reply.replay(call_id)

    def tell(self, losses: tuple[Loss, ...]) -> None:
        self.kept.losses = losses
        self.reply.tell(losses)

    def show(self, way: str) -> None:
        """Told once: the answer that is given again has gone no way."""
        self.reply.show(way)

    def rate(self, rates: Rates, at: float) -> None:
        """Told once: whoever gets the answer again has not called again."""
        self.reply.rate(rates, at)

    async def answer(self, body: bytes) -> None:
        self._record(body)
        await self._pass(self.reply.answer, body)
        self._end()

    async def stream(self, data: bytes) -> None:
        self._record(data)
        await self._pass(self.reply.stream, data)

    async def finish(self, data: bytes) -> None:
        self._record(data)
        await self._pass(self.reply.finish, data)
        self._end()

    def _record(self, data: bytes) -> None:
        self.begun = True
        self.recording = self.recording and self.answers.add(self.kept, data)

    async def _pass(self, send: Callable[[bytes], Awaitable[None]], data: bytes) -> None:
        if self.lost:
            return
        try:
            await send(data)
        except CallerGone:
            self.lost = True

    def _end(self) -> None:
        if self.lost:
            raise CallerGone("the caller hung up; its answer may be asked for again")
