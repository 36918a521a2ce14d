"""What the operator has set up, as one frozen value: upstreams, models, organizations, sub-tokens."""

from typing import Literal

import msgspec

from waystation.wire.dialect import Dialect
from waystation.wire.limit import Limit
from waystation.wire.overrides import Overrides
from waystation.wire.price import Price, Prices
from waystation.wire.routing import BreakerSettings, Routing

Period = Literal["total", "day", "week", "month", "custom"]
Modality = Literal["text", "image", "audio", "video", "file"]
NodeKind = Literal["department", "project", "member"]


class Ceilings(msgspec.Struct, frozen=True):
    """The most requests and tokens in any minute, and calls at once. None: no ceiling."""

    rpm: int | None = None
    tpm: int | None = None
    concurrency: int | None = None


class UpstreamKey(msgspec.Struct, frozen=True):
    """A vendor's secret. `fingerprint` (8 hex digits of its SHA-256) is what logs and records may show.

    `group`: the vendor account that it shares its limits and its money with, under a name that spans upstreams; None:
    it has one of its own. `disabled` by hand: it is not lent.
    """

    id: str
    secret: str
    fingerprint: str
    group: str | None = None
    disabled: bool = False

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

    `dialects` names the languages that are spoken with it; None: all that its vendor knows. `overrides`: what is
    changed of the requests to it. `key_limits` hold for each key, or each group of them; `model_limits` for one of its
    models, whatever the key. `breaker`: when calls pass one of its models over; None: as it is by default. `tags`: what
    its routes may be called by besides its name, where a call narrows them.
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
    overrides: Overrides | None = None
    key_limits: Ceilings | None = None
    model_limits: tuple[tuple[str, Ceilings], ...] = ()
    breaker: BreakerSettings | None = None
    tags: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Upstream(id={self.id!r}, name={self.name!r}, vendor={self.vendor!r})"


class ModelRoute(msgspec.Struct, frozen=True):
    """One way to serve a public model: an upstream's name, and the model's name there.

    That may have `{name}` in it, which is the name that was asked, or `{1}`, which is the first part that the pattern
    has captured. `tags` as an upstream's. `context_length` and `max_output_tokens`: the most tokens that it takes and
    gives, `inputs`: what it takes; None is as the model says, and if that does not, not known.
    """

    upstream: str
    model: str
    tags: tuple[str, ...] = ()
    context_length: int | None = None
    max_output_tokens: int | None = None
    inputs: tuple[Modality, ...] | None = None


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A public model. `max_output_tokens` bounds a call that names no bound of its own.

    `price`: what callers pay as long as the book has no version for it; None: nothing is known, and calls are refused.
    `limit`: on everybody's calls of it together. `routing`: how they are shared out; None: at random by weight.
    `aliases`: other names of it; `matches`: patterns of more, as `routing.pattern` reads them. `fallbacks`: public
    models that are asked in turn if it fails. `context_length` and `inputs`: of its routes that say nothing else.
    """

    name: str
    routes: tuple[ModelRoute, ...]
    price: Price | None
    max_output_tokens: int = 16_384
    created_at: int = 0
    limit: Limit | None = None
    routing: Routing | None = None
    aliases: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    context_length: int | None = None
    inputs: tuple[Modality, ...] | None = None


class Budget(msgspec.Struct, frozen=True):
    """A ceiling on what is spent in a period of the organization's calendar. A soft one counts and refuses nothing.

    `id` names its accounts, one for each window. `thresholds`: percents at which whoever runs the gateway is told.
    A custom period begins on `starts_on` (an ISO date), lasts `every` ("14 days", "3 months"; None: to its end) and is
    over after the day `ends_on`.
    """

    amount_nanos: int
    currency: str
    period: Period = "total"
    id: str = ""
    hard: bool = True
    thresholds: tuple[int, ...] = ()
    starts_on: str | None = None
    every: str | None = None
    ends_on: str | None = None


class Organization(msgspec.Struct, frozen=True):
    """Who pays: it has the wallets. A person without an organization is one of its own.

    `retain_responses_days`: how long the text of responses that callers store may be kept here. 0: never.
    `time_zone` is an IANA name: budgets and statements follow its calendar. `currency`: what its calls are billed in;
    None: each in the currency of its price. `models` None allows all. `limits`, here and below: at most one for all
    models, and one for each.
    """

    id: str
    name: str
    retain_responses_days: int = 0
    kind: Literal["organization", "person"] = "organization"
    time_zone: str = "UTC"
    currency: str | None = None
    price_group: str | None = None
    models: tuple[str, ...] | None = None
    budgets: tuple[Budget, ...] = ()
    paused: bool = False
    limits: tuple[Limit, ...] = ()


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A department, a project or a member of an organization.

    `parent_id` is a department's id, None for the organization itself. `models` None allows all that its parent may.
    """

    id: str
    kind: NodeKind
    name: str
    organization_id: str
    parent_id: str | None = None
    models: tuple[str, ...] | None = None
    budgets: tuple[Budget, ...] = ()
    paused: bool = False
    email: str | None = None
    limits: tuple[Limit, ...] = ()


class FormerSecret(msgspec.Struct, frozen=True):
    """A secret that was rotated out: it is still good until then (Unix seconds)."""

    digest: bytes
    hint: str
    until: int


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A sub-token, known by the SHA-256 of its secret. Times are Unix seconds.

    Above it stand its member, its project, the departments of its project (of its member, if it has no project), and
    the organization. `models`, `dialects` and `addresses` (networks in CIDR form) None allow all. `retention` "none":
    nothing that its calls say is stored, whatever the organization allows.
    """

    id: str
    name: str
    organization_id: str
    digest: bytes
    hint: str
    models: tuple[str, ...] | None = None
    expires_at: int | None = None
    revoked_at: int | None = None
    project_id: str | None = None
    member_id: str | None = None
    budgets: tuple[Budget, ...] = ()
    addresses: tuple[str, ...] | None = None
    dialects: tuple[Dialect, ...] | None = None
    tags: tuple[str, ...] = ()
    retention: Literal["organization", "none"] = "organization"
    paused: bool = False
    former: tuple[FormerSecret, ...] = ()
    limits: tuple[Limit, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything above at one revision; a new revision is a new value."""

    revision: int
    upstreams: tuple[Upstream, ...] = ()
    models: tuple[Model, ...] = ()
    organizations: tuple[Organization, ...] = ()
    nodes: tuple[Node, ...] = ()
    tokens: tuple[Token, ...] = ()
    prices: Prices = Prices()
