"""What the house must know of a vendor, and how a vendor's refusal is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from waystation.wire.dialect import Dialect, Trait
from waystation.wire.headers import Headers
from waystation.wire.key_state import Verdict


class Fault(StrEnum):
    """Whose fault a failed attempt was, and so what comes next."""

    CALLER = "caller"  # hand the refusal back
    KEY = "key"  # next key of the same upstream
    BUSY = "busy"  # next route
    MODEL = "model"  # next route: this upstream does not serve the model
    STALE = "stale"  # refresh the credential and try once more


@dataclass(frozen=True, slots=True)
class Refusal:
    """A vendor's refusal: HTTP status and the vendor's own codes, never its prose."""

    status: int
    code: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Blame:
    """`key` is what the refusal says of the key; "limited" waits for Retry-After or a growing back-off."""

    fault: Fault
    key: Verdict = "ready"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor as data.

    `base_url` None: the operator must give one. `paths` lists the dialects it speaks, each with its path under
    the base URL. `hang_up_stops_meter`: closing a stream's connection ends the vendor's billing too, so we
    close at once; else we listen on for the usage. Callers of other languages reach it in the first of `paths` that
    fits. `by_request`: those of its languages that are spoken only where the operator names them, since not every
    server has them. `traits`: what of a language it understands beyond, or short of, its common ground. `request_id`:
    the headers in which it names an answer, so that its bill or its support can be asked for it; the first counts.
    `models`: the path, with a query, at which it lists its models; `model_list` reads the answer.
    """

    name: str
    base_url: str | None
    paths: Mapping[Dialect, str]
    sign: Callable[[str], Headers]
    blame: Callable[[Refusal], Blame]
    hang_up_stops_meter: bool = True
    by_request: frozenset[Dialect] = frozenset()
    traits: frozenset[Trait] = frozenset()
    request_id: tuple[bytes, ...] = (b"x-request-id",)
    models: str = "/models"


def sign_bearer(secret: str) -> Headers:
    return ((b"authorization", b"Bearer " + secret.encode()),)
