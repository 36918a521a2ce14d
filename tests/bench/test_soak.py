from bench.soak import growth_mb


def test_growth_is_counted_once_the_caches_are_full() -> None:
    assert growth_mb([50.0, 80.0, 85.0, 85.5, 86.0]) == 1.0
