"""From the ceilings of an order to the rows of their accounts."""

import sqlite3
from typing import Final, NamedTuple

import msgspec

from waystation.adapters.sqlite import accounts
from waystation.ledger.posting import REVENUE
from waystation.wire.booking import Ceiling, Refused

CHAINS_MAX: Final = 20_000  # about a kilobyte each

_read_ids: Final = msgspec.json.Decoder(tuple[int, ...]).decode


class Chain(NamedTuple):
    """The accounts that a hold is reserved on, as stored in it, and where its posting goes from and to."""

    ids: tuple[int, ...]
    ceilings: tuple[Ceiling, ...]
    text: str
    wallet_id: int
    revenue_id: int
    currency: str


class Chains:
    """After a rollback `forget` must be called: the accounts that it opened are gone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._by_ceilings: dict[tuple[Ceiling, ...], Chain] = {}
        self._by_text: dict[str, Chain] = {}

    def of(self, ceilings: tuple[Ceiling, ...]) -> Chain | Refused:
        """Windows that are new are opened. Raises: ValueError for anything but one wallet and some budgets."""
        return self._by_ceilings.get(ceilings) or self._open(ceilings)

    def stored(self, text: str) -> Chain:
        """The chain of a hold that was made before."""
        return self._by_text.get(text) or self._read(text)

    def forget(self) -> None:
        self._by_ceilings.clear()
        self._by_text.clear()

    def _open(self, ceilings: tuple[Ceiling, ...]) -> Chain | Refused:
        if [ceiling.kind for ceiling in ceilings].count("wallet") != 1 or len(set(ceilings)) < len(ceilings):
            raise ValueError(f"a hold needs one wallet and no account twice, not {ceilings}")
        ids = []
        for ceiling in ceilings:
            account_id = accounts.account_for(self._connection, ceiling)
            if account_id is None:
                return Refused("no_wallet" if ceiling.kind == "wallet" else "budget", ceiling)
            ids.append(account_id)
        if len(self._by_ceilings) >= CHAINS_MAX:
            self.forget()
        chain = self._by_ceilings[ceilings] = self.stored(f"[{','.join(map(str, ids))}]")
        return chain

    def _read(self, text: str) -> Chain:
        ids = _read_ids(text)
        ceilings = tuple(accounts.ceiling_of(self._connection, account_id) for account_id in ids)
        place = next(place for place, ceiling in enumerate(ceilings) if ceiling.kind == "wallet")
        currency = ceilings[place].currency
        revenue_id = accounts.system_account(self._connection, REVENUE, currency)
        chain = self._by_text[text] = Chain(ids, ceilings, text, ids[place], revenue_id, currency)
        return chain
