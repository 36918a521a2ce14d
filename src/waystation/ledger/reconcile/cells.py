"""What stands in a cell of a bill: numbers with separators and signs of currency, times in many forms."""

import re
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from waystation.wire.money import NANOS_PER_UNIT

INTEGER_MAX: Final = 2**62
_SIGNS: Final = re.compile(r"[\s\u00a0¥￥$€£元]|USD|CNY|RMB")
_NUMBER: Final = re.compile(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d{1,2})?|[+-]?\d+\.")
_EPOCH: Final = re.compile(r"\d{10}(?:\d{3})?")
_COMPACT: Final = re.compile(r"\d{8}")


def decimal_in(text: str, *, comma: bool = False) -> Decimal | None:
    """The number; None for an empty cell or a dash. `comma`: that is the decimal sign, else it parts thousands.

    Raises: ValueError.
    """
    plain = _SIGNS.sub("", text)
    if plain in {"", "-", "--"}:
        return None
    if plain.startswith("(") and plain.endswith(")"):  # as accountants write what is negative
        plain = f"-{plain[1:-1]}"
    plain = plain.replace(".", "").replace(",", ".") if comma else plain.replace(",", "").replace("，", "")
    if _NUMBER.fullmatch(plain) is None:
        raise ValueError(f"{text!r} is no number")
    try:
        return Decimal(plain)
    except InvalidOperation as error:  # pragma: no cover - what the pattern allows is a number
        raise ValueError(f"{text!r} is no number") from error


def count_of(number: Decimal) -> int:
    """Tokens or calls. Raises: ValueError for a part of one, or an absurd number."""
    whole = int(number)
    if whole != number or abs(whole) > INTEGER_MAX:
        raise ValueError(f"{number} is no whole number of tokens or calls")
    return whole


def nanos_of(amount: Decimal) -> int:
    """To the nearest nano-unit: a bill with more decimals than nine is rounded once, here. Raises: ValueError."""
    nanos = int((amount * NANOS_PER_UNIT).quantize(Decimal(1), ROUND_HALF_EVEN))
    if abs(nanos) > INTEGER_MAX:
        raise ValueError(f"{amount} is an absurd amount")
    return nanos


def moment_in(text: str, form: str | None, zone: tzinfo) -> datetime:
    """A time with its zone. `form` is strptime's; without it: ISO 8601, 20261130, or Unix seconds or milliseconds.

    A time that names no zone is in `zone`. Raises: ValueError.
    """
    text = text.strip()
    if form is not None:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is given below
    elif _EPOCH.fullmatch(text):
        moment = datetime.fromtimestamp(int(text[:10]), zone)
    elif _COMPACT.fullmatch(text):
        moment = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007
    else:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
