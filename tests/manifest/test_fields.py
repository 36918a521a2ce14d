from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from waystation.identity.token import mint
from waystation.manifest import fields
from waystation.wire.money import Money

SECRET = mint(bytes(range(32)))


def read(kind: Any, value: object) -> object:
    return TypeAdapter[object](kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (fields.Name, "研发部 1", "研发部 1"),
        (fields.ModelName, "meta-llama/Llama-3:free", "meta-llama/Llama-3:free"),
        (fields.BaseUrl, "https://x.example/v1/", "https://x.example/v1"),
        (fields.Priority, 0, 0),
        (fields.Weight, 1000, 1000),
        (fields.Seconds, 5, 5.0),
        (fields.Seconds, 0.5, 0.5),
        (fields.Currency, "CNY", "CNY"),
        (fields.PriceText, "2.50", 2_500_000_000),
        (fields.PriceText, "0", 0),
        (fields.PriceText, "0.000000001", 1),
        (fields.Free, True, True),
        (fields.TokenCount, 16384, 16384),
        (fields.Days, 0, 0),
        (fields.Days, 400, 400),
        (fields.Credit, "0 USD", Money(0, "USD")),
        (fields.Ceiling, "10 USD", Money(10_000_000_000, "USD")),
        (fields.PeriodName, "week", "week"),
        (fields.TokenDigest, "sha256:" + "ab" * 32, b"\xab" * 32),
        (fields.Hint, "sk-ws-abcd…wxyz", "sk-ws-abcd…wxyz"),
        (fields.Moment, "1970-01-02", 86_400),
        (fields.Moment, "1970-01-01T00:00:10Z", 10),
        (fields.Moment, "1970-01-01 08:00:10.999+08:00", 10),
        (fields.Moment, "9999-12-31t23:59:59z", 253_402_300_799),
    ],
)
def test_a_value_is_read(kind: Any, value: object, expected: object) -> None:
    assert read(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (fields.Name, ""),
        (fields.Name, " a"),
        (fields.Name, "a/b"),
        (fields.Name, "a\nb"),
        (fields.Name, "a\x1b[31mb"),
        (fields.Name, "x" * 65),
        (fields.Name, 3),
        (fields.ModelName, "a b"),
        (fields.ModelName, "-a"),
        (fields.ModelName, "a\n"),
        (fields.Priority, -1),
        (fields.Priority, True),
        (fields.Priority, "1"),
        (fields.Priority, 1.0),
        (fields.Weight, 0),
        (fields.Seconds, 0),
        (fields.Seconds, float("nan")),
        (fields.Seconds, float("inf")),
        (fields.Seconds, True),
        (fields.Seconds, "5"),
        (fields.Currency, "usd"),
        (fields.Currency, "USDT"),
        (fields.PriceText, 2.5),
        (fields.PriceText, 2),
        (fields.PriceText, "-1"),
        (fields.PriceText, "1e3"),
        (fields.PriceText, "1,50"),
        (fields.PriceText, "0.0000000001"),
        (fields.PriceText, "1000001"),
        (fields.PriceText, "NaN"),
        (fields.Free, "true"),
        (fields.Free, 1),
        (fields.TokenCount, 0),
        (fields.Days, -1),
        (fields.Days, 401),
        (fields.Days, "30"),
        (fields.Days, 0.5),
        (fields.Days, False),
        (fields.Credit, "-1 USD"),
        (fields.Credit, "100"),
        (fields.Credit, "100 usd"),
        (fields.Credit, "1000000001 USD"),
        (fields.Ceiling, "0 USD"),
        (fields.PeriodName, "year"),
        (fields.DialectName, "openai"),
        (fields.TokenDigest, "sha256:" + "AB" * 32),
        (fields.TokenDigest, "ab" * 32),
        (fields.Hint, "x" * 21),
        (fields.Hint, ""),
        (fields.Moment, "2027-02-30"),
        (fields.Moment, "2027-1-1"),
        (fields.Moment, "2027-01-01T12:00:00"),
        (fields.Moment, "2027-01-01T25:00:00Z"),
        (fields.Moment, "1969-12-31"),
        (fields.Moment, "9999-12-31T23:59:59-12:00"),
        (fields.Moment, 1767225600),
    ],
)
def test_what_is_not_expected_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    (detail,) = caught.value.errors()
    assert detail["type"] == "unexpected"
    assert detail["ctx"]["expected"]
    assert not isinstance(value, str) or len(value) < 3 or value not in detail["ctx"]["why"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (fields.Key, "sk-abc"),
        (fields.Key, "x" * 4096),
        (fields.TokenSecret, SECRET),
        (fields.TokenSecret, "0123456789abcdefghijXYZ_-"),
        (fields.Proxy, "http://user:pass@proxy:3128"),
    ],
)
def test_a_secret_is_kept_out_of_reprs(kind: Any, value: str) -> None:
    read_value = read(kind, value)
    assert isinstance(read_value, SecretStr)
    assert read_value.get_secret_value() == value
    assert value not in repr(read_value)


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        (fields.Key, "", "it is empty"),
        (fields.Key, "hunter two", "it has a space"),
        (fields.Key, "hunter2\n", "a control character"),
        (fields.Key, "x" * 4097, "more than 4096"),
        (fields.TokenSecret, "hunter2", "it has 7 characters"),
        (fields.TokenSecret, SECRET[:-1] + "_", "checksum"),
        (fields.Proxy, "https://user:hunter2@proxy:1", "only http"),
    ],
)
def test_a_bad_secret_is_refused_without_its_text(kind: Any, value: str, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    (detail,) = caught.value.errors()
    assert why in detail["ctx"]["why"]
    assert detail["ctx"]["secret"]
    assert "hunter" not in f"{detail['ctx']}"
