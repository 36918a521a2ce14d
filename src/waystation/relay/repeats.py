"""Calls with an idempotency key: one upstream call and one bill, however often it is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from waystation.ports import Clock, Store
from waystation.relay.answers import Answer, Answers
from waystation.relay.call import Call, Repeat, Reply
from waystation.relay.claim import claim_of, conflict, expect_same, refusal
from waystation.relay.pipeline import Relay
from waystation.relay.recorder import Recorder
from waystation.wire.errors import (
    CallerGone,
    HouseError,
    StoreUnavailable,
    WaystationError,
)


class Repeats:
    """`Relay.run` for all calls, but each that has a key is run once.

    A key is claimed in the store before the upstream is asked, so that two gateways agree. What was answered is known
    to the gateway that answered, in memory: elsewhere, and later, only that and at what cost.
    """

    __slots__ = ("_answers", "_clock", "_observe", "_relay", "_store")

    def __init__(self, relay: Relay, store: Store, clock: Clock, answers: Answers, observe: Callable[[], None]) -> None:
        """`observe` is told of every answer that is given again."""
        self._relay = relay
        self._store = store
        self._clock = clock
        self._answers = answers
        self._observe = observe

    def run(self, call: Call, reply: Reply) -> Awaitable[None]:
        """Raises besides what the relay does: IdempotencyConflict, IdempotencyKeyReused, AnswerGone.

        No coroutine of its own around the relay's: most calls have no key.
        """
        return self._relay.run(call, reply) if call.repeat is None else self._run_once(call, call.repeat, reply)

    async def _run_once(self, call: Call, repeat: Repeat, reply: Reply) -> None:
        while (answer := self._answers.find(repeat.digest)) is not None:
            expect_same(answer.input_digest, repeat, answer.call_id)
            if answer.ended.is_set():
                self._observe()
                await _replay(answer, call, reply)
                return
            await self._wait(answer, call)
        await self._run_first(call, repeat, reply)

    async def _wait(self, answer: Answer, call: Call) -> None:
        try:
            async with asyncio.timeout(max(0.0, call.deadline - self._clock.monotonic())):
                await answer.ended.wait()
        except TimeoutError:
            raise conflict(answer.call_id) from None

    async def _run_first(self, call: Call, repeat: Repeat, reply: Reply) -> None:
        answer = Answer(call.call_id, repeat.input_digest)
        recorder = Recorder(reply, self._answers, answer)
        self._answers.begin(repeat.digest, answer)
        try:
            await self._claim(call, repeat)
        except BaseException:
            self._answers.drop(repeat.digest)
            raise
        try:
            await self._relay.run(call, recorder)
        except BaseException as error:
            await self._end(call, repeat, recorder, error)
            raise
        await self._end(call, repeat, recorder, None)

    async def _claim(self, call: Call, repeat: Repeat) -> None:
        """Raises: IdempotencyConflict, IdempotencyKeyReused, AnswerGone; StoreUnavailable."""
        taken = await self._store.claim_key(claim_of(call, repeat, call.at))
        if taken is not None:
            expect_same(taken.input_digest, repeat, taken.call_id)
            raise refusal(taken)

    async def _end(self, call: Call, repeat: Repeat, recorder: Recorder, error: BaseException | None) -> None:
        """Keep the answer if there is one; free the key if none had begun."""
        if recorder.begun and recorder.recording and call.token.retention != "none" and _is_answer(error):
            if isinstance(error, WaystationError) and not isinstance(error, CallerGone):
                recorder.kept.failure = error
            self._answers.keep(repeat.digest)
            return
        try:
            if not recorder.begun:
                with suppress(StoreUnavailable):  # then it frees itself
                    await self._store.free_key(repeat.digest, call.call_id)
        finally:
            self._answers.drop(repeat.digest)


def _is_answer(error: BaseException | None) -> bool:
    """Whether what was sent before it was all there is: a house that failed may not have billed it."""
    return error is None or (isinstance(error, WaystationError) and not isinstance(error, HouseError))


async def _replay(answer: Answer, call: Call, reply: Reply) -> None:
    """The same bytes, and the same error after them."""
    body = b"".join(answer.parts)
    reply.replay(answer.call_id)
    if answer.losses:
        reply.tell(answer.losses)
    if answer.failure is not None:
        await reply.stream(body)
        raise answer.failure
    await (reply.finish(body) if call.ask.stream else reply.answer(body))
