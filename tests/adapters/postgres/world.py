"""A running store on a database of its own, and the other processes beside it."""

from itertools import count
from typing import Any

import pg8000.native

from tests.cluster import cluster, fresh
from tests.contract.store import NOW, token
from waystation.adapters.crypto import Cipher
from waystation.adapters.postgres.store import PostgresStore
from waystation.ledger.posting import Account
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Token
from waystation.wire.ids import make_id

CIPHER = Cipher("a master key for tests only, 32+ characters")


class PostgresWorld:
    """Its clock is the store's: `now` moves only by hand."""

    def __init__(self, name: str | None = None, url: str | None = None) -> None:
        self.now = NOW
        self.name = name or fresh()
        self.url = url or cluster().url(self.name)
        self.store = self.another(self.url)
        self._beside: pg8000.native.Connection | None = None

    def another(self, url: str | None = None) -> PostgresStore:
        """A store beside it, of another server."""
        return PostgresStore(url or self.url, cipher=CIPHER, clock=_Clock(self))

    def prepare(self, credit_nanos: int = 100) -> None:
        """The contract's organization, wallet and token, before the store starts."""
        self.sql(
            "INSERT INTO organizations (id, name, created_at, kept_by, retain_responses_days)"
            " VALUES ('org_1', 'acme', 0, 'file', 30)"
        )
        self.open_wallet("org_1", "USD", credit_nanos)
        self.put_token(token())

    def open_wallet(self, organization_id: str, currency: str, nanos: int) -> None:
        self.sql(
            "WITH opened AS (INSERT INTO accounts (kind, owner_id, currency, period, starts_at, credits_posted,"
            "   debits_posted, debits_pending) VALUES ('wallet', :owner, :currency, 'total', 0, :nanos, 0, 0)"
            "   RETURNING id),"
            " equity AS (INSERT INTO accounts (kind, owner_id, currency, period, starts_at, credits_posted,"
            "   debits_posted, debits_pending) VALUES ('system', 'equity', :currency, 'total', 0, 0, :nanos, 0)"
            "   RETURNING id)"
            " INSERT INTO postings (at, kind, debit_account, credit_account, amount, currency, held, chain, shortfall,"
            "   marks) SELECT 0, 'opening', equity.id, opened.id, :nanos, :currency, 0, '[]', 0, '[]'"
            "   FROM opened, equity",
            owner=organization_id,
            currency=currency,
            nanos=nanos,
        )

    def retain(self, days: int) -> None:
        self.sql("UPDATE organizations SET retain_responses_days = :days WHERE id = 'org_1'", days=days)
        self._revise()

    def put_token(self, token: Token) -> None:
        budget = token.budget
        self.sql(
            "INSERT INTO tokens (id, name, organization_id, digest, hint, all_models, budget_nanos, budget_currency,"
            " budget_period, expires_at, created_at, kept_by) VALUES (:id, :id, 'org_1', :digest, '', 1, :nanos,"
            " :currency, :period, :expires_at, 0, 'file') ON CONFLICT (id) DO UPDATE SET expires_at = :expires_at,"
            " budget_nanos = :nanos, budget_currency = :currency, budget_period = :period",
            id=token.id,
            digest=token.digest,
            nanos=budget and budget.amount_nanos,
            currency=budget and budget.currency,
            period=budget and budget.period,
            expires_at=token.expires_at,
        )
        if budget is not None:
            self.sql(
                "INSERT INTO budgets (id, owner_kind, owner_id, position, amount, currency, period, hard, thresholds)"
                " VALUES (:id, 'token', :id, 0, :nanos, :currency, :period, :hard, '[]')"
                " ON CONFLICT (id) DO UPDATE SET amount = :nanos, currency = :currency, period = :period",
                id=budget.id or token.id,
                nanos=budget.amount_nanos,
                currency=budget.currency,
                period=budget.period,
                hard=int(budget.hard),
            )
            self.sql(
                "UPDATE accounts SET credits_posted = :nanos WHERE kind = 'budget' AND owner_id = :id",
                id=budget.id or token.id,
                nanos=budget.amount_nanos,
            )
        self._revise()

    def revoke(self, token_id: str) -> None:
        self.sql("UPDATE tokens SET revoked_at = 1 WHERE id = :id", id=token_id)
        self._revise()

    def account(self, ceiling: Ceiling) -> Account | None:
        rows = self.sql(
            "SELECT credits_posted, debits_posted, debits_pending, slack FROM accounts WHERE kind = :kind"
            " AND owner_id = :owner_id AND currency = :currency AND period = :period AND starts_at = :starts_at",
            **{field: getattr(ceiling, field) for field in Ceiling.__struct_fields__},
        )
        if not rows:
            return None
        ((credits_posted, debits_posted, debits_pending, slack),) = rows
        return Account(
            kind=ceiling.kind,
            owner_id=ceiling.owner_id,
            currency=ceiling.currency,
            credits_posted=credits_posted,
            debits_posted=debits_posted,
            debits_pending=debits_pending,
            slack=slack,
        )

    async def sweep(self) -> int:
        return await self.store.sweep()

    async def aclose(self) -> None:
        await self.store.aclose()
        self.leave()

    def leave(self) -> None:
        if self._beside is not None:
            self._beside.close()
            self._beside = None

    def sql(self, statement: str, **parameters: Any) -> list[Any]:
        """Over a connection that is not the store's."""
        if self._beside is None:
            self._beside = pg8000.native.Connection(
                "postgres", host="127.0.0.1", port=cluster().port, database=self.name
            )
        return list(self._beside.run(statement, **parameters) or ())

    def _revise(self) -> None:
        self.sql("UPDATE catalogue SET revision = revision + 1")


async def started() -> PostgresWorld:
    world = PostgresWorld()
    world.prepare()
    await world.store.start()
    return world


class _Clock:
    def __init__(self, world: PostgresWorld) -> None:
        self._world = world
        self._ids = count(1)

    def now(self) -> float:
        return self._world.now

    def monotonic(self) -> float:
        return self._world.now

    def new_id(self, prefix: str) -> str:
        return make_id(prefix, int(self._world.now * 1000), next(self._ids) + id(self) % 2**32 * 2**16)

    def draw(self) -> float:
        return 0.5
