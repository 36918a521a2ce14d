"""`ports.Store` in memory: the same answers as the SQLite store, and nothing kept. For tests and trials."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from waystation.ledger.call_key import Claimed, Fate, taken
from waystation.ledger.posting import AMOUNT_MAX, SOFT, Account, fit, opened_by
from waystation.wire.booking import Ceiling, ClaimOrder, ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused, Taken
from waystation.wire.catalogue import Budget, Catalogue, Node, Organization, Token
from waystation.wire.errors import HoldEnded, RequestTooLarge, StoreUnavailable
from waystation.wire.record import CallRecord
from waystation.wire.stored import TEXT_BYTES_MAX, StoredResponse


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting, with the order that it answers."""

    order: PostOrder
    posted: Posted
    currency: str


class MemoryStore:
    """What it holds is there to be looked at; `known` is the catalogue.

    While `broken` is set, every method raises StoreUnavailable.
    """

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self.accounts: dict[Ceiling, Account] = {}
        self.open_holds: dict[str, HoldOrder] = {}
        self.ended_holds: dict[str, str] = {}  # voided or expired
        self.postings: dict[str, Entry] = {}
        self.records: list[CallRecord] = []
        self.keys: dict[bytes, ClaimOrder] = {}  # of calls, by their digest
        self.responses: dict[tuple[str, str], StoredResponse] = {}  # by organization and id
        self.broken = False
        self.known = catalogue or Catalogue(revision=0)
        self._released: dict[str, HoldOrder] = {}
        self._tokens: dict[str, Token] = {}
        self._budgets: dict[str, Budget] = {}  # whoever has them
        self._listeners: list[Callable[[], None]] = []
        self._index()

    def open_wallet(self, organization_id: str, currency: str, opening_nanos: int) -> None:
        """An organization's wallet; one that exists is left as it is. Raises: ValueError."""
        if not 0 <= opening_nanos <= AMOUNT_MAX:
            raise ValueError(f"{opening_nanos} nanos is not an amount from 0 to {AMOUNT_MAX}")
        ceiling = Ceiling("wallet", organization_id, currency)
        self.accounts.setdefault(ceiling, opened_by(ceiling, opening_nanos))

    def change(self, catalogue: Catalogue) -> None:
        """As if another process had applied it. Budgets that changed are carried into their open windows."""
        self.known, before = catalogue, self._budgets
        self._index()
        for ceiling, account in self.accounts.items():
            budget = self._budget_of(ceiling)
            if budget is not None and ceiling.owner_id in before:
                credit = account.credits_posted + budget.amount_nanos - before[ceiling.owner_id].amount_nanos
                self.accounts[ceiling] = msgspec.structs.replace(account, credits_posted=credit, slack=_slack(budget))
        for listener in self._listeners:
            listener()

    async def hold(self, order: HoldOrder) -> Held | Refused:
        """Raises besides what the port says: ValueError for an order that makes no sense."""
        self._check(order.amount_nanos)
        if [ceiling.kind for ceiling in order.ceilings].count("wallet") != 1:
            raise ValueError(f"a hold needs one wallet, not {order.ceilings}")
        if not self._is_live(order.token_id, order.at):
            return Refused("token_revoked")
        for ceiling in order.ceilings:
            refused = self._open(ceiling)
            if refused is not None:
                return refused
        return self._short(order.ceilings, order.amount_nanos, order.amount_nanos) or self._hold(order)

    async def extend(self, order: ExtendOrder) -> Held | Refused:
        """Raises besides what the port says: ValueError for an order that makes no sense."""
        self._check(order.amount_nanos)
        hold = self.open_holds.get(order.hold_id)
        if hold is None:
            raise self._ended(order.hold_id)
        amount = max(order.amount_nanos, hold.amount_nanos)
        more = amount - hold.amount_nanos
        refused = self._short(hold.ceilings, more, amount) if more else None
        if refused is not None:
            return refused
        for ceiling in hold.ceilings:
            self.accounts[ceiling] = self.accounts[ceiling].reserve(more)
        expires_at = max(hold.expires_at, order.expires_at or 0)
        self.open_holds[hold.hold_id] = msgspec.structs.replace(hold, amount_nanos=amount, expires_at=expires_at)
        return Held(hold.hold_id, amount)

    async def post(self, order: PostOrder) -> Posted:
        self._check(order.amount_nanos)
        if order.hold_id in self.postings:
            return self.postings[order.hold_id].posted
        hold = self.open_holds.pop(order.hold_id, None) or self._expired(order)
        if hold is None:
            raise self._ended(order.hold_id)
        spare = min(self.accounts[ceiling].available for ceiling in hold.ceilings)
        booked, shortfall = fit(order.amount_nanos, held_nanos=hold.amount_nanos, spare_nanos=spare)
        self._settle(hold, booked)
        posted = Posted(order.hold_id, booked, shortfall)
        self.postings[order.hold_id] = Entry(order, posted, hold.ceilings[-1].currency)
        return posted

    async def void(self, hold_id: str, *, at: float) -> None:
        assert at >= 0
        self._check(0)
        self._release(hold_id, "voided")

    async def claim_key(self, order: ClaimOrder) -> Taken | None:
        self._check(0)
        found = taken(self._claimed(order.digest), order)
        if found is None:
            self.keys[order.digest] = order
        return found

    async def free_key(self, digest: bytes, call_id: str) -> None:
        self._check(0)
        known = self._claimed(digest)
        if known is not None and known.call_id == call_id and known.fate == "none":
            del self.keys[digest]

    async def sweep(self, now: float) -> int:
        """End the holds that are past their time; how many. Drop the stored responses that are."""
        late = [hold_id for hold_id, hold in self.open_holds.items() if hold.expires_at <= now]
        for hold_id in late:
            self._release(hold_id, "expired")
        for key, stored in list(self.responses.items()):
            if stored.expires_at <= now or self._is_outlived(stored, now):
                del self.responses[key]
        return len(late)

    async def record(self, call: CallRecord, basis: bytes | None = None) -> None:  # noqa: ARG002 - it keeps the record
        self._check(0)
        self.records.append(call)

    async def keep_response(self, stored: StoredResponse) -> None:
        self._check(0)
        if stored.text_bytes > TEXT_BYTES_MAX:
            raise RequestTooLarge(f"A response is stored up to {TEXT_BYTES_MAX} bytes, and this one is larger.")
        self.responses[stored.organization_id, stored.id] = stored

    async def find_response(self, organization_id: str, response_id: str, *, at: float) -> StoredResponse | None:
        self._check(0)
        stored = self.responses.get((organization_id, response_id))
        return stored if stored is not None and stored.expires_at > at else None

    async def drop_response(self, organization_id: str, response_id: str) -> bool:
        self._check(0)
        return self.responses.pop((organization_id, response_id), None) is not None

    async def catalogue(self) -> Catalogue:
        self._check(0)
        return self.known

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def _check(self, nanos: int) -> None:
        if self.broken:
            raise StoreUnavailable("The ledger can't be written right now.")
        if nanos < 0:
            raise ValueError(f"{nanos} nanos is no amount")

    def _index(self) -> None:
        self._tokens = {token.id: token for token in self.known.tokens}
        owners: tuple[Organization | Node | Token, ...] = (
            *self.known.organizations,
            *self.known.nodes,
            *self.known.tokens,
        )
        self._budgets = {budget.id: budget for owner in owners for budget in owner.budgets}

    def _is_live(self, token_id: str, at: float) -> bool:
        token = self._tokens.get(token_id)
        return token is not None and token.revoked_at is None and (token.expires_at is None or token.expires_at > at)

    def _is_outlived(self, stored: StoredResponse, at: float) -> bool:
        """Whether it has text that is older than its organization allows now."""
        days = {organization.id: organization.retain_responses_days for organization in self.known.organizations}
        retained = days.get(stored.organization_id)
        return stored.has_text and retained is not None and stored.created_at <= at - 86_400 * retained

    def _budget_of(self, ceiling: Ceiling) -> Budget | None:
        budget = self._budgets.get(ceiling.owner_id) if ceiling.kind == "budget" else None
        if budget is None or (budget.currency, budget.period) != (ceiling.currency, ceiling.period):
            return None
        return budget

    def _open(self, ceiling: Ceiling) -> Refused | None:
        """Open a budget's window if it is asked for first."""
        if ceiling in self.accounts:
            return None
        if ceiling.kind == "wallet":
            return Refused("no_wallet", ceiling)
        budget = self._budget_of(ceiling)
        if budget is None:
            return Refused("budget", ceiling)
        self.accounts[ceiling] = opened_by(ceiling, budget.amount_nanos, _slack(budget))
        return None

    def _short(self, ceilings: tuple[Ceiling, ...], more: int, amount: int) -> Refused | None:
        """The first ceiling that can't cover so much more, for a hold of that amount in all."""
        for ceiling in ceilings:
            account = self.accounts[ceiling]
            if account.available < more or amount > AMOUNT_MAX:
                return Refused(ceiling.kind, ceiling, account.available, account.limit)
        return None

    def _hold(self, order: HoldOrder) -> Held:
        known = self.open_holds.get(order.hold_id)
        if known is None and order.hold_id not in self.postings and order.hold_id not in self.ended_holds:
            for ceiling in order.ceilings:
                self.accounts[ceiling] = self.accounts[ceiling].reserve(order.amount_nanos)
            self.open_holds[order.hold_id] = order
        elif known is None or (known.token_id, known.amount_nanos) != (order.token_id, order.amount_nanos):
            raise HoldEnded(f"hold {order.hold_id!r} is another one's")
        return Held(order.hold_id, order.amount_nanos)

    def _expired(self, order: PostOrder) -> HoldOrder | None:
        """The hold of a late order if it has expired: nothing is reserved for it any more."""
        if not order.late or self.ended_holds.get(order.hold_id) != "expired":
            return None
        return msgspec.structs.replace(self._released[order.hold_id], amount_nanos=0)

    def _claimed(self, digest: bytes) -> Claimed | None:
        order = self.keys.get(digest)
        if order is None:
            return None
        fate: Fate = "none"
        amount, currency = 0, ""
        if order.hold_id in self.postings:
            fate, amount = "posted", self.postings[order.hold_id].posted.amount_nanos
            currency = self.postings[order.hold_id].currency
        elif order.hold_id in self.open_holds:
            fate = "held"
        elif order.hold_id in self.ended_holds:
            fate = "released"
        return Claimed(order.input_digest, order.call_id, order.at, order.expires_at, fate, amount, currency)

    def _ended(self, hold_id: str) -> HoldEnded:
        ended = "posted" if hold_id in self.postings else self.ended_holds.get(hold_id)
        return HoldEnded(f"hold {hold_id!r} was {ended} before" if ended else f"there is no hold {hold_id!r}")

    def _settle(self, hold: HoldOrder, booked: int) -> None:
        for ceiling in hold.ceilings:
            self.accounts[ceiling] = self.accounts[ceiling].settle(hold.amount_nanos, booked)

    def _release(self, hold_id: str, reason: str) -> None:
        hold = self.open_holds.pop(hold_id, None)
        if hold is not None:
            self._settle(hold, 0)
            self.ended_holds[hold_id] = reason
            self._released[hold_id] = hold


def _slack(budget: Budget) -> int:
    return 0 if budget.hard else SOFT
