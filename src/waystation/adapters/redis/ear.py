"""What other gateways say: one connection that listens to some channels, for as long as the gateway runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from redis.asyncio.client import PubSub

from waystation.adapters.redis.address import LOST, RedisAddress

log = logging.getLogger(__name__)

QUIET_S: Final = 5.0  # then it asks whether anybody is there
PATIENCE_S: Final = 2.0
PAUSE_S: Final = 0.1
PAUSE_MAX_S: Final = 1.0

Listener = Callable[[bytes], None]


class Ear:
    """`listeners` by channel, without the prefix. `catch_up` is awaited whenever it listens again, also at first.

    What was said meanwhile it has not heard: `catch_up` is to read it, and may raise one of LOST.
    """

    def __init__(
        self, address: RedisAddress, listeners: Mapping[str, Listener], catch_up: Callable[[], Awaitable[None]]
    ) -> None:
        self._client = address.client(timeout_s=None)
        self._listeners = {f"{address.prefix}:{name}".encode(): listener for name, listener in listeners.items()}
        self._catch_up = catch_up
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="waystation-redis-ear")

    async def aclose(self) -> None:
        self._closing = True  # redis-py may keep a cancellation to itself
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    async def _run(self) -> None:
        pause_s = PAUSE_S
        while not self._closing:
            subscription = self._client.pubsub()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await subscription.subscribe(*self._listeners)
                    await self._catch_up()
                pause_s = PAUSE_S
                await self._listen(subscription)
            except LOST as error:
                log.debug("redis not listened to", extra={"error": str(error)})
            finally:
                with suppress(*LOST):
                    await subscription.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, PAUSE_MAX_S)

    async def _listen(self, subscription: PubSub) -> None:
        """Until the connection is lost. Raises: one of LOST."""
        asked = False
        while not self._closing:
            message = await subscription.get_message(timeout=PATIENCE_S if asked else QUIET_S)
            if message is None:
                if asked:
                    raise TimeoutError("nobody answers")
                await subscription.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                self._hear(message["channel"], message["data"])

    def _hear(self, channel: bytes, word: bytes) -> None:
        try:
            self._listeners[channel](word)
        except Exception:  # perhaps of another version: one word that is not understood must not end the listening
            log.exception("redis not understood", extra={"channel": channel.decode()})
