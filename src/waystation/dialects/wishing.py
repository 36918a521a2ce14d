"""What a request wishes of its way, in OpenRouter's members: read, and taken out before any vendor sees them.

Source: openrouter.ai/docs, "Provider selection", "Model fallbacks", and "Anthropic messages" (read 2026-11).
"""

from typing import Final, TypeVar

import msgspec

from waystation.dialects.draft import Draft
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest
from waystation.wire.money import nanos_of
from waystation.wire.wish import MODELS_MAX, PROVIDERS_MAX, QUANTIZATIONS, MaxPrice, Percentiles, Sort, Wish

PROVIDER: Final = "provider"
MODELS: Final = "models"
FALLBACKS: Final = "fallbacks"
FALLBACKS_MAX: Final = 3  # OpenRouter's, on the path of Anthropic's messages
_NAME_CHARS_MAX: Final = 128
_BOM: Final = b"\xef\xbb\xbf"
_BYTES_MAX: Final = 64 * 1024

DENY: Final = "data_collection:deny"
ZDR: Final = "zdr"
DISTILLABLE: Final = "distillable"


T = TypeVar("T")


class _Sorted(msgspec.Struct, forbid_unknown_fields=True):
    by: str
    partition: str | None = None


class _Prices(msgspec.Struct, forbid_unknown_fields=True):
    """Per million tokens, for a request, for an image."""

    prompt: float | str | None = None
    completion: float | str | None = None
    request: float | str | None = None
    image: float | str | None = None
    audio: float | str | None = None


class _Provider(msgspec.Struct, forbid_unknown_fields=True):
    order: list[str] | None = None
    allow_fallbacks: bool | None = None
    require_parameters: bool | None = None
    data_collection: str | None = None
    zdr: bool | None = None
    enforce_distillable_text: bool | None = None
    only: list[str] | None = None
    ignore: list[str] | None = None
    quantizations: list[str] | None = None
    sort: str | _Sorted | None = None
    preferred_min_throughput: float | Percentiles | None = None
    preferred_max_latency: float | Percentiles | None = None
    max_price: _Prices | None = None


class _Fallback(msgspec.Struct, forbid_unknown_fields=True):
    model: str


def parted(body: bytes, dialect: Dialect) -> tuple[bytes, Wish]:
    """The body without its wishes, and these. Members that are null wish nothing. Raises: BadRequest."""
    draft = Draft(body.removeprefix(_BOM))
    names = (PROVIDER, MODELS, FALLBACKS) if dialect == "anthropic.messages" else (PROVIDER, MODELS)
    given = {name: raw for name in names if (raw := draft.raw((name,)))}
    for name in given:
        draft.drop((name,))
    models = _models(given)
    provider = _decoded(given, PROVIDER, _Provider)
    wish = Wish(models=models) if provider is None else _wish(provider, models)
    if not draft.has(("model",)) and models:  # OpenRouter needs only one of both
        draft.put(("model",), msgspec.json.encode(models[0]))
    return draft.text(), wish


def _models(given: dict[str, bytes]) -> tuple[str, ...]:
    models = _decoded(given, MODELS, list[str]) or []
    fallbacks = _decoded(given, FALLBACKS, list[_Fallback]) or []
    if models and fallbacks:
        raise BadRequest("'fallbacks' can't be given together with 'models': keep one.", param=FALLBACKS)
    if len(fallbacks) > FALLBACKS_MAX:
        raise BadRequest(f"'fallbacks' names {len(fallbacks)} models; at most {FALLBACKS_MAX} may be.", param=FALLBACKS)
    if len(models) > MODELS_MAX:
        raise BadRequest(f"'models' names {len(models)} models; at most {MODELS_MAX} may be.", param=MODELS)
    return tuple(models) or tuple(one.model for one in fallbacks)


def _wish(provider: _Provider, models: tuple[str, ...]) -> Wish:
    return Wish(
        models=models,
        order=_labels(provider.order, "order"),
        only=None if provider.only is None else _labels(provider.only, "only"),
        ignore=_labels(provider.ignore, "ignore"),
        allow_fallbacks=provider.allow_fallbacks is not False,
        require_parameters=provider.require_parameters is True,
        sort=_sort(provider.sort, models),
        needs=_needs(provider),
        max_price=None if provider.max_price is None else _max_price(provider.max_price),
        min_throughput=_percentiles(provider.preferred_min_throughput),
        max_latency=_percentiles(provider.preferred_max_latency),
    )


def _labels(names: list[str] | None, field: str) -> tuple[str, ...]:
    """In lower case, as routes have them."""
    names = names or []
    if len(names) > PROVIDERS_MAX or any(not 0 < len(name) <= _NAME_CHARS_MAX for name in names):
        raise _wrong(field, f"at most {PROVIDERS_MAX} names of 1 to {_NAME_CHARS_MAX} characters")
    return tuple(dict.fromkeys(name.casefold() for name in names))


def _sort(wanted: str | _Sorted | None, models: tuple[str, ...]) -> Sort | None:
    by = wanted.by if isinstance(wanted, _Sorted) else wanted
    if isinstance(wanted, _Sorted) and wanted.partition not in {None, "model"} and models:
        raise _wrong("sort.partition", "'model': models are asked in the order in which they are given")
    match by:
        case None | "price" | "throughput" | "latency":
            return by
        case _:
            raise _wrong("sort", "'price', 'throughput' or 'latency'")


def _needs(provider: _Provider) -> tuple[tuple[str, frozenset[str]], ...]:
    needs = []
    if provider.data_collection not in {None, "allow", "deny"}:
        raise _wrong("data_collection", "'allow' or 'deny'")
    if provider.data_collection == "deny":
        needs.append(("data_collection", frozenset({DENY, ZDR})))
    if provider.zdr:
        needs.append((ZDR, frozenset({ZDR})))
    if provider.enforce_distillable_text:
        needs.append(("enforce_distillable_text", frozenset({DISTILLABLE})))
    if provider.quantizations:
        wanted = frozenset(map(str.casefold, provider.quantizations))
        if not wanted <= {*QUANTIZATIONS, "unknown"}:
            raise _wrong("quantizations", f"a list of {', '.join(QUANTIZATIONS)} or unknown")
        needs.append(("quantizations", wanted))
    return tuple(needs)


def _max_price(prices: _Prices) -> MaxPrice:
    return MaxPrice(**{name: _nanos(getattr(prices, name), name) for name in prices.__struct_fields__})


def _nanos(price: float | str | None, name: str) -> int | None:
    if price is None:
        return None
    try:
        nanos = nanos_of(price if isinstance(price, str) else f"{price:.9f}")
    except ValueError:
        nanos = -1
    if nanos < 0:
        raise _wrong(f"max_price.{name}", "a price that is not below 0, such as 2.5")
    return nanos


def _percentiles(wanted: float | Percentiles | None) -> Percentiles | None:
    return Percentiles(p50=wanted) if isinstance(wanted, float) else wanted


def _decoded(given: dict[str, bytes], name: str, form: type[T]) -> T | None:
    """None if it is absent, or null."""
    raw = given.get(name, b"null")
    if raw == b"null":
        return None
    if len(raw) > _BYTES_MAX:
        raise BadRequest(f"{name!r} takes more than {_BYTES_MAX} bytes.", param=name)
    try:
        return msgspec.json.decode(raw, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"{name!r} can't be read: {error}.", param=name) from error


def _wrong(field: str, expected: str) -> BadRequest:
    return BadRequest(f"'{PROVIDER}.{field}' must be {expected}.", param=f"{PROVIDER}.{field}")
