"""The single values of who calls: calendars, budgets, networks, tags. See `fields`."""

import difflib
import re
from datetime import date
from functools import cache
from ipaddress import ip_network
from typing import Annotated, Final, Literal
from zoneinfo import available_timezones

from waystation.ledger.budget import EVERY
from waystation.manifest.fields import Field, matching, name_of, one_of, text_of, whole, yes_or_no

_EVERY_MAX: Final = {"day": 3660, "week": 520, "month": 120}  # ten years
_TAG: Final = re.compile(r"[\w.:-]{1,64}")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_GROUP: Final = re.compile(r"[\w.-]{1,64}")
_DEPTH_MAX: Final = 32


def _time_zone(value: object) -> str:
    text = text_of(value)
    known = _time_zones()
    if text not in known:
        near = difflib.get_close_matches(text, known, n=1, cutoff=0.5)
        raise ValueError(f"there is no such zone; did you mean {near[0]!r}?" if near else "there is no such zone")
    return text


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _date(value: object) -> str:
    text = text_of(value)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None
    if day.isoformat() != text or not 1970 <= day.year < 9000:
        raise ValueError
    return text


def _every(value: object) -> str:
    match = EVERY.fullmatch(text_of(value))
    if match is None or int(match[1]) > _EVERY_MAX[match[2]]:
        raise ValueError
    return match[0]


def _network(value: object) -> str:
    try:
        return str(ip_network(text_of(value)))
    except ValueError as error:
        raise ValueError("bits are set right of its mask" if "host bits" in str(error) else "") from None


def _path(value: object) -> str:
    parts = text_of(value).split("/")
    if len(parts) > _DEPTH_MAX:
        raise ValueError
    return "/".join(name_of(part) for part in parts)


OrganizationKind = Annotated[
    Literal["organization", "person"], Field("organization or person", one_of("organization", "person"))
]
TimeZone = Annotated[str, Field('a time zone such as "Asia/Shanghai"', _time_zone)]
PriceGroup = Annotated[str, Field("a group's name, of at most 64 letters, digits and _ . -", matching(_GROUP))]
Paused = Annotated[bool, Field("true or false", yes_or_no)]
Hard = Annotated[bool, Field("true (calls are refused) or false (calls are only counted)", yes_or_no)]
Percent = Annotated[int, Field("a percentage, an integer from 1 to 1000", whole(1, 1000))]
Rate = Annotated[int, Field("an integer from 1 to 1000000000000", whole(1, 1_000_000_000_000))]
QueueLength = Annotated[int, Field("how many calls may wait, an integer from 0 to 10000", whole(0, 10_000))]
QueueSeconds = Annotated[int, Field("for how many seconds, an integer from 1 to 60", whole(1, 60))]
Day = Annotated[str, Field('a day such as "2027-01-01"', _date)]
Every = Annotated[str, Field('a length such as "14 days", "2 weeks" or "3 months", at most ten years', _every)]
Path = Annotated[str, Field('a department, as in "R&D" or "R&D/Platform"', _path)]
Email = Annotated[str, Field('an address such as "alice@example.com"', matching(_EMAIL))]
NetworkText = Annotated[str, Field('a network or an address, such as "10.0.0.0/8" or "192.0.2.7"', _network)]
Tag = Annotated[str, Field("a tag of at most 64 letters, digits and _ . : -", matching(_TAG))]
Retention = Annotated[
    Literal["organization", "none"],
    Field("organization (as it allows) or none (nothing is stored)", one_of("organization", "none")),
]
