import logging

import pytest

from waystation.relay.breaker_log import BreakerLog
from waystation.routing.breaker import Change


@pytest.mark.parametrize(
    ("after", "event", "level"),
    [
        ("open", "breaker opened", logging.WARNING),
        ("half_open", "breaker probed", logging.INFO),
        ("closed", "breaker closed", logging.INFO),
    ],
)
def test_each_change_is_a_line_and_is_counted(
    after: str, event: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    counted: list[tuple[str, ...]] = []
    change = Change("main", "m-1", "closed", after, "4 of 4 failed", 5.04)  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO):
        BreakerLog(lambda *labels: counted.append(labels)).tell(change)
    (record,) = caplog.records
    assert (record.message, record.levelno, counted) == (event, level, [("main", "m-1", after)])
    said = vars(record)
    assert (said["state"], said["rest_s"], said["cause"]) == (after, 5.0, "4 of 4 failed")
