import pytest
from pydantic import BaseModel, ValidationError

from waystation.manifest.price_fields import DayName, FactorText, HoursText, PatternText, Prose, TierName, Zone


class Form(BaseModel):
    factor: FactorText = 0
    hours: HoursText = ""
    zone: Zone = ""
    day: DayName = ""
    tier: TierName = ""
    pattern: PatternText = ""
    prose: Prose = ""


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("factor", "0.85", 850_000_000),
        ("factor", "0", 0),
        ("factor", "1000000", 10**15),
        ("hours", "00:30-08:30", "00:30-08:30"),
        ("zone", "Asia/Shanghai", "Asia/Shanghai"),
        ("day", "mon", "mon"),
        ("tier", "flex", "flex"),
        ("pattern", "gpt-*", "gpt-*"),
        ("prose", "seen on 2026-11-30", "seen on 2026-11-30"),
    ],
)
def test_what_is_expected_is_read(field: str, value: str, read: object) -> None:
    assert getattr(Form.model_validate({field: value}), field) == read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("factor", 0.85),
        ("factor", "-1"),
        ("factor", "1000000.1"),
        ("factor", "0.1234567891"),
        ("hours", "8-9"),
        ("hours", 8),
        ("zone", "Mars"),
        ("day", "Monday"),
        ("tier", "two words"),
        ("pattern", ""),
        ("pattern", "a b"),
        ("prose", ""),
        ("prose", "x" * 501),
        ("prose", "a\nb"),
    ],
)
def test_anything_else_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Form.model_validate({field: value})
