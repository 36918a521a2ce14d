"""The form of the file. Every field's reader is in `fields`; what spans several entries is checked in `resolve`."""

from typing import Annotated

import pydantic
from pydantic import BeforeValidator

from waystation.manifest.entry import Entry
from waystation.manifest.fields import (
    BaseUrl,
    Ceiling,
    Credit,
    Currency,
    Days,
    DialectName,
    FileName,
    FolderName,
    Free,
    Hint,
    KeptDays,
    KeptKindName,
    ModelName,
    Moment,
    Name,
    PeriodName,
    Priority,
    Proxy,
    Seconds,
    TokenCount,
    TokenDigest,
    TokenSecret,
    Vendor,
    Weight,
)
from waystation.manifest.key_entries import KeysEntry
from waystation.manifest.naming_fields import MATCHES_MAX, InputName, PatternText, RouteModel
from waystation.manifest.override_entries import OverridesEntry
from waystation.manifest.price_entries import PriceEntry
from waystation.manifest.routing_entries import BreakerEntry, RoutingEntry
from waystation.manifest.tenant_fields import (
    Day,
    Email,
    Every,
    Hard,
    NetworkText,
    OrganizationKind,
    Path,
    Paused,
    Percent,
    PriceGroup,
    QueueLength,
    QueueSeconds,
    Rate,
    Retention,
    Tag,
    TimeZone,
)
from waystation.wire.catalogue import Timeouts
from waystation.wire.wish import MODELS_MAX

_AT_LEAST_ONE = pydantic.Field(min_length=1)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class TimeoutsEntry(Entry):
    """Seconds; see `wire.catalogue.Timeouts`."""

    connect: Seconds = Timeouts().connect_s
    first_byte: Seconds = Timeouts().first_byte_s
    idle: Seconds = Timeouts().idle_s
    total: Seconds = Timeouts().total_s


class UpstreamEntry(KeysEntry):
    """`base_url` may be left out for a vendor that has one. `ca_file` is sought beside the file.

    `dialects`: the languages to speak with it, for a server that knows fewer than its vendor.
    """

    name: Name
    vendor: Vendor
    base_url: BaseUrl | None = None
    priority: Priority = 0
    weight: Weight = 1
    proxy: Proxy | None = None
    ca_file: FileName | None = None
    timeouts: TimeoutsEntry = TimeoutsEntry()
    dialects: Annotated[list[DialectName], _AT_LEAST_ONE] | None = None
    overrides: OverridesEntry | None = None
    breaker: BreakerEntry | None = None
    tags: list[Tag] = pydantic.Field(default_factory=list)


class RouteEntry(Entry):
    """`model` may have `{name}` or the parts that a pattern has captured (`{1}`) in it, if the model `matches` some."""

    upstream: Name
    model: RouteModel
    tags: list[Tag] = pydantic.Field(default_factory=list)
    context_length: TokenCount | None = None
    max_output_tokens: TokenCount | None = None
    inputs: Annotated[list[InputName], _AT_LEAST_ONE] | None = None


class RateEntry(Entry):
    """Calls and tokens in a minute, calls at once. `queue` calls wait for one to be over, `queue_s` seconds each."""

    rpm: Rate | None = None
    tpm: Rate | None = None
    concurrency: Rate | None = None
    queue: QueueLength = 0
    queue_s: QueueSeconds | None = None


class LimitEntry(RateEntry):
    """`model`: on calls of that model only; left out, on all calls together."""

    model: ModelName | None = None


class ModelEntry(Entry):
    """A price, or `free: true`: what costs nothing is said, never forgotten. Or the price book has one for it.

    `aliases` and what `matches` are other names of it; `fallbacks` are asked in turn if it fails. `context_length` and
    `inputs` are those of its routes that say nothing else.
    A free model may give a price of 0, to say of which currency it is; it must if several are in use.
    """

    name: ModelName
    routes: Annotated[list[RouteEntry], _AT_LEAST_ONE]
    price: PriceEntry | None = None
    free: Free = False
    max_output_tokens: TokenCount | None = None
    limit: RateEntry | None = None
    routing: RoutingEntry | None = None
    aliases: list[ModelName] = pydantic.Field(default_factory=list)
    matches: Annotated[list[PatternText], pydantic.Field(max_length=MATCHES_MAX)] = pydantic.Field(default_factory=list)
    fallbacks: Annotated[list[ModelName], pydantic.Field(max_length=MODELS_MAX)] = pydantic.Field(default_factory=list)
    context_length: TokenCount | None = None
    inputs: Annotated[list[InputName], _AT_LEAST_ONE] | None = None


class BudgetEntry(Entry):
    """`hard: false` only counts. `alerts`: percents at which whoever runs the gateway is told.

    A custom period has the day that it `starts`, and may say its length (`every`) and its last day (`ends`).
    """

    amount: Ceiling
    period: PeriodName = "total"
    hard: Hard = True
    alerts: list[Percent] = pydantic.Field(default_factory=list)
    starts: Day | None = None
    every: Every | None = None
    ends: Day | None = None


class LimitedEntry(Entry):
    """What has budgets and limits, and says what of the models may be used below it; `models` left out allows all.

    `paused` left out leaves it as it is: what was paused by hand is not resumed by a file that does not say so.
    """

    models: Annotated[list[ModelName], _AT_LEAST_ONE] | None = None
    budget: BudgetEntry | None = None
    budgets: list[BudgetEntry] = pydantic.Field(default_factory=list)
    limit: LimitEntry | None = None
    limits: list[LimitEntry] = pydantic.Field(default_factory=list)
    paused: Paused | None = None

    def all_limits(self) -> list[tuple[tuple[str | int, ...], LimitEntry]]:
        """Each with its place."""
        one = [] if self.limit is None else [(("limit",), self.limit)]
        return [*one, *((("limits", index), entry) for index, entry in enumerate(self.limits))]

    def all_budgets(self) -> list[tuple[tuple[str | int, ...], BudgetEntry]]:
        """Each with its place."""
        one = [] if self.budget is None else [(("budget",), self.budget)]
        return [*one, *((("budgets", index), entry) for index, entry in enumerate(self.budgets))]


class TokenEntry(LimitedEntry):
    """`secret`, or the `digest` and `hint` that an export gives, or neither for a token that exists already.

    `models`, `addresses` and `dialects` left out allow all. `expires` as a date is its start in UTC.
    """

    name: Name
    secret: TokenSecret | None = None
    digest: TokenDigest | None = None
    hint: Hint | None = None
    expires: Moment | None = None
    project: Name | None = None
    member: Name | None = None
    addresses: Annotated[list[NetworkText], _AT_LEAST_ONE] | None = None
    dialects: Annotated[list[DialectName], _AT_LEAST_ONE] | None = None
    tags: list[Tag] = pydantic.Field(default_factory=list)
    retention: Retention = "organization"


class DepartmentEntry(LimitedEntry):
    name: Name
    departments: list["DepartmentEntry"] = pydantic.Field(default_factory=list)


class ProjectEntry(LimitedEntry):
    """Left out, `department` is the organization itself."""

    name: Name
    department: Path | None = None


class MemberEntry(ProjectEntry):
    email: Email | None = None


class OrganizationEntry(LimitedEntry):
    """`opening_credit` opens a wallet for each of its currencies, once.

    `retain_responses_days`: how long the text of responses that callers store may be kept; 0 is never. `currency`: what
    its calls are billed in; left out, each in the currency of its price.
    """

    name: Name
    kind: OrganizationKind = "organization"
    time_zone: TimeZone = "UTC"
    currency: Currency | None = None
    price_group: PriceGroup | None = None
    opening_credit: Annotated[list[Credit], BeforeValidator(_listed)] = pydantic.Field(default_factory=list)
    retain_responses_days: Days = 0
    departments: list[DepartmentEntry] = pydantic.Field(default_factory=list)
    projects: list[ProjectEntry] = pydantic.Field(default_factory=list)
    members: list[MemberEntry] = pydantic.Field(default_factory=list)
    tokens: list[TokenEntry] = pydantic.Field(default_factory=list)


class RetentionEntry(Entry):
    """`kind`: calls by how they went, or the sums by hour. `export_to` is sought beside the file."""

    kind: KeptKindName
    days: KeptDays
    export_to: FolderName | None = None
