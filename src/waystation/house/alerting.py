"""Telling whoever runs the gateway that a budget has come to one of its thresholds: once for each window."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.windows import note_alert, read_noted
from waystation.house.tenants import Counted, counted, spendings_of
from waystation.ledger.spending import Spending
from waystation.ports import Clock
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import WaystationError
from waystation.wire.money import Money

log = logging.getLogger(__name__)

EVERY_S: Final = 10.0


class Alerting:
    """`catalogue` gives the newest; `count` is told each threshold that was passed, for metrics. Who `leads` looks."""

    def __init__(
        self,
        database: Database,
        catalogue: Callable[[], Catalogue],
        clock: Clock,
        count: Callable[[int], None],
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._clock = clock
        self._count = count
        self._leads = leads
        self._seen: Catalogue | None = None
        self._watched: list[Counted] = []
        self._told: set[tuple[int, int]] = set()  # accounts and thresholds that need no second look

    async def run(self) -> None:
        """Look now and then, for ever; cancelled at the end of the server."""
        while True:
            await asyncio.sleep(EVERY_S)
            if not self._leads():
                continue
            try:
                for spending, threshold in await asyncio.to_thread(self.look):
                    self._tell(spending, threshold)
            except WaystationError as error:  # the database is away: the next look will see what was passed meanwhile
                log.warning("budgets not looked at", extra={"error": str(error)})

    def look(self) -> list[tuple[Spending, int]]:
        """What was passed since the last look, by whichever server noted it first. Raises: StoreUnavailable."""
        now = self._clock.now()
        catalogue = self._catalogue()
        if catalogue is not self._seen:
            self._seen = catalogue
            self._watched = [one for one in counted(catalogue) if one.budget.thresholds]
        if not self._watched:
            return []
        passed = {
            (spending.account_id, threshold): spending
            for spending in spendings_of(self._watched, self._database, now)
            for threshold in spending.passed()
            if spending.account_id is not None and (spending.account_id, threshold) not in self._told
        }
        if not passed:
            return []
        self._told |= passed.keys()
        with self._database.reading() as connection:
            noted = read_noted(connection, {account_id for account_id, _ in passed})
        new = [key for key in passed if key not in noted]
        if not new:
            return []
        with self._database.writing() as connection:
            return [(passed[key], key[1]) for key in sorted(new) if note_alert(connection, *key, now)]

    def _tell(self, spending: Spending, threshold: int) -> None:
        self._count(threshold)
        currency = spending.budget.currency
        facts = {
            "owner": spending.owner,
            "threshold": threshold,
            "period": spending.budget.period,
            "spent": str(Money(spending.spent_nanos, currency)),
            "limit": str(Money(spending.limit_nanos, currency)),
        }
        log.warning("budget alert", extra=facts)
