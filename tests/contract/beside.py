"""What other processes do beside a store on a database: apply a catalogue, book money by hand, look at accounts."""

from typing import Final

from sqlalchemy import select

from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.office import Office
from waystation.adapters.sql.tables.ledger import accounts
from waystation.adapters.sql.verify import verify
from waystation.ledger.errand import CreditLine, Errand, Refund, TopUp, Transfer
from waystation.ledger.posting import Account
from waystation.ledger.verify import Report
from waystation.manifest.repository import Changes
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Node, Organization, Token
from waystation.wire.errors import NotBooked
from waystation.wire.money import Money

TOTALS: Final = ("credits_posted", "debits_posted", "debits_pending", "slack")
CIPHER: Final = Cipher("a master key for tests only, 32+ characters")


class Beside:
    """Over connections of their own to `database`. `now` is what their clocks tell."""

    now: float
    database: Database

    def write(self, changes: Changes) -> None:
        repository = SqlRepository(self.database, CIPHER)
        with repository.writing():
            repository.write(changes, at=self.now)

    def open_wallet(self, organization_id: str, currency: str, nanos: int) -> None:
        self.write(Changes(kept_by="file", wallets=((organization_id, Money(nanos, currency)),)))

    def put_organization(self, organization: Organization) -> None:
        self.write(Changes(kept_by="file", organizations=(organization,)))

    def put_node(self, node: Node) -> None:
        self.write(Changes(kept_by="file", nodes=(node,)))

    def put_token(self, token: Token) -> None:
        self.write(Changes(kept_by="file", tokens=(token,)))

    def revoke(self, token_id: str) -> None:
        self.write(Changes(kept_by="file", revoked_tokens=(token_id,)))

    def account(self, ceiling: Ceiling) -> Account | None:
        return self.accounts().get(ceiling)

    def accounts(self) -> dict[Ceiling, Account]:
        with self.database.reading() as connection:
            rows = connection.execute(select(accounts).where(accounts.c.kind != "system")).mappings().all()
        named = (({name: row[name] for name in Ceiling.__struct_fields__}, row) for row in rows)
        return {Ceiling(**names): Account(**names, **{total: row[total] for total in TOTALS}) for names, row in named}

    @property
    def served(self) -> bool:
        """Whether a store runs on the database."""
        raise NotImplementedError

    def verify(self) -> Report:
        return verify(self.database, now=self.now, served=self.served)

    def top_up(self, nanos: int) -> bool:
        return self._book(TopUp(organization_id="org_1", amount_nanos=nanos, currency="USD"))

    def refund(self, nanos: int) -> bool:
        return self._book(Refund(organization_id="org_1", amount_nanos=nanos, currency="USD"))

    def lend(self, nanos: int) -> bool:
        return self._book(CreditLine(organization_id="org_1", amount_nanos=nanos, currency="USD"))

    def transfer(self, source: Ceiling, target: Ceiling, nanos: int) -> bool:
        errand = Transfer(
            organization_id="org_1", from_budget=source.owner_id, to_budget=target.owner_id, amount_nanos=nanos
        )
        return self._book(errand)

    def _book(self, errand: Errand) -> bool:
        try:
            Office(self.database, lambda: self.now).book(errand)
        except NotBooked:
            return False
        return True
