"""A store in memory that can be lost and found again, behind the journal."""

import asyncio
from pathlib import Path

from tests.adapters.test_memory import MemoryWorld
from tests.contract.store import NOW, token
from waystation.adapters.memory import MemoryStore
from waystation.adapters.spool.store import SpooledStore
from waystation.wire.booking import ClaimOrder, Held, HoldOrder, Posted, PostOrder, Refused, Taken
from waystation.wire.catalogue import Catalogue, Organization
from waystation.wire.errors import StoreUnavailable


class LivingStore(MemoryStore):
    """`mute`: it answers no more, though it may have done what it was asked. Who books is told so in time."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.mute = False
        self.alive = False
        self.asked = 0

    @property
    def healthy(self) -> bool:
        return not self.broken

    @property
    def leads(self) -> bool:
        return True

    async def start(self) -> None:
        self.alive = True

    async def aclose(self) -> None:
        self.alive = False

    async def hold(self, order: HoldOrder) -> Held | Refused:
        await self._answering()
        return await super().hold(order)

    async def post(self, order: PostOrder) -> Posted:
        self.asked += 1
        posted = await super().post(order)
        await self._answering()
        return posted

    async def void(self, hold_id: str, *, at: float) -> None:
        await super().void(hold_id, at=at)
        await self._answering()

    async def claim_key(self, order: ClaimOrder) -> Taken | None:
        if self.mute:
            await asyncio.get_running_loop().create_future()
        return await super().claim_key(order)

    async def _answering(self) -> None:
        if self.mute:
            await asyncio.sleep(0.2)
            raise StoreUnavailable("The ledger did not answer within 0.2 seconds.")


class SpooledWorld(MemoryWorld):
    """`inner` is what a gateway that was killed leaves behind; `spooled` is the gateway's."""

    def __init__(self, folder: Path, *, journal_bytes_max: int = 1 << 20, timeout_s: float = 0.2) -> None:
        super().__init__()
        self.inner = LivingStore(Catalogue(revision=1, organizations=(Organization("org_1", "acme", 30),)))
        self.folder = folder
        self.journal_bytes_max = journal_bytes_max
        self.timeout_s = timeout_s
        self.now = NOW
        self.spooled = self.anew()
        self.store = self.inner
        self.open_wallet("org_1", "USD", 100)
        self.put_token(token())

    def anew(self, *, shared: bool = False) -> SpooledStore:
        """The store of a process that is started on what is there; `shared`: as one of several workers."""
        return SpooledStore(
            self.inner,
            self.folder,
            timeout_s=self.timeout_s,
            journal_bytes_max=self.journal_bytes_max,
            shared=shared,
        )

    async def kill(self) -> None:
        """End the gateway as SIGKILL would: nothing is tidied up but the file's lock, which the kernel takes back."""
        for duty in self.spooled._duties:
            duty.cancel()
        await asyncio.gather(*self.spooled._duties, return_exceptions=True)
        self.spooled._close()
