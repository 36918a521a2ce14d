"""Settings: the `WAYSTATION_*` environment as one frozen value, read once.

Every field is a variable: `data_dir` is WAYSTATION_DATA_DIR, or WAYSTATION_DATA_DIR_FILE with the path of a file that
holds the value. An empty variable counts as not set, since compose files pass empty ones on.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from waystation.wire.errors import Misconfigured

PREFIX: Final = "WAYSTATION_"
_FILE: Final = "_FILE"
_FILE_BYTES_MAX: Final = 64 * 1024

# Variables that commands read for themselves.
_OF_COMMANDS: Final = frozenset({"WAYSTATION_TOKEN", "WAYSTATION_URL"})

# Kubernetes puts these into every pod beside a Service named "waystation"; its WAYSTATION_PORT is "tcp://10.0.0.1:8080".
_OF_KUBERNETES: Final = re.compile(
    r"WAYSTATION_(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_KUBERNETES_PORT: Final = re.compile(r"(tcp|udp|sctp)://.*")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a setting's value should be, in words for errors and docs."""

    words: str
    secret: bool = False


Network = IPv4Network | IPv6Network


def _networks(value: object) -> object:
    """A variable's text into networks; an address stands for itself."""
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


_Seconds = Annotated[float, Field(gt=0, le=86_400), Expected("seconds, above 0 and at most 86400")]
_Bytes = Annotated[int, Field(ge=1024, le=1 << 40), Expected("an integer from 1024 to 1099511627776")]
_MasterKey = Annotated[SecretStr, Field(min_length=32, max_length=4096)]
_MetricsToken = Annotated[SecretStr, Field(min_length=16, max_length=4096)]


class Settings(BaseModel):
    """How this process runs. What it serves (upstreams, prices, budgets) is in the store: see `waystation apply`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Annotated[str, Expected("an address or a host name")] = Field(
        default="127.0.0.1", description="The address to listen on; 0.0.0.0 for every IPv4 interface."
    )
    port: Annotated[int, Field(ge=0, le=65_535), Expected("an integer from 0 to 65535")] = Field(
        default=8080, description="The port to listen on, 0 for any free one. PORT is read if this is not set."
    )
    workers: Annotated[int, Field(ge=1, le=256), Expected("an integer from 1 to 256")] = Field(
        default=1,
        description="How many processes answer calls, one for each core. More than one need WAYSTATION_DATABASE_URL "
        "and WAYSTATION_REDIS_URL. What is bounded below is bounded in each.",
    )
    data_dir: Annotated[Path, Expected("the path of a folder")] = Field(
        default=Path("data"), description="The folder for the databases and the generated master key."
    )
    database_url: Annotated[
        SecretStr | None, Expected("an address such as postgresql://user@host/name", secret=True)
    ] = Field(
        default=None,
        description="The PostgreSQL database that everything is kept in. If it is not set, that is SQLite's files in "
        "data_dir.",
    )
    redis_url: Annotated[
        SecretStr | None, Expected("an address such as rediss://user:password@host:6379/0", secret=True)
    ] = Field(
        default=None,
        description="The Redis through which all workers and gateways share limits and the states of keys. If it is "
        "not set, each process counts for itself, and only one worker is allowed.",
    )
    master_key: Annotated[_MasterKey | None, Expected("at least 32 characters", secret=True)] = Field(
        default=None,
        description="Seals the upstreams' keys at rest. If it is not set, one is made in data_dir/master.key at first "
        "start. Losing it loses the keys.",
    )
    durability: Annotated[Literal["process", "power"], Expected("process or power")] = Field(
        default="process",
        description="What a booked call survives at once: 'process' the end of our process (a power cut may take the "
        "last tens of milliseconds), 'power' a power cut too, for about three times the cost of a call.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Expected("debug, info, warning or error")] = (
        Field(default="info", description="The least level to log.")
    )
    max_body_bytes: Annotated[int, Field(ge=1024, le=1 << 30), Expected("an integer from 1024 to 1073741824")] = Field(
        default=32 * 1024 * 1024, description="The largest request body; a larger one is answered with 413."
    )
    max_concurrent_calls: Annotated[int, Field(ge=1, le=100_000), Expected("an integer from 1 to 100000")] = Field(
        default=10_000, description="Calls at once; one more is answered with 503."
    )
    attempts_max: Annotated[int, Field(ge=1, le=100), Expected("an integer from 1 to 100")] = Field(
        default=8, description="How many keys and routes one call may try."
    )
    key_wait_s: Annotated[float, Field(ge=0, le=600), Expected("seconds, from 0 to 600")] = Field(
        default=5.0,
        description="How long a call may wait for a key while none of its model's is ready; 0: not at all. One that is "
        "known to have to wait longer is answered with 503 at once.",
    )
    store_timeout_s: _Seconds = Field(
        default=1.5,
        description="How long a call waits for the ledger. After that new calls are answered with 503, and the bills "
        "of running ones go to a journal in data_dir.",
    )
    journal_max_bytes: _Bytes = Field(
        default=64 * 1024 * 1024,
        description="How large that journal may become; a call that finds it full ends with an error.",
    )
    replay_s: _Seconds = Field(
        default=600.0,
        description="How long an answer to a call with an Idempotency-Key is kept in memory, to be given again.",
    )
    replay_max_bytes: _Bytes = Field(
        default=64 * 1024 * 1024, description="The memory for such answers; above it the oldest are dropped."
    )
    call_total_s: _Seconds = Field(default=600.0, description="How long one call may take, with all its attempts.")
    keep_alive_s: _Seconds = Field(
        default=10.0, description="How long a stream may be silent before the caller is sent a keep-alive comment."
    )
    caller_idle_s: _Seconds = Field(
        default=60.0,
        description="How long a caller may leave an answer unread before we hang up.",
    )
    fetch_max_bytes: Annotated[int, Field(ge=1024, le=1 << 30), Expected("an integer from 1024 to 1073741824")] = Field(
        default=20 * 1024 * 1024,
        description="The largest file that is fetched for a caller who gave its address, if a model wants it inline.",
    )
    fetch_timeout_s: _Seconds = Field(
        default=10.0, description="How long such a fetch may take, with all its redirects."
    )
    fetch_allow: Annotated[
        tuple[Network, ...],
        BeforeValidator(_networks),
        Expected("networks, such as 10.0.0.0/8, separated by commas"),
    ] = Field(
        default=(),
        description="Networks that may be fetched from although they are not public. Anyone who may call can then read "
        "what stands there.",
    )
    trusted_proxies: Annotated[
        tuple[Network, ...],
        BeforeValidator(_networks),
        Expected("networks, such as 10.0.0.0/8, separated by commas"),
    ] = Field(
        default=(),
        description="Networks of the proxies in front of this gateway: their X-Forwarded-For says where a call comes "
        "from, for tokens that may be used from some addresses only. Nobody else's counts.",
    )
    limiter_lost: Annotated[Literal["open", "closed"], Expected("open or closed")] = Field(
        default="open",
        description="What becomes of calls under limits while nobody can be asked for these: 'open' lets them in "
        "uncounted, 'closed' answers with 503. Budgets and wallets hold either way.",
    )
    stop_delay_s: Annotated[float, Field(ge=0, le=86_400), Expected("seconds, from 0 to 86400")] = Field(
        default=0.0,
        description="How long new calls are still taken after the signal to stop, while /readyz already says draining: "
        "as long as a load balancer in front needs to notice.",
    )
    drain_s: _Seconds = Field(default=30.0, description="How long open calls may go on after that.")
    metrics_token: Annotated[_MetricsToken | None, Expected("at least 16 characters", secret=True)] = Field(
        default=None,
        description="The bearer token that /metrics and /routes/explain ask for. If it is not set, only this machine "
        "may ask.",
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting for the docs: `unit` is "s", "bytes" or ""; `default` is as one would write it."""

    variable: str
    default: str
    unit: str
    expected: str
    secret: bool
    description: str


def describe() -> list[Setting]:
    """Every setting, in the order of the class."""
    return [_describe(name, field) for name, field in Settings.model_fields.items()]


def read(environ: Mapping[str, str]) -> Settings:
    """Raises: Misconfigured, naming every variable that is wrong and what was expected, never a secret's value."""
    wrong = list(_unknown(environ))
    values: dict[str, str] = {}
    sources: dict[str, str] = {}
    for name in Settings.model_fields:
        try:
            found = _find(name, environ)
        except ValueError as error:
            wrong.append(str(error))
            continue
        if found is not None:
            sources[name], values[name] = found
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        wrong += _explain(error, sources, values)
    if wrong:
        raise Misconfigured("\n".join(wrong))
    return settings


def _find(name: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The variable that sets a field, and its value."""
    variable = PREFIX + name.upper()
    value = environ.get(variable, "")
    if name == "port" and _KUBERNETES_PORT.fullmatch(value):
        value = ""
    path = environ.get(variable + _FILE, "")
    if value and path:
        raise ValueError(f"{variable} and {variable}{_FILE} are both set: keep one")
    if path:
        return variable + _FILE, _read_file(variable + _FILE, Path(path))
    if value:
        return variable, value
    if name == "port" and environ.get("PORT"):
        return "PORT", environ["PORT"]
    return None


def _read_file(variable: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_BYTES_MAX + 1)
        if len(content) > _FILE_BYTES_MAX:
            raise ValueError(f"{variable}: {str(path)!r} is larger than {_FILE_BYTES_MAX} bytes")
        return content.decode().strip()
    except OSError as error:
        raise ValueError(f"{variable}: can't read {str(path)!r}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{variable}: {str(path)!r} is not UTF-8 text") from None


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    accepted = {*known, *(name + _FILE for name in known), *_OF_COMMANDS}
    wrong = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in accepted or _OF_KUBERNETES.fullmatch(variable):
            continue
        near = difflib.get_close_matches(variable, sorted(accepted), n=1, cutoff=0)
        wrong.append(f"{variable} is no setting; did you mean {near[0]}?")
    return wrong


def _explain(error: ValidationError, sources: Mapping[str, str], values: Mapping[str, str]) -> Iterator[str]:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    for name in dict.fromkeys(str(detail["loc"][0]) for detail in details):
        expected, source, value = _expected(Settings.model_fields[name]), sources[name], values[name]
        hidden = expected.secret or source.endswith(_FILE)
        got = f"{len(value)} characters" if hidden else repr(value[:80])
        yield f"{source}: expected {expected.words}, got {got}"


def _describe(name: str, field: FieldInfo) -> Setting:
    return Setting(
        variable=PREFIX + name.upper(),
        default="" if field.default in (None, ()) else str(field.default),
        unit=next((unit for unit in ("s", "bytes") if name.endswith(f"_{unit}")), ""),
        expected=_expected(field).words,
        secret=_expected(field).secret,
        description=field.description or "",
    )


def _expected(field: FieldInfo) -> Expected:
    return next(mark for mark in field.metadata if isinstance(mark, Expected))
