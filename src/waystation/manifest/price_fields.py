"""The single values of prices in a file."""

import re
from collections.abc import Callable
from typing import Annotated, Final

from waystation.ledger.price_hours import DAYS, hours_of, zone_of
from waystation.manifest.fields import Field
from waystation.wire.money import NANOS_PER_UNIT, nanos_of

FACTOR_MAX: Final = 1_000_000 * NANOS_PER_UNIT
_PROSE_LENGTH_MAX: Final = 500
_PATTERN: Final = re.compile(r"[A-Za-z0-9._:/@+*?\[\]!-]{1,128}")
_TIER: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - pydantic gathers ValueErrors, and the words come from `expected`
    return value


def _factor(value: object) -> int:
    try:
        nanos = nanos_of(_text(value))
    except ValueError:
        raise ValueError from None
    if not 0 <= nanos <= FACTOR_MAX:
        raise ValueError
    return nanos


def _shaped(form: re.Pattern[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if form.fullmatch(text) is None:
            raise ValueError
        return text

    return read


def _readable(check: Callable[[str], object]) -> Callable[[object], str]:
    """The text itself, if `check` can read it."""

    def read(value: object) -> str:
        text = _text(value)
        try:
            check(text)
        except ValueError:
            raise ValueError from None
        return text

    return read


def _day(value: object) -> str:
    text = _text(value)
    if text not in DAYS:
        raise ValueError
    return text


def _prose(value: object) -> str:
    text = _text(value)
    if not text.isprintable() or not 0 < len(text) <= _PROSE_LENGTH_MAX:
        raise ValueError
    return text


FactorText = Annotated[int, Field('a decimal string from "0" to "1000000", such as "0.85"', _factor)]
HoursText = Annotated[str, Field('a span of the day such as "00:30-08:30"', _readable(hours_of))]
DayName = Annotated[str, Field("a day: mon, tue, wed, thu, fri, sat or sun", _day)]
Zone = Annotated[str, Field('a time zone such as "Asia/Shanghai"', _readable(zone_of))]
TierName = Annotated[str, Field('a service tier as the vendor names it, such as "flex"', _shaped(_TIER))]
PatternText = Annotated[str, Field('a model\'s name or a pattern such as "gpt-*"', _shaped(_PATTERN))]
Prose = Annotated[str, Field("1 to 500 printable characters", _prose)]
