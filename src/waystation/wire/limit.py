"""Limits on calls: how many in a minute, how many tokens in a minute, how many at once; and a call's way past them."""

from typing import Literal

import msgspec

LimitKind = Literal["requests", "tokens", "concurrency"]
Scope = Literal["token", "member", "project", "department", "organization", "model"]


class Limit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is None is not limited. `model`: for calls of that model only.

    `queue` calls may wait, for `queue_s` seconds each, while there are as many at once as `concurrency` allows.
    """

    rpm: int | None = None
    tpm: int | None = None
    concurrency: int | None = None
    queue: int = 0
    queue_s: int = 0
    model: str | None = None


class Bound(msgspec.Struct, frozen=True):
    """A limit, and whose it is. `id` is what calls are counted under; `owner` in words, as in "department 'R&D'"."""

    id: str
    scope: Scope
    owner: str
    limit: Limit


class Bounds(msgspec.Struct, frozen=True, eq=False):
    """All limits above a sub-token's calls of a model, the narrowest owner's first: one value, known by its identity.

    `metered`: one of them counts tokens.
    """

    each: tuple[Bound, ...]
    metered: bool


class EntryOrder(msgspec.Struct, frozen=True, gc=False):
    """Let this call in. `tokens`: how many to reserve."""

    bounds: Bounds
    tokens: int


class Rates(msgspec.Struct, frozen=True, gc=False):
    """Of all limits above a call those with the least left, for requests and for tokens. `max` None: there is none.

    `reset_ms`: how long until all of it is there again, if nobody calls meanwhile.
    """

    requests_max: int | None
    requests_left: int
    requests_reset_ms: int
    tokens_max: int | None
    tokens_left: int
    tokens_reset_ms: int


class Limited(msgspec.Struct, frozen=True):
    """No limit has let it in, since one refused. `waited`: in its queue, in vain.

    `retry_after_s` None: the call is larger than the limit, so it never fits.
    """

    bound: Bound
    kind: LimitKind
    left: int
    retry_after_s: int | None
    rates: Rates
    waited: bool = False
