from waystation.keys.health import Health


def test_a_new_key_is_ready() -> None:
    assert Health().ready(0.0)


def test_a_benched_key_rests_for_as_long_as_the_vendor_asked() -> None:
    health = Health()
    assert health.bench("limited", now=100.0, wait_s=7.0) == 7.0
    assert not health.ready(106.9)
    assert health.ready(107.0)


def test_the_back_off_grows_with_each_failure_and_has_an_end() -> None:
    health = Health()
    rests = []
    now = 0.0
    for _ in range(9):
        rests.append(health.bench("limited", now=now))
        now = health.until
    assert rests == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_calls_that_fail_together_count_once() -> None:
    health = Health()
    rests = [health.bench("limited", now=0.1 * n) for n in range(5)]
    assert rests == [1.0] * 5
    assert health.failures == 1


def test_a_rate_limit_never_shortens_a_longer_rest() -> None:
    health = Health()
    health.bench("refused", now=0.0)
    health.bench("limited", now=1.0, wait_s=2.0)
    assert health.until == 60.0


def test_a_success_ends_the_row_of_failures() -> None:
    health = Health()
    health.bench("limited", now=0.0)
    health.succeed()
    assert (health.state, health.until, health.failures) == ("ready", 0.0, 0)


def test_the_back_off_does_not_overflow() -> None:
    health = Health()
    health.failures = 10_000
    assert health.bench("broke", now=0.0) == 3600.0
