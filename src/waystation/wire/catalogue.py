"""What the operator has set up, as one frozen value: upstreams, models, organizations, sub-tokens."""

from typing import Literal

import msgspec

from waystation.wire.dialect import Dialect

Period = Literal["total", "day", "week", "month"]


class UpstreamKey(msgspec.Struct, frozen=True):
    """A vendor's secret. `fingerprint` (8 hex digits of its SHA-256) is what logs and records may show."""

    id: str
    secret: str
    fingerprint: str

    def __repr__(self) -> str:
        return f"UpstreamKey(id={self.id!r}, fingerprint={self.fingerprint!r})"


class Timeouts(msgspec.Struct, frozen=True):
    """Bounds on one attempt, in seconds. `total_s` counts from the start, the others from their own phase."""

    connect_s: float = 5.0
    first_byte_s: float = 60.0
    idle_s: float = 60.0
    total_s: float = 600.0


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor account that we own. Lower `priority` is tried first; equal ones share by `weight`.

    `dialects` names the languages that are spoken with it; None: all that its vendor knows.
    """

    id: str
    name: str
    vendor: str
    base_url: str
    keys: tuple[UpstreamKey, ...]
    priority: int = 0
    weight: int = 1
    proxy: str | None = None
    ca_file: str | None = None
    timeouts: Timeouts = Timeouts()
    dialects: tuple[Dialect, ...] | None = None

    def __repr__(self) -> str:
        return f"Upstream(id={self.id!r}, name={self.name!r}, vendor={self.vendor!r})"


class ModelRoute(msgspec.Struct, frozen=True):
    """One way to serve a public model: an upstream's name, and the model's name there."""

    upstream: str
    model: str


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nano-units per million tokens. A part without a price of its own costs what its whole costs.

    The whole of `cache_creation_1h_input` is `cache_creation_input`, whose whole is `input`.
    """

    currency: str
    input: int
    output: int
    cache_read_input: int | None = None
    cache_creation_input: int | None = None
    cache_creation_1h_input: int | None = None
    reasoning_output: int | None = None


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A public model. `max_output_tokens` bounds a call that names no bound of its own."""

    name: str
    routes: tuple[ModelRoute, ...]
    price: Price
    max_output_tokens: int = 16_384
    created_at: int = 0


class Budget(msgspec.Struct, frozen=True):
    """A ceiling on what is spent in a calendar period (UTC)."""

    amount_nanos: int
    currency: str
    period: Period = "total"


class Organization(msgspec.Struct, frozen=True):
    """`retain_responses_days`: how long the text of responses that callers store may be kept here. 0: never."""

    id: str
    name: str
    retain_responses_days: int = 0


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A sub-token, known by the SHA-256 of its secret. `models` None allows all; times are Unix seconds."""

    id: str
    name: str
    organization_id: str
    digest: bytes
    hint: str
    models: tuple[str, ...] | None = None
    budget: Budget | None = None
    expires_at: int | None = None
    revoked_at: int | None = None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything above at one revision; a new revision is a new value."""

    revision: int
    upstreams: tuple[Upstream, ...] = ()
    models: tuple[Model, ...] = ()
    organizations: tuple[Organization, ...] = ()
    tokens: tuple[Token, ...] = ()
