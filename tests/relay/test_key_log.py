import logging

import pytest

from waystation.keys.book import Book
from waystation.keys.condition import Change
from waystation.keys.pool import pools_of
from waystation.relay.key_log import KeyLog, key_states
from waystation.wire.catalogue import Upstream, UpstreamKey


def change(after: str) -> Change:
    return Change(1.0, "main", "acme", None, "m", "ready", after, 7.26, "429 slow_down")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "event", "level"),
    [
        ("limited", "key benched", logging.WARNING),
        ("refused", "key benched", logging.WARNING),
        ("probing", "key probed", logging.INFO),
        ("ready", "key is back", logging.INFO),
    ],
)
def test_each_change_is_a_line_and_is_counted(
    after: str, event: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    counted: list[tuple[str, str]] = []
    with caplog.at_level(logging.INFO):
        KeyLog(lambda upstream, state: counted.append((upstream, state))).tell(change(after))
    (record,) = caplog.records
    assert (record.message, record.levelno, counted) == (event, level, [("main", after)])
    said = vars(record)
    assert (said["key"], said["model"], said["rest_s"], said["cause"]) == (
        "all of the account",
        "m",
        7.3,
        "429 slow_down",
    )


def test_keys_are_counted_by_what_is_worst_of_them() -> None:
    keys = tuple(UpstreamKey(f"k{n}", f"s{n}", f"0000000{n}", None, n == 2) for n in range(3))
    made = Upstream(id="up", name="main", vendor="openai", base_url="http://x", keys=keys)
    pools = pools_of([made], {}, Book(lambda: 0.0))
    lease = pools["up"].lease("m", 100.0)
    assert lease is not None
    lease.fail("limited", 100.0, 7.0, "429")
    assert key_states(pools.values(), 101.0) == {
        ("main", "limited"): 1,
        ("main", "ready"): 1,
        ("main", "disabled"): 1,
    }
