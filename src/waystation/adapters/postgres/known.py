"""What a server remembers of the ledger so that a batch needs one statement: accounts by ceiling, live sub-tokens."""

from collections.abc import Iterable
from math import inf
from typing import Any, Final, NamedTuple

import msgspec

from waystation.adapters.postgres.link import Connection
from waystation.ledger.posting import REVENUE, SOFT
from waystation.wire.booking import Ceiling

CHAINS_MAX: Final = 20_000  # about a kilobyte each
TOKENS_MAX: Final = 50_000
HELD_MAX: Final = 100_000
ACCOUNTS_MAX: Final = 200_000

_read_ids: Final = msgspec.json.Decoder(tuple[int, ...]).decode

# kind, owner, currency, period, start: what names an account
_Key = tuple[str, str, str, str, int]
_ASKED: Final = (
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])"
    " AS asked(kind, owner_id, currency, period, starts_at)"
)
_FIND: Final = (
    f"SELECT kind, owner_id, currency, period, starts_at, id FROM ({_ASKED}) AS asked"  # noqa: S608 - constants
    " JOIN accounts USING (kind, owner_id, currency, period, starts_at)"
)

# The budget is locked so that an amount that is just being changed is not missed: who changes it does so first, and
# then in the windows that are open. In the order of their names, so that two servers never wait for each other.
_OPEN: Final = (
    f"WITH asked AS ({_ASKED}), ceilings AS ("  # noqa: S608 - constants
    "  SELECT asked.*, b.amount, b.hard FROM budgets AS b JOIN asked ON asked.kind = 'budget' AND b.id = asked.owner_id"
    "   AND b.currency = asked.currency AND b.period = asked.period WHERE b.removed_at IS NULL FOR SHARE OF b)"
    " INSERT INTO accounts (kind, owner_id, currency, period, starts_at, credits_posted, debits_posted, debits_pending,"
    "  slack) SELECT kind, owner_id, currency, period, starts_at, credit, 0, 0, slack FROM ("
    "   SELECT kind, owner_id, currency, period, starts_at, amount AS credit,"
    f"   CASE hard WHEN 1 THEN 0 ELSE {SOFT} END AS slack FROM ceilings"
    "   UNION ALL SELECT kind, owner_id, currency, period, starts_at, 0, 0 FROM asked WHERE kind = 'system'"
    "  ) AS opened ORDER BY kind, owner_id, currency, period, starts_at ON CONFLICT DO NOTHING"
)
_BY_ID: Final = "SELECT id, kind, owner_id, currency, period, starts_at FROM accounts WHERE id = ANY($1::bigint[])"
_TOKENS: Final = (
    "SELECT (SELECT revision FROM catalogue) AS revision, array_agg(id) AS ids, array_agg(expires_at) AS expiries"
    " FROM tokens WHERE id = ANY($1::text[]) AND revoked_at IS NULL"
)
# A bill may come after its hold has expired.
_CHAINS: Final = (
    "SELECT id, chain FROM holds WHERE id = ANY($1::text[])"
    " UNION ALL SELECT hold_id, chain FROM releases WHERE hold_id = ANY($1::text[]) AND reason = 'expired'"
)


class Chain(NamedTuple):
    """The accounts that a hold is reserved on, as stored in it, and where its posting goes from and to."""

    ids: tuple[int, ...]
    ceilings: tuple[Ceiling, ...]
    text: str
    wallet_id: int
    revenue_id: int
    currency: str


class Known:
    """Accounts and chains are for ever; which sub-tokens live is true of one revision of the catalogue.

    Only what is there is remembered: what was refused for its lack is looked for again.
    """

    def __init__(self) -> None:
        self.revision: int | None = None
        self._live: dict[str, float] = {}  # sub-token -> when it expires
        self._ids: dict[_Key, int] = {}
        self._by_ceilings: dict[tuple[Ceiling, ...], Chain] = {}
        self._by_text: dict[str, Chain] = {}
        self._of_holds: dict[str, Chain] = {}  # open holds: those of this server, and some of others

    def forget(self) -> None:
        """The catalogue has changed."""
        self.revision = None
        self._live.clear()
        self._by_ceilings.clear()

    def is_live(self, token_id: str, at: float) -> bool:
        return self._live.get(token_id, -inf) > at

    def chain(self, ceilings: tuple[Ceiling, ...]) -> Chain | None:
        return self._by_ceilings.get(ceilings)

    def missing(self, ceilings: tuple[Ceiling, ...]) -> Ceiling | None:
        """The first that has no account."""
        return next((ceiling for ceiling in ceilings if _key(ceiling) not in self._ids), None)

    def chain_of(self, hold_id: str) -> Chain | None:
        return self._of_holds.get(hold_id)

    def opened(self, hold_id: str, chain: Chain) -> None:
        if len(self._of_holds) >= HELD_MAX:
            self._of_holds.pop(next(iter(self._of_holds)))  # the oldest; it is read again if it is asked for
        self._of_holds[hold_id] = chain

    def ended(self, hold_id: str) -> None:
        self._of_holds.pop(hold_id, None)

    async def learn(
        self,
        connection: Connection,
        *,
        tokens: Iterable[str],
        chains: Iterable[tuple[Ceiling, ...]],
        holds: Iterable[str],
    ) -> None:
        """Look up what is not known yet. Budgets' windows that are new are opened."""
        if len(self._by_text) >= CHAINS_MAX:
            self._by_text.clear()
            self._by_ceilings.clear()
        if len(self._ids) >= ACCOUNTS_MAX:
            self._ids.clear()
            self._by_ceilings.clear()
        wanted = set(tokens)
        unknown_tokens = [token for token in wanted if token not in self._live]
        if (unknown_tokens or self.revision is None) and await self._learn_tokens(connection, unknown_tokens):
            await self._learn_tokens(connection, list(wanted))
        unknown = {ceilings for ceilings in chains if ceilings not in self._by_ceilings}
        if unknown:
            await self._learn_chains(connection, unknown)
        unknown_holds = [hold_id for hold_id in holds if hold_id not in self._of_holds]
        if unknown_holds:
            await self._learn_holds(connection, unknown_holds)

    async def _learn_tokens(self, connection: Connection, tokens: list[str]) -> bool:
        """Whether all that was known had to go."""
        ((revision, ids, expiries),) = await connection.fetch(_TOKENS, tokens)
        moved = revision != self.revision or len(self._live) >= TOKENS_MAX
        if moved:
            self.forget()
            self.revision = revision
        for token_id, expires_at in zip(ids or (), expiries or (), strict=True):
            self._live[token_id] = inf if expires_at is None else expires_at
        return moved

    async def _learn_chains(self, connection: Connection, unknown: set[tuple[Ceiling, ...]]) -> None:
        await self._learn_accounts(connection, {_key(ceiling) for ceilings in unknown for ceiling in ceilings})
        complete = [ceilings for ceilings in unknown if self.missing(ceilings) is None]
        await self._learn_revenues(connection, complete)
        for ceilings in complete:
            self._by_ceilings[ceilings] = self._make(ceilings)

    async def _learn_holds(self, connection: Connection, hold_ids: list[str]) -> None:
        texts: dict[str, str] = dict(await connection.fetch(_CHAINS, hold_ids))
        unread = {text: _read_ids(text) for text in texts.values() if text not in self._by_text}
        if unread:
            rows = await connection.fetch(_BY_ID, [id_ for ids in unread.values() for id_ in ids])
            found = {id_: Ceiling(*key) for id_, *key in rows}
            self._ids |= {_key(ceiling): id_ for id_, ceiling in found.items()}
            read = [tuple(found[id_] for id_ in ids) for ids in unread.values()]
            await self._learn_revenues(connection, read)
            for ceilings in read:
                self._make(ceilings)
        for hold_id, text in texts.items():
            self.opened(hold_id, self._by_text[text])

    async def _learn_revenues(self, connection: Connection, chains: Iterable[tuple[Ceiling, ...]]) -> None:
        await self._learn_accounts(connection, {_revenue(_wallet(ceilings).currency) for ceilings in chains})

    async def _learn_accounts(self, connection: Connection, keys: set[_Key]) -> None:
        await self._find(connection, keys)
        missing = [key for key in keys if key not in self._ids and key[0] != "wallet"]
        if missing:
            await connection.execute(_OPEN, *_columns(missing))
            await self._find(connection, keys)

    async def _find(self, connection: Connection, keys: set[_Key]) -> None:
        unknown = [key for key in keys if key not in self._ids]
        if unknown:
            rows = await connection.fetch(_FIND, *_columns(unknown))
            self._ids |= {tuple(key): id_ for *key, id_ in rows}

    def _make(self, ceilings: tuple[Ceiling, ...]) -> Chain:
        ids = tuple(self._ids[_key(ceiling)] for ceiling in ceilings)
        text = f"[{','.join(map(str, ids))}]"
        wallet = _wallet(ceilings)
        revenue_id = self._ids[_revenue(wallet.currency)]
        chain = Chain(ids, ceilings, text, self._ids[_key(wallet)], revenue_id, wallet.currency)
        return self._by_text.setdefault(text, chain)


def _key(ceiling: Ceiling) -> _Key:
    return (ceiling.kind, ceiling.owner_id, ceiling.currency, ceiling.period, ceiling.starts_at)


def _wallet(ceilings: tuple[Ceiling, ...]) -> Ceiling:
    return next(ceiling for ceiling in ceilings if ceiling.kind == "wallet")


def _revenue(currency: str) -> _Key:
    return ("system", REVENUE, currency, "total", 0)


def _columns(keys: list[_Key]) -> list[list[Any]]:
    return [list(column) for column in zip(*keys, strict=True)]
