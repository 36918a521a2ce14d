"""Settings refuse what no double can do."""

import pytest

from waystation.demo.settings import DemoSettings


def test_the_defaults_are_a_healthy_double_that_knows_no_keys() -> None:
    settings = DemoSettings()
    assert (settings.fault, settings.keys, settings.prefix) == (None, (), "/v1")


@pytest.mark.parametrize("wrong", [{"latency_s": -1.0}, {"chunk_gap_s": -0.1}, {"chunks": -1}, {"chunks": 1_000_001}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"seconds|chunks"):
        DemoSettings(**wrong)  # type: ignore[arg-type]  # the table holds ints and floats


@pytest.mark.parametrize("prefix", ["v1", "/v1/", ""])
def test_a_prefix_has_a_slash_before_it_and_none_after(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        DemoSettings(prefix=prefix)
