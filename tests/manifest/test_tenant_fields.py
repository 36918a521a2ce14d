from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from waystation.manifest import tenant_fields as fields


def read(kind: Any, value: object) -> object:
    return TypeAdapter[object](kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (fields.TimeZone, "Asia/Shanghai", "Asia/Shanghai"),
        (fields.OrganizationKind, "person", "person"),
        (fields.PriceGroup, "partners.cn-1", "partners.cn-1"),
        (fields.Paused, True, True),
        (fields.Percent, 80, 80),
        (fields.Day, "2028-02-29", "2028-02-29"),
        (fields.Every, "14 days", "14 days"),
        (fields.Every, "1 month", "1 month"),
        (fields.Path, "研发/平台", "研发/平台"),
        (fields.Email, "alice@acme.example", "alice@acme.example"),
        (fields.NetworkText, "10.0.0.0/8", "10.0.0.0/8"),
        (fields.NetworkText, "192.0.2.7", "192.0.2.7/32"),
        (fields.NetworkText, "2001:DB8::/32", "2001:db8::/32"),
        (fields.Tag, "夜间.batch-1", "夜间.batch-1"),
        (fields.Retention, "none", "none"),
    ],
)
def test_a_value_is_read(kind: Any, value: object, expected: object) -> None:
    assert read(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        (fields.TimeZone, "Asia/Shangai", "there is no such zone; did you mean 'Asia/Shanghai'?"),
        (fields.TimeZone, "+08:00", "there is no such zone"),
        (fields.TimeZone, 8, ""),
        (fields.OrganizationKind, "company", ""),
        (fields.PriceGroup, "a b", ""),
        (fields.Percent, 0, ""),
        (fields.Percent, True, ""),
        (fields.Day, "2027-02-29", "there is no such day"),
        (fields.Day, "20270201", ""),
        (fields.Day, "1969-12-31", ""),
        (fields.Every, "0 days", ""),
        (fields.Every, "1 year", ""),
        (fields.Every, "121 months", ""),
        (fields.Path, "a//b", ""),
        (fields.Path, "/".join("a" * 33), ""),
        (fields.Email, "alice", ""),
        (fields.NetworkText, "10.0.0.1/8", "bits are set right of its mask"),
        (fields.NetworkText, "10.0.0", ""),
        (fields.Tag, "a b", ""),
        (fields.Retention, "all", ""),
    ],
)
def test_anything_else_is_refused_with_the_reason(kind: Any, value: object, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(kind, value)
    (detail,) = refused.value.errors()
    assert detail["ctx"]["why"] == why
