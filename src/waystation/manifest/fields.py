"""The single values of a file: what each is expected to be, in words, and how it is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from waystation.identity.token import flaw
from waystation.manifest import urls
from waystation.manifest.repository import KeptKind
from waystation.wire.catalogue import Period
from waystation.wire.dialect import Dialect
from waystation.wire.money import NANOS_PER_UNIT, Money, nanos_of

# Amounts are 64-bit integers of nano-units in the store, which refuses one above 2**62: these bounds are below it.
PRICE_MAX: Final = 1_000_000 * NANOS_PER_UNIT
MONEY_MAX: Final = 1_000_000_000 * NANOS_PER_UNIT

FOR_EVER: Final = "forever"
KEPT_DAYS_MIN: Final = 4  # what upstreams cost is booked from the records of three
KEPT_DAYS_MAX: Final = 36_500

_NAME_LENGTH_MAX: Final = 64
_HINT_LENGTH_MAX: Final = 20  # shorter than any secret can be
_KEY_LENGTH_MAX: Final = 4096
MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_KEY: Final = re.compile(r"[\x21-\x7e]+")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{8}")
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


_LAST_SECOND: Final = 253_402_300_799  # of the year 9999, the last that datetime can say

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """What a value is expected to be, and its reader, which raises ValueError with what is wrong ("" if it's plain)."""

    expected: str
    read: Callable[[object], object]
    secret: bool = False

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def _validate(self, value: object) -> object:
        try:
            return self.read(value)
        except ValueError as error:
            context: dict[str, Any] = {"expected": self.expected, "why": str(error), "secret": self.secret}
            raise PydanticCustomError("unexpected", "unexpected", context) from None


def text_of(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - pydantic gathers ValueErrors, and the words come from `expected`
    return value


def name_of(value: object) -> str:
    text = text_of(value)
    if not text.isprintable() or text != text.strip() or not 0 < len(text) <= _NAME_LENGTH_MAX or "/" in text:
        raise ValueError
    return text


def matching(form: re.Pattern[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = text_of(value)
        if form.fullmatch(text) is None:
            raise ValueError
        return text

    return read


def one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = text_of(value)
        if text not in words:
            raise ValueError
        return text

    return read


def whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError
        return value

    return read


def _kept_days(value: object) -> int | None:
    return None if value == FOR_EVER else whole(KEPT_DAYS_MIN, KEPT_DAYS_MAX)(value)


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 86_400:
        raise ValueError
    return float(value)


def yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - as in text_of
    return value


def _quietly(read: Callable[[str], T], value: object) -> T:
    """Without the reader's own words, which quote the value."""
    try:
        return read(text_of(value))
    except ValueError:
        raise ValueError from None


def _price(value: object) -> int:
    nanos = _quietly(nanos_of, value)
    if not 0 <= nanos <= PRICE_MAX:
        raise ValueError
    return nanos


def _money(least: int) -> Callable[[object], Money]:
    def read(value: object) -> Money:
        money = _quietly(Money.parse, value)
        if not least <= money.nanos <= MONEY_MAX:
            raise ValueError
        return money

    return read


def _secret(value: object) -> SecretStr:
    text = text_of(value)
    wrong = flaw(text)
    if wrong is not None:
        raise ValueError(wrong)
    return SecretStr(text)


def key_of(value: object) -> SecretStr:
    """Raises: ValueError, without the value."""
    text = text_of(value)
    if not text:
        raise ValueError("it is empty")
    if _KEY.fullmatch(text) is None or len(text) > _KEY_LENGTH_MAX:
        raise ValueError("it has a space, a control character or more than 4096 characters")
    return SecretStr(text)


def _digest(value: object) -> bytes:
    match = _DIGEST.fullmatch(text_of(value))
    if match is None:
        raise ValueError
    return bytes.fromhex(match[1])


def _hint(value: object) -> str:
    text = text_of(value)
    if not text.isprintable() or not 0 < len(text) <= _HINT_LENGTH_MAX:
        raise ValueError
    return text


def _moment(value: object) -> int:
    text = text_of(value)
    if _DATE.fullmatch(text):
        text = f"{text}T00:00:00Z"
    elif _TIME.fullmatch(text) is None:
        raise ValueError
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("there is no such day or time") from None
    seconds = int(moment.timestamp())
    if not 0 <= seconds <= _LAST_SECOND:
        raise ValueError("before 1970 or after 9999")
    return seconds


def _address(read: Callable[[str], str]) -> Callable[[object], str]:
    return lambda value: read(text_of(value))


Name = Annotated[str, Field("a name of 1 to 64 printable characters without / and without spaces at its ends", name_of)]
Vendor = Annotated[str, Field("a vendor's name, as a string", text_of)]
DialectName = Annotated[
    Dialect, Field("a language, such as openai.chat or anthropic.messages", one_of(*get_args(Dialect)))
]
ModelName = Annotated[str, Field("a model's name, of at most 128 letters, digits and . _ : / @ + -", matching(MODEL))]
BaseUrl = Annotated[str, Field('an address such as "https://api.example.com/v1"', _address(urls.base_url))]
Proxy = Annotated[
    SecretStr,
    Field(
        'an address such as "http://user:password@proxy:3128" or "socks5://proxy:1080"',
        lambda value: SecretStr(urls.proxy(text_of(value))),
        secret=True,
    ),
]
FileName = Annotated[str, Field("the path of a file, as a string", text_of)]
Key = Annotated[SecretStr, Field("an upstream's key, as a string", key_of, secret=True)]
Fingerprint = Annotated[str, Field("a key's fingerprint, of 8 hex digits", matching(_FINGERPRINT))]
Most = Annotated[int, Field("an integer from 1 to 1000000000", whole(1, 1_000_000_000))]
Priority = Annotated[int, Field("an integer from 0 to 1000; the lowest is tried first", whole(0, 1000))]
Weight = Annotated[int, Field("an integer from 1 to 1000", whole(1, 1000))]
Seconds = Annotated[float, Field("a number of seconds, above 0 and at most 86400", _seconds)]
Currency = Annotated[str, Field('a currency of three capital letters, such as "USD"', matching(_CURRENCY))]
PriceText = Annotated[int, Field('a decimal string from "0" to "1000000", such as "2.50"', _price)]
Free = Annotated[bool, Field("true or false", yes_or_no)]
TokenCount = Annotated[int, Field("an integer from 1 to 100000000", whole(1, 100_000_000))]
Credit = Annotated[Money, Field('an amount from 0 to 1000000000 and a currency, such as "100 USD"', _money(0))]
Ceiling = Annotated[Money, Field('an amount above 0, at most 1000000000, and a currency, such as "10 USD"', _money(1))]
PeriodName = Annotated[Period, Field("day, week, month, total or custom", one_of(*get_args(Period)))]
KeptKindName = Annotated[KeptKind, Field("ok, failed, refused or hours", one_of(*get_args(KeptKind)))]
KeptDays = Annotated[
    int | None, Field(f'an integer of days from {KEPT_DAYS_MIN} to {KEPT_DAYS_MAX}, or "{FOR_EVER}"', _kept_days)
]
FolderName = Annotated[str, Field("the path of a folder, as a string", text_of)]
Days = Annotated[int, Field("an integer of days from 0 to 400; 0 is never", whole(0, 400))]
TokenSecret = Annotated[
    SecretStr,
    Field("a secret from `waystation token create`, or 24 to 256 of A-Z a-z 0-9 _ - at random", _secret, secret=True),
]
TokenDigest = Annotated[bytes, Field('"sha256:" and 64 hex digits', _digest, secret=True)]
Hint = Annotated[str, Field("at most 20 printable characters", _hint)]
Moment = Annotated[
    int,
    Field('a date such as "2027-01-01" (its start in UTC) or a time such as "2027-01-01T12:00:00Z"', _moment),
]
